//! The stream of records between the engine and a worker; `roomful.media.ports.frames` says what they mean.

use str0m::format::Codec;

/// Bytes of the longest record, its length field not counted.
pub const MAX_RECORD: usize = 16 << 20;

const TRACK: u8 = 1;
const FRAME: u8 = 2;
const END: u8 = 3;
const MARK: u8 = 4;
const STOP: u8 = 5;
const KEY: u8 = 6;

const KEYFRAME: u8 = 1;
const GAP: u8 = 2;
const MUTED_GAP: u8 = 4;
const LEVEL: u8 = 8;

/// The lowest level that can be told: silence.
const QUIETEST: u8 = 127;

/// Codecs by their number in the stream.
const CODECS: [Codec; 8] = [
    Codec::Opus,
    Codec::PCMU,
    Codec::PCMA,
    Codec::Vp8,
    Codec::H264,
    Codec::Vp9,
    Codec::Av1,
    Codec::H265,
];

/// The stream breaks its format; nothing after it can be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the stream of frames is broken: {0}")]
pub struct Malformed(pub String);

/// Number of a codec in the stream; `None` for one that cannot be in it.
pub fn codec_number(codec: Codec) -> Option<u8> {
    let index = CODECS.iter().position(|known| *known == codec)?;
    Some(index as u8)
}

/// The codec with this number.
pub fn codec_of(number: u8) -> Option<Codec> {
    CODECS.get(usize::from(number)).copied()
}

/// One encoded access unit.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Frame {
    /// RTP time in ticks, unwrapped.
    pub rtp_time: i64,
    /// When it was captured, in ns since the Unix epoch.
    pub wall_ns: i64,
    pub keyframe: bool,
    /// Packets before it were lost.
    pub gap: bool,
    /// The track was muted before it.
    pub muted_gap: bool,
    /// How loud it is: dB below full scale, 0 to 127 (RFC 6464); `None` where nobody has measured it.
    pub level: Option<u8>,
    pub data: Vec<u8>,
}

/// One record of a stream that a worker writes.
#[derive(Debug, Clone, PartialEq)]
pub enum Record {
    Track {
        number: u16,
        codec: Codec,
        clock_rate: u32,
        channels: u8,
        info: Vec<u8>,
    },
    Frame {
        number: u16,
        frame: Frame,
    },
    End {
        number: u16,
    },
    /// What the engine has no use for.
    Other,
    Stop,
}

/// Appends a record: `parts` are its payload.
fn append(out: &mut Vec<u8>, kind: u8, parts: &[&[u8]]) {
    let length = 1 + parts.iter().map(|part| part.len()).sum::<usize>();
    debug_assert!(length <= MAX_RECORD);
    out.extend_from_slice(&(length as u32).to_le_bytes());
    out.push(kind);
    parts.iter().for_each(|part| out.extend_from_slice(part));
}

pub fn append_track(
    out: &mut Vec<u8>,
    number: u16,
    codec: u8,
    clock_rate: u32,
    channels: u8,
    info: &[u8],
) {
    let parts: [&[u8]; 4] = [
        &number.to_le_bytes(),
        &[codec],
        &clock_rate.to_le_bytes(),
        &[channels],
    ];
    append(out, TRACK, &[parts[0], parts[1], parts[2], parts[3], info]);
}

pub fn append_frame(out: &mut Vec<u8>, number: u16, frame: &Frame) {
    let bit = |is_set: bool, bit: u8| if is_set { bit } else { 0 };
    let flags = bit(frame.keyframe, KEYFRAME)
        | bit(frame.gap, GAP)
        | bit(frame.muted_gap, MUTED_GAP)
        | bit(frame.level.is_some(), LEVEL);
    append(
        out,
        FRAME,
        &[
            &number.to_le_bytes(),
            &[flags],
            &frame.rtp_time.to_le_bytes(),
            &frame.wall_ns.to_le_bytes(),
            frame.level.as_slice(),
            &frame.data,
        ],
    );
}

pub fn append_end(out: &mut Vec<u8>, number: u16) {
    append(out, END, &[&number.to_le_bytes()]);
}

pub fn append_mark(out: &mut Vec<u8>, wall_ns: i64, control: &[u8]) {
    append(out, MARK, &[&wall_ns.to_le_bytes(), control]);
}

pub fn append_stop(out: &mut Vec<u8>) {
    append(out, STOP, &[]);
}

pub fn append_key(out: &mut Vec<u8>, number: u16) {
    append(out, KEY, &[&number.to_le_bytes()]);
}

/// Takes the stream in pieces of any size.
#[derive(Debug, Default)]
pub struct Reader {
    buffer: Vec<u8>,
    start: usize,
}

impl Reader {
    pub fn push(&mut self, bytes: &[u8]) {
        self.buffer.drain(..std::mem::take(&mut self.start));
        self.buffer.extend_from_slice(bytes);
    }

    /// The next complete record.
    ///
    /// # Errors
    ///
    /// The stream is broken.
    pub fn next_record(&mut self) -> Result<Option<Record>, Malformed> {
        let rest = &self.buffer[self.start..];
        let Some((length, rest)) = rest.split_first_chunk::<4>() else {
            return Ok(None);
        };
        let length = u32::from_le_bytes(*length) as usize;
        if !(1..=MAX_RECORD).contains(&length) {
            return Err(Malformed(format!(
                "a record of {length} bytes; 1 to {MAX_RECORD} are allowed"
            )));
        }
        let Some(body) = rest.get(..length) else {
            return Ok(None);
        };
        let record = parse(body)
            .ok_or_else(|| Malformed(format!("a record of kind {} cannot be read", body[0])))?;
        self.start += 4 + length;
        Ok(Some(record))
    }
}

fn parse(body: &[u8]) -> Option<Record> {
    let (kind, rest) = body.split_first()?;
    match *kind {
        TRACK => {
            let (number, rest) = rest.split_first_chunk()?;
            let (codec, rest) = rest.split_first()?;
            let (clock_rate, rest) = rest.split_first_chunk()?;
            let (channels, info) = rest.split_first()?;
            Some(Record::Track {
                number: u16::from_le_bytes(*number),
                codec: codec_of(*codec)?,
                clock_rate: u32::from_le_bytes(*clock_rate),
                channels: *channels,
                info: info.to_vec(),
            })
        }
        FRAME => {
            let (number, rest) = rest.split_first_chunk()?;
            let (flags, rest) = rest.split_first()?;
            let (rtp_time, rest) = rest.split_first_chunk()?;
            let (wall_ns, rest) = rest.split_first_chunk()?;
            let (level, data) = if flags & LEVEL == 0 {
                (None, rest)
            } else {
                let (level, data) = rest.split_first()?;
                (Some(*level).filter(|level| *level <= QUIETEST), data)
            };
            Some(Record::Frame {
                number: u16::from_le_bytes(*number),
                frame: Frame {
                    rtp_time: i64::from_le_bytes(*rtp_time),
                    wall_ns: i64::from_le_bytes(*wall_ns),
                    keyframe: flags & KEYFRAME != 0,
                    gap: flags & GAP != 0,
                    muted_gap: flags & MUTED_GAP != 0,
                    level,
                    data: data.to_vec(),
                },
            })
        }
        END => Some(Record::End {
            number: u16::from_le_bytes(*rest.first_chunk()?),
        }),
        MARK | KEY => Some(Record::Other),
        STOP => Some(Record::Stop),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn records_come_back_from_pieces_of_any_size() {
        let frame = Frame {
            rtp_time: 90_000,
            wall_ns: -5,
            keyframe: true,
            muted_gap: true,
            level: Some(35),
            data: vec![1, 2, 3],
            ..Frame::default()
        };
        let mut stream = Vec::new();
        append_track(&mut stream, 7, 4, 90_000, 0, b"{}");
        append_frame(&mut stream, 7, &frame);
        append_mark(&mut stream, 9, b"{}");
        append_end(&mut stream, 7);
        append_stop(&mut stream);
        for size in [1, 3, stream.len()] {
            let mut reader = Reader::default();
            let mut records = Vec::new();
            for piece in stream.chunks(size) {
                reader.push(piece);
                while let Some(record) = reader.next_record().unwrap() {
                    records.push(record);
                }
            }
            assert_eq!(records.len(), 5);
            assert_eq!(
                records[0],
                Record::Track {
                    number: 7,
                    codec: Codec::H264,
                    clock_rate: 90_000,
                    channels: 0,
                    info: b"{}".to_vec()
                }
            );
            assert_eq!(
                records[1],
                Record::Frame {
                    number: 7,
                    frame: frame.clone()
                }
            );
            assert_eq!(records[4], Record::Stop);
        }
    }

    #[test]
    fn a_level_that_there_cannot_be_is_none() {
        let mut stream = Vec::new();
        let frame = Frame {
            level: Some(200),
            data: vec![9],
            ..Frame::default()
        };
        append_frame(&mut stream, 1, &frame);
        let mut reader = Reader::default();
        reader.push(&stream);
        let Some(Record::Frame { frame, .. }) = reader.next_record().unwrap() else {
            panic!("a frame");
        };
        assert_eq!((frame.level, frame.data), (None, vec![9]));
    }

    #[test]
    fn a_broken_stream_is_refused() {
        for bytes in [
            &[0, 0, 0, 0][..],
            &[255, 255, 255, 255],
            &[1, 0, 0, 0, 99],
            &[2, 0, 0, 0, 2, 0],
            &[9, 0, 0, 0, 1, 0, 0, 99, 0, 0, 0, 0, 1],
            &[
                20, 0, 0, 0, 2, 0, 0, 8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
            ],
        ] {
            let mut reader = Reader::default();
            reader.push(bytes);
            assert!(reader.next_record().is_err(), "{bytes:?}");
        }
    }
}
