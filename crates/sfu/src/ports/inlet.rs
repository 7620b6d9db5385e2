//! The engine's end of the stream that a worker writes.

use std::fs::File;
use std::io::{self, Read, Write};

use rustc_hash::FxHashMap;
use str0m::format::{Codec, CodecConfig, CodecSpec};
use str0m::media::Pt;

use super::packetize::Packetizer;
use super::records::{self, Reader};
use crate::command::RoomSid;
use crate::media::track::TrackKey;

/// Bytes read at once.
const CHUNK: usize = 64 << 10;

/// Frames that come from one worker.
pub(crate) struct Inlet {
    pub room: RoomSid,
    pub file: File,
    pub token: usize,
    pub reader: Reader,
    pub tracks: FxHashMap<u16, InletTrack>,
}

/// A track that a worker writes.
pub(crate) struct InletTrack {
    pub codec: (Pt, CodecSpec),
    /// Set once it is published.
    pub key: Option<TrackKey>,
    pub packetizer: Packetizer,
    pub sequence: u64,
}

impl InletTrack {
    pub fn new(codec: (Pt, CodecSpec)) -> InletTrack {
        InletTrack {
            codec,
            key: None,
            packetizer: Packetizer::new(codec.1.codec),
            sequence: 0,
        }
    }
}

impl Inlet {
    pub fn new(room: RoomSid, file: File, token: usize) -> Inlet {
        Inlet {
            room,
            file,
            token,
            reader: Reader::default(),
            tracks: FxHashMap::default(),
        }
    }

    /// Reads once; returns whether there may be more, `None` at the end of the stream.
    pub fn read(&mut self) -> io::Result<Option<bool>> {
        let mut chunk = vec![0; CHUNK];
        match self.file.read(&mut chunk) {
            Ok(0) => Ok(None),
            Ok(count) => {
                self.reader.push(&chunk[..count]);
                Ok(Some(true))
            }
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => Ok(Some(false)),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => Ok(Some(true)),
            Err(error) => Err(error),
        }
    }

    /// Asks the worker for a keyframe. One that cannot be asked makes them when it likes.
    pub fn request_keyframe(&mut self, number: u16) {
        let mut record = Vec::new();
        records::append_key(&mut record, number);
        if let Err(error) = self.file.write(&record) {
            log::debug!("a worker cannot be asked for a keyframe: {error}");
        }
    }
}

/// How a codec is offered to subscribers, with the payload type that stands for it inside.
pub(crate) fn default_spec(codec: Codec) -> Option<(Pt, CodecSpec)> {
    let config = CodecConfig::new_with_defaults();
    let mut known = config.params().iter();
    let found = known.find(|params| {
        let format = params.spec().format;
        params.spec().codec == codec && format.packetization_mode != Some(0)
    })?;
    Some((found.pt(), found.spec()))
}
