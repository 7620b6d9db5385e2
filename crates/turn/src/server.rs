//! The thread, its listeners, and a task for each client.

use std::collections::HashMap;
use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use tokio::net::{TcpListener, TcpStream, UdpSocket};
use tokio::sync::{Semaphore, mpsc, oneshot};
use tokio::time::{Instant, sleep_until, timeout};
use tokio_rustls::TlsAcceptor;

use crate::client::{Client, Now, Output, Shared, binding_answer, is_allocation};
use crate::config::Config;
use crate::link::{Datagrams, Link, Stream};
use crate::peers::Peers;
use crate::relays::{Quotas, RelaySockets};
use crate::tls;

/// Who has no relay goes after this long without a word.
const IDLE: Duration = Duration::from_secs(30);
const HANDSHAKE_WITHIN: Duration = Duration::from_secs(10);
/// Packets of a client that wait for its task.
const INBOX: usize = 256;
const LARGEST_DATAGRAM: usize = 64 << 10;
/// Of a peer: media engines stay below what Ethernet takes.
const LARGEST_PACKET: usize = 4 << 10;
/// After a listener's error, as when there are no more file descriptors.
const PAUSE: Duration = Duration::from_millis(100);

/// The server cannot start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    #[error(transparent)]
    Io(#[from] io::Error),
    #[error("the certificate for TURN is of no use: {0}")]
    Certificate(String),
}

/// The running server; it ends when dropped.
pub struct Turn {
    stop: Mutex<Option<oneshot::Sender<()>>>,
    thread: Mutex<Option<JoinHandle<()>>>,
    udp_addresses: Vec<SocketAddr>,
    tcp_addresses: Vec<SocketAddr>,
}

#[derive(Clone)]
struct Setup {
    shared: Arc<Shared>,
    quotas: Arc<Quotas>,
    /// One permit for each client.
    room: Arc<Semaphore>,
    started: std::time::Instant,
}

impl Setup {
    fn now(&self) -> Now {
        let since = |time: SystemTime| time.duration_since(UNIX_EPOCH).unwrap_or_default();
        Now {
            instant: turn_server_proto::types::Instant::from_std(self.started),
            unix: since(SystemTime::now()).as_secs(),
        }
    }
}

impl Turn {
    /// Binds the sockets and starts the thread.
    ///
    /// # Errors
    ///
    /// An address cannot be bound (the error's text names it), or the certificate cannot be read.
    pub fn start(config: Config) -> Result<Turn, StartError> {
        let acceptor = match &config.certificate {
            Some((certificate, key)) => {
                Some(tls::acceptor(certificate, key).map_err(StartError::Certificate)?)
            }
            None => None,
        };
        let udp = bind_all("UDP", &config.udp, |address| {
            let socket = std::net::UdpSocket::bind(address)?;
            socket.set_nonblocking(true)?;
            Ok((socket.local_addr()?, socket))
        })?;
        let tcp = bind_all("TCP", &config.tcp, |address| {
            let listener = std::net::TcpListener::bind(address)?;
            listener.set_nonblocking(true)?;
            Ok((listener.local_addr()?, listener))
        })?;
        let udp_addresses = udp.iter().map(|(address, _)| *address).collect();
        let tcp_addresses = tcp.iter().map(|(address, _)| *address).collect();
        let setup = Setup {
            quotas: Arc::default(),
            room: Arc::new(Semaphore::new(config.clients)),
            started: std::time::Instant::now(),
            shared: Arc::new(Shared {
                peers: Peers::new(&config),
                config,
            }),
        };
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()?;
        let (stop, stopped) = oneshot::channel::<()>();
        let run = move || {
            runtime.block_on(async move {
                for (address, socket) in udp {
                    let socket = UdpSocket::from_std(socket).map(Arc::new);
                    match socket {
                        Ok(socket) => {
                            tokio::spawn(serve_datagrams(setup.clone(), address, socket));
                        }
                        Err(error) => log::error!("TURN at UDP {address}: {error}"),
                    }
                }
                for (address, listener) in tcp {
                    match TcpListener::from_std(listener) {
                        Ok(listener) => {
                            let acceptor = acceptor.clone();
                            tokio::spawn(serve_streams(setup.clone(), address, listener, acceptor));
                        }
                        Err(error) => log::error!("TURN at TCP {address}: {error}"),
                    }
                }
                let _ = stopped.await;
            });
        };
        let thread = std::thread::Builder::new()
            .name("roomful-turn".to_owned())
            .spawn(run)?;
        Ok(Turn {
            stop: Mutex::new(Some(stop)),
            thread: Mutex::new(Some(thread)),
            udp_addresses,
            tcp_addresses,
        })
    }

    pub fn udp_addresses(&self) -> &[SocketAddr] {
        &self.udp_addresses
    }

    pub fn tcp_addresses(&self) -> &[SocketAddr] {
        &self.tcp_addresses
    }

    /// Ends everything; relays are gone afterwards. Again: nothing.
    pub fn close(&self) {
        drop(take(&self.stop));
        if let Some(thread) = take(&self.thread) {
            let _ = thread.join();
        }
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        self.close();
    }
}

fn take<T>(place: &Mutex<Option<T>>) -> Option<T> {
    place.lock().unwrap_or_else(PoisonError::into_inner).take()
}

fn bind_all<T>(
    protocol: &str,
    addresses: &[SocketAddr],
    bind: impl Fn(SocketAddr) -> io::Result<(SocketAddr, T)>,
) -> io::Result<Vec<(SocketAddr, T)>> {
    let named = |address: &SocketAddr| {
        bind(*address).map_err(|error| {
            let text = format!("cannot listen for TURN on {protocol} {address}: {error}");
            io::Error::new(error.kind(), text)
        })
    };
    addresses.iter().map(named).collect()
}

/// One socket for all clients: who speaks is told apart by address.
async fn serve_datagrams(setup: Setup, listen: SocketAddr, socket: Arc<UdpSocket>) {
    let mut clients: HashMap<SocketAddr, mpsc::Sender<Vec<u8>>> = HashMap::new();
    let (ended, mut ends) = mpsc::unbounded_channel();
    let mut buffer = vec![0; LARGEST_DATAGRAM];
    loop {
        let (length, address) = tokio::select! {
            received = socket.recv_from(&mut buffer) => match received {
                Ok(received) => received,
                // What ICMP says of packets sent before.
                Err(_) => continue,
            },
            Some(address) = ends.recv() => {
                if clients.get(&address).is_some_and(mpsc::Sender::is_closed) {
                    clients.remove(&address);
                }
                continue;
            }
        };
        let data = &buffer[..length];
        if let Some(inbox) = clients.get(&address)
            && !inbox.is_closed()
        {
            // Full: lost, as packets are.
            let _ = inbox.try_send(data.to_vec());
        } else if let Some(answer) = binding_answer(data, address) {
            let _ = socket.try_send_to(&answer, address);
        } else if is_allocation(data)
            && let Ok(permit) = setup.room.clone().try_acquire_owned()
        {
            let (inbox, taken) = mpsc::channel(INBOX);
            let _ = inbox.try_send(data.to_vec());
            clients.insert(address, inbox);
            let link = Datagrams {
                socket: socket.clone(),
                client: address,
                inbox: taken,
            };
            let (setup, ended) = (setup.clone(), ended.clone());
            tokio::spawn(async move {
                let _permit = permit;
                // A task of its own, whose panic ends here.
                let _ = tokio::spawn(serve(setup, listen, address, link)).await;
                let _ = ended.send(address);
            });
        }
    }
}

async fn serve_streams(
    setup: Setup,
    listen: SocketAddr,
    listener: TcpListener,
    acceptor: Option<TlsAcceptor>,
) {
    loop {
        let (stream, address) = match listener.accept().await {
            Ok(accepted) => accepted,
            Err(error) => {
                log::debug!("TURN at TCP {listen}: {error}");
                tokio::time::sleep(PAUSE).await;
                continue;
            }
        };
        let Ok(permit) = setup.room.clone().try_acquire_owned() else {
            continue;
        };
        let (setup, acceptor) = (setup.clone(), acceptor.clone());
        tokio::spawn(async move {
            let _permit = permit;
            serve_stream(setup, listen, address, stream, acceptor).await;
        });
    }
}

async fn serve_stream(
    setup: Setup,
    listen: SocketAddr,
    address: SocketAddr,
    stream: TcpStream,
    acceptor: Option<TlsAcceptor>,
) {
    let _ = stream.set_nodelay(true);
    let Some(acceptor) = acceptor else {
        return serve(setup, listen, address, Stream::new(stream)).await;
    };
    match timeout(HANDSHAKE_WITHIN, acceptor.accept(stream)).await {
        Ok(Ok(stream)) => serve(setup, listen, address, Stream::new(stream)).await,
        Ok(Err(error)) => log::debug!("TURN over TLS, {address}: {error}"),
        Err(_) => log::debug!("TURN over TLS, {address}: no handshake"),
    }
}

/// One client, until it is gone.
async fn serve(setup: Setup, listen: SocketAddr, address: SocketAddr, mut link: impl Link) {
    let mut relays = RelaySockets::new(setup.shared.clone(), setup.quotas.clone());
    let mut client = Client::new(setup.shared.clone(), listen, address);
    let mut buffer = vec![0; LARGEST_PACKET];
    let mut heard = Instant::now();
    loop {
        let due = client.poll(setup.now(), &mut relays);
        let due = Instant::from_std(due.to_std(setup.started));
        let until = if client.has_relay() {
            due
        } else {
            due.min(heard + IDLE)
        };
        tokio::select! {
            message = link.receive() => {
                let Some(message) = message else { return };
                heard = Instant::now();
                for output in client.receive(&message, setup.now(), &mut relays) {
                    match output {
                        Output::ToPeer { relay, to, data } => relays.send(relay, to, &data),
                        Output::ToClient(answer) => if !link.send(answer).await { return },
                    }
                }
            }
            (relay, source, length) = relays.receive(&mut buffer) => {
                let packet = client.relayed(relay, source, &buffer[..length], setup.now());
                if let Some(packet) = packet && !link.send(packet).await { return }
            }
            () = sleep_until(until) => {
                if !client.has_relay() && heard.elapsed() >= IDLE { return }
            }
        }
    }
}
