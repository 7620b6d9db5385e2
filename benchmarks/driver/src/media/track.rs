//! One published track: frames on time, as RTP.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use str0m::change::SdpApi;
use str0m::media::{Direction, MediaKind, Mid};
use str0m::rtp::{ExtensionValues, RtpWrite};

use super::opus::{self, Microphone};
use super::stamp;
use super::vp8::{self, Camera};
use crate::ledger::Ledger;
use crate::peer_connection::PeerConnection;
use crate::signal::messages::{AddTrack, TrackSource, TrackType};

/// Large frames leave in bursts of this many packets, [`BURST_INTERVAL`] apart, as real senders pace them.
const BURST_PACKETS: usize = 10;
const BURST_INTERVAL: Duration = Duration::from_millis(5);

pub enum Source {
    Camera(Camera),
    Microphone(Microphone),
}

impl Source {
    fn frame_interval(&self) -> Duration {
        match self {
            Self::Camera(_) => Duration::from_secs(1) / vp8::FRAMES_PER_SECOND,
            Self::Microphone(_) => Duration::from_secs(1) / opus::PACKETS_PER_SECOND,
        }
    }

    fn ticks_per_frame(&self) -> u32 {
        match self {
            Self::Camera(_) => vp8::CLOCK_RATE / vp8::FRAMES_PER_SECOND,
            Self::Microphone(_) => opus::CLOCK_RATE / opus::PACKETS_PER_SECOND,
        }
    }
}

pub struct PublishedTrack {
    cid: String,
    source: Source,
    mid: Option<Mid>,
    next_frame: Instant,
    next_burst: Instant,
    waiting: VecDeque<Vec<u8>>,
    sequence: u64,
    timestamp: u32,
}

impl PublishedTrack {
    /// A track whose frames are due at `start` and whole intervals after it. `cid` is the client's own name for it.
    pub fn new(cid: String, source: Source, start: Instant) -> Self {
        Self {
            cid,
            source,
            mid: None,
            next_frame: start,
            next_burst: start,
            waiting: VecDeque::new(),
            sequence: 1,
            timestamp: 0,
        }
    }

    /// The announcement that precedes the offer.
    pub fn announcement(&self) -> AddTrack {
        let (kind, source, width, height) = match self.source {
            Source::Camera(_) => (TrackType::Video, TrackSource::Camera, vp8::WIDTH, vp8::HEIGHT),
            Source::Microphone(_) => (TrackType::Audio, TrackSource::Microphone, 0, 0),
        };
        AddTrack {
            cid: self.cid.clone(),
            name: self.cid.clone(),
            r#type: kind.into(),
            width: width.into(),
            height: height.into(),
            source: source.into(),
            disable_red: true,
        }
    }

    pub fn add_to_offer(&mut self, changes: &mut SdpApi) {
        let kind = match self.source {
            Source::Camera(_) => MediaKind::Video,
            Source::Microphone(_) => MediaKind::Audio,
        };
        let cid = Some(self.cid.clone());
        self.mid = Some(changes.add_media(kind, Direction::SendOnly, cid.clone(), cid, None));
    }

    pub fn request_keyframe(&mut self) {
        if let Source::Camera(camera) = &mut self.source {
            camera.request_keyframe();
        }
    }

    /// When [`send_due`](Self::send_due) has something to do.
    pub fn due(&self) -> Instant {
        if self.waiting.is_empty() {
            self.next_frame
        } else {
            self.next_burst
        }
    }

    /// Sends what is due.
    pub fn send_due(&mut self, connection: &mut PeerConnection, ledger: &Ledger) -> Result<()> {
        let now = Instant::now();
        if self.waiting.is_empty() && self.next_frame <= now {
            self.skip_missed(now);
            self.waiting = match &mut self.source {
                Source::Camera(camera) => camera.next_frame().into(),
                Source::Microphone(microphone) => VecDeque::from([microphone.next_packet()]),
            };
            self.next_burst = now;
        }
        if self.next_burst <= now {
            self.next_burst = now + BURST_INTERVAL;
            let burst = self.waiting.len().min(BURST_PACKETS);
            for mut payload in self.waiting.drain(..burst).collect::<Vec<_>>() {
                stamp::write(&mut payload, ledger.epoch, now);
                self.send_packet(connection, payload, now)?;
                ledger.sent(now);
            }
        }
        Ok(())
    }

    /// Moves to the first frame after `now`. More than one is missed only before the connection was up, or on a stalled machine:
    /// a real source has no old frames to send then either.
    fn skip_missed(&mut self, now: Instant) {
        while self.next_frame <= now {
            self.next_frame += self.source.frame_interval();
            self.timestamp = self.timestamp.wrapping_add(self.source.ticks_per_frame());
        }
    }

    fn send_packet(&mut self, connection: &mut PeerConnection, payload: Vec<u8>, now: Instant) -> Result<()> {
        let mid = self.mid.context("sending before the offer")?;
        let payload_type = connection
            .payload_type(mid)
            .context("the server accepted no codec of ours")?;
        let (marker, nackable, extensions) = match &mut self.source {
            Source::Camera(_) => (self.waiting.is_empty(), true, ExtensionValues::default()),
            Source::Microphone(microphone) => {
                let extensions = ExtensionValues {
                    audio_level: Some(microphone.next_level()),
                    voice_activity: Some(true),
                    ..Default::default()
                };
                (false, false, extensions)
            }
        };
        let packet = RtpWrite::new(payload_type, self.sequence.into(), self.timestamp, now, payload)
            .marker(marker)
            .nackable(nackable)
            .ext_vals(extensions);
        self.sequence += 1;
        connection.write_rtp(mid, packet)
    }
}
