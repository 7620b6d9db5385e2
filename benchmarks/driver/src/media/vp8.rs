//! Frames that look like VP8 to whoever only reads payload descriptors and frame headers, as servers do.

use super::random::Variation;
use super::stamp;

pub const CLOCK_RATE: u32 = 90_000;
pub const FRAMES_PER_SECOND: u32 = 30;
pub const WIDTH: u16 = 1280;
pub const HEIGHT: u16 = 720;

/// With five packets a frame on average, and keyframes, this makes about 1.3 Mbit/s.
const PACKET_BYTES: usize = 1180;
const KEYFRAME_EVERY: u32 = 4 * FRAMES_PER_SECOND;
const KEYFRAME_PACKETS: usize = 30;

/// Generator of one camera's frames, each a list of RTP payloads (RFC 7741).
pub struct Camera {
    variation: Variation,
    picture_id: u16,
    frames_to_keyframe: u32,
    keyframes: u8,
}

impl Camera {
    pub fn new(seed: u64) -> Self {
        Self {
            variation: Variation::new(seed),
            picture_id: 0,
            frames_to_keyframe: 0,
            keyframes: 0,
        }
    }

    /// The next frame is to be a keyframe.
    pub fn request_keyframe(&mut self) {
        self.frames_to_keyframe = 0;
    }

    pub fn next_frame(&mut self) -> Vec<Vec<u8>> {
        let keyframe = self.frames_to_keyframe == 0;
        let packets = if keyframe {
            self.frames_to_keyframe = KEYFRAME_EVERY;
            self.keyframes = self.keyframes.wrapping_add(1);
            KEYFRAME_PACKETS
        } else {
            self.variation.between(3, 5)
        };
        self.frames_to_keyframe -= 1;
        self.picture_id = (self.picture_id + 1) & 0x7fff;
        let last_bytes = self.variation.between(200, PACKET_BYTES);
        (0..packets)
            .map(|index| {
                let bytes = if index + 1 == packets { last_bytes } else { PACKET_BYTES };
                self.payload(index == 0, keyframe, bytes)
            })
            .collect()
    }

    fn payload(&self, first: bool, keyframe: bool, bytes: usize) -> Vec<u8> {
        let [picture_high, picture_low] = (self.picture_id | 0x8000).to_be_bytes();
        let mut payload = Vec::with_capacity(bytes + stamp::LENGTH);
        // Extended descriptor with start-of-partition bit, 15-bit picture id, TL0PICIDX and temporal layer 0.
        payload.extend([if first { 0x90 } else { 0x80 }, 0xe0, picture_high, picture_low]);
        payload.extend([self.picture_id as u8, self.keyframes & 0x1f]);
        if first {
            // RFC 6386 §9.1: frame tag (bit 0 clear on keyframes, shown, first partition size), then start code and size.
            payload.extend([if keyframe { 0x10 } else { 0x11 }, 0x02, 0x00]);
            if keyframe {
                payload.extend([0x9d, 0x01, 0x2a]);
                payload.extend(WIDTH.to_le_bytes());
                payload.extend(HEIGHT.to_le_bytes());
            }
        }
        payload.resize(bytes + stamp::LENGTH, 0xa5);
        payload
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ten_seconds_are_between_1_and_1_5_megabit_per_second() {
        let mut camera = Camera::new(1);
        let bytes: usize = (0..10 * FRAMES_PER_SECOND)
            .flat_map(|_| camera.next_frame())
            .map(|payload| payload.len())
            .sum();
        let bits_per_second = bytes * 8 / 10;
        assert!(
            (1_000_000..1_500_000).contains(&bits_per_second),
            "{bits_per_second} bit/s"
        );
    }

    #[test]
    fn a_requested_keyframe_comes_next_and_says_so_in_its_first_packet() {
        let mut camera = Camera::new(1);
        camera.next_frame();
        assert_eq!(camera.next_frame()[0][6] & 1, 1);
        camera.request_keyframe();
        let keyframe = camera.next_frame();
        assert_eq!(keyframe[0][6] & 1, 0);
        assert_eq!(keyframe.len(), KEYFRAME_PACKETS);
    }
}
