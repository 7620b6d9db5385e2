//! How often the feedback of subscribers may wake a shard.

use std::time::{Duration, Instant};

/// Feedback that follows other feedback this closely is not waited for packet by packet, but left lying so long.
const PAUSE: Duration = Duration::from_millis(1);

/// Tells swarms of feedback from all else. After each frame every subscriber reports on it, in packets of a few bytes each
/// of which would wake the shard by itself.
#[derive(Default)]
pub(super) struct FeedbackPace {
    /// What this turn has brought.
    feedback: bool,
    other: bool,
    /// When the last turn was that brought feedback alone.
    last: Option<Instant>,
}

impl FeedbackPace {
    pub fn begin_turn(&mut self) {
        (self.feedback, self.other) = (false, false);
    }

    /// This turn brought a subscriber's RTCP about what it receives.
    pub fn feedback(&mut self) {
        self.feedback = true;
    }

    /// This turn brought something else.
    pub fn other(&mut self) {
        self.other = true;
    }

    /// How long to leave lying what comes after this turn. Where there is little feedback that is never the case, so media
    /// has not to wait for it.
    pub fn pause(&mut self, now: Instant) -> Option<Duration> {
        if !self.feedback || self.other {
            return None;
        }
        let last = self.last.replace(now)?;
        (now.duration_since(last) <= 2 * PAUSE).then_some(PAUSE)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn turn(
        pace: &mut FeedbackPace,
        feedback: bool,
        other: bool,
        now: Instant,
    ) -> Option<Duration> {
        pace.begin_turn();
        if feedback {
            pace.feedback();
        }
        if other {
            pace.other();
        }
        pace.pause(now)
    }

    #[test]
    fn feedback_on_the_heels_of_other_feedback_is_left_lying_for_a_while() {
        let (mut pace, now) = (FeedbackPace::default(), Instant::now());
        assert_eq!(turn(&mut pace, true, false, now), None);
        assert_eq!(turn(&mut pace, true, false, now + PAUSE / 10), Some(PAUSE));
        assert_eq!(
            turn(&mut pace, true, false, now + 5 * PAUSE),
            None,
            "a single one"
        );
    }

    #[test]
    fn turns_that_bring_more_than_feedback_or_nothing_are_followed_by_no_pause() {
        let (mut pace, now) = (FeedbackPace::default(), Instant::now());
        for _ in 0..3 {
            assert_eq!(turn(&mut pace, true, true, now), None);
            assert_eq!(turn(&mut pace, false, true, now), None);
            assert_eq!(turn(&mut pace, false, false, now), None);
        }
    }
}
