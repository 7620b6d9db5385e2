//! The way to a client: datagrams through the listener's socket, or a stream of its own.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::UdpSocket;
use tokio::sync::mpsc;
use tokio::time::timeout;

use crate::framing::{frame, pad};

/// A client that takes nothing from its stream for so long is given up.
const WRITE_WITHIN: Duration = Duration::from_secs(10);
const READ_AT_ONCE: usize = 16 << 10;

/// Message by message. Both futures may be dropped unfinished, but for a `send` to a stream.
pub(crate) trait Link {
    /// `None`: it is closed, or broken.
    async fn receive(&mut self) -> Option<Vec<u8>>;
    /// `false`: as above.
    async fn send(&mut self, message: Vec<u8>) -> bool;
}

pub(crate) struct Datagrams {
    pub socket: Arc<UdpSocket>,
    pub client: SocketAddr,
    pub inbox: mpsc::Receiver<Vec<u8>>,
}

impl Link for Datagrams {
    async fn receive(&mut self) -> Option<Vec<u8>> {
        self.inbox.recv().await
    }

    async fn send(&mut self, message: Vec<u8>) -> bool {
        let _ = self.socket.try_send_to(&message, self.client);
        true
    }
}

pub(crate) struct Stream<S> {
    stream: S,
    received: Vec<u8>,
}

impl<S> Stream<S> {
    pub fn new(stream: S) -> Stream<S> {
        Stream {
            stream,
            received: Vec::new(),
        }
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> Link for Stream<S> {
    async fn receive(&mut self) -> Option<Vec<u8>> {
        loop {
            if let Some(found) = frame(&self.received).ok()? {
                let message = self.received[..found.message].to_vec();
                self.received.drain(..found.padded);
                return Some(message);
            }
            self.received.reserve(READ_AT_ONCE);
            match self.stream.read_buf(&mut self.received).await {
                Ok(0) | Err(_) => return None,
                Ok(_) => {}
            }
        }
    }

    async fn send(&mut self, mut message: Vec<u8>) -> bool {
        pad(&mut message);
        let sent = async {
            self.stream.write_all(&message).await?;
            self.stream.flush().await
        };
        matches!(timeout(WRITE_WITHIN, sent).await, Ok(Ok(())))
    }
}
