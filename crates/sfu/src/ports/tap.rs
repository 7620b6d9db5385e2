//! One track on its way to one port.

use std::time::{Duration, Instant, SystemTime};

use str0m::format::CodecSpec;

use super::PortId;
use super::assemble::{Assembler, Packet, Unit};
use super::outlet::Outlet;
use super::records::{self, Frame};
use super::reorder::Reorder;
use crate::media::forwarder::{Arrival, best_layer};
use crate::media::track::clock_rate;

/// How long a missing packet of video is waited for: some tries of asking for it again.
const VIDEO_PATIENCE: Duration = Duration::from_millis(500);
/// Audio is not asked for again: this is for packets that overtake each other.
const AUDIO_PATIENCE: Duration = Duration::from_millis(100);

pub(crate) struct Tap {
    pub port: PortId,
    pub number: u16,
    info: Vec<u8>,
    /// Highest simulcast layer.
    max_spatial: u8,
    spec: CodecSpec,
    /// Layer that is written; `None` until a keyframe comes.
    current: Option<u8>,
    reorder: Reorder<Packet>,
    assembler: Assembler,
    clock: MediaClock,
    muted_gap: bool,
    /// Frames that the worker had no room for, since they were last taken.
    dropped: u64,
}

impl Tap {
    /// Begins with the TRACK record; `None` for a codec that cannot be in the stream.
    pub fn open(
        outlet: &mut Outlet,
        (port, number): (PortId, u16),
        info: Vec<u8>,
        max_spatial: u8,
        spec: CodecSpec,
    ) -> Option<Tap> {
        let tap = Tap {
            port,
            number,
            info,
            max_spatial,
            spec,
            current: None,
            reorder: Reorder::new(if spec.codec.is_video() {
                VIDEO_PATIENCE
            } else {
                AUDIO_PATIENCE
            }),
            assembler: Assembler::new(spec.codec),
            clock: MediaClock::new(clock_rate(spec)),
            muted_gap: false,
            dropped: 0,
        };
        tap.announce(outlet).then_some(tap)
    }

    fn announce(&self, outlet: &mut Outlet) -> bool {
        let Some(codec) = records::codec_number(self.spec.codec) else {
            return false;
        };
        let channels = if self.spec.codec.is_video() {
            0
        } else {
            self.spec.channels.unwrap_or(1)
        };
        records::append_track(
            outlet.records(),
            self.number,
            codec,
            clock_rate(self.spec),
            channels,
            &self.info,
        );
        true
    }

    /// The layer that should be written.
    pub fn target(&self, live_layers: u8) -> Option<u8> {
        best_layer(live_layers, self.max_spatial)
    }

    /// Takes a packet of any layer; returns whether its layer should make a keyframe.
    pub fn receive(&mut self, arrival: &Arrival<'_>, spec: CodecSpec, outlet: &mut Outlet) -> bool {
        if !outlet.has_room() {
            self.assembler.lose();
            let is_last = arrival.marker || !spec.codec.is_video();
            if is_last
                && self
                    .current
                    .is_none_or(|current| current == arrival.spatial)
            {
                self.dropped += 1;
            }
            return false;
        }
        if spec != self.spec {
            self.spec = spec;
            self.assembler = Assembler::new(spec.codec);
            self.clock.rate = clock_rate(spec);
            self.clock.rebase();
            if !self.announce(outlet) {
                return false;
            }
        }
        let target = self.target(arrival.live_layers);
        if self.current != Some(arrival.spatial) {
            if target != Some(arrival.spatial) {
                return false;
            }
            if !arrival.starts_keyframe && spec.codec.is_video() {
                return true;
            }
            self.current = target;
            self.restart();
        }
        let packet = Packet {
            timestamp: arrival.timestamp,
            marker: arrival.marker,
            captured_at: arrival.captured_at,
            level: arrival.level,
            payload: arrival.payload.clone(),
        };
        self.reorder.push(arrival.sequence, packet, arrival.now);
        self.deliver(outlet, arrival.now);
        target == self.current && self.assembler.needs_keyframe()
    }

    /// Writes the frames that are complete.
    pub fn deliver(&mut self, outlet: &mut Outlet, now: Instant) {
        while let Some((packet, lost)) = self.reorder.pop(now) {
            if lost {
                self.assembler.lose();
            }
            if packet.payload.is_empty() {
                continue;
            }
            let (clock, number, muted_gap) = (&mut self.clock, self.number, &mut self.muted_gap);
            self.assembler.push(&packet, |unit| {
                let mut frame = clock.frame(unit);
                frame.muted_gap = std::mem::take(muted_gap);
                records::append_frame(outlet.records(), number, &frame);
            });
        }
    }

    pub fn take_dropped(&mut self) -> u64 {
        std::mem::take(&mut self.dropped)
    }

    /// The track was muted: what comes next begins anew.
    pub fn mute(&mut self) {
        self.muted_gap = true;
        self.current = None;
        self.restart();
    }

    /// The publisher starts its streams anew.
    pub fn renew(&mut self, spatial: u8) {
        if self.current == Some(spatial) {
            self.current = None;
            self.restart();
        }
    }

    fn restart(&mut self) {
        self.reorder.restart();
        self.assembler.start_anew();
        self.clock.rebase();
    }

    pub fn close(&self, outlet: &mut Outlet) {
        records::append_end(outlet.records(), self.number);
    }
}

/// Unwraps RTP time, and keeps it running on over changes of its source.
struct MediaClock {
    /// Ticks per second.
    rate: u32,
    /// RTP timestamp of the last frame; `None` when the next one is of another source.
    timestamp: Option<u32>,
    /// Of the last frame.
    rtp_time: i64,
    wall_ns: i64,
}

impl MediaClock {
    fn new(rate: u32) -> MediaClock {
        MediaClock {
            rate,
            timestamp: None,
            rtp_time: 0,
            wall_ns: 0,
        }
    }

    fn rebase(&mut self) {
        self.timestamp = None;
    }

    fn frame(&mut self, unit: Unit) -> Frame {
        let wall_ns = wall_ns(unit.captured_at);
        let step = match self.timestamp {
            Some(last) => i64::from(unit.timestamp.wrapping_sub(last).cast_signed()),
            None if self.wall_ns == 0 => 0,
            None => {
                let apart = i128::from(wall_ns - self.wall_ns);
                ((apart * i128::from(self.rate) / 1_000_000_000) as i64).max(1)
            }
        };
        self.timestamp = Some(unit.timestamp);
        self.rtp_time += step;
        self.wall_ns = wall_ns;
        Frame {
            rtp_time: self.rtp_time,
            wall_ns,
            keyframe: unit.keyframe,
            gap: unit.gap,
            muted_gap: false,
            level: unit.level,
            data: unit.data,
        }
    }
}

/// An instant in ns since the Unix epoch.
pub(crate) fn wall_ns(at: Instant) -> i64 {
    let now = Instant::now();
    let wall = SystemTime::now()
        .duration_since(SystemTime::UNIX_EPOCH)
        .unwrap_or_default();
    let wall = wall.as_nanos() as i64;
    match now.checked_duration_since(at) {
        Some(ago) => wall - ago.as_nanos() as i64,
        None => wall + at.duration_since(now).as_nanos() as i64,
    }
}

/// The instant of a wall time that has passed; now for one that has not.
pub(crate) fn instant_of(wall_ns_then: i64) -> Instant {
    let now = Instant::now();
    let ago = wall_ns(now).saturating_sub(wall_ns_then);
    u64::try_from(ago)
        .ok()
        .and_then(|ago| now.checked_sub(Duration::from_nanos(ago)))
        .unwrap_or(now)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn unit(timestamp: u32, captured_at: Instant) -> Unit {
        Unit {
            timestamp,
            captured_at,
            keyframe: true,
            gap: false,
            level: None,
            data: vec![1],
        }
    }

    #[test]
    fn rtp_time_runs_on_over_the_wrap_and_over_a_change_of_source() {
        let (mut clock, start) = (MediaClock::new(90_000), Instant::now());
        let after = |ms| start + Duration::from_millis(ms);
        assert_eq!(clock.frame(unit(u32::MAX - 99, start)).rtp_time, 0);
        assert_eq!(clock.frame(unit(2900, after(33))).rtp_time, 3000);
        clock.rebase();
        let rtp_time = clock.frame(unit(77, after(133))).rtp_time;
        assert!((rtp_time - 12_000).abs() < 100, "{rtp_time}");
    }

    #[test]
    fn wall_time_and_instants_go_both_ways() {
        let then = Instant::now() - Duration::from_secs(3);
        let back = instant_of(wall_ns(then));
        let apart = back.max(then) - back.min(then);
        assert!(apart < Duration::from_millis(100));
    }
}
