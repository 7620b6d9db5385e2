//! The engine's end of a worker's pipe.

use std::fs::File;
use std::io::{self, Write};

use crate::command::RoomSid;

/// Bytes that may wait for a worker that does not read.
const MAX_PENDING: usize = 4 << 20;

/// Frames on their way to one worker.
pub(crate) struct Outlet {
    pub room: RoomSid,
    pub file: File,
    pub token: usize,
    /// What the pipe has not taken yet begins at `sent`.
    pending: Vec<u8>,
    sent: usize,
    /// Nothing more is added: the outlet ends when all is written.
    pub closing: bool,
    /// The pipe is full, until epoll says otherwise.
    pub blocked: bool,
}

impl Outlet {
    pub fn new(room: RoomSid, file: File, token: usize) -> Outlet {
        Outlet {
            room,
            file,
            token,
            pending: Vec::new(),
            sent: 0,
            closing: false,
            blocked: false,
        }
    }

    /// Whether frames are taken, or the worker must read first.
    pub fn has_room(&self) -> bool {
        !self.closing && self.pending.len() - self.sent < MAX_PENDING
    }

    /// Where to append records.
    pub fn records(&mut self) -> &mut Vec<u8> {
        &mut self.pending
    }

    /// Whether there is something that the pipe may take.
    pub fn is_waiting(&self) -> bool {
        !self.blocked && self.sent < self.pending.len()
    }

    /// Writes what the pipe takes; returns whether nothing is left.
    ///
    /// # Errors
    ///
    /// The worker is gone.
    pub fn flush(&mut self) -> io::Result<bool> {
        while self.sent < self.pending.len() {
            match self.file.write(&self.pending[self.sent..]) {
                Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
                Ok(count) => self.sent += count,
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                    self.pending.drain(..std::mem::take(&mut self.sent));
                    self.blocked = true;
                    return Ok(false);
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        self.pending.clear();
        self.sent = 0;
        Ok(true)
    }
}
