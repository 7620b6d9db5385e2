//! The sockets that peers see.

use std::collections::HashMap;
use std::future::poll_fn;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::Poll;

use tokio::io::ReadBuf;
use tokio::net::UdpSocket;

use crate::client::{Relays, Shared};

/// Ports that are tried for one relay before there counts as none.
const MAX_TRIES: usize = 256;

/// How many relays each participant has.
#[derive(Debug, Default)]
pub(crate) struct Quotas {
    relays: Mutex<HashMap<String, usize>>,
    next_port: AtomicUsize,
}

impl Quotas {
    fn take(self: &Arc<Self>, sid: &str, limit: usize) -> Option<Share> {
        let mut relays = self.relays.lock().unwrap_or_else(PoisonError::into_inner);
        let count = relays.entry(sid.to_owned()).or_default();
        if *count >= limit {
            return None;
        }
        *count += 1;
        Some(Share {
            quotas: self.clone(),
            sid: sid.to_owned(),
        })
    }
}

/// One relay of a participant's, given back when it goes.
struct Share {
    quotas: Arc<Quotas>,
    sid: String,
}

impl Drop for Share {
    fn drop(&mut self) {
        let mut relays = self
            .quotas
            .relays
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = relays.get_mut(&self.sid) {
            *count -= 1;
            if *count == 0 {
                relays.remove(&self.sid);
            }
        }
    }
}

struct Relay {
    address: SocketAddr,
    socket: UdpSocket,
    _share: Share,
}

/// Those of one client.
pub(crate) struct RelaySockets {
    shared: Arc<Shared>,
    quotas: Arc<Quotas>,
    open: Vec<Relay>,
}

impl RelaySockets {
    pub fn new(shared: Arc<Shared>, quotas: Arc<Quotas>) -> RelaySockets {
        RelaySockets {
            shared,
            quotas,
            open: Vec::new(),
        }
    }

    /// Sends at once or not at all, as networks do.
    pub fn send(&self, relay: SocketAddr, to: SocketAddr, data: &[u8]) {
        let Some(found) = self.open.iter().find(|one| one.address == relay) else {
            return;
        };
        if let Err(error) = found.socket.try_send_to(data, to) {
            log::debug!("relay {relay} to {to}: {error}");
        }
    }

    /// The next packet of a peer: the relay that it came to, its sender, its bytes.
    pub async fn receive(&self, buffer: &mut [u8]) -> (SocketAddr, SocketAddr, usize) {
        poll_fn(|context| {
            for relay in &self.open {
                let mut read = ReadBuf::new(buffer);
                loop {
                    match relay.socket.poll_recv_from(context, &mut read) {
                        Poll::Ready(Ok(source)) => {
                            return Poll::Ready((relay.address, source, read.filled().len()));
                        }
                        // What ICMP says of packets sent before.
                        Poll::Ready(Err(_)) => {}
                        Poll::Pending => break,
                    }
                }
            }
            Poll::Pending
        })
        .await
    }

    fn bind(&self, ip: IpAddr) -> Option<UdpSocket> {
        let ports = &self.shared.config.relay_ports;
        let count = usize::from(ports.end() - ports.start()) + 1;
        for _ in 0..count.min(MAX_TRIES) {
            let offset = self.quotas.next_port.fetch_add(1, Ordering::Relaxed) % count;
            let port = ports.start() + offset as u16;
            match bind(SocketAddr::new(ip, port)) {
                Ok(socket) => return Some(socket),
                Err(error) if error.kind() == io::ErrorKind::AddrInUse => {}
                Err(error) => {
                    log::warn!("no relay can be opened at {ip}: {error}");
                    return None;
                }
            }
        }
        log::warn!("no port for a relay is free at {ip}");
        None
    }
}

impl Relays for RelaySockets {
    fn open(&mut self, sid: &str, ipv6: bool) -> Option<SocketAddr> {
        let ips = &self.shared.config.relay_ips;
        let ip = *ips.iter().find(|ip| ip.is_ipv6() == ipv6)?;
        let share = self.quotas.take(sid, self.shared.config.relays_per_user)?;
        let socket = self.bind(ip)?;
        let address = socket.local_addr().ok()?;
        self.open.push(Relay {
            address,
            socket,
            _share: share,
        });
        Some(address)
    }

    fn close(&mut self, relay: SocketAddr) {
        self.open.retain(|one| one.address != relay);
    }
}

fn bind(address: SocketAddr) -> io::Result<UdpSocket> {
    let socket = std::net::UdpSocket::bind(address)?;
    socket.set_nonblocking(true)?;
    UdpSocket::from_std(socket)
}
