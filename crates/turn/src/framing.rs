//! Messages in a stream: RFC 8656 §3.1 and §12.5. Each begins with its length, and fills up to four bytes.

const STUN_HEADER: usize = 20;
const CHANNEL_HEADER: usize = 4;

/// The stream is not TURN.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct NotTurn;

/// One message at the beginning of what has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Frame {
    /// Bytes of the message.
    pub message: usize,
    /// The same with what fills it up.
    pub padded: usize,
}

/// `None`: more has to come.
pub(crate) fn frame(received: &[u8]) -> Result<Option<Frame>, NotTurn> {
    let Some(first) = received.first() else {
        return Ok(None);
    };
    let header = match first >> 6 {
        0 => STUN_HEADER,
        1 => CHANNEL_HEADER,
        _ => return Err(NotTurn),
    };
    let Some(length) = received.get(2..4) else {
        return Ok(None);
    };
    let message = header + usize::from(u16::from_be_bytes([length[0], length[1]]));
    let padded = message.next_multiple_of(4);
    Ok((received.len() >= padded).then_some(Frame { message, padded }))
}

/// Fills a message up for a stream.
pub(crate) fn pad(message: &mut Vec<u8>) {
    message.resize(message.len().next_multiple_of(4), 0);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_is_whole_when_its_padding_is_there() {
        let data = [0x40, 0, 0, 5, 1, 2, 3, 4, 5, 0, 0, 0, 0x40];
        for have in 0..12 {
            assert_eq!(frame(&data[..have]), Ok(None));
        }
        let whole = Frame {
            message: 9,
            padded: 12,
        };
        assert_eq!(frame(&data), Ok(Some(whole)));
    }

    #[test]
    fn another_protocol_is_noticed_at_its_first_byte() {
        assert_eq!(frame(&[0x80]), Err(NotTurn));
        assert_eq!(frame(&[0xff, 0, 0]), Err(NotTurn));
    }

    #[test]
    fn padding_goes_up_to_four_bytes() {
        let mut message = vec![0; 5];
        pad(&mut message);
        assert_eq!(message.len(), 8);
        pad(&mut message);
        assert_eq!(message.len(), 8);
    }
}
