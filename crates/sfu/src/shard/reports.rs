//! What is looked at from time to time: who speaks, who is gone, how well it goes, which layers fit.

use std::collections::HashMap;
use std::time::SystemTime;

use rustc_hash::FxHashMap;
use str0m::media::Mid;

use super::sending::note_sender;
use super::{Shard, mark_dirty};
use crate::command::{Kind, PeerId, RoomSid, TrackSid};
use crate::counters;
use crate::event::{Event, PeerState, TrackStats};
use crate::media::allocation::{Want, allocate};
use crate::media::track::{Track, TrackKey};
use crate::peer::{CONNECT_WITHIN, Peer, StreamCounters};

/// Layers are fitted to the bandwidth every so many reports: about a second.
const ALLOCATE_EVERY: u64 = 3;
/// Counters are told every so many reports: about five seconds.
const STATS_EVERY: u64 = 12;
/// Bits per second that no client reaches.
const UNLIMITED: u64 = 1_000_000_000;

impl Shard {
    pub(super) fn report(&mut self) {
        self.reports += 1;
        self.report_levels();
        self.check_liveness();
        self.grant_keyframe_requests(self.now);
        self.sweep_connections();
        self.deliver_late_frames();
        let wall = SystemTime::now();
        let mut failed = Vec::new();
        for peer in self.peers.values_mut() {
            match peer.report(self.now, wall) {
                Ok(()) => note_sender(peer, &mut self.senders),
                Err(fault) => failed.push((peer.id, fault)),
            }
        }
        for (id, fault) in failed {
            self.fail(id, &fault);
        }
        let forwarders = self
            .tracks
            .values()
            .map(|track| track.forwarders.len())
            .sum();
        counters::set(&self.counters.subscriptions, forwarders);
        let peers = || self.peers.keys().copied().collect::<Vec<PeerId>>();
        if self.reports.is_multiple_of(ALLOCATE_EVERY) {
            peers().into_iter().for_each(|id| self.allocate_layers(id));
            self.repeat_limits();
        }
        if self.reports.is_multiple_of(STATS_EVERY) {
            self.tracks.values_mut().for_each(Track::count_frames);
            let stats: Vec<Event> = self
                .peers
                .values()
                .filter(|p| p.connected)
                .map(|p| self.stats_of(p))
                .collect();
            self.facts.extend(stats);
        }
    }

    /// From now on, or no longer, a client is asked to send less. A limit that ends is said once, as one too high to matter.
    pub(super) fn limit_peer(&mut self, id: PeerId, bitrate: Option<u64>) {
        let Some(peer) = self.peers.get_mut(&id) else {
            return;
        };
        let ended = peer.limit.is_some() && bitrate.is_none();
        peer.limit = bitrate;
        if let Some(asked) = bitrate.or(ended.then_some(UNLIMITED)) {
            self.ask_for_bitrate(id, asked);
        }
    }

    /// RTCP may be lost, and streams begin later.
    fn repeat_limits(&mut self) {
        let limited: Vec<(PeerId, u64)> = self
            .peers
            .values()
            .filter_map(|peer| Some((peer.id, peer.limit?)))
            .collect();
        for (id, limit) in limited {
            self.ask_for_bitrate(id, limit);
        }
    }

    fn ask_for_bitrate(&mut self, id: PeerId, bitrate: u64) {
        let Some(peer) = self.peers.get_mut(&id) else {
            return;
        };
        let tracks = &self.tracks;
        let is_video = |key| {
            tracks
                .get(key)
                .is_some_and(|track| track.kind == Kind::Video)
        };
        let streams: Vec<u32> = peer
            .sources
            .iter()
            .filter(|(_, (key, _))| is_video(key))
            .map(|(ssrc, _)| *ssrc)
            .collect();
        let asked = streams
            .into_iter()
            .try_for_each(|ssrc| peer.request_bitrate(ssrc.into(), bitrate));
        mark_dirty(peer, &mut self.dirty);
        if let Err(fault) = asked {
            self.fail(id, &fault);
        }
    }

    fn report_levels(&mut self) {
        let mut levels: HashMap<RoomSid, Vec<(TrackSid, f32)>> = HashMap::new();
        for track in self
            .tracks
            .values_mut()
            .filter(|track| track.kind == Kind::Audio)
        {
            let level = track.speaker.level(self.now);
            if level > 0.0 || track.reported_level > 0.0 {
                levels
                    .entry(track.room.clone())
                    .or_default()
                    .push((track.sid.clone(), level));
            }
            track.reported_level = level;
        }
        self.facts.extend(
            levels
                .into_iter()
                .map(|(room, levels)| Event::AudioLevels { room, levels }),
        );
    }

    fn check_liveness(&mut self) {
        let now = self.now;
        let mut gone = Vec::new();
        for peer in self.peers.values_mut() {
            let silent = now.duration_since(peer.last_received);
            if !peer.is_alive() {
                gone.push((peer.id, PeerState::Closed, "the connection has ended"));
            } else if !peer.connected {
                if now.duration_since(peer.opened_at) > CONNECT_WITHIN {
                    gone.push((peer.id, PeerState::Failed, "no connection was made in time"));
                }
            } else if silent > self.config.failed_after {
                gone.push((
                    peer.id,
                    PeerState::Failed,
                    "nothing was received for too long",
                ));
            } else if peer.disconnected != (silent > self.config.disconnected_after) {
                peer.disconnected = !peer.disconnected;
                let state = if peer.disconnected {
                    PeerState::Disconnected
                } else {
                    PeerState::Connected
                };
                self.facts.push(Event::PeerState {
                    peer: peer.id,
                    state,
                    reason: String::new(),
                });
            }
        }
        for (id, state, reason) in gone {
            self.end_peer(id, state, reason.into());
        }
    }

    fn stats_of(&self, peer: &Peer) -> Event {
        let mut tracks = Vec::new();
        let mut tell = |key: TrackKey, inbound: bool, counters: StreamCounters| {
            let Some(track) = self.tracks.get(&key) else {
                return;
            };
            let sent_layer = track
                .forwarders
                .iter()
                .find(|f| f.peer == peer.id)
                .and_then(|f| f.current);
            let (expected, lost) = if inbound {
                track.losses()
            } else {
                (counters.expected, counters.lost)
            };
            let highest = 7 - (track.live_layers(self.now).leading_zeros() as i8);
            tracks.push(TrackStats {
                track: track.sid.clone(),
                inbound,
                packets: counters.packets,
                bytes: counters.bytes,
                frames: if inbound {
                    track.frames
                } else {
                    counters.frames
                },
                expected,
                lost,
                nacks: counters.nacks,
                plis: counters.plis,
                jitter_ms: counters.jitter_ms,
                spatial: if inbound {
                    highest
                } else {
                    sent_layer.map_or(-1, u8::cast_signed)
                },
            });
        };
        let mut received: FxHashMap<Mid, StreamCounters> = FxHashMap::default();
        for ((mid, _), counters) in &peer.stats {
            let all = received.entry(*mid).or_default();
            *all = all.with(*counters);
        }
        for (mid, counters) in received {
            if let Some(section) = peer.published.get(&mid) {
                tell(section.track, true, counters);
            }
        }
        for (mid, counters) in peer.egress.counters() {
            if let Some(wanted) = peer.slots.occupant(&mid) {
                tell(wanted.track, false, counters);
            }
        }
        Event::PeerStats {
            peer: peer.id,
            rtt_ms: peer
                .egress
                .rtt
                .map_or(0.0, |rtt| rtt.as_secs_f32() * 1000.0),
            estimate_bps: peer.egress.estimate(),
            tracks,
        }
    }

    /// Fits the videos that a peer gets to its bandwidth, after the sound, which always goes on.
    pub(super) fn allocate_layers(&mut self, id: PeerId) {
        let now = self.now;
        let Some(peer) = self.peers.get_mut(&id) else {
            return;
        };
        let mut wants: Vec<(TrackKey, Want)> = Vec::new();
        let mut sound = 0.0;
        for key in peer.slots.tracks() {
            let Some(track) = self.tracks.get_mut(&key) else {
                continue;
            };
            let bitrates = track.bitrates(now);
            let is_video = track.kind == Kind::Video;
            let Some(forwarder) = track.forwarder(id).filter(|forwarder| forwarder.enabled) else {
                continue;
            };
            if !is_video {
                sound += bitrates.iter().flatten().sum::<f64>();
                continue;
            }
            wants.push((
                key,
                Want {
                    max_spatial: forwarder.max_spatial,
                    bitrates,
                    starved: forwarder.starved,
                },
            ));
        }
        let bound = if peer.may_pause {
            peer.egress.bound(now)
        } else {
            None
        };
        let has_layers = |(_, want): &(TrackKey, Want)| want.bitrates.iter().flatten().count() > 1;
        if bound.is_none() && !wants.iter().any(has_layers) {
            return;
        }
        let choices: Vec<Want> = wants.iter().map(|(_, want)| *want).collect();
        let estimate = bound.unwrap_or_else(|| peer.egress.estimate()) - sound;
        let levels = allocate(estimate, &choices, bound.is_some());
        for ((key, want), level) in wants.iter().zip(levels) {
            let Some(track) = self.tracks.get_mut(key) else {
                continue;
            };
            let sid = track.sid.clone();
            let Some(forwarder) = track.forwarder(id) else {
                continue;
            };
            match level {
                Some(level) => forwarder.allowed_spatial = level,
                None if !want.starved => forwarder.pause(),
                None => {}
            }
            forwarder.starved = level.is_none();
            if forwarder.starved != want.starved {
                self.facts.push(Event::StreamState {
                    peer: id,
                    track: sid,
                    paused: forwarder.starved,
                });
            }
        }
    }
}
