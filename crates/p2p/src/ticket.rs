use std::fmt;
use std::str::FromStr;

use iroh::EndpointId;
use iroh_tickets::{ParseError, Ticket};
use serde::{Deserialize, Serialize};

/// More bootstrap ids than anybody needs; a longer list is a mistake or an attack.
pub const MAX_BOOTSTRAP: usize = 64;

/// What it takes to join a room: its topic and peers to begin with. Whoever has it can join (specs/iroh-rooms.md §4).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RoomTicket {
    pub bootstrap: Vec<EndpointId>,
    pub topic: [u8; 32],
}

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TicketError {
    #[error("a room ticket starts with \"room\"")]
    Prefix,
    #[error("the ticket is not base32: {0}")]
    Encoding(String),
    #[error("the ticket is cut short or holds something that is no endpoint id: {0}")]
    Content(String),
    #[error("the ticket names more than {MAX_BOOTSTRAP} peers")]
    TooManyPeers,
}

impl RoomTicket {
    pub fn new(topic: [u8; 32], bootstrap: Vec<EndpointId>) -> RoomTicket {
        RoomTicket { bootstrap, topic }
    }

    /// A room of its own, with a random topic and nobody in it yet.
    pub fn generate() -> RoomTicket {
        RoomTicket::new(rand::random(), Vec::new())
    }

    pub fn to_bytes(&self) -> Vec<u8> {
        postcard::to_stdvec(self).expect("a list of keys and 32 bytes always encode")
    }

    /// Bytes after the topic are ignored, as a stock peer ignores them.
    pub fn from_bytes(bytes: &[u8]) -> Result<RoomTicket, TicketError> {
        let ticket: RoomTicket =
            postcard::from_bytes(bytes).map_err(|error| TicketError::Content(error.to_string()))?;
        if ticket.bootstrap.len() > MAX_BOOTSTRAP {
            return Err(TicketError::TooManyPeers);
        }
        Ok(ticket)
    }
}

impl Ticket for RoomTicket {
    const KIND: &'static str = "room";

    fn encode_bytes(&self) -> Vec<u8> {
        self.to_bytes()
    }

    fn decode_bytes(bytes: &[u8]) -> Result<Self, ParseError> {
        RoomTicket::from_bytes(bytes)
            .map_err(|_| ParseError::verification_failed("not a room ticket"))
    }
}

impl fmt::Display for RoomTicket {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.encode_string())
    }
}

impl FromStr for RoomTicket {
    type Err = TicketError;

    /// Not [`Ticket::decode_string`], which would hide what is wrong with the content. White space around is no mistake.
    fn from_str(text: &str) -> Result<RoomTicket, TicketError> {
        let encoded = text
            .trim()
            .strip_prefix(RoomTicket::KIND)
            .ok_or(TicketError::Prefix)?;
        let bytes = data_encoding::BASE32_NOPAD
            .decode(encoded.to_ascii_uppercase().as_bytes())
            .map_err(|error| TicketError::Encoding(error.to_string()))?;
        RoomTicket::from_bytes(&bytes)
    }
}

#[cfg(test)]
mod tests {
    use iroh::SecretKey;

    use super::*;

    const NOBODY: &str = "roomaaaacaqdaqcqmbyibefawdanbyhraeiscmkbkfqxdamrugy4dupb6";
    const ONE: &str = "roomagfiry65oqe7dfp5klns2pf2lvzmuzyjx4ozieq36n2iqanub5xvyaabaibqibiga4eascqlbqgq4dyqcejbgfavcylrqgi2dmob2hq7";
    const TWO: &str = "roomakfiry65oqe7dfp5klns2pf2lvzmuzyjx4ozieq36n2iqanub5xvzajzo4hkq7ixl5lkgvdgyngh5tglrwfjdnhog6rf35qploh4tm4uaaaqeayeaudaocajbifqydiob4ibceqtcqkrmfyydenbwha5dypq";
    const NO_POINT: &str = "roomaebaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";

    fn topic() -> [u8; 32] {
        std::array::from_fn(|at| at as u8)
    }

    fn key(seed: u8) -> EndpointId {
        SecretKey::from_bytes(&[seed; 32]).public()
    }

    #[test]
    fn tickets_read_and_write_as_stock_peers_do() {
        for (text, bootstrap) in [
            (NOBODY, vec![]),
            (ONE, vec![key(1)]),
            (TWO, vec![key(1), key(2)]),
        ] {
            let ticket = RoomTicket::new(topic(), bootstrap);
            assert_eq!(ticket.to_string(), text);
            assert_eq!(text.parse(), Ok(ticket));
        }
    }

    #[test]
    fn case_of_the_code_and_white_space_do_not_matter_but_the_prefix_does() {
        let shouted = format!(" room{}\n", NOBODY[4..].to_ascii_uppercase());
        assert_eq!(shouted.parse(), Ok(RoomTicket::new(topic(), vec![])));
        assert_eq!(
            NOBODY.to_ascii_uppercase().parse::<RoomTicket>(),
            Err(TicketError::Prefix)
        );
        assert_eq!("".parse::<RoomTicket>(), Err(TicketError::Prefix));
    }

    #[test]
    fn bytes_after_the_topic_are_ignored_and_missing_ones_are_not() {
        let mut bytes = RoomTicket::new(topic(), vec![key(1)]).to_bytes();
        bytes.push(7);
        assert!(RoomTicket::from_bytes(&bytes).is_ok());
        for length in 0..bytes.len() - 1 {
            assert!(matches!(
                RoomTicket::from_bytes(&bytes[..length]),
                Err(TicketError::Content(_))
            ));
        }
    }

    #[test]
    fn a_bootstrap_that_is_no_key_and_a_code_that_is_no_base32_are_refused_by_name() {
        assert!(matches!(
            NO_POINT.parse::<RoomTicket>(),
            Err(TicketError::Content(_))
        ));
        assert!(matches!(
            "room1!".parse::<RoomTicket>(),
            Err(TicketError::Encoding(_))
        ));
    }

    #[test]
    fn a_ticket_that_names_a_crowd_is_refused() {
        let crowd = RoomTicket::new(topic(), vec![key(1); MAX_BOOTSTRAP + 1]).to_bytes();
        assert_eq!(
            RoomTicket::from_bytes(&crowd),
            Err(TicketError::TooManyPeers)
        );
        // A count of 2^60 keys with nothing behind it: no memory is set aside for it.
        let lie = [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x0f];
        assert!(RoomTicket::from_bytes(&lie).is_err());
    }
}
