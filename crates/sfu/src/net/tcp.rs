use std::io::{self, Read, Write};
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use mio::net::{TcpListener, TcpStream};
use socket2::{Domain, Protocol, Socket, Type};

use super::framing::{Deframer, frame};

/// Bytes that may wait for a slow receiver; packets beyond are lost, as they would be in a full router.
const MAX_BACKLOG: usize = 1 << 20;
/// Connections that may wait to be accepted.
const BACKLOG: i32 = 1024;
/// A connection that did not say for which peer it is within this time is closed.
pub(crate) const IDENTIFY_WITHIN: Duration = Duration::from_secs(10);

/// Listens for ICE-TCP. An IPv6 address stands for IPv6 alone, so that `0.0.0.0` and `::` may both be given.
pub(crate) fn listen(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = Socket::new(
        Domain::for_address(address),
        Type::STREAM,
        Some(Protocol::TCP),
    )?;
    if address.is_ipv6() {
        socket.set_only_v6(true)?;
    }
    // A port that a connection used a moment ago is free for a server that starts again.
    socket.set_reuse_address(true)?;
    socket.set_nonblocking(true)?;
    socket.bind(&address.into())?;
    socket.listen(BACKLOG)?;
    Ok(TcpListener::from_std(socket.into()))
}

/// One ICE-TCP connection.
pub(crate) struct TcpConnection {
    pub stream: TcpStream,
    pub remote: SocketAddr,
    pub local: SocketAddr,
    pub accepted_at: Instant,
    /// Set once a binding request named a peer of ours.
    pub identified: bool,
    deframer: Deframer,
    backlog: Vec<u8>,
}

impl TcpConnection {
    pub fn new(stream: TcpStream, remote: SocketAddr, now: Instant) -> io::Result<TcpConnection> {
        stream.set_nodelay(true)?;
        let local = stream.local_addr()?;
        Ok(TcpConnection {
            stream,
            remote,
            local,
            accepted_at: now,
            identified: false,
            deframer: Deframer::default(),
            backlog: Vec::new(),
        })
    }

    /// Reads what is there. `Ok(false)` when the remote side has closed.
    pub fn fill(&mut self) -> io::Result<bool> {
        let mut chunk = [0; 16 << 10];
        loop {
            match self.stream.read(&mut chunk) {
                Ok(0) => return Ok(false),
                Ok(size) => self.deframer.push(&chunk[..size]),
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(true),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
    }

    pub fn next_packet(&mut self) -> Option<Vec<u8>> {
        self.deframer.next_packet().map(<[u8]>::to_vec)
    }

    /// Queues a packet; returns whether there was room.
    pub fn send(&mut self, packet: &[u8]) -> bool {
        if self.backlog.len() + packet.len() > MAX_BACKLOG {
            return false;
        }
        frame(packet, &mut self.backlog);
        true
    }

    /// Writes as much of the backlog as the kernel takes.
    pub fn flush(&mut self) -> io::Result<()> {
        let mut written = 0;
        let outcome = loop {
            if written == self.backlog.len() {
                break Ok(());
            }
            match self.stream.write(&self.backlog[written..]) {
                Ok(size) => written += size,
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => break Ok(()),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => break Err(error),
            }
        };
        self.backlog.drain(..written);
        outcome
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_families_may_listen_on_the_same_port() {
        let four = listen("0.0.0.0:0".parse().unwrap()).unwrap();
        let port = four.local_addr().unwrap().port();
        let six = SocketAddr::new("::".parse().unwrap(), port);
        match listen(six) {
            Ok(_) => {}
            // Machines without IPv6 have nothing to collide with.
            Err(error) => assert_ne!(error.kind(), io::ErrorKind::AddrInUse),
        }
    }
}
