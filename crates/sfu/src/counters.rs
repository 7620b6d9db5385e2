use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

macro_rules! counters {
    ($($(#[$doc:meta])* $name:ident),* $(,)?) => {
        /// Counters and gauges of one shard, written by its thread.
        #[derive(Debug, Default)]
        pub(crate) struct Counters { $($(#[$doc])* pub $name: AtomicU64),* }

        /// Totals over all shards at one moment.
        #[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
        pub struct Totals { $($(#[$doc])* pub $name: u64),* }

        impl Totals {
            pub(crate) fn add(&mut self, counters: &Counters) {
                $(self.$name += counters.$name.load(Relaxed);)*
            }
        }
    };
}

counters! {
    /// Rooms open now.
    rooms,
    /// Peer connections open now.
    peers,
    /// Published tracks now.
    tracks,
    /// Subscriptions with media now.
    subscriptions,
    /// RTP packets received from publishers.
    packets_in,
    /// RTP packets sent to subscribers, retransmissions left out.
    packets_out,
    /// RTP payload bytes received from publishers.
    bytes_in,
    /// RTP payload bytes sent to subscribers.
    bytes_out,
    /// Packets the kernel did not take.
    send_drops,
    /// Datagrams from nobody we know.
    strangers,
    /// Data-channel messages a full lossy channel lost.
    data_drops,
    /// Frames left out on their way to workers that do not read fast enough.
    frame_drops,
    /// Peers ended because of an internal error.
    panics,
}

pub(crate) fn add(counter: &AtomicU64, amount: u64) {
    // One writer per counter: a plain load and store is enough.
    counter.store(counter.load(Relaxed) + amount, Relaxed);
}

pub(crate) fn set(gauge: &AtomicU64, value: usize) {
    gauge.store(value as u64, Relaxed);
}
