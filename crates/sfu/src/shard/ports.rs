//! Frames out to workers and in from them.

use std::fs::File;
use std::io;
use std::os::fd::{AsRawFd, OwnedFd};
use std::sync::Arc;

use mio::unix::SourceFd;
use mio::{Interest, Token};
use nix::fcntl::{FcntlArg, OFlag, fcntl};
use rustc_hash::FxHashMap;
use str0m::rtp::ExtensionValues;

use super::Shard;
use super::routing::{Form, Incoming};
use crate::command::{Kind, RoomSid, TrackSid};
use crate::event::Event;
use crate::media::track::{Layer, Publisher, Track, TrackKey, clock_rate};
use crate::ports::PortId;
use crate::ports::inlet::{Inlet, InletTrack, default_spec};
use crate::ports::outlet::Outlet;
use crate::ports::records::{self, Frame, Record, codec_number};
use crate::ports::tap::{Tap, instant_of, wall_ns};

/// Reads from one worker before others get their turn.
const READS_PER_TURN: usize = 16;

enum Port {
    Out(Outlet),
    In(Inlet),
}

impl Port {
    fn room(&self) -> &RoomSid {
        match self {
            Port::Out(outlet) => &outlet.room,
            Port::In(inlet) => &inlet.room,
        }
    }

    fn file(&self) -> (&File, usize) {
        match self {
            Port::Out(outlet) => (&outlet.file, outlet.token),
            Port::In(inlet) => (&inlet.file, inlet.token),
        }
    }
}

/// The ports of a shard.
#[derive(Default)]
pub(super) struct Ports {
    by_id: FxHashMap<PortId, Port>,
    by_token: FxHashMap<usize, PortId>,
}

impl Ports {
    pub fn is_empty(&self) -> bool {
        self.by_id.is_empty()
    }

    /// Whose descriptor has this token.
    pub fn at(&self, token: usize) -> Option<PortId> {
        self.by_token.get(&token).copied()
    }

    pub fn outlet(&mut self, port: PortId) -> Option<&mut Outlet> {
        match self.by_id.get_mut(&port) {
            Some(Port::Out(outlet)) => Some(outlet),
            _ => None,
        }
    }

    pub fn inlet(&mut self, port: PortId) -> Option<&mut Inlet> {
        match self.by_id.get_mut(&port) {
            Some(Port::In(inlet)) => Some(inlet),
            _ => None,
        }
    }

    /// A published track of a worker is gone; its frames are dropped from now on.
    pub fn forget_track(&mut self, port: PortId, number: u16) {
        let inlet = self.inlet(port);
        if let Some(track) = inlet.and_then(|inlet| inlet.tracks.get_mut(&number)) {
            track.key = None;
        }
    }

    fn of_room(&self, room: &RoomSid) -> Vec<PortId> {
        let ports = self.by_id.iter().filter(|(_, port)| port.room() == room);
        ports.map(|(id, _)| *id).collect()
    }
}

impl Shard {
    pub(super) fn open_frames_out(&mut self, room: RoomSid, port: PortId, fd: OwnedFd) {
        self.open_port(port, room, fd, Interest::WRITABLE, |room, file, token| {
            Port::Out(Outlet::new(room, file, token))
        });
    }

    pub(super) fn open_frames_in(&mut self, room: RoomSid, port: PortId, fd: OwnedFd) {
        self.open_port(port, room, fd, Interest::READABLE, |room, file, token| {
            Port::In(Inlet::new(room, file, token))
        });
    }

    fn open_port(
        &mut self,
        id: PortId,
        room: RoomSid,
        fd: OwnedFd,
        interest: Interest,
        make: impl FnOnce(RoomSid, File, usize) -> Port,
    ) {
        if !self.rooms.contains_key(&room) {
            return self.port_closed(id, "the room is closed");
        }
        let token = self.next_token;
        self.next_token += 1;
        if let Err(error) = self.watch_port(&fd, token, interest) {
            return self.port_closed(id, &format!("the descriptor cannot be used: {error}"));
        }
        let port = make(room, File::from(fd), token);
        self.ports.by_token.insert(token, id);
        self.ports.by_id.insert(id, port);
    }

    fn watch_port(&self, fd: &OwnedFd, token: usize, interest: Interest) -> io::Result<()> {
        fcntl(fd, FcntlArg::F_SETFL(OFlag::O_NONBLOCK))?;
        let registry = self.poll.registry();
        registry.register(&mut SourceFd(&fd.as_raw_fd()), Token(token), interest)
    }

    fn port_closed(&mut self, port: PortId, reason: &str) {
        self.facts.push(Event::PortClosed {
            port,
            reason: reason.to_owned(),
        });
    }

    pub(super) fn add_frames(
        &mut self,
        (port, number): (PortId, u16),
        sid: &TrackSid,
        info: Vec<u8>,
        max_spatial: u8,
    ) {
        let now = self.now;
        let Some((key, track)) = self.track_keys.get(sid).copied().and_then(|key| {
            let track = self.tracks.get_mut(&key)?;
            Some((key, track))
        }) else {
            return;
        };
        let (Some(outlet), Some((_, spec))) = (self.ports.outlet(port), track.codecs.first())
        else {
            return;
        };
        if outlet.room != track.room || track.taps.iter().any(|tap| tap.port == port) {
            return;
        }
        let Some(tap) = Tap::open(outlet, (port, number), info, max_spatial, *spec) else {
            return;
        };
        let target = tap.target(track.live_layers(now));
        track.taps.push(tap);
        if let (Kind::Video, Some(spatial)) = (track.kind, target) {
            self.request_keyframe(key, spatial);
        }
    }

    pub(super) fn remove_frames(&mut self, port: PortId, sid: &TrackSid) {
        let key = self.track_keys.get(sid);
        let Some(track) = key.and_then(|key| self.tracks.get_mut(key)) else {
            return;
        };
        if let Some(index) = track.taps.iter().position(|tap| tap.port == port) {
            let tap = track.taps.swap_remove(index);
            if let Some(outlet) = self.ports.outlet(port) {
                tap.close(outlet);
            }
        }
    }

    pub(super) fn mark_frames(&mut self, port: PortId, control: &[u8]) {
        let now = wall_ns(self.now);
        if let Some(outlet) = self.ports.outlet(port) {
            records::append_mark(outlet.records(), now, control);
        }
    }

    pub(super) fn ask_for_keyframe(&mut self, sid: &TrackSid) {
        let now = self.now;
        let Some(key) = self.track_keys.get(sid).copied() else {
            return;
        };
        let Some(track) = self.tracks.get(&key).filter(|t| t.kind == Kind::Video) else {
            return;
        };
        let live = track.live_layers(now);
        (0..8)
            .filter(|spatial| live & 1 << spatial != 0)
            .for_each(|spatial| self.request_keyframe(key, spatial));
    }

    /// Ends a port on the wish of its owner: a worker gets what is on its way, and the word that this is all.
    pub(super) fn close_port(&mut self, id: PortId) {
        match self.ports.by_id.get_mut(&id) {
            Some(Port::Out(outlet)) if !outlet.closing => {
                records::append_stop(outlet.records());
                outlet.closing = true;
                self.untap(id);
                self.flush_outlet(id);
            }
            Some(Port::In(_)) => self.drop_port(id),
            _ => {}
        }
    }

    /// Ends the ports of a room that is closed.
    pub(super) fn close_ports_of(&mut self, room: &RoomSid) {
        for id in self.ports.of_room(room) {
            self.close_port(id);
            self.port_closed(id, "the room is closed");
        }
    }

    fn untap(&mut self, id: PortId) {
        for track in self.tracks.values_mut() {
            track.taps.retain(|tap| tap.port != id);
        }
    }

    fn drop_port(&mut self, id: PortId) {
        let Some(port) = self.ports.by_id.remove(&id) else {
            return;
        };
        let (file, token) = port.file();
        let _ = self
            .poll
            .registry()
            .deregister(&mut SourceFd(&file.as_raw_fd()));
        self.ports.by_token.remove(&token);
        match port {
            Port::Out(_) => self.untap(id),
            Port::In(inlet) => {
                let published: Vec<TrackKey> =
                    inlet.tracks.values().filter_map(|t| t.key).collect();
                published.into_iter().for_each(|key| self.remove_track(key));
            }
        }
    }

    /// Ends a port because of what happened at its other end.
    fn lose_port(&mut self, id: PortId, reason: &str) {
        self.drop_port(id);
        self.port_closed(id, reason);
    }

    pub(super) fn port_ready(&mut self, id: PortId) {
        match self.ports.by_id.get_mut(&id) {
            Some(Port::Out(outlet)) => {
                outlet.blocked = false;
                self.flush_outlet(id);
            }
            Some(Port::In(_)) => self.read_frames(id),
            None => {}
        }
    }

    /// Writes to the workers what this turn gave them.
    pub(super) fn flush_outlets(&mut self) {
        let waiting = self.ports.by_id.iter().filter_map(|(id, port)| match port {
            Port::Out(outlet) if outlet.is_waiting() => Some(*id),
            _ => None,
        });
        let waiting: Vec<PortId> = waiting.collect();
        waiting.into_iter().for_each(|id| self.flush_outlet(id));
    }

    fn flush_outlet(&mut self, id: PortId) {
        let Some(outlet) = self.ports.outlet(id) else {
            return;
        };
        match outlet.flush() {
            Ok(all_written) => {
                if outlet.closing && all_written {
                    self.drop_port(id);
                }
            }
            Err(_) if outlet.closing => self.drop_port(id),
            Err(error) => self.lose_port(id, &format!("the worker does not read: {error}")),
        }
    }

    /// Writes frames behind packets that have been waited for long enough, though none came since.
    pub(super) fn deliver_late_frames(&mut self) {
        for track in self.tracks.values_mut() {
            for tap in &mut track.taps {
                if let Some(outlet) = self.ports.outlet(tap.port) {
                    tap.deliver(outlet, self.now);
                }
            }
        }
    }

    pub(super) fn publish_frames(&mut self, port: PortId, number: u16, sid: TrackSid) {
        let throttle = self.config.keyframe_throttle[0];
        let key = self.next_track;
        let Some(inlet) = self.ports.inlet(port) else {
            return;
        };
        let room = inlet.room.clone();
        let Some(source) = inlet.tracks.get_mut(&number) else {
            return;
        };
        if source.key.replace(key).is_some() || self.track_keys.contains_key(&sid) {
            return;
        }
        self.next_track += 1;
        let kind = if source.codec.1.codec.is_video() {
            Kind::Video
        } else {
            Kind::Audio
        };
        let publisher = Publisher::Port(port, number);
        let codecs = vec![source.codec];
        let mut track = Track::new(sid.clone(), room, publisher, kind, codecs, Vec::new());
        // Requests for keyframes go by layer, so there is one, though its SSRC is never on a wire.
        track.layers[0] = Some(Layer::new(None, 0.into(), None, throttle, self.now));
        self.tracks.insert(key, track);
        self.track_keys.insert(sid, key);
    }

    fn read_frames(&mut self, id: PortId) {
        for _ in 0..READS_PER_TURN {
            let Some(inlet) = self.ports.inlet(id) else {
                return;
            };
            match inlet.read() {
                Ok(Some(true)) => {}
                Ok(Some(false)) => return,
                Ok(None) => return self.lose_port(id, "the worker has ended"),
                Err(error) => return self.lose_port(id, &format!("reading frames: {error}")),
            }
            if !self.take_records(id) {
                return;
            }
        }
        // More may wait, and epoll tells only of changes: registering again asks anew.
        if let Some(inlet) = self.ports.inlet(id) {
            let (fd, token) = (inlet.file.as_raw_fd(), Token(inlet.token));
            let registry = self.poll.registry();
            let _ = registry.reregister(&mut SourceFd(&fd), token, Interest::READABLE);
        }
    }

    /// Takes the records that are complete; returns whether the port is still there.
    fn take_records(&mut self, id: PortId) -> bool {
        while let Some(inlet) = self.ports.inlet(id) {
            match inlet.reader.next_record() {
                Ok(None) => return true,
                Ok(Some(Record::Stop)) => self.lose_port(id, ""),
                Ok(Some(record)) => {
                    if let Err(reason) = self.take_record(id, record) {
                        self.lose_port(id, &reason);
                    }
                }
                Err(error) => self.lose_port(id, &error.to_string()),
            }
        }
        false
    }

    fn take_record(&mut self, port: PortId, record: Record) -> Result<(), String> {
        match record {
            Record::Track {
                number,
                codec,
                clock_rate: rate,
                info,
                ..
            } => {
                self.end_frames(port, number);
                let found = default_spec(codec).filter(|(_, spec)| clock_rate(*spec) == rate);
                let spec = found.ok_or_else(|| format!("{codec} has no clock of {rate} Hz"))?;
                if let Some(inlet) = self.ports.inlet(port) {
                    inlet.tracks.insert(number, InletTrack::new(spec));
                }
                self.facts.push(Event::PortTrack {
                    port,
                    number,
                    codec: codec_number(codec).unwrap_or_default(),
                    info,
                });
            }
            Record::Frame { number, frame } => self.forward_frame(port, number, &frame),
            Record::End { number } => self.end_frames(port, number),
            Record::Other | Record::Stop => {}
        }
        Ok(())
    }

    fn end_frames(&mut self, port: PortId, number: u16) {
        let inlet = self.ports.inlet(port);
        let Some(ended) = inlet.and_then(|inlet| inlet.tracks.remove(&number)) else {
            return;
        };
        if let Some(key) = ended.key {
            self.remove_track(key);
        }
        self.facts.push(Event::PortTrackEnded { port, number });
    }

    fn forward_frame(&mut self, port: PortId, number: u16, frame: &Frame) {
        let inlet = self.ports.inlet(port);
        let Some(source) = inlet.and_then(|inlet| inlet.tracks.get_mut(&number)) else {
            return;
        };
        let Some(key) = source.key else {
            return;
        };
        let (payload_type, spec) = source.codec;
        let payloads = source.packetizer.packetize(&frame.data);
        let first = source.sequence;
        source.sequence += payloads.len() as u64;
        let captured_at = instant_of(frame.wall_ns);
        let last = payloads.len().saturating_sub(1);
        let values = ExtensionValues {
            audio_level: frame.level.map(|level| -level.cast_signed()),
            ..ExtensionValues::default()
        };
        for (index, payload) in payloads.into_iter().enumerate() {
            let payload: Arc<[u8]> = payload.into();
            let incoming = Incoming {
                sequence: first + index as u64,
                timestamp: frame.rtp_time as u32,
                marker: spec.codec.is_video() && index == last,
                payload_type,
                payload: &payload,
                spatial: 0,
                captured_at,
                form: Form::Plain,
                is_new: true,
            };
            self.fan_out(key, incoming, &values);
        }
    }
}
