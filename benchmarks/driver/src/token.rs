//! Access tokens, signed as any LiveKit application server would.

use std::time::{Duration, SystemTime};

use anyhow::Result;
use jsonwebtoken::{EncodingKey, Header, encode};
use serde::Serialize;

const LIFETIME: Duration = Duration::from_secs(6 * 3600);

#[derive(Serialize)]
struct Claims<'a> {
    iss: &'a str,
    sub: &'a str,
    name: &'a str,
    nbf: u64,
    exp: u64,
    video: VideoGrant<'a>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct VideoGrant<'a> {
    room_join: bool,
    room: &'a str,
}

/// A token that lets `identity` join, publish and subscribe in `room`.
pub fn join_token(key: &str, secret: &str, room: &str, identity: &str) -> Result<String> {
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH)?;
    let claims = Claims {
        iss: key,
        sub: identity,
        name: identity,
        nbf: now.as_secs(),
        exp: (now + LIFETIME).as_secs(),
        video: VideoGrant { room_join: true, room },
    };
    let signing_key = EncodingKey::from_secret(secret.as_bytes());
    Ok(encode(&Header::default(), &claims, &signing_key)?)
}
