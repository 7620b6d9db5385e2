use std::collections::BTreeMap;
use std::time::{Duration, Instant};

/// As a stock peer names and ranks it (specs/iroh-rooms.md §11).
pub(crate) const CHAT_TRACK: &str = "chat";
pub(crate) const CHAT_PRIORITY: u8 = 10;
/// Longer ones are refused when sending and cut when received.
pub(crate) const MAX_MESSAGE: usize = 4096;

/// How long a message waits for the ones before it.
pub(crate) const PATIENCE: Duration = Duration::from_millis(500);
const MAX_HELD: usize = 256;

/// Puts messages back into order: the transport sends the newest group first, so a burst arrives backwards. A message that
/// never comes holds the others back for [`PATIENCE`], no longer.
#[derive(Debug)]
pub(crate) struct InOrder<T> {
    /// `None` until the first one of all, or the first to have had its time: earlier ones may still be under way.
    next: Option<u64>,
    held: BTreeMap<u64, T>,
    since: Option<Instant>,
}

impl<T> InOrder<T> {
    pub(crate) fn new() -> InOrder<T> {
        InOrder {
            next: None,
            held: BTreeMap::new(),
            since: None,
        }
    }

    /// Takes a message in; what comes before the last one given out is late and dropped.
    pub(crate) fn push(&mut self, sequence: u64, message: T, now: Instant) {
        if self.next.is_some_and(|next| sequence < next) {
            return;
        }
        self.held.insert(sequence, message);
        self.since.get_or_insert(now);
    }

    /// The next message, if its turn has come.
    pub(crate) fn pop(&mut self, now: Instant) -> Option<(u64, T)> {
        let (&sequence, _) = self.held.first_key_value()?;
        let in_turn = self.next.unwrap_or(0) == sequence;
        let overdue = self.since.is_some_and(|since| now >= since + PATIENCE);
        if !in_turn && !overdue && self.held.len() <= MAX_HELD {
            return None;
        }
        let message = self.held.remove(&sequence)?;
        self.next = Some(sequence.saturating_add(1));
        // A gap has been given up once; what follows without one goes out at once, the next gap waits anew.
        let adjacent = self.held.first_key_value().map(|(&next, _)| next) == self.next;
        if self.held.is_empty() {
            self.since = None;
        } else if !adjacent {
            self.since = Some(now);
        }
        Some((sequence, message))
    }

    /// When to ask again although nothing arrived.
    pub(crate) fn deadline(&self) -> Option<Instant> {
        self.since.map(|since| since + PATIENCE)
    }
}

/// At most [`MAX_MESSAGE`] bytes of valid UTF-8, cut between characters. `None` for what is no message.
pub(crate) fn text(bytes: &[u8]) -> Option<&str> {
    let text = std::str::from_utf8(bytes).ok()?;
    let end = text.floor_char_boundary(MAX_MESSAGE);
    (!text.is_empty()).then(|| &text[..end])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(order: &mut InOrder<char>, now: Instant) -> String {
        std::iter::from_fn(|| order.pop(now))
            .map(|(_, message)| message)
            .collect()
    }

    #[test]
    fn a_burst_that_arrives_backwards_is_told_forwards() {
        let (mut order, now) = (InOrder::new(), Instant::now());
        for (sequence, message) in [(4, 'd'), (3, 'c'), (2, 'b')] {
            order.push(sequence, message, now);
            assert_eq!(all(&mut order, now), "");
        }
        assert_eq!(order.deadline(), Some(now + PATIENCE));
        assert_eq!(all(&mut order, now + PATIENCE), "bcd");
        order.push(5, 'e', now);
        assert_eq!(all(&mut order, now), "e");
        assert_eq!(order.deadline(), None);
    }

    #[test]
    fn a_message_that_never_comes_holds_the_others_only_for_a_while() {
        let (mut order, now) = (InOrder::new(), Instant::now());
        order.push(1, 'a', now);
        assert_eq!(all(&mut order, now + PATIENCE), "a");
        let later = now + PATIENCE * 2;
        order.push(3, 'c', later);
        assert_eq!(all(&mut order, later), "");
        order.push(5, 'e', later + PATIENCE);
        assert_eq!(all(&mut order, later + PATIENCE), "c");
        assert_eq!(all(&mut order, later + PATIENCE * 2), "e");
        order.push(2, 'b', later + PATIENCE * 2);
        assert_eq!(all(&mut order, later + PATIENCE * 4), "");
    }

    #[test]
    fn messages_are_text_and_of_bounded_length() {
        assert_eq!(text(b""), None);
        assert_eq!(text(b"\xff\xfe"), None);
        assert_eq!(text("h\u{e9}".as_bytes()), Some("h\u{e9}"));
        let long = "\u{e9}".repeat(MAX_MESSAGE);
        assert_eq!(text(long.as_bytes()).map(str::len), Some(MAX_MESSAGE));
    }
}
