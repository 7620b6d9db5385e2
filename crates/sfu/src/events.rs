use std::sync::{Mutex, PoisonError};

use crate::event::Event;

/// Facts of all shards, waiting for the control plane.
pub struct EventQueue {
    waiting: Mutex<Vec<Event>>,
    wake: Box<dyn Fn() + Send + Sync>,
}

impl EventQueue {
    /// `wake` is called from a shard's thread whenever the queue stops being empty.
    pub fn new(wake: impl Fn() + Send + Sync + 'static) -> EventQueue {
        EventQueue {
            waiting: Mutex::new(Vec::new()),
            wake: Box::new(wake),
        }
    }

    /// Takes everything out, oldest first.
    pub fn drain(&self) -> Vec<Event> {
        std::mem::take(&mut *self.waiting.lock().unwrap_or_else(PoisonError::into_inner))
    }

    pub(crate) fn publish(&self, batch: &mut Vec<Event>) {
        if batch.is_empty() {
            return;
        }
        let was_empty = {
            let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
            let was_empty = waiting.is_empty();
            waiting.append(batch);
            was_empty
        };
        if was_empty {
            (self.wake)();
        }
    }
}
