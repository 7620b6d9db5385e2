//! What a publisher's packet of redundant audio (RFC 2198) has for whom.

use std::sync::Arc;
use std::time::Duration;

use super::routing::{Form, Incoming};
use crate::media::red;
use crate::media::track::Redundancy;
use str0m::media::Pt;

/// RTP ticks per second of Opus, the only codec that is sent redundantly.
const CLOCK: f64 = 48_000.0;

/// A packet of a publisher that may send redundant audio, taken apart.
pub(super) struct Unpacked {
    codec: Pt,
    /// The packet's own payload, if it was wrapped.
    primary: Option<Arc<[u8]>>,
    is_new: bool,
    /// It may go out as it came.
    is_passable: bool,
    /// Packets that were lost before it, and are in it again.
    pub again: Vec<Again>,
}

pub(super) struct Again {
    sequence: u64,
    timestamp: u32,
    payload: Arc<[u8]>,
}

impl Unpacked {
    /// `None` for what cannot be read.
    pub fn new(redundancy: &mut Redundancy, incoming: &Incoming<'_>) -> Option<Unpacked> {
        let (sequence, timestamp) = (incoming.sequence, incoming.timestamp);
        if incoming.payload_type != redundancy.payload_type {
            return Some(Unpacked {
                codec: incoming.payload_type,
                primary: None,
                is_new: redundancy.holes.arrive(sequence, timestamp),
                is_passable: true,
                again: Vec::new(),
            });
        }
        if incoming.payload.is_empty() {
            // Padding, by which a publisher probes the network: no gap is left where it is not passed on.
            return Some(Unpacked {
                codec: redundancy.codec,
                primary: Some(incoming.payload.clone()),
                is_new: redundancy.holes.arrive(sequence, timestamp),
                is_passable: true,
                again: Vec::new(),
            });
        }
        let found = red::read(incoming.payload, *redundancy.codec)?;
        let is_new = redundancy.holes.arrive(sequence, timestamp);
        // After a mute the first packets carry what was said in it.
        let is_passable = !redundancy.holes.reaches_back(timestamp, &found.earlier);
        let again = redundancy.holes.fill((sequence, timestamp), &found.earlier);
        let again = again
            .into_iter()
            .map(|(sequence, timestamp, payload)| Again {
                sequence,
                timestamp,
                payload: payload.into(),
            });
        Some(Unpacked {
            codec: redundancy.codec,
            primary: Some(found.primary.into()),
            is_new,
            is_passable,
            again: again.collect(),
        })
    }

    /// The packet for those who take it plain, and for those who do not.
    pub fn incoming<'a>(&'a self, carrier: &Incoming<'a>) -> Incoming<'a> {
        let Some(primary) = &self.primary else {
            return Incoming {
                is_new: self.is_new,
                ..*carrier
            };
        };
        Incoming {
            payload_type: self.codec,
            payload: primary,
            form: if self.is_passable {
                Form::Redundant(carrier.payload)
            } else {
                Form::Plain
            },
            is_new: self.is_new,
            ..*carrier
        }
    }
}

impl Again {
    pub fn incoming<'a>(&'a self, carrier: &Incoming<'a>, unpacked: &Unpacked) -> Incoming<'a> {
        let ticks = carrier.timestamp.wrapping_sub(self.timestamp);
        let age = Duration::from_secs_f64(f64::from(ticks) / CLOCK);
        Incoming {
            sequence: self.sequence,
            timestamp: self.timestamp,
            // It is said of the first packet after silence, and nobody tells whether this was one.
            marker: false,
            payload_type: unpacked.codec,
            payload: &self.payload,
            captured_at: carrier
                .captured_at
                .checked_sub(age)
                .unwrap_or(carrier.captured_at),
            form: Form::Again,
            is_new: true,
            ..*carrier
        }
    }
}
