use std::collections::VecDeque;

use rustc_hash::FxHashMap;
use str0m::change::SdpApi;
use str0m::channel::{ChannelConfig, ChannelId, Reliability};
use str0m::{Rtc, RtcError};

/// Labels of the channels LiveKit clients know, and whether each is reliable.
const CHANNELS: [(&str, bool); 3] = [
    ("_reliable", true),
    ("_lossy", false),
    ("_data_track", false),
];

/// What became of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Sent {
    Taken,
    /// The channel is lossy and full, or not open yet.
    Dropped,
    /// The client reads so slowly that its share of memory is used up.
    TooSlow,
}

/// The data channels of one peer, with what waits for them.
#[derive(Default)]
pub(crate) struct Channels {
    open: FxHashMap<ChannelId, String>,
    /// We create the channels with our next offer.
    planned: bool,
    /// We did, in an offer made before.
    proposed: bool,
    /// Reliable messages that str0m had no room for, oldest first.
    waiting: VecDeque<Box<[u8]>>,
    waiting_bytes: usize,
}

impl Channels {
    /// We will create the channels with our first offer.
    pub fn plan(&mut self) {
        self.planned = true;
    }

    /// The offer that would have created the channels was dropped.
    pub fn replan(&mut self) {
        self.planned |= self.proposed && self.open.is_empty();
    }

    pub fn create_planned(&mut self, sdp: &mut SdpApi<'_>) {
        if std::mem::take(&mut self.planned) {
            self.proposed = true;
            for (label, reliable) in CHANNELS {
                sdp.add_channel_with_config(ChannelConfig {
                    label: label.to_owned(),
                    ordered: reliable,
                    reliability: if reliable {
                        Reliability::Reliable
                    } else {
                        Reliability::MaxRetransmits { retransmits: 0 }
                    },
                    ..ChannelConfig::default()
                });
            }
        }
    }

    pub fn opened(&mut self, id: ChannelId, label: String) {
        self.open.insert(id, label);
    }

    pub fn closed(&mut self, id: ChannelId) {
        self.open.remove(&id);
    }

    pub fn label(&self, id: ChannelId) -> Option<&str> {
        self.open.get(&id).map(String::as_str)
    }

    fn find(&self, label: &str) -> Option<ChannelId> {
        self.open
            .iter()
            .find(|(_, known)| *known == label)
            .map(|(id, _)| *id)
    }

    pub fn send(
        &mut self,
        rtc: &mut Rtc,
        label: &str,
        data: &[u8],
        limit: usize,
    ) -> Result<Sent, RtcError> {
        let reliable = CHANNELS
            .iter()
            .any(|(known, reliable)| *known == label && *reliable);
        if (self.waiting.is_empty() || !reliable) && self.write(rtc, label, data)? {
            return Ok(Sent::Taken);
        }
        if !reliable {
            return Ok(Sent::Dropped);
        }
        if self.waiting_bytes + data.len() > limit {
            return Ok(Sent::TooSlow);
        }
        self.waiting_bytes += data.len();
        self.waiting.push_back(data.into());
        Ok(Sent::Taken)
    }

    /// Whether messages wait for room.
    pub fn is_waiting(&self) -> bool {
        !self.waiting.is_empty()
    }

    /// Writes what waited, as far as there is room.
    pub fn write_waiting(&mut self, rtc: &mut Rtc) -> Result<(), RtcError> {
        while let Some(data) = self.waiting.pop_front() {
            if !self.write(rtc, CHANNELS[0].0, &data)? {
                self.waiting.push_front(data);
                break;
            }
            self.waiting_bytes -= data.len();
        }
        Ok(())
    }

    fn write(&self, rtc: &mut Rtc, label: &str, data: &[u8]) -> Result<bool, RtcError> {
        let channel = self.find(label).and_then(|id| rtc.channel(id));
        channel.map_or(Ok(false), |mut channel| channel.write(true, data))
    }
}
