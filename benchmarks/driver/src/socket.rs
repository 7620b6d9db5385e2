//! The UDP socket of one peer connection. Servers tell participants on one UDP port apart by the address they send from,
//! so each peer connection has a port of its own, as with real clients.

use std::io::{self, IoSliceMut};
use std::net::{IpAddr, SocketAddr};
use std::task::{Context, Poll};

use anyhow::{Context as _, Result};
use nix::sys::socket::{setsockopt, sockopt};
use quinn_udp::{BATCH_SIZE, RecvMeta, UdpSocketState};
use tokio::io::Interest;
use tokio::net::UdpSocket;

/// Larger than any datagram a media server sends over a 1500-byte network.
const DATAGRAM_SIZE: usize = 2048;

/// Memory for one batch of datagrams; one is enough for all sockets of a thread.
pub struct ReceiveBatch {
    memory: Vec<u8>,
    meta: [RecvMeta; BATCH_SIZE],
    count: usize,
}

impl ReceiveBatch {
    pub fn new() -> Self {
        Self {
            memory: vec![0; DATAGRAM_SIZE * BATCH_SIZE],
            meta: [RecvMeta::default(); BATCH_SIZE],
            count: 0,
        }
    }

    /// Sender and contents of each datagram of the last batch.
    pub fn datagrams(&self) -> impl Iterator<Item = (SocketAddr, &[u8])> {
        self.memory
            .chunks(DATAGRAM_SIZE)
            .zip(&self.meta[..self.count])
            .map(|(memory, meta)| (meta.addr, &memory[..meta.len]))
    }

    /// More datagrams may be waiting.
    pub fn is_full(&self) -> bool {
        self.count == BATCH_SIZE
    }
}

pub struct PeerSocket {
    socket: UdpSocket,
    state: UdpSocketState,
    local: SocketAddr,
}

impl PeerSocket {
    pub fn bind(address: IpAddr) -> Result<Self> {
        let socket = std::net::UdpSocket::bind((address, 0)).context("binding a media socket")?;
        let state = UdpSocketState::new((&socket).into())?;
        // Subscribers far away get single datagrams off their network; taking merged ones over loopback would spare the
        // server work that it has in real life.
        setsockopt(&socket, sockopt::UdpGroSegment, &false)?;
        let local = socket.local_addr()?;
        let socket = UdpSocket::from_std(socket)?;
        Ok(Self { socket, state, local })
    }

    pub fn local_address(&self) -> SocketAddr {
        self.local
    }

    pub fn poll_readable(&self, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.socket.poll_recv_ready(context)
    }

    /// Fills `batch` with what is waiting, possibly nothing.
    pub fn receive(&self, batch: &mut ReceiveBatch) -> io::Result<()> {
        let ReceiveBatch { memory, meta, count } = batch;
        let mut chunks = memory.chunks_mut(DATAGRAM_SIZE);
        let mut slices: [IoSliceMut; BATCH_SIZE] =
            std::array::from_fn(|_| IoSliceMut::new(chunks.next().unwrap_or_default()));
        *count = 0;
        let outcome = self.socket.try_io(Interest::READABLE, || {
            *count = self.state.recv((&self.socket).into(), &mut slices, meta)?;
            if *count == BATCH_SIZE {
                return Ok(());
            }
            // The socket is empty now; saying so here spares the system call that would find it out.
            Err(io::ErrorKind::WouldBlock.into())
        });
        match outcome {
            Err(error) if error.kind() != io::ErrorKind::WouldBlock => Err(error),
            _ => Ok(()),
        }
    }

    /// Sends one datagram. A full socket buffer loses it, as a full network queue would.
    pub fn send(&self, destination: SocketAddr, contents: &[u8]) -> io::Result<()> {
        match self.socket.try_send_to(contents, destination) {
            Err(error) if error.kind() != io::ErrorKind::WouldBlock => Err(error),
            _ => Ok(()),
        }
    }
}
