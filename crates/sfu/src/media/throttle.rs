use std::time::{Duration, Instant};

/// Lets one request through per interval and remembers whether another one waits.
pub(crate) struct Throttle {
    interval: Duration,
    last: Option<Instant>,
    waiting: bool,
}

impl Throttle {
    pub fn new(interval: Duration) -> Throttle {
        Throttle {
            interval,
            last: None,
            waiting: false,
        }
    }

    /// Notes a wish; `true` when it may be granted now.
    pub fn ask(&mut self, now: Instant) -> bool {
        self.waiting = true;
        self.due(now)
    }

    /// Whether a waiting wish may be granted now; granting takes it off.
    pub fn due(&mut self, now: Instant) -> bool {
        let open = self
            .last
            .is_none_or(|last| now.duration_since(last) >= self.interval);
        if self.waiting && open {
            self.waiting = false;
            self.last = Some(now);
            return true;
        }
        false
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requests_within_the_interval_become_one() {
        let start = Instant::now();
        let mut throttle = Throttle::new(Duration::from_millis(500));
        assert!(throttle.ask(start));
        assert!(!throttle.ask(start + Duration::from_millis(100)));
        assert!(!throttle.ask(start + Duration::from_millis(200)));
        assert!(throttle.due(start + Duration::from_millis(500)));
        assert!(!throttle.due(start + Duration::from_secs(2)));
    }
}
