//! The last bytes of each payload say when it left, so that subscribers can tell which packets they should have and how long the
//! server kept them.

use std::time::{Duration, Instant};

const MARK: [u8; 4] = *b"load";

/// Bytes a stamp takes at the end of a payload.
pub const LENGTH: usize = MARK.len() + 8;

/// Writes the time since `epoch` into the last bytes of `payload`, which has at least [`LENGTH`] of them.
pub fn write(payload: &mut [u8], epoch: Instant, now: Instant) {
    let at = payload.len() - LENGTH;
    let nanoseconds = now.duration_since(epoch).as_nanos() as u64;
    payload[at..at + MARK.len()].copy_from_slice(&MARK);
    payload[at + MARK.len()..].copy_from_slice(&nanoseconds.to_be_bytes());
}

/// When `payload` left, or nothing if it is no payload of ours (padding, a server's blank frames).
pub fn sent_at(payload: &[u8], epoch: Instant) -> Option<Instant> {
    let (_, stamp) = payload.split_at_checked(payload.len().checked_sub(LENGTH)?)?;
    let (mark, time) = stamp.split_at(MARK.len());
    if mark != MARK {
        return None;
    }
    epoch.checked_add(Duration::from_nanos(u64::from_be_bytes(time.try_into().ok()?)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stamp_survives_changes_in_front_of_it() {
        let epoch = Instant::now();
        let sent = epoch + Duration::from_millis(10);
        let mut payload = vec![7; 40];
        write(&mut payload, epoch, sent);
        payload.splice(0..4, [1, 2]);
        assert_eq!(sent_at(&payload, epoch), Some(sent));
    }

    #[test]
    fn a_foreign_payload_has_no_stamp() {
        let epoch = Instant::now();
        assert_eq!(sent_at(&[0; 40], epoch), None);
        assert_eq!(sent_at(&[0; 3], epoch), None);
    }
}
