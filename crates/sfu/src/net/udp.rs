use std::io::{self, IoSliceMut};
use std::net::{IpAddr, SocketAddr};

use mio::net::UdpSocket;
use quinn_udp::{BATCH_SIZE, RecvMeta, Transmit, UdpSockRef, UdpSocketState};
use socket2::{Domain, Protocol, Socket, Type};
use str0m::net::DatagramSend;

/// Kernel buffers of a media socket, in bytes; the kernel may give less.
const SOCKET_BUFFER: usize = 4 << 20;
/// Largest datagram, or train of datagrams joined by the kernel (GRO).
const RECEIVE_BUFFER: usize = 1 << 16;
/// Largest train handed to the kernel in one call (GSO): IPv4's length field less the headers.
const MAX_TRAIN: usize = 65_000;

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

    /// Sends packets to one destination, joining runs of equal size into trains.
    ///
    /// A packet that the kernel does not take now is lost, as it would be on the wire; returns how many were.
    pub fn send(
        &self,
        destination: SocketAddr,
        src_ip: Option<IpAddr>,
        packets: &[DatagramSend],
        train: &mut Vec<u8>,
    ) -> usize {
        let mut lost = 0;
        let mut rest = packets;
        while let Some(first) = rest.first() {
            let size = first.len();
            let limit = self
                .state
                .max_gso_segments()
                .min(MAX_TRAIN / size.max(1))
                .max(1);
            let count = train_length(rest, size, limit);
            let contents = if count == 1 {
                &first[..]
            } else {
                train.clear();
                rest[..count]
                    .iter()
                    .for_each(|packet| train.extend_from_slice(packet));
                train.as_slice()
            };
            let transmit = Transmit {
                destination,
                ecn: None,
                contents,
                segment_size: (count > 1).then_some(size),
                src_ip,
            };
            if self
                .state
                .try_send(UdpSockRef::from(&self.socket), &transmit)
                .is_err()
            {
                lost += count;
            }
            rest = &rest[count..];
        }
        lost
    }
}

/// How many packets from the front may go as one train: equal sizes, of which the last may be smaller.
fn train_length(packets: &[DatagramSend], size: usize, limit: usize) -> usize {
    let mut count = 1;
    for packet in packets.iter().skip(1).take(limit - 1) {
        let length = packet.len();
        if length > size {
            break;
        }
        count += 1;
        if length < size {
            break;
        }
    }
    count
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
    fn a_train_is_a_run_of_equal_sizes_with_at_most_one_shorter_end() {
        let packets = |sizes: &[usize]| {
            sizes
                .iter()
                .map(|size| vec![0u8; *size].into())
                .collect::<Vec<_>>()
        };
        assert_eq!(train_length(&packets(&[9, 9, 9]), 9, 64), 3);
        assert_eq!(train_length(&packets(&[9, 9, 4, 9]), 9, 64), 3);
        assert_eq!(train_length(&packets(&[9, 10]), 9, 64), 1);
        assert_eq!(train_length(&packets(&[9, 9, 9]), 9, 2), 2);
    }

    #[test]
    fn trains_arrive_as_single_datagrams() {
        let sender = UdpPort::bind("127.0.0.1:0".parse().unwrap()).unwrap();
        let receiver = std::net::UdpSocket::bind("127.0.0.1:0").unwrap();
        receiver
            .set_read_timeout(Some(std::time::Duration::from_secs(5)))
            .unwrap();
        let packets =
            [vec![1; 100], vec![2; 100], vec![3; 40], vec![4; 100]].map(DatagramSend::from);
        let lost = sender.send(
            receiver.local_addr().unwrap(),
            None,
            &packets,
            &mut Vec::new(),
        );
        assert_eq!(lost, 0);
        let mut buffer = [0; 2000];
        for packet in &packets {
            let size = receiver.recv(&mut buffer).unwrap();
            assert_eq!(buffer[..size], packet[..]);
        }
    }
}
