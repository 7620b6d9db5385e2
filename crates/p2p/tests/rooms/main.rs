//! Real endpoints in one process, on the loopback: no relay, no lookup, no internet.

mod bad_input;
mod chat;
mod media;
mod membership;
mod world;
