//! What the control plane asks for.

use std::collections::hash_map::Entry;
use std::sync::Arc;

use super::{Shard, mark_dirty};
use crate::command::{Command, Kind, PeerId, PendingTrack, RoomSid, TrackSid};
use crate::counters;
use crate::event::{Event, PeerState};
use crate::media::continuity::Continuity;
use crate::media::forwarder::Forwarder;
use crate::media::holes::Holes;
use crate::media::track::{Publisher, Redundancy, Track, TrackKey, Wish, clock_rate};
use crate::peer::{
    Bound, Fault, Negotiated, NegotiationError, Peer, PublishedSection, RtcOptions, Sent, Wanted,
};
use crate::ports::tap::Tap;

impl Shard {
    pub(super) fn command(&mut self, command: Command) {
        match command {
            Command::OpenRoom { room, .. } => {
                self.rooms.entry(room).or_default();
            }
            Command::CloseRoom { room } => {
                for peer in self.rooms.get(&room).cloned().unwrap_or_default() {
                    self.close_peer(peer);
                }
                self.close_ports_of(&room);
                self.rooms.remove(&room);
            }
            Command::OpenPeer {
                room,
                peer,
                full_ice,
                channels,
                two_way,
            } => {
                let options = RtcOptions {
                    certificate: self.certificate.clone(),
                    full_ice,
                    we_offer: channels,
                    two_way,
                };
                self.open_peer(room, peer, &options);
            }
            Command::ClosePeer { peer } => self.close_peer(peer),
            Command::AcceptOffer {
                peer,
                request,
                sdp,
                pending,
            } => {
                // With two offers under way, a track may have been bound by the first.
                let pending = pending
                    .into_iter()
                    .filter(|track| !self.track_keys.contains_key(&track.sid))
                    .collect();
                let negotiated = self
                    .peers
                    .get_mut(&peer)
                    .map(|p| p.accept_offer(&sdp, pending).map(Some));
                self.negotiated(peer, request, negotiated, |peer, request, done| {
                    Event::Answered {
                        peer,
                        request,
                        sdp: done.sdp,
                        mid_to_track: done.mid_to_track,
                        candidates: done.candidates,
                    }
                });
            }
            Command::CreateOffer {
                peer,
                request,
                ice_restart,
            } => {
                let negotiated = self
                    .peers
                    .get_mut(&peer)
                    .map(|p| p.create_offer(request, ice_restart));
                self.negotiated(peer, request, negotiated, |peer, request, done| {
                    Event::Offered {
                        peer,
                        request,
                        sdp: done.sdp,
                        mid_to_track: done.mid_to_track,
                        candidates: done.candidates,
                    }
                });
            }
            Command::AcceptAnswer {
                peer,
                request,
                sdp,
                pending,
            } => self.accept_answer(peer, request, &sdp, pending),
            Command::AddCandidate { peer, candidate } => {
                if let Some(found) = self.peers.get_mut(&peer) {
                    let added = found.add_remote_candidate(&candidate);
                    mark_dirty(found, &mut self.dirty);
                    if let Err(fault) = added {
                        self.fail(peer, &fault);
                    }
                }
            }
            Command::Subscribe {
                peer,
                track,
                stream_id,
            } => self.subscribe(peer, &track, stream_id),
            Command::Unsubscribe { peer, track } => self.unsubscribe(peer, &track),
            Command::SetSubscription {
                peer,
                track,
                enabled,
                max_spatial,
                ..
            } => self.set_subscription(
                peer,
                &track,
                Wish {
                    enabled,
                    max_spatial,
                },
            ),
            Command::SetTrackMuted { track, muted } => self.set_muted(&track, muted),
            Command::LimitPeer { peer, bitrate } => self.limit_peer(peer, bitrate),
            Command::AllowPause { peer } => {
                if let Some(peer) = self.peers.get_mut(&peer) {
                    peer.may_pause = true;
                }
            }
            Command::Unpublish { track } => {
                if let Some(key) = self.track_keys.get(&track).copied() {
                    self.remove_track(key);
                }
            }
            Command::MoveTrack { track, to, room } => self.move_track(&track, to, room),
            Command::SendData { peers, label, data } => self.send_data(&peers, &label, &data),
            Command::OpenFramesOut { room, port, fd } => self.open_frames_out(room, port, fd),
            Command::AddFrames {
                port,
                track,
                number,
                info,
                max_spatial,
            } => self.add_frames((port, number), &track, info, max_spatial),
            Command::RemoveFrames { port, track } => self.remove_frames(port, &track),
            Command::MarkFrames { port, control } => self.mark_frames(port, &control),
            Command::RequestKeyframe { track } => self.ask_for_keyframe(&track),
            Command::OpenFramesIn { room, port, fd } => self.open_frames_in(room, port, fd),
            Command::PublishFrames {
                port,
                number,
                track,
            } => self.publish_frames(port, number, track),
            Command::ClosePort { port } => self.close_port(port),
            Command::Stop => {
                let all: Vec<PeerId> = self.peers.keys().copied().collect();
                all.into_iter().for_each(|peer| self.close_peer(peer));
                self.stopping = true;
            }
        }
    }

    fn open_peer(&mut self, room: RoomSid, id: PeerId, options: &RtcOptions) {
        let candidates = self.candidates();
        let Entry::Vacant(place) = self.peers.entry(id) else {
            return;
        };
        let mut peer = Peer::new(id, room.clone(), options, &candidates, self.now);
        if let Some(ufrag) = peer.local_ufrag() {
            self.demux.register(ufrag, id);
        }
        self.dirty.push(id);
        place.insert(peer);
        self.rooms.entry(room).or_default().push(id);
    }

    /// Ends a peer on our wish: it says goodbye, and nobody is told.
    fn close_peer(&mut self, id: PeerId) {
        if let Some(peer) = self.peers.get_mut(&id) {
            if peer
                .close()
                .and_then(|()| peer.drain(self.now, &mut self.outbox))
                .is_ok()
            {
                self.transmit(id);
            }
            self.remove_peer(id);
        }
    }

    /// Gives up a peer after an error of its own.
    pub(super) fn fail(&mut self, id: PeerId, fault: &Fault) {
        if let Fault::Panic(words) = fault {
            log::error!("peer {id} failed inside the engine: {words}");
            counters::add(&self.counters.panics, 1);
        }
        self.end_peer(id, PeerState::Failed, fault.to_string());
    }

    /// Removes a peer and tells the control plane why.
    pub(super) fn end_peer(&mut self, id: PeerId, state: PeerState, reason: String) {
        if self.remove_peer(id) {
            self.facts.push(Event::PeerState {
                peer: id,
                state,
                reason,
            });
        }
    }

    fn remove_peer(&mut self, id: PeerId) -> bool {
        let Some(peer) = self.peers.remove(&id) else {
            return false;
        };
        self.outbox.transmits.clear();
        let connections = self.demux.forget(id);
        self.close_connections(&connections);
        if let Some(members) = self.rooms.get_mut(&peer.room) {
            members.retain(|member| *member != id);
        }
        for key in peer.slots.tracks() {
            if let Some(track) = self.tracks.get_mut(&key) {
                track.forwarders.retain(|forwarder| forwarder.peer != id);
                track.subscribers.remove(&id);
            }
        }
        let published: Vec<TrackKey> = peer
            .published
            .values()
            .map(|section| section.track)
            .collect();
        published.into_iter().for_each(|key| self.remove_track(key));
        true
    }

    fn negotiated(
        &mut self,
        id: PeerId,
        request: u64,
        outcome: Option<Result<Option<Negotiated>, NegotiationError>>,
        event: impl FnOnce(PeerId, u64, Negotiated) -> Event,
    ) {
        match outcome {
            None => self.negotiation_failed(id, request, "there is no such peer connection".into()),
            Some(Err(error)) => {
                self.negotiation_failed(id, request, error.to_string());
                if let NegotiationError::Fault(fault @ Fault::Panic(_)) = error {
                    self.fail(id, &fault);
                }
            }
            Some(Ok(done)) => {
                let mut done = done.unwrap_or_default();
                done.unbound.drain(..).for_each(|key| {
                    if let Some(track) = self.tracks.get(&key) {
                        self.facts.push(Event::TrackUnbound {
                            peer: id,
                            track: track.sid.clone(),
                        });
                    }
                    self.remove_track(key);
                });
                done.bound
                    .drain(..)
                    .for_each(|bound| self.publish_track(id, bound));
                let activated = std::mem::take(&mut done.activated);
                self.facts.push(event(id, request, done));
                self.activate(id, activated);
                self.described(id);
            }
        }
    }

    /// Both sides know a new description: an ICE restart may have changed our username fragment, and tracks may wait.
    fn described(&mut self, id: PeerId) {
        if let Some(peer) = self.peers.get_mut(&id) {
            if let Some(ufrag) = peer.local_ufrag() {
                self.demux.register(ufrag, id);
            }
            mark_dirty(peer, &mut self.dirty);
            self.need_negotiation_if_waiting(id);
        }
    }

    fn negotiation_failed(&mut self, peer: PeerId, request: u64, reason: String) {
        self.facts.push(Event::NegotiationFailed {
            peer,
            request,
            reason,
        });
    }

    fn accept_answer(&mut self, id: PeerId, request: u64, sdp: &str, pending: Vec<PendingTrack>) {
        match self
            .peers
            .get_mut(&id)
            .map(|peer| peer.accept_answer(request, sdp, pending))
        {
            Some(Ok(done)) => {
                done.bound
                    .into_iter()
                    .for_each(|bound| self.publish_track(id, bound));
                self.activate(id, done.activated);
                self.described(id);
            }
            failed => self.negotiated(
                id,
                request,
                failed.map(|f| f.map(Some)),
                |peer, request, done| Event::Offered {
                    peer,
                    request,
                    sdp: done.sdp,
                    mid_to_track: done.mid_to_track,
                    candidates: done.candidates,
                },
            ),
        }
    }

    fn publish_track(&mut self, publisher: PeerId, bound: Bound) {
        let Some(peer) = self.peers.get_mut(&publisher) else {
            return;
        };
        let key = self.next_track;
        self.next_track += 1;
        let sid = bound.announced.sid.clone();
        let mut track = Track::new(
            sid.clone(),
            peer.room.clone(),
            Publisher::Peer(publisher),
            bound.announced.kind,
            bound.codecs,
            bound.rids.clone(),
        );
        track.redundancy = bound.redundant.map(|(payload_type, codec)| Redundancy {
            payload_type,
            codec,
            holes: Holes::default(),
        });
        self.facts.push(Event::TrackBound {
            peer: publisher,
            track: sid.clone(),
            mid: bound.mid.to_string(),
            cid: bound.announced.cid.clone(),
            sdp_cid: bound.sdp_cid,
            mime: bound.mime.to_owned(),
            rids: bound.rids,
        });
        let section = PublishedSection {
            track: key,
            announced: bound.announced,
        };
        peer.published.insert(bound.mid, section);
        self.tracks.insert(key, track);
        self.track_keys.insert(sid, key);
    }

    /// Has a client's track go on as another one, in another room; whoever got the old one gets it no longer.
    fn move_track(&mut self, sid: &TrackSid, to: TrackSid, room: RoomSid) {
        let Some(key) = self.track_keys.get(sid).copied() else {
            return;
        };
        let Some(track) = self.tracks.get(&key) else {
            return;
        };
        let Publisher::Peer(publisher) = track.publisher else {
            return;
        };
        let mut moved = Track::new(
            to.clone(),
            room,
            track.publisher,
            track.kind,
            track.codecs.clone(),
            track.rids.clone(),
        );
        moved.redundancy = track.redundancy.as_ref().map(|redundancy| Redundancy {
            holes: Holes::default(),
            ..*redundancy
        });
        let Some(peer) = self.peers.get_mut(&publisher) else {
            return;
        };
        let section = peer
            .published
            .iter()
            .find(|(_, section)| section.track == key)
            .map(|(mid, section)| (*mid, section.announced.clone()));
        let Some((mid, mut announced)) = section else {
            return;
        };
        announced.sid = to.clone();
        self.remove_track(key);
        let key = self.next_track;
        self.next_track += 1;
        self.tracks.insert(key, moved);
        self.track_keys.insert(to, key);
        if let Some(peer) = self.peers.get_mut(&publisher) {
            let section = PublishedSection {
                track: key,
                announced,
            };
            peer.published.insert(mid, section);
        }
    }

    pub(super) fn remove_track(&mut self, key: TrackKey) {
        let Some(track) = self.tracks.remove(&key) else {
            return;
        };
        self.track_keys.remove(&track.sid);
        match track.publisher {
            Publisher::Peer(id) => {
                if let Some(publisher) = self.peers.get_mut(&id) {
                    publisher
                        .published
                        .retain(|_, section| section.track != key);
                    publisher.sources.retain(|_, (source, _)| *source != key);
                }
            }
            Publisher::Port(port, number) => self.ports.forget_track(port, number),
        }
        for tap in &track.taps {
            if let Some(outlet) = self.ports.outlet(tap.port) {
                tap.close(outlet);
            }
        }
        for subscriber in track.subscribers.into_keys() {
            self.release(subscriber, key);
        }
    }

    fn subscribe(&mut self, id: PeerId, sid: &TrackSid, stream_id: String) {
        let Some(peer) = self.peers.get_mut(&id) else {
            return;
        };
        let found = self
            .track_keys
            .get(sid)
            .and_then(|key| self.tracks.get_mut(key).map(|track| (*key, track)));
        let Some((key, track)) = found else {
            self.facts.push(Event::SubscriptionFailed {
                peer: id,
                track: sid.clone(),
                reason: "track",
            });
            return;
        };
        if peer.slots.has(key) {
            return;
        }
        peer.slots.want(Wanted {
            track: key,
            sid: sid.clone(),
            kind: track.kind,
            stream_id,
        });
        track.subscribers.entry(id).or_default();
        self.need_negotiation(id);
    }

    fn unsubscribe(&mut self, id: PeerId, sid: &TrackSid) {
        let Some(key) = self.track_keys.get(sid).copied() else {
            return;
        };
        if let Some(track) = self.tracks.get_mut(&key) {
            track.forwarders.retain(|forwarder| forwarder.peer != id);
            track.subscribers.remove(&id);
        }
        self.release(id, key);
    }

    fn release(&mut self, id: PeerId, key: TrackKey) {
        if self
            .peers
            .get_mut(&id)
            .is_some_and(|peer| peer.slots.release(key))
        {
            self.need_negotiation(id);
        }
    }

    fn need_negotiation(&mut self, id: PeerId) {
        if self.peers.get(&id).is_some_and(Peer::is_two_way) {
            return self.seat_waiting(id);
        }
        if let Some(peer) = self.peers.get(&id) {
            self.facts.push(Event::NegotiationNeeded {
                peer: id,
                audio: peer.slots.missing(Kind::Audio),
                video: peer.slots.missing(Kind::Video),
            });
        }
    }

    /// What waits for a section of a two-way peer gets one, if one is free.
    fn seat_waiting(&mut self, id: PeerId) {
        match self.peers.get_mut(&id).map(Peer::seat_waiting) {
            Some(Ok(seated)) => self.activate(id, seated),
            Some(Err(fault)) => self.fail(id, &fault),
            None => {}
        }
    }

    fn need_negotiation_if_waiting(&mut self, id: PeerId) {
        if self
            .peers
            .get(&id)
            .is_some_and(|peer| peer.slots.is_waiting())
        {
            self.need_negotiation(id);
        }
    }

    /// Lets media flow into sections that the client knows now.
    fn activate(&mut self, id: PeerId, placed: Vec<(str0m::media::Mid, Wanted)>) {
        for (mid, wanted) in placed {
            let (Some(peer), Some(track)) =
                (self.peers.get_mut(&id), self.tracks.get_mut(&wanted.track))
            else {
                continue;
            };
            let decodable = track
                .codecs
                .iter()
                .any(|(_, spec)| peer.payload_type(mid, *spec).is_some());
            let clock = track
                .codecs
                .first()
                .map_or(90_000, |(_, spec)| clock_rate(*spec));
            let (true, Some((ssrc, progress))) = (decodable, peer.open_stream(mid, clock)) else {
                peer.slots.release(wanted.track);
                track.subscribers.remove(&id);
                self.facts.push(Event::SubscriptionFailed {
                    peer: id,
                    track: wanted.sid,
                    reason: "codec",
                });
                continue;
            };
            let wish = track.subscribers.get(&id).copied().unwrap_or_default();
            track.forwarders.retain(|forwarder| forwarder.peer != id);
            let continuity = progress.map_or_else(
                || Continuity::new(clock, ssrc),
                |progress| Continuity::after(clock, progress),
            );
            track
                .forwarders
                .push(Forwarder::new(id, mid, ssrc, track.kind, continuity, wish));
            self.facts.push(Event::SubscriptionActive {
                peer: id,
                track: wanted.sid,
            });
        }
    }

    fn set_subscription(&mut self, id: PeerId, sid: &TrackSid, wish: Wish) {
        let Some(track) = self
            .track_keys
            .get(sid)
            .and_then(|key| self.tracks.get_mut(key))
        else {
            return;
        };
        track
            .subscribers
            .entry(id)
            .and_modify(|known| *known = wish);
        if let Some(forwarder) = track.forwarder(id) {
            if forwarder.enabled && !wish.enabled {
                forwarder.pause();
            }
            forwarder.enabled = wish.enabled;
            forwarder.max_spatial = wish.max_spatial;
        }
    }

    fn set_muted(&mut self, sid: &TrackSid, muted: bool) {
        let track = self
            .track_keys
            .get(sid)
            .and_then(|key| self.tracks.get_mut(key));
        if let Some(track) = track.filter(|track| track.muted != muted) {
            track.muted = muted;
            track.forwarders.iter_mut().for_each(Forwarder::pause);
            track.taps.iter_mut().for_each(Tap::mute);
        }
    }

    fn send_data(&mut self, peers: &[PeerId], label: &str, data: &Arc<[u8]>) {
        for id in peers {
            let Some(peer) = self.peers.get_mut(id) else {
                continue;
            };
            let was_dirty = std::mem::replace(&mut peer.dirty, true);
            if !was_dirty {
                self.dirty.push(*id);
            }
            match peer.send_data(label, data, self.config.data_buffer) {
                Ok(Sent::Taken) => {}
                Ok(Sent::Dropped) => counters::add(&self.counters.data_drops, 1),
                Ok(Sent::TooSlow) => {
                    self.end_peer(
                        *id,
                        PeerState::Failed,
                        "too slow: its data channel is full".into(),
                    );
                }
                Err(fault) => self.fail(*id, &fault),
            }
        }
    }
}
