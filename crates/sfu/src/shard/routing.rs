//! From a publisher's packet to everybody who wants it.

use std::sync::Arc;
use std::time::Instant;

use str0m::format::Codec;
use str0m::media::Pt;
use str0m::rtp::{ExtensionValues, RtpPacket, Ssrc};

use super::redundant::Unpacked;
use super::sending::note_sender;
use super::{Shard, mark_dirty};
use crate::command::{Kind, PeerId};
use crate::counters;
use crate::egress::Outgoing;
use crate::event::Event;
use crate::media::forwarder::{Arrival, Forwarder, onward_extensions};
use crate::media::keyframe::starts_keyframe;
use crate::media::red;
use crate::media::track::{LAYERS, Layer, Publisher, TrackKey, clock_rate, spatial_of};

/// One packet of a track, from a peer or a port.
#[derive(Clone, Copy)]
pub(super) struct Incoming<'a> {
    /// Extended sequence number.
    pub sequence: u64,
    pub timestamp: u32,
    pub marker: bool,
    pub payload_type: Pt,
    pub payload: &'a Arc<[u8]>,
    pub spatial: u8,
    pub captured_at: Instant,
    pub form: Form<'a>,
    /// No packet of this number was given before.
    pub is_new: bool,
}

/// How the payload of a packet came.
#[derive(Clone, Copy)]
pub(super) enum Form<'a> {
    Plain,
    /// In this payload of redundant audio (RFC 2198), which some subscribers take as it is.
    Redundant(&'a Arc<[u8]>),
    /// In a later packet that carries it again, the packet itself being lost.
    Again,
}

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
        let Some((key, spatial)) = self.source(publisher, packet.header.ssrc) else {
            return;
        };
        let Some(peer) = self.peers.get_mut(&publisher) else {
            return;
        };
        let incoming = Incoming {
            sequence: *packet.seq_no,
            timestamp: packet.header.timestamp,
            marker: packet.header.marker,
            payload_type: packet.header.payload_type,
            payload: &packet.payload,
            spatial,
            captured_at: peer.captured_at(packet),
            form: Form::Plain,
            is_new: true,
        };
        self.fan_out(key, incoming, &onward_extensions(packet));
    }

    /// Sends one packet of a track to everybody who wants it.
    pub(super) fn fan_out(
        &mut self,
        key: TrackKey,
        incoming: Incoming<'_>,
        values: &ExtensionValues,
    ) {
        let Some(track) = self.tracks.get_mut(&key) else {
            return;
        };
        let size = incoming.payload.len();
        counters::add(&self.counters.packets_in, 1);
        counters::add(&self.counters.bytes_in, size as u64);
        if let Some(layer) = &mut track.layers[usize::from(incoming.spatial)] {
            layer.received(size, incoming.sequence, incoming.timestamp, self.now);
        }
        match &mut track.redundancy {
            // What was said while muted is for nobody, later packets that carry it again included.
            Some(redundancy) if track.muted => redundancy.holes.restart(),
            Some(redundancy) => {
                let Some(unpacked) = Unpacked::new(redundancy, &incoming) else {
                    return;
                };
                for lost in &unpacked.again {
                    self.deliver(
                        key,
                        lost.incoming(&incoming, &unpacked),
                        &ExtensionValues::default(),
                    );
                }
                self.deliver(key, unpacked.incoming(&incoming), values);
            }
            None if track.muted => {}
            None => self.deliver(key, incoming, values),
        }
    }

    fn deliver(&mut self, key: TrackKey, incoming: Incoming<'_>, values: &ExtensionValues) {
        let now = self.now;
        let Some(track) = self.tracks.get_mut(&key) else {
            return;
        };
        let Some(spec) = track.codec(incoming.payload_type) else {
            return;
        };
        let (payload, spatial) = (incoming.payload, incoming.spatial);
        let level = values.audio_level.map(i8::unsigned_abs);
        if let (Kind::Audio, Some(level)) = (track.kind, level) {
            let clock = clock_rate(spec);
            track.speaker.observe(level, incoming.timestamp, clock, now);
        }
        let arrival = Arrival {
            sequence: incoming.sequence,
            timestamp: incoming.timestamp,
            marker: incoming.marker,
            payload,
            spatial,
            starts_keyframe: track.kind == Kind::Video && starts_keyframe(spec.codec, payload),
            is_vp8: spec.codec == Codec::Vp8,
            live_layers: track.live_layers(now),
            captured_at: incoming.captured_at,
            level,
            now,
        };
        let (mut sent, mut bytes, mut wanted, mut failed) = (0, 0, false, Vec::new());
        for forwarder in &mut track.forwarders {
            let Some(subscriber) = self.peers.get_mut(&forwarder.peer) else {
                continue;
            };
            let codec = incoming.payload_type;
            if forwarder
                .payload_type
                .is_none_or(|(known, _)| known != codec)
            {
                let outgoing = subscriber.payload_type(forwarder.mid, spec);
                forwarder.payload_type = Some((codec, outgoing));
                forwarder.redundant_type = outgoing
                    .filter(|_| track.redundancy.is_some())
                    .and_then(|outgoing| subscriber.redundant_type(outgoing));
                if outgoing.is_none() {
                    self.facts.push(Event::SubscriptionFailed {
                        peer: forwarder.peer,
                        track: track.sid.clone(),
                        reason: "codec",
                    });
                }
            }
            if let Some(outgoing) = outgoing(forwarder, &arrival, &incoming) {
                let size = outgoing.payload.len() as u64;
                match subscriber.send(forwarder.ssrc, outgoing, values, now) {
                    Ok(true) => {
                        sent += 1;
                        bytes += size;
                        note_sender(subscriber, &mut self.senders);
                    }
                    Ok(false) => {}
                    Err(fault) => failed.push((forwarder.peer, fault)),
                }
            }
            wanted |= forwarder.current != Some(spatial)
                && forwarder.target(arrival.live_layers) == Some(spatial);
        }
        let taps = track.taps.iter_mut().filter(|_| incoming.is_new);
        for tap in taps {
            if let Some(outlet) = self.ports.outlet(tap.port) {
                wanted |= tap.receive(&arrival, spec, outlet);
                counters::add(&self.counters.frame_drops, tap.take_dropped());
            }
        }
        let ends_frame = track.kind == Kind::Audio || incoming.marker;
        if sent > 0 {
            self.gathering.add(ends_frame, now);
        }
        counters::add(&self.counters.packets_out, sent);
        counters::add(&self.counters.bytes_out, bytes);
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
        track.renew(spatial);
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

    fn send_keyframe_request(&mut self, publisher: Publisher, ssrc: Ssrc) {
        let id = match publisher {
            Publisher::Peer(id) => id,
            Publisher::Port(port, number) => {
                if let Some(inlet) = self.ports.inlet(port) {
                    inlet.request_keyframe(number);
                }
                return;
            }
        };
        if let Some(peer) = self.peers.get_mut(&id) {
            let asked = peer.request_keyframe(ssrc);
            mark_dirty(peer, &mut self.dirty);
            if let Err(fault) = asked {
                self.fail(id, &fault);
            }
        }
    }
}

/// The packet for one subscriber. Who takes redundant audio finds in it what was lost, and is sent nothing again.
fn outgoing(
    forwarder: &mut Forwarder,
    arrival: &Arrival<'_>,
    incoming: &Incoming<'_>,
) -> Option<Outgoing> {
    let Some(redundant_type) = forwarder.redundant_type else {
        return incoming.is_new.then(|| forwarder.forward(arrival))?;
    };
    match incoming.form {
        Form::Plain => forwarder.forward(arrival),
        Form::Again => None,
        Form::Redundant(whole) => {
            let mut outgoing = forwarder.forward(arrival)?;
            let codec = outgoing.payload_type;
            outgoing.payload = red::renumbered(whole, *incoming.payload_type, codec);
            outgoing.payload_type = *redundant_type;
            Some(outgoing)
        }
    }
}
