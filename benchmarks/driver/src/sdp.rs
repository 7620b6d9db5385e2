//! What the driver changes in a server's offer before it answers.

/// `offer` with its media sections turned from `sendrecv` to `sendonly`: LiveKit servers offer transceivers both ways, and an
/// answer that promises to send would make them prepare tracks that never come.
pub fn receive_only(offer: &str) -> String {
    let mut result = String::with_capacity(offer.len());
    let mut in_media = false;
    for line in offer.split_inclusive('\n') {
        let content = line.trim_end();
        if content.starts_with("m=") {
            in_media = content.starts_with("m=audio") || content.starts_with("m=video");
        }
        match content {
            "a=sendrecv" if in_media => result.push_str("a=sendonly\r\n"),
            "a=recvonly" if in_media => result.push_str("a=inactive\r\n"),
            _ => result.push_str(line),
        }
    }
    result
}

#[cfg(test)]
mod tests {
    use super::receive_only;

    #[test]
    fn media_sections_of_an_offer_become_one_way() {
        let offer = "v=0\r\nm=application 9 UDP/DTLS/SCTP webrtc-datachannel\r\na=sendrecv\r\n\
                     m=audio 9 UDP/TLS/RTP/SAVPF 111\r\na=sendrecv\r\nm=video 9 UDP/TLS/RTP/SAVPF 96\r\na=recvonly\r\n";
        let expected = "v=0\r\nm=application 9 UDP/DTLS/SCTP webrtc-datachannel\r\na=sendrecv\r\n\
                        m=audio 9 UDP/TLS/RTP/SAVPF 111\r\na=sendonly\r\nm=video 9 UDP/TLS/RTP/SAVPF 96\r\na=inactive\r\n";
        assert_eq!(receive_only(offer), expected);
    }
}
