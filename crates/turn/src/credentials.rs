//! User names that say for whom they are and until when, and passwords that prove it, in the manner of LiveKit.
//!
//! User name: base 62 of `<API key>|<participant's sid>|<expiry, unix seconds>`. Password: base 62 of the SHA-256 of
//! `<secret>|<sid>|<expiry>`. Nothing has to be remembered to check them.

use std::collections::HashMap;

use sha2::{Digest, Sha256};

const ALPHABET: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
/// STUN allows 508 bytes (RFC 8489 §14.3).
const MAX_NAME: usize = 508;

/// What a client needs to get a relay.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Credentials {
    pub username: String,
    pub password: String,
}

/// Credentials for a participant, good for new relays until `expires_at` (unix seconds).
pub fn credentials(key: &str, secret: &str, sid: &str, expires_at: u64) -> Credentials {
    Credentials {
        username: to_base62(format!("{key}|{sid}|{expires_at}").as_bytes()),
        password: password(secret, sid, expires_at),
    }
}

/// Who a user name is for, and the password that goes with it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct User {
    pub sid: String,
    pub password: String,
}

/// `None`: not made by one of these keys' owners, or expired at `now` (unix seconds).
pub(crate) fn user(keys: &HashMap<String, String>, username: &str, now: u64) -> Option<User> {
    let text = String::from_utf8(from_base62(username)?).ok()?;
    let (key, rest) = text.split_once('|')?;
    let (sid, expires_at) = rest.rsplit_once('|')?;
    let expires_at: u64 = expires_at.parse().ok()?;
    let secret = keys.get(key)?;
    (now <= expires_at).then(|| User {
        sid: sid.to_owned(),
        password: password(secret, sid, expires_at),
    })
}

fn password(secret: &str, sid: &str, expires_at: u64) -> String {
    to_base62(&Sha256::digest(format!("{secret}|{sid}|{expires_at}")))
}

/// The number whose bytes these are, with a 1 before them so that zeros in front count.
fn to_base62(bytes: &[u8]) -> String {
    let mut number: Vec<u8> = [&[1], bytes].concat();
    let mut digits = Vec::new();
    while !number.is_empty() {
        let mut rest = 0u32;
        for byte in &mut number {
            let value = rest << 8 | u32::from(*byte);
            *byte = (value / 62) as u8;
            rest = value % 62;
        }
        digits.push(ALPHABET[rest as usize]);
        let zeros = number.iter().take_while(|byte| **byte == 0).count();
        number.drain(..zeros);
    }
    digits.reverse();
    digits.into_iter().map(char::from).collect()
}

fn from_base62(text: &str) -> Option<Vec<u8>> {
    if text.len() > MAX_NAME {
        return None;
    }
    // Least significant byte first.
    let mut number: Vec<u8> = Vec::new();
    for digit in text.bytes() {
        let mut carry = ALPHABET.iter().position(|one| *one == digit)? as u32;
        for byte in &mut number {
            let value = u32::from(*byte) * 62 + carry;
            *byte = value as u8;
            carry = value >> 8;
        }
        if carry > 0 {
            number.push(carry as u8);
        }
    }
    (number.pop() == Some(1)).then(|| {
        number.reverse();
        number
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys() -> HashMap<String, String> {
        HashMap::from([("key".to_owned(), "secret".to_owned())])
    }

    #[test]
    fn credentials_say_who_and_until_when() {
        let made = credentials("key", "secret", "PA_1", 1000);
        let found = user(&keys(), &made.username, 1000).expect("good until then");
        assert_eq!(found.sid, "PA_1");
        assert_eq!(found.password, made.password);
        assert!(
            made.username
                .bytes()
                .all(|letter| ALPHABET.contains(&letter))
        );
    }

    #[test]
    fn credentials_that_expired_are_good_for_nothing() {
        let made = credentials("key", "secret", "PA_1", 1000);
        assert_eq!(user(&keys(), &made.username, 1001), None);
    }

    #[test]
    fn each_name_has_a_password_of_its_own() {
        let one = credentials("key", "secret", "PA_1", 1000);
        assert_ne!(
            one.password,
            credentials("key", "secret", "PA_2", 1000).password
        );
        assert_ne!(
            one.password,
            credentials("key", "secret", "PA_1", 1001).password
        );
        assert_ne!(
            one.password,
            credentials("key", "other", "PA_1", 1000).password
        );
    }

    #[test]
    fn names_of_others_are_refused() {
        let strange = credentials("stranger", "secret", "PA_1", 1000).username;
        let half = to_base62(b"key|1000");
        let long = "z".repeat(100_000);
        for name in [
            strange.as_str(),
            &half,
            &long,
            "",
            "key|PA_1|1000",
            "é",
            "0",
            "1",
        ] {
            assert_eq!(user(&keys(), name, 0), None, "{name:.20}");
        }
    }

    #[test]
    fn bytes_come_back() {
        for bytes in [&b""[..], b"\0\0", b"\xff\xff\xff", b"API|PA_x|1700000000"] {
            assert_eq!(from_base62(&to_base62(bytes)).as_deref(), Some(bytes));
        }
    }
}
