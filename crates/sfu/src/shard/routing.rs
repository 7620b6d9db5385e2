//! From a publisher's packet to everybody who wants it.

use std::time::Instant;

use str0m::format::Codec;
use str0m::rtp::{RtpPacket, Ssrc};

use super::sending::note_sender;
use super::{Shard, mark_dirty};
use crate::command::{Kind, PeerId};
use crate::counters;
use crate::event::Event;
use crate::media::forwarder::{Arrival, onward_extensions};
use crate::media::keyframe::starts_keyframe;
use crate::media::track::{LAYERS, Layer, TrackKey, clock_rate, spatial_of};

impl Shard {
    pub(super) fn route_arrivals(&mut self) {
        let mut arrivals = std::mem::take(&mut self.outbox.arrivals);
        for (publisher, packet) in arrivals.drain(..) {
            self.route(publisher, &packet);
        }
        // Keeps the room already made, unless draining has put new ones in meanwhile.
        if self.outbox.arrivals.is_empty() {
            self.outbox.arrivals = arrivals;
        }
    }

    fn route(&mut self, publisher: PeerId, packet: &RtpPacket) {
        let now = self.now;
        let Some((key, spatial)) = self.source(publisher, packet.header.ssrc) else {
            return;
        };
        let (Some(peer), Some(track)) = (self.peers.get_mut(&publisher), self.tracks.get_mut(&key))
        else {
            return;
        };
        let captured_at = peer.captured_at(packet);
        counters::add(&self.counters.packets_in, 1);
        counters::add(&self.counters.bytes_in, packet.payload.len() as u64);
        if let Some(layer) = &mut track.layers[usize::from(spatial)] {
            layer.received(packet.payload.len(), now);
        }
        let Some(spec) = track.codec(packet.header.payload_type) else {
            return;
        };
        if let (Kind::Audio, Some(level)) = (track.kind, packet.header.ext_vals.audio_level) {
            track.speaker.observe(
                level.unsigned_abs(),
                packet.header.timestamp,
                clock_rate(spec),
                now,
            );
        }
        if track.muted {
            return;
        }
        let arrival = Arrival {
            packet,
            spatial,
            starts_keyframe: track.kind == Kind::Video
                && starts_keyframe(spec.codec, &packet.payload),
            is_vp8: spec.codec == Codec::Vp8,
            live_layers: track.live_layers(now),
            captured_at,
            now,
        };
        let values = onward_extensions(packet);
        let (mut sent, mut wanted, mut failed) = (0, false, Vec::new());
        for forwarder in &mut track.forwarders {
            let Some(subscriber) = self.peers.get_mut(&forwarder.peer) else {
                continue;
            };
            let incoming = packet.header.payload_type;
            if forwarder
                .payload_type
                .is_none_or(|(known, _)| known != incoming)
            {
                let outgoing = subscriber.payload_type(forwarder.mid, spec);
                forwarder.payload_type = Some((incoming, outgoing));
                if outgoing.is_none() {
                    self.facts.push(Event::SubscriptionFailed {
                        peer: forwarder.peer,
                        track: track.sid.clone(),
                        reason: "codec",
                    });
                }
            }
            if let Some(outgoing) = forwarder.forward(arrival) {
                match subscriber.send(forwarder.ssrc, outgoing, &values, now) {
                    Ok(true) => {
                        sent += 1;
                        note_sender(subscriber, &mut self.senders);
                    }
                    Ok(false) => {}
                    Err(fault) => failed.push((forwarder.peer, fault)),
                }
            }
            wanted |= forwarder.current != Some(spatial)
                && forwarder.target(arrival.live_layers) == Some(spatial);
        }
        counters::add(&self.counters.packets_out, sent);
        counters::add(&self.counters.bytes_out, sent * packet.payload.len() as u64);
        if wanted && track.kind == Kind::Video {
            self.request_keyframe(key, spatial);
        }
        for (id, fault) in failed {
            self.fail(id, &fault);
        }
    }

    /// Track and layer of a received stream, found out with its first packet.
    fn source(&mut self, publisher: PeerId, ssrc: Ssrc) -> Option<(TrackKey, u8)> {
        let peer = self.peers.get_mut(&publisher)?;
        if let Some(source) = peer.sources.get(&*ssrc) {
            return Some(*source);
        }
        let (mid, rid, rtx) = peer.stream_of(ssrc)?;
        let key = peer.published.get(&mid)?.track;
        let track = self.tracks.get_mut(&key)?;
        if track.kind == Kind::Video {
            peer.ask_for_lost_packets(ssrc).ok()?;
        }
        let spatial = rid.map_or(0, |rid| spatial_of(&rid, &track.rids));
        peer.sources.retain(|_, known| *known != (key, spatial));
        peer.sources.insert(*ssrc, (key, spatial));
        let throttle = self.config.keyframe_throttle[usize::from(spatial).min(LAYERS - 1)];
        track.layers[usize::from(spatial)] = Some(Layer::new(rid, ssrc, rtx, throttle, self.now));
        // A publisher that starts a stream anew has nothing the old numbers could continue.
        for forwarder in track
            .forwarders
            .iter_mut()
            .filter(|f| f.current == Some(spatial))
        {
            forwarder.pause();
        }
        self.facts.push(Event::TrackLayers {
            peer: publisher,
            track: track.sid.clone(),
            layers: track.layer_infos(),
        });
        Some((key, spatial))
    }

    /// Asks the publisher for a key frame of a layer, no more often than the throttle lets through.
    pub(super) fn request_keyframe(&mut self, key: TrackKey, spatial: u8) {
        let Some(track) = self.tracks.get_mut(&key) else {
            return;
        };
        let Some(layer) = &mut track.layers[usize::from(spatial)] else {
            return;
        };
        if layer.keyframes.ask(self.now) {
            let (publisher, ssrc) = (track.publisher, layer.ssrc);
            self.send_keyframe_request(publisher, ssrc);
        }
    }

    /// Grants the requests that the throttle held back.
    pub(super) fn grant_keyframe_requests(&mut self, now: Instant) {
        let mut due = Vec::new();
        for track in self.tracks.values_mut() {
            for layer in track.layers.iter_mut().flatten() {
                if layer.keyframes.due(now) {
                    due.push((track.publisher, layer.ssrc));
                }
            }
        }
        due.into_iter()
            .for_each(|(publisher, ssrc)| self.send_keyframe_request(publisher, ssrc));
    }

    fn send_keyframe_request(&mut self, publisher: PeerId, ssrc: Ssrc) {
        if let Some(peer) = self.peers.get_mut(&publisher) {
            let asked = peer.request_keyframe(ssrc);
            mark_dirty(peer, &mut self.dirty);
            if let Err(fault) = asked {
                self.fail(publisher, &fault);
            }
        }
    }
}
