//! What we must know of STUN ourselves: for whom a binding request is, and whether it nominates its path (RFC 8489, RFC 8445).

const MAGIC_COOKIE: [u8; 4] = [0x21, 0x12, 0xa4, 0x42];
const USERNAME: u16 = 0x0006;
const USE_CANDIDATE: u16 = 0x0025;

/// Whether a datagram is STUN (RFC 7983 §7).
pub fn is_stun(packet: &[u8]) -> bool {
    matches!(packet, [0..=3, ..])
}

/// The receiver's ICE username fragment in a STUN message: the part of USERNAME before the colon.
///
/// Gives `None` for anything that is not a STUN message with such a USERNAME. Nothing is authenticated here.
pub fn local_ufrag(packet: &[u8]) -> Option<&str> {
    let value = attribute(packet, USERNAME)?;
    std::str::from_utf8(value).ok()?.split(':').next()
}

/// Whether a binding request nominates the path it came on (RFC 8445 §7.3.1.5).
pub fn nominates(packet: &[u8]) -> bool {
    attribute(packet, USE_CANDIDATE).is_some()
}

/// The first attribute of a type; `None` also for anything that is not STUN.
fn attribute(packet: &[u8], wanted: u16) -> Option<&[u8]> {
    let header = packet.get(..20)?;
    if header[0] & 0xc0 != 0 || header[4..8] != MAGIC_COOKIE {
        return None;
    }
    let length = usize::from(u16::from_be_bytes([header[2], header[3]]));
    let mut attributes = packet.get(20..20 + length)?;
    while let [t0, t1, l0, l1, rest @ ..] = attributes {
        let size = usize::from(u16::from_be_bytes([*l0, *l1]));
        let value = rest.get(..size)?;
        if u16::from_be_bytes([*t0, *t1]) == wanted {
            return Some(value);
        }
        attributes = rest.get(size.next_multiple_of(4)..).unwrap_or_default();
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn binding_request(attributes: &[u8]) -> Vec<u8> {
        let mut packet = vec![0, 1];
        packet.extend((attributes.len() as u16).to_be_bytes());
        packet.extend(MAGIC_COOKIE);
        packet.extend([7; 12]);
        packet.extend(attributes);
        packet
    }

    #[test]
    fn the_receivers_ufrag_is_found_behind_other_attributes() {
        let mut attributes = vec![0x00, 0x24, 0, 4, 1, 2, 3, 4];
        attributes.extend([0x00, 0x06, 0, 9]);
        attributes.extend(b"mine:them\0\0\0");
        assert_eq!(local_ufrag(&binding_request(&attributes)), Some("mine"));
    }

    #[test]
    fn truncated_and_foreign_packets_have_no_ufrag() {
        let mut attributes = vec![0x00, 0x06, 0, 9];
        attributes.extend(b"mine:them\0\0\0");
        let whole = binding_request(&attributes);
        for end in 0..whole.len() {
            assert_eq!(local_ufrag(&whole[..end]), None);
        }
        assert_eq!(local_ufrag(&[0x80; 60]), None);
        assert_eq!(local_ufrag(&binding_request(&[0, 6, 0xff, 0xff])), None);
    }
}
