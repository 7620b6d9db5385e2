//! What str0m says about a peer, apart from media.

use str0m::Event as RtcEvent;
use str0m::media::Mid;

use super::{Shard, mark_dirty};
use crate::command::PeerId;
use crate::egress::Target;
use crate::event::{Event, PeerState};
use crate::peer::StreamCounters;

impl Shard {
    pub(super) fn handle_notices(&mut self) {
        for (id, notice) in std::mem::take(&mut self.outbox.notices) {
            self.notice(id, notice);
        }
    }

    fn notice(&mut self, id: PeerId, notice: RtcEvent) {
        let Some(peer) = self.peers.get_mut(&id) else {
            return;
        };
        match notice {
            RtcEvent::Connected => {
                peer.connected = true;
                self.facts.push(Event::PeerState {
                    peer: id,
                    state: PeerState::Connected,
                    reason: String::new(),
                });
            }
            RtcEvent::Closed => self.end_peer(
                id,
                PeerState::Closed,
                "the remote side closed the connection".into(),
            ),
            RtcEvent::ChannelOpen(channel, label) => {
                peer.channels.opened(channel, label.clone());
                // Something may have waited for the channel.
                mark_dirty(peer, &mut self.dirty);
                self.facts.push(Event::ChannelOpen { peer: id, label });
            }
            RtcEvent::ChannelClose(channel) => peer.channels.closed(channel),
            RtcEvent::ChannelBufferedAmountLow(_) => mark_dirty(peer, &mut self.dirty),
            RtcEvent::ChannelData(message) => {
                if let Some(label) = peer.channels.label(message.id) {
                    self.facts.push(Event::Data {
                        peer: id,
                        label: label.to_owned(),
                        data: message.data,
                    });
                }
            }
            RtcEvent::PeerStats(stats) => {
                // Nomination is seen as it happens; this mends what slipped through.
                if let Some(pair) = stats.selected_candidate_pair {
                    peer.egress.target = Some(Target {
                        protocol: pair.protocol,
                        source: pair.local.addr,
                        destination: pair.remote.addr,
                    });
                }
            }
            RtcEvent::MediaIngressStats(stats) => {
                let clock = 90_000.0;
                let counters = StreamCounters {
                    packets: stats.packets,
                    bytes: stats.bytes,
                    frames: 0,   // its track counts them
                    expected: 0, // these too
                    lost: 0,
                    nacks: stats.nacks,
                    plis: stats.plis,
                    jitter_ms: stats.jitter as f32 * 1000.0 / clock,
                };
                peer.stats.insert((stats.mid, stats.rid), counters);
            }
            _ => {}
        }
    }

    /// A subscriber cannot decode what it has: its layer needs a key frame.
    pub(super) fn keyframe_wanted(&mut self, id: PeerId, mid: Mid) {
        let key = self
            .peers
            .get(&id)
            .and_then(|peer| peer.slots.occupant(&mid))
            .map(|wanted| wanted.track);
        let Some((key, track)) = key.and_then(|key| Some((key, self.tracks.get_mut(&key)?))) else {
            return;
        };
        let live = track.live_layers(self.now);
        let layer = track
            .forwarder(id)
            .and_then(|forwarder| forwarder.current.or_else(|| forwarder.target(live)));
        if let Some(spatial) = layer {
            self.request_keyframe(key, spatial);
        }
    }
}
