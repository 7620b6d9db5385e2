//! One participant's WebSocket: protobuf requests out, responses in.

pub mod messages;

use anyhow::{Context, Result, anyhow, bail};
use futures_util::stream::{SplitSink, SplitStream};
use futures_util::{SinkExt, StreamExt};
use prost::Message as _;
use tokio::net::TcpStream;
use tokio::sync::mpsc;
use tokio::task::{AbortHandle, spawn_local};
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async_with_config};

use messages::{Request, Response, SignalRequest, SignalResponse};

type Socket = WebSocketStream<MaybeTlsStream<TcpStream>>;

const PROTOCOL: u32 = 15;
const READ_BUFFER_BYTES: usize = 4096;
/// Responses read ahead of the participant that handles them.
const RESPONSE_QUEUE: usize = 16;

/// The reading half has a task of its own: asking a WebSocket for news on every media packet would cost more than the packet.
pub struct SignalConnection {
    requests: SplitSink<Socket, Message>,
    responses: mpsc::Receiver<Result<Response>>,
    reader: AbortHandle,
}

impl SignalConnection {
    /// Opens `/rtc` (two peer connections) below `url`. Errors carry the server's HTTP status when it refuses.
    pub async fn open(url: &str, token: &str, auto_subscribe: bool) -> Result<Self> {
        let base = match url.strip_prefix("http") {
            Some(rest) => format!("ws{rest}"),
            None => url.to_owned(),
        };
        let request = format!(
            "{}/rtc?access_token={token}&protocol={PROTOCOL}&auto_subscribe={}",
            base.trim_end_matches('/'),
            u8::from(auto_subscribe),
        );
        let config = WebSocketConfig::default().read_buffer_size(READ_BUFFER_BYTES);
        let (socket, _) = connect_async_with_config(request, Some(config), true)
            .await
            .context("opening the signal connection")?;
        let (requests, stream) = socket.split();
        let (forward, responses) = mpsc::channel(RESPONSE_QUEUE);
        let reader = spawn_local(forward_responses(stream, forward)).abort_handle();
        Ok(Self {
            requests,
            responses,
            reader,
        })
    }

    pub async fn send(&mut self, request: Request) -> Result<()> {
        let message = SignalRequest { message: Some(request) };
        self.requests
            .send(Message::binary(message.encode_to_vec()))
            .await
            .context("sending a signal request")
    }

    /// The next response the driver knows; an error once the connection is over. Safe to cancel.
    pub async fn receive(&mut self) -> Result<Response> {
        self.responses
            .recv()
            .await
            .unwrap_or_else(|| Err(anyhow!("the signal connection ended")))
    }

    /// Says goodbye; the connection may already be gone, which is as good.
    pub async fn close(&mut self) {
        let _ = self.requests.close().await;
    }
}

impl Drop for SignalConnection {
    fn drop(&mut self) {
        self.reader.abort();
    }
}

async fn forward_responses(mut stream: SplitStream<Socket>, forward: mpsc::Sender<Result<Response>>) {
    loop {
        let response = next_response(&mut stream).await;
        let over = response.is_err();
        if forward.send(response).await.is_err() || over {
            return;
        }
    }
}

async fn next_response(stream: &mut SplitStream<Socket>) -> Result<Response> {
    loop {
        match stream.next().await {
            Some(Ok(Message::Binary(bytes))) => {
                if let Some(response) = SignalResponse::decode(bytes)?.message {
                    return Ok(response);
                }
            }
            Some(Ok(Message::Close(frame))) => {
                bail!("the server closed the signal connection: {frame:?}")
            }
            Some(Ok(_)) => {}
            Some(Err(error)) => return Err(error).context("receiving a signal response"),
            None => bail!("the signal connection ended"),
        }
    }
}
