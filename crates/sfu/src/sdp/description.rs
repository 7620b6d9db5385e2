use super::{MAX_BYTES, MAX_SECTIONS, SdpError};
use crate::command::Kind;

/// The lines of a session description, cut into sections (RFC 8866).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Description {
    pub session: Vec<String>,
    pub sections: Vec<Section>,
}

/// One media section; the first line is its `m=`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Section {
    pub lines: Vec<String>,
}

/// Direction attribute, as its writer sees it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    SendRecv,
    SendOnly,
    RecvOnly,
    Inactive,
}

impl Direction {
    const ALL: [(&'static str, Direction); 4] = [
        ("a=sendrecv", Direction::SendRecv),
        ("a=sendonly", Direction::SendOnly),
        ("a=recvonly", Direction::RecvOnly),
        ("a=inactive", Direction::Inactive),
    ];

    pub fn sends(self) -> bool {
        matches!(self, Direction::SendRecv | Direction::SendOnly)
    }
}

impl Description {
    /// Cuts a text into sections; what the lines say is not looked at.
    pub fn parse(text: &str) -> Result<Description, SdpError> {
        if text.trim().is_empty() {
            return Err(SdpError::Empty);
        }
        if text.len() > MAX_BYTES {
            return Err(SdpError::TooLong);
        }
        let mut description = Description {
            session: vec![],
            sections: vec![],
        };
        for line in text.lines().filter(|line| !line.is_empty()) {
            if line.starts_with("m=") {
                if description.sections.len() == MAX_SECTIONS {
                    return Err(SdpError::TooManySections);
                }
                description.sections.push(Section { lines: vec![] });
            }
            let lines = description
                .sections
                .last_mut()
                .map_or(&mut description.session, |s| &mut s.lines);
            lines.push(line.to_owned());
        }
        match description.session.first() {
            Some(first) if first.starts_with("v=") => Ok(description),
            _ => Err(SdpError::NotSdp),
        }
    }

    pub fn write(&self) -> String {
        let lines = self
            .session
            .iter()
            .chain(self.sections.iter().flat_map(|section| &section.lines));
        let mut text = String::new();
        for line in lines {
            text.push_str(line);
            text.push_str("\r\n");
        }
        text
    }
}

impl Section {
    fn media_line(&self) -> &str {
        &self.lines[0]
    }

    /// Audio or video; `None` for data and for what we do not know.
    pub fn kind(&self) -> Option<Kind> {
        let line = self.media_line();
        if line.starts_with("m=audio ") {
            Some(Kind::Audio)
        } else if line.starts_with("m=video ") {
            Some(Kind::Video)
        } else {
            None
        }
    }

    /// Payload types of the `m=` line, in order.
    pub fn payload_types(&self) -> impl Iterator<Item = &str> {
        self.media_line().split_ascii_whitespace().skip(3)
    }

    pub fn set_payload_types(&mut self, payload_types: &[String]) {
        let head: Vec<&str> = self.media_line().split_ascii_whitespace().take(3).collect();
        self.lines[0] = format!("{} {}", head.join(" "), payload_types.join(" "));
    }

    /// Refuses the section: port 0 and no direction (RFC 3264 §6).
    pub fn reject(&mut self) {
        let mut head: Vec<String> = self
            .media_line()
            .split_ascii_whitespace()
            .take(3)
            .map(str::to_owned)
            .collect();
        if let Some(port) = head.get_mut(1) {
            *port = "0".to_owned();
        }
        self.lines[0] = format!("{} 0", head.join(" "));
        self.set_direction(Direction::Inactive);
    }

    /// Values of the lines `a=<name>:<value>`.
    pub fn attributes<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.lines.iter().filter_map(move |line| {
            line.strip_prefix("a=")?
                .strip_prefix(name)?
                .strip_prefix(':')
        })
    }

    pub fn mid(&self) -> Option<&str> {
        self.attributes("mid").next()
    }

    /// Stream id and track id of `a=msid` (RFC 8830), or of the older `a=ssrc:… msid:`.
    pub fn msid(&self) -> Option<(&str, &str)> {
        let of_ssrc = self
            .attributes("ssrc")
            .find_map(|value| value.split_once(" msid:").map(|(_, msid)| msid));
        let value = self.attributes("msid").next().or(of_ssrc)?;
        let mut words = value.split_ascii_whitespace();
        Some((words.next()?, words.next().unwrap_or_default()))
    }

    /// Direction; `sendrecv` where none is written (RFC 8866 §6.7).
    pub fn direction(&self) -> Direction {
        let written = |line: &String| {
            Direction::ALL
                .iter()
                .find(|(text, _)| line == text)
                .map(|(_, d)| *d)
        };
        self.lines
            .iter()
            .find_map(written)
            .unwrap_or(Direction::SendRecv)
    }

    pub fn set_direction(&mut self, direction: Direction) {
        let is_direction = |line: &String| Direction::ALL.iter().any(|(text, _)| line == text);
        self.lines.retain(|line| !is_direction(line));
        let text = Direction::ALL
            .iter()
            .find(|(_, d)| *d == direction)
            .map_or("", |(text, _)| text);
        self.lines.push(text.to_owned());
    }

    /// Simulcast streams the writer sends, without pause marks (RFC 8853).
    pub fn send_rids(&self) -> Vec<String> {
        let ids = self
            .attributes("rid")
            .filter_map(|value| value.split_once(" send").map(|(id, _)| id.to_owned()));
        ids.collect()
    }

    /// Payload types whose `a=rtpmap` names this codec, case ignored.
    pub fn payload_types_of(&self, codec: &str) -> Vec<String> {
        let matching = self.attributes("rtpmap").filter_map(|value| {
            let (payload_type, encoding) = value.split_once(' ')?;
            let name = encoding.split('/').next()?;
            name.eq_ignore_ascii_case(codec)
                .then(|| payload_type.to_owned())
        });
        matching.collect()
    }

    /// Encoding name of a payload type.
    pub fn codec_of(&self, payload_type: &str) -> Option<&str> {
        self.attributes("rtpmap").find_map(|value| {
            let (pt, encoding) = value.split_once(' ')?;
            (pt == payload_type).then(|| encoding.split('/').next().unwrap_or(encoding))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const OFFER: &str = "v=0\r\no=- 1 2 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\na=group:BUNDLE 0 1\r\n\
        m=audio 9 UDP/TLS/RTP/SAVPF 111 0\r\na=mid:0\r\na=msid:stream track\r\na=sendonly\r\na=rtpmap:111 opus/48000/2\r\n\
        m=video 9 UDP/TLS/RTP/SAVPF 96\r\na=mid:1\r\na=recvonly\r\na=rid:q send\r\na=rid:h send\r\n";

    #[test]
    fn a_description_is_cut_into_sections_and_written_back_unchanged() {
        let offer = Description::parse(OFFER).unwrap();
        assert_eq!(offer.write(), OFFER);
        assert_eq!(offer.sections[0].kind(), Some(Kind::Audio));
        assert_eq!(offer.sections[0].msid(), Some(("stream", "track")));
        assert_eq!(offer.sections[0].payload_types_of("OPUS"), ["111"]);
        assert_eq!(offer.sections[1].mid(), Some("1"));
        assert_eq!(offer.sections[1].direction(), Direction::RecvOnly);
        assert_eq!(offer.sections[1].send_rids(), ["q", "h"]);
    }

    #[test]
    fn useless_descriptions_are_refused_by_name() {
        assert_eq!(Description::parse(""), Err(SdpError::Empty));
        assert_eq!(Description::parse("hello\r\n"), Err(SdpError::NotSdp));
        assert_eq!(
            Description::parse(&"v=0\r\n".repeat(1 << 18)),
            Err(SdpError::TooLong)
        );
        let many = format!("v=0\r\n{}", "m=audio 9 X 0\r\n".repeat(5000));
        assert_eq!(Description::parse(&many), Err(SdpError::TooManySections));
    }

    #[test]
    fn a_rejected_section_has_port_zero_and_no_direction() {
        let mut offer = Description::parse(OFFER).unwrap();
        offer.sections[0].reject();
        assert_eq!(offer.sections[0].lines[0], "m=audio 0 UDP/TLS/RTP/SAVPF 0");
        assert_eq!(offer.sections[0].direction(), Direction::Inactive);
    }
}
