//! A timer for deadlines that mostly move away before they pass.

use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Instant;

use tokio::time::{Sleep, sleep_until};

/// Asks the runtime for a new wake-up only when the deadline comes nearer than the one asked for, or that one was early: with a
/// deadline that every packet moves, this is a few times a second instead of once a packet.
pub struct Alarm {
    sleep: Pin<Box<Sleep>>,
}

impl Alarm {
    pub fn new(deadline: Instant) -> Self {
        Self {
            sleep: Box::pin(sleep_until(deadline.into())),
        }
    }

    /// Ready once `deadline` has passed.
    pub fn poll(&mut self, deadline: Instant, context: &mut Context<'_>) -> Poll<()> {
        if deadline < self.sleep.deadline().into_std() {
            self.sleep.as_mut().reset(deadline.into());
        }
        while self.sleep.as_mut().poll(context).is_ready() {
            if deadline <= Instant::now() {
                return Poll::Ready(());
            }
            self.sleep.as_mut().reset(deadline.into());
        }
        Poll::Pending
    }
}

#[cfg(test)]
mod tests {
    use std::future::poll_fn;
    use std::time::Duration;

    use super::*;

    #[tokio::test]
    async fn an_alarm_goes_off_at_the_latest_deadline_it_was_given() {
        let start = Instant::now();
        let mut alarm = Alarm::new(start);
        for milliseconds in [40, 5, 20] {
            let deadline = start + Duration::from_millis(milliseconds);
            let _ = poll_fn(|context| Poll::Ready(alarm.poll(deadline, context))).await;
        }
        let deadline = start + Duration::from_millis(30);
        poll_fn(|context| alarm.poll(deadline, context)).await;
        assert!(Instant::now() >= deadline);
    }
}
