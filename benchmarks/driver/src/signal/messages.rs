//! The part of LiveKit's signalling messages the driver speaks (protocol 15). Unknown fields are skipped by protobuf itself.

use std::collections::HashMap;

use prost::{Enumeration, Message, Oneof};

#[derive(Clone, Copy, Debug, PartialEq, Eq, Enumeration)]
#[repr(i32)]
pub enum SignalTarget {
    Publisher = 0,
    Subscriber = 1,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Enumeration)]
#[repr(i32)]
pub enum TrackType {
    Audio = 0,
    Video = 1,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Enumeration)]
#[repr(i32)]
pub enum TrackSource {
    Camera = 1,
    Microphone = 2,
}

/// `type` is "offer" or "answer"; an answer repeats the `id` of its offer.
#[derive(Clone, PartialEq, Message)]
pub struct SessionDescription {
    #[prost(string, tag = "1")]
    pub r#type: String,
    #[prost(string, tag = "2")]
    pub sdp: String,
    #[prost(uint32, tag = "3")]
    pub id: u32,
    #[prost(map = "string, string", tag = "4")]
    pub mid_to_track_id: HashMap<String, String>,
}

/// `candidate_init` is the JSON of a browser's RTCIceCandidateInit.
#[derive(Clone, PartialEq, Message)]
pub struct Trickle {
    #[prost(string, tag = "1")]
    pub candidate_init: String,
    #[prost(enumeration = "SignalTarget", tag = "2")]
    pub target: i32,
    #[prost(bool, tag = "3")]
    pub r#final: bool,
}

#[derive(Clone, PartialEq, Message)]
pub struct AddTrack {
    #[prost(string, tag = "1")]
    pub cid: String,
    #[prost(string, tag = "2")]
    pub name: String,
    #[prost(enumeration = "TrackType", tag = "3")]
    pub r#type: i32,
    #[prost(uint32, tag = "4")]
    pub width: u32,
    #[prost(uint32, tag = "5")]
    pub height: u32,
    #[prost(enumeration = "TrackSource", tag = "8")]
    pub source: i32,
    #[prost(bool, tag = "13")]
    pub disable_red: bool,
}

#[derive(Clone, PartialEq, Message)]
pub struct TrackPublished {
    #[prost(string, tag = "1")]
    pub cid: String,
}

#[derive(Clone, PartialEq, Message)]
pub struct Leave {
    #[prost(int32, tag = "2")]
    pub reason: i32,
    #[prost(int32, tag = "3")]
    pub action: i32,
}

/// Milliseconds since the Unix epoch, and the last measured round trip in milliseconds.
#[derive(Clone, PartialEq, Message)]
pub struct Ping {
    #[prost(int64, tag = "1")]
    pub timestamp: i64,
    #[prost(int64, tag = "2")]
    pub rtt: i64,
}

#[derive(Clone, PartialEq, Message)]
pub struct Pong {
    #[prost(int64, tag = "1")]
    pub last_ping_timestamp: i64,
}

/// `ping_interval` is in seconds, 0 for no pings.
#[derive(Clone, PartialEq, Message)]
pub struct Join {
    #[prost(bool, tag = "6")]
    pub subscriber_primary: bool,
    #[prost(int32, tag = "11")]
    pub ping_interval: i32,
    #[prost(bool, tag = "15")]
    pub fast_publish: bool,
}

#[derive(Clone, PartialEq, Oneof)]
pub enum Request {
    #[prost(message, tag = "1")]
    Offer(SessionDescription),
    #[prost(message, tag = "2")]
    Answer(SessionDescription),
    #[prost(message, tag = "3")]
    Trickle(Trickle),
    #[prost(message, tag = "4")]
    AddTrack(AddTrack),
    #[prost(message, tag = "8")]
    Leave(Leave),
    #[prost(message, tag = "16")]
    PingReq(Ping),
}

#[derive(Clone, PartialEq, Message)]
pub struct SignalRequest {
    #[prost(oneof = "Request", tags = "1, 2, 3, 4, 8, 16")]
    pub message: Option<Request>,
}

#[derive(Clone, PartialEq, Oneof)]
pub enum Response {
    #[prost(message, tag = "1")]
    Join(Join),
    #[prost(message, tag = "2")]
    Answer(SessionDescription),
    #[prost(message, tag = "3")]
    Offer(SessionDescription),
    #[prost(message, tag = "4")]
    Trickle(Trickle),
    #[prost(message, tag = "6")]
    TrackPublished(TrackPublished),
    #[prost(message, tag = "8")]
    Leave(Leave),
    #[prost(message, tag = "20")]
    PongResp(Pong),
}

#[derive(Clone, PartialEq, Message)]
pub struct SignalResponse {
    #[prost(oneof = "Response", tags = "1, 2, 3, 4, 6, 8, 20")]
    pub message: Option<Response>,
}
