use serde::{Deserialize, Serialize};

/// A gossip message holds 4096 bytes; this leaves room for key, signature and framing.
pub const MAX_STATE: usize = 3072;
pub const MAX_BROADCASTS: usize = 32;
pub const MAX_NAME: usize = 128;

/// What a member says of itself under the key `s` (specs/iroh-rooms.md §6.4).
///
/// Postcard is positional: no field may ever be left out, and new ones may only be appended.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PeerState {
    pub broadcasts: Vec<String>,
    pub display_name: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StateError {
    #[error("not the state of a peer: {0}")]
    Malformed(String),
    #[error("a state of {0} bytes does not fit into a gossip message: {MAX_STATE} is the limit")]
    TooLarge(usize),
    #[error("{0} broadcasts, and {MAX_BROADCASTS} is the limit")]
    TooManyBroadcasts(usize),
    #[error("a broadcast's name has 1 to {MAX_NAME} bytes")]
    BroadcastName,
    #[error("a display name has at most {MAX_NAME} bytes")]
    DisplayName,
}

impl PeerState {
    pub fn encode(&self) -> Result<Vec<u8>, StateError> {
        self.check()?;
        let bytes = postcard::to_stdvec(self).expect("strings always encode");
        if bytes.len() > MAX_STATE {
            return Err(StateError::TooLarge(bytes.len()));
        }
        Ok(bytes)
    }

    /// Bytes behind the two fields are left to a future version.
    pub fn decode(bytes: &[u8]) -> Result<PeerState, StateError> {
        if bytes.len() > MAX_STATE {
            return Err(StateError::TooLarge(bytes.len()));
        }
        let state: PeerState = postcard::from_bytes(bytes)
            .map_err(|error| StateError::Malformed(error.to_string()))?;
        state.check()?;
        Ok(state)
    }

    fn check(&self) -> Result<(), StateError> {
        if self.broadcasts.len() > MAX_BROADCASTS {
            return Err(StateError::TooManyBroadcasts(self.broadcasts.len()));
        }
        if self
            .broadcasts
            .iter()
            .any(|name| name.is_empty() || name.len() > MAX_NAME)
        {
            return Err(StateError::BroadcastName);
        }
        match &self.display_name {
            Some(name) if name.len() > MAX_NAME => Err(StateError::DisplayName),
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn state(broadcasts: &[&str], name: Option<&str>) -> PeerState {
        PeerState {
            broadcasts: broadcasts.iter().map(|name| name.to_string()).collect(),
            display_name: name.map(Into::into),
        }
    }

    #[test]
    fn states_are_the_bytes_a_stock_peer_writes() {
        let vectors: [(PeerState, &[u8]); 4] = [
            (state(&[], None), b"\0\0"),
            (state(&["cam"], None), b"\x01\x03cam\0"),
            (
                state(&["cam", "screen"], Some("Alice")),
                b"\x02\x03cam\x06screen\x01\x05Alice",
            ),
            (
                state(&["camera"], Some("Zo\u{eb}")),
                b"\x01\x06camera\x01\x04Zo\xc3\xab",
            ),
        ];
        for (state, bytes) in vectors {
            assert_eq!(state.encode().as_deref(), Ok(bytes));
            let longer = [bytes, b"\x01\x02"].concat();
            assert_eq!(PeerState::decode(&longer), Ok(state));
            for length in 0..bytes.len() {
                assert!(matches!(
                    PeerState::decode(&bytes[..length]),
                    Err(StateError::Malformed(_))
                ));
            }
        }
    }

    #[test]
    fn what_does_not_fit_is_refused_by_name() {
        let many = vec!["a".to_string(); 33];
        let long = "x".repeat(129);
        assert_eq!(
            PeerState {
                broadcasts: many,
                display_name: None
            }
            .encode(),
            Err(StateError::TooManyBroadcasts(33))
        );
        assert_eq!(state(&[""], None).encode(), Err(StateError::BroadcastName));
        assert_eq!(
            state(&[&long], None).encode(),
            Err(StateError::BroadcastName)
        );
        assert_eq!(
            state(&[], Some(&long)).encode(),
            Err(StateError::DisplayName)
        );
        let wide = vec!["y".repeat(120); 32];
        assert!(matches!(
            PeerState {
                broadcasts: wide,
                display_name: None
            }
            .encode(),
            Err(StateError::TooLarge(_))
        ));
        assert_eq!(
            PeerState::decode(&vec![0; 1 << 20]),
            Err(StateError::TooLarge(1 << 20))
        );
    }
}
