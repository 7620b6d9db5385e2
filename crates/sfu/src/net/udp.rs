use std::io::{self, IoSlice, IoSliceMut};
use std::net::{IpAddr, SocketAddr};
use std::os::fd::AsRawFd;

use mio::net::UdpSocket;
use nix::cmsg_space;
use nix::errno::Errno;
use nix::libc;
use nix::sys::socket::{ControlMessage, MsgFlags, MultiHeaders, SockaddrStorage, sendmmsg};
pub(crate) use quinn_udp::BATCH_SIZE;
use quinn_udp::{RecvMeta, Transmit, UdpSockRef, UdpSocketState};
use socket2::{Domain, Protocol, Socket, Type};

use super::batch::Batch;

/// Kernel buffers of a media socket, in bytes; the kernel may give less.
const SOCKET_BUFFER: usize = 4 << 20;
/// Largest datagram, or train of datagrams joined by the kernel (GRO).
const RECEIVE_BUFFER: usize = 1 << 16;
/// Largest train handed to the kernel in one call (GSO): IPv4's length field less the headers.
const MAX_TRAIN: usize = 65_000;

/// Packets handed to the kernel in one call.
const SEND_BATCH: usize = 64;

/// One UDP socket of a shard.
pub(crate) struct UdpPort {
    pub socket: UdpSocket,
    pub local: SocketAddr,
    state: UdpSocketState,
}

impl UdpPort {
    pub fn bind(address: SocketAddr) -> io::Result<UdpPort> {
        let socket = Socket::new(
            Domain::for_address(address),
            Type::DGRAM,
            Some(Protocol::UDP),
        )?;
        if address.is_ipv6() {
            socket.set_only_v6(true)?;
        }
        socket.set_nonblocking(true)?;
        socket.bind(&address.into())?;
        socket.set_recv_buffer_size(SOCKET_BUFFER)?;
        socket.set_send_buffer_size(SOCKET_BUFFER)?;
        let socket = UdpSocket::from_std(socket.into());
        let state = UdpSocketState::new(UdpSockRef::from(&socket))?;
        let local = socket.local_addr()?;
        Ok(UdpPort {
            socket,
            local,
            state,
        })
    }

    /// Sends packets to many destinations, from one address of ours, in few system calls (sendmmsg).
    ///
    /// A packet that the kernel does not take now is lost, as it would be on the wire; returns how many were.
    pub fn send(&self, src_ip: Option<IpAddr>, packets: &[(SocketAddr, &[u8])]) -> usize {
        let source = src_ip.map(PacketInfo::new);
        let control: Vec<ControlMessage> = source.iter().map(PacketInfo::message).collect();
        let mut lost = 0;
        for chunk in packets.chunks(SEND_BATCH) {
            let slices: Vec<[IoSlice; 1]> =
                (chunk.iter().map(|(_, packet)| [IoSlice::new(packet)])).collect();
            let destinations: Vec<Option<SockaddrStorage>> =
                (chunk.iter().map(|(to, _)| Some((*to).into()))).collect();
            let mut sent = 0;
            while sent < chunk.len() {
                let room = source.as_ref().map(|_| cmsg_space!(libc::in6_pktinfo));
                let mut headers = MultiHeaders::preallocate(chunk.len() - sent, room);
                let outcome = sendmmsg(
                    self.socket.as_raw_fd(),
                    &mut headers,
                    &slices[sent..],
                    &destinations[sent..],
                    &control,
                    MsgFlags::empty(),
                );
                match outcome {
                    Ok(results) => sent += results.count().max(1),
                    // The packet that was refused is lost; those after it may go elsewhere.
                    Err(Errno::EINTR) => {}
                    Err(Errno::EAGAIN) => {
                        lost += chunk.len() - sent;
                        break;
                    }
                    Err(_) => {
                        lost += 1;
                        sent += 1;
                    }
                }
            }
        }
        lost
    }

    /// Sends packets to one destination, runs of equal size in one call each (GSO). Returns how many were lost.
    pub fn send_trains(
        &self,
        destination: SocketAddr,
        src_ip: Option<IpAddr>,
        packets: &Batch,
    ) -> usize {
        let mut lost = 0;
        for (train, size) in packets.trains(MAX_TRAIN, self.state.max_gso_segments()) {
            let transmit = Transmit {
                destination,
                ecn: None,
                contents: train,
                segment_size: (train.len() > size).then_some(size),
                src_ip,
            };
            let sent = self
                .state
                .try_send(UdpSockRef::from(&self.socket), &transmit);
            if sent.is_err() {
                lost += train.len().div_ceil(size.max(1));
            }
        }
        lost
    }
}

/// Tells the kernel from which of our addresses to send.
enum PacketInfo {
    V4(libc::in_pktinfo),
    V6(libc::in6_pktinfo),
}

impl PacketInfo {
    fn new(source: IpAddr) -> PacketInfo {
        match source {
            IpAddr::V4(ip) => PacketInfo::V4(libc::in_pktinfo {
                ipi_ifindex: 0,
                ipi_spec_dst: libc::in_addr {
                    s_addr: u32::from_ne_bytes(ip.octets()),
                },
                ipi_addr: libc::in_addr { s_addr: 0 },
            }),
            IpAddr::V6(ip) => PacketInfo::V6(libc::in6_pktinfo {
                ipi6_addr: libc::in6_addr {
                    s6_addr: ip.octets(),
                },
                ipi6_ifindex: 0,
            }),
        }
    }

    fn message(&self) -> ControlMessage<'_> {
        match self {
            PacketInfo::V4(info) => ControlMessage::Ipv4PacketInfo(info),
            PacketInfo::V6(info) => ControlMessage::Ipv6PacketInfo(info),
        }
    }
}

/// Room for one batch of received datagrams.
pub(crate) struct ReceiveBuffer {
    storage: Vec<u8>,
    metas: [RecvMeta; BATCH_SIZE],
}

impl ReceiveBuffer {
    pub fn new() -> ReceiveBuffer {
        ReceiveBuffer {
            storage: vec![0; RECEIVE_BUFFER * BATCH_SIZE],
            metas: [RecvMeta::default(); BATCH_SIZE],
        }
    }

    /// Receives one batch; gives the number of messages for [`ReceiveBuffer::datagrams`].
    pub fn receive(&mut self, port: &UdpPort) -> io::Result<usize> {
        let mut chunks = self.storage.chunks_exact_mut(RECEIVE_BUFFER);
        let mut slices: [IoSliceMut; BATCH_SIZE] = std::array::from_fn(|_| {
            IoSliceMut::new(chunks.next().expect("storage holds BATCH_SIZE chunks"))
        });
        port.state
            .recv(UdpSockRef::from(&port.socket), &mut slices, &mut self.metas)
    }

    /// The datagrams of the last batch with their source and local address.
    pub fn datagrams(
        &self,
        messages: usize,
    ) -> impl Iterator<Item = (SocketAddr, Option<IpAddr>, &[u8])> {
        self.metas[..messages]
            .iter()
            .zip(self.storage.chunks_exact(RECEIVE_BUFFER))
            .flat_map(|(meta, chunk)| {
                chunk[..meta.len]
                    .chunks(meta.stride.max(1))
                    .map(|datagram| (meta.addr, meta.dst_ip, datagram))
            })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn trains_arrive_as_single_datagrams() {
        let sender = UdpPort::bind("127.0.0.1:0".parse().unwrap()).unwrap();
        let receiver = std::net::UdpSocket::bind("127.0.0.1:0").unwrap();
        receiver
            .set_read_timeout(Some(std::time::Duration::from_secs(5)))
            .unwrap();
        let packets = [vec![1; 100], vec![2; 100], vec![3; 40], vec![4; 100]];
        let mut batch = Batch::default();
        for packet in &packets {
            batch.add(|out| out.extend(packet));
        }
        let lost = sender.send_trains(receiver.local_addr().unwrap(), None, &batch);
        assert_eq!(lost, 0);
        let mut buffer = [0; 2000];
        for packet in &packets {
            let size = receiver.recv(&mut buffer).unwrap();
            assert_eq!(buffer[..size], packet[..]);
        }
    }

    #[test]
    fn many_packets_reach_many_destinations() {
        let sender = UdpPort::bind("0.0.0.0:0".parse().unwrap()).unwrap();
        let receivers: Vec<_> = (0..3)
            .map(|_| std::net::UdpSocket::bind("127.0.0.1:0").unwrap())
            .collect();
        let contents: Vec<Vec<u8>> = (0..150u8).map(|number| vec![number; 20]).collect();
        let packets: Vec<(SocketAddr, &[u8])> = (contents.iter().enumerate())
            .map(|(i, packet)| (receivers[i % 3].local_addr().unwrap(), &packet[..]))
            .collect();
        let source = "127.0.0.1".parse().unwrap();
        assert_eq!(sender.send(Some(source), &packets), 0);
        let mut buffer = [0; 100];
        for (i, packet) in contents.iter().enumerate() {
            let (size, from) = receivers[i % 3].recv_from(&mut buffer).unwrap();
            assert_eq!((&buffer[..size], from.ip()), (&packet[..], source));
        }
    }
}
