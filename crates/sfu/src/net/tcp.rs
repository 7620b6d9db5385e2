use std::io::{self, Read, Write};
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use mio::net::{TcpListener, TcpStream};

use super::framing::{Deframer, frame};

/// Bytes that may wait for a slow receiver; packets beyond are lost, as they would be in a full router.
const MAX_BACKLOG: usize = 1 << 20;
/// A connection that did not say for which peer it is within this time is closed.
pub(crate) const IDENTIFY_WITHIN: Duration = Duration::from_secs(10);

pub(crate) fn listen(address: SocketAddr) -> io::Result<TcpListener> {
    TcpListener::bind(address)
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
