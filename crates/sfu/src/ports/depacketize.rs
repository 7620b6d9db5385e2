//! From RTP payloads to encoded access units, in the forms that `roomful.media.ports.frames` names.

use str0m::format::Codec;

use super::av1::Av1Units;
use super::nal::{Family, NalUnits};
use super::vp8;
use super::vp9::Vp9Frames;

/// A payload that does not follow its codec's RTP format.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BadPayload;

/// Joins the payloads of one access unit after the other.
#[derive(Debug)]
pub enum Depacketizer {
    /// Opus (RFC 7587), G.711 (RFC 3551): the payload is the access unit.
    Plain,
    Vp8,
    Vp9(Vp9Frames),
    Av1(Av1Units),
    Nal(NalUnits),
}

impl Depacketizer {
    pub fn new(codec: Codec) -> Depacketizer {
        match codec {
            Codec::Vp8 => Depacketizer::Vp8,
            Codec::Vp9 => Depacketizer::Vp9(Vp9Frames::default()),
            Codec::Av1 => Depacketizer::Av1(Av1Units::default()),
            Codec::H264 => Depacketizer::Nal(NalUnits::new(Family::H264)),
            Codec::H265 => Depacketizer::Nal(NalUnits::new(Family::H265)),
            _ => Depacketizer::Plain,
        }
    }

    /// Appends what one payload holds to its access unit.
    ///
    /// # Errors
    ///
    /// The payload is broken; the access unit is of no use.
    pub fn push(&mut self, payload: &[u8], unit: &mut Vec<u8>) -> Result<(), BadPayload> {
        let done = match self {
            Depacketizer::Plain => {
                unit.extend_from_slice(payload);
                Some(())
            }
            Depacketizer::Vp8 => vp8::append(payload, unit),
            Depacketizer::Vp9(frames) => frames.append(payload, unit),
            Depacketizer::Av1(units) => units.append(payload, unit),
            Depacketizer::Nal(units) => units.append(payload, unit),
        };
        done.ok_or(BadPayload)
    }

    /// Ends the access unit, which begins a keyframe or not.
    ///
    /// # Errors
    ///
    /// Its last payload is missing.
    pub fn finish(&mut self, keyframe: bool, unit: &mut Vec<u8>) -> Result<(), BadPayload> {
        let whole = match self {
            Depacketizer::Plain | Depacketizer::Vp8 => true,
            Depacketizer::Vp9(frames) => frames.finish(unit),
            Depacketizer::Av1(units) => units.finish(),
            Depacketizer::Nal(units) => units.finish(keyframe, unit),
        };
        if whole { Ok(()) } else { Err(BadPayload) }
    }

    /// Drops what is known of an access unit that will not be finished.
    pub fn abandon(&mut self) {
        match self {
            Depacketizer::Plain | Depacketizer::Vp8 => {}
            Depacketizer::Vp9(frames) => *frames = Vp9Frames::default(),
            Depacketizer::Av1(units) => *units = Av1Units::default(),
            Depacketizer::Nal(units) => units.abandon(),
        }
    }
}
