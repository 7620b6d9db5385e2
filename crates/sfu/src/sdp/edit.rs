use super::{Description, Direction, Section};
use crate::command::PendingTrack;

/// Makes a client's offer say what we want to answer.
///
/// * We take the active DTLS role whenever the client leaves it open.
/// * A section in which the client sends a track is for that alone: tracks to the client go into other sections, unless
///   the connection is a two-way one.
pub(crate) fn prepare_offer(offer: &mut Description, two_way: bool) {
    for section in &mut offer.sections {
        for line in &mut section.lines {
            if line == "a=setup:actpass" {
                "a=setup:passive".clone_into(line);
            }
        }
        if !two_way
            && section.kind().is_some()
            && section.direction() == Direction::SendRecv
            && section.msid().is_some()
        {
            section.set_direction(Direction::SendOnly);
        }
    }
    for line in &mut offer.session {
        if line == "a=setup:actpass" {
            "a=setup:passive".clone_into(line);
        }
    }
}

/// Puts the codec of a `video/vp8`-like mime type first, each payload type followed by its retransmission (RFC 4588).
pub(crate) fn prefer_codec(section: &mut Section, mime: &str) {
    let Some((_, codec)) = mime.split_once('/') else {
        return;
    };
    let mut first = Vec::new();
    for payload_type in section.payload_types_of(codec) {
        let apt = format!("apt={payload_type}");
        let repairs = section
            .attributes("fmtp")
            .filter_map(|value| value.strip_suffix(&apt)?.strip_suffix(' '));
        let repairs: Vec<String> = repairs.map(str::to_owned).collect();
        first.push(payload_type);
        first.extend(repairs);
    }
    let listed: Vec<String> = section.payload_types().map(str::to_owned).collect();
    first.retain(|payload_type| listed.contains(payload_type));
    let rest = listed
        .iter()
        .filter(|payload_type| !first.contains(payload_type))
        .cloned()
        .collect::<Vec<_>>();
    section.set_payload_types(&[first, rest].concat());
}

/// Asks the publisher for redundant audio, or keeps it from sending it: browsers send it where it comes before its codec.
pub(crate) fn set_redundancy(section: &mut Section, wanted: bool) {
    let redundant = section.payload_types_of("red");
    let is_redundant = |payload_type: &&str| redundant.iter().any(|one| one == payload_type);
    let rest = section.payload_types().filter(|one| !is_redundant(one));
    let rest: Vec<String> = rest.map(str::to_owned).collect();
    if wanted {
        return section.set_payload_types(&[redundant, rest].concat());
    }
    section.set_payload_types(&rest);
    let of_redundant = |line: &String| {
        redundant.iter().any(|payload_type| {
            ["rtpmap", "fmtp", "rtcp-fb"]
                .iter()
                .any(|name| line.starts_with(&format!("a={name}:{payload_type} ")))
        })
    };
    section.lines.retain(|line| !of_redundant(line));
}

/// Tells the publisher how to send Opus (RFC 7587 §6.1): our answer's fmtp is what browsers obey.
pub(crate) fn set_opus_parameters(section: &mut Section, track: &PendingTrack) {
    let mut parameters = "minptime=10;useinbandfec=1".to_owned();
    if track.dtx {
        parameters.push_str(";usedtx=1");
    }
    if track.stereo {
        parameters.push_str(";stereo=1;maxaveragebitrate=510000");
    }
    for payload_type in section.payload_types_of("opus") {
        let prefix = format!("a=fmtp:{payload_type} ");
        section.lines.retain(|line| !line.starts_with(&prefix));
        section.lines.push(format!("{prefix}{parameters}"));
    }
}

/// Whose media a section of ours carries.
pub(crate) struct SenderLines<'a> {
    /// `PA_…|TR_…`: how clients find the participant.
    pub stream_id: &'a str,
    pub track_id: &'a str,
    pub ssrc: u32,
    pub rtx: Option<u32>,
}

/// Replaces what the section says of its sender; `None` leaves it without one, kept for later.
pub(crate) fn write_sender(section: &mut Section, sender: Option<SenderLines<'_>>) {
    let of_sender = |line: &String| {
        ["a=msid:", "a=ssrc:", "a=ssrc-group:"]
            .iter()
            .any(|p| line.starts_with(p))
    };
    section.lines.retain(|line| !of_sender(line));
    let Some(SenderLines {
        stream_id,
        track_id,
        ssrc,
        rtx,
    }) = sender
    else {
        return;
    };
    section.lines.push(format!("a=msid:{stream_id} {track_id}"));
    if let Some(rtx) = rtx {
        section.lines.push(format!("a=ssrc-group:FID {ssrc} {rtx}"));
    }
    for ssrc in [Some(ssrc), rtx].into_iter().flatten() {
        section
            .lines
            .push(format!("a=ssrc:{ssrc} cname:{stream_id}"));
        section
            .lines
            .push(format!("a=ssrc:{ssrc} msid:{stream_id} {track_id}"));
    }
}

/// Last touch on a section of an answer: one in which no codec is common is refused, and the offer goes on.
pub(crate) fn finish_answer_section(section: &mut Section) {
    if section.kind().is_some() && section.payload_types().next().is_none() {
        section.reject();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn section(text: &str) -> Section {
        Section {
            lines: text.lines().map(str::to_owned).collect(),
        }
    }

    const VIDEO: &str = "m=video 9 UDP/TLS/RTP/SAVPF 96 97 102 103\na=rtpmap:96 VP8/90000\na=rtpmap:97 rtx/90000\n\
        a=fmtp:97 apt=96\na=rtpmap:102 H264/90000\na=rtpmap:103 rtx/90000\na=fmtp:103 apt=102\na=sendonly";

    #[test]
    fn the_preferred_codec_goes_first_with_its_retransmission() {
        let mut video = section(VIDEO);
        prefer_codec(&mut video, "video/h264");
        assert_eq!(
            video.payload_types().collect::<Vec<_>>(),
            ["102", "103", "96", "97"]
        );
        prefer_codec(&mut video, "video/av1");
        assert_eq!(
            video.payload_types().collect::<Vec<_>>(),
            ["102", "103", "96", "97"]
        );
    }

    #[test]
    fn redundant_audio_goes_first_or_not_at_all() {
        let text = "m=audio 9 X 111 63 0\na=rtpmap:111 opus/48000/2\na=rtpmap:63 red/48000/2\na=fmtp:63 111/111";
        let mut audio = section(text);
        set_redundancy(&mut audio, true);
        assert_eq!(
            audio.payload_types().collect::<Vec<_>>(),
            ["63", "111", "0"]
        );
        set_redundancy(&mut audio, false);
        assert_eq!(audio.payload_types().collect::<Vec<_>>(), ["111", "0"]);
        assert_eq!(audio.lines.len(), 2);
        set_redundancy(&mut audio, true);
        assert_eq!(audio.payload_types().collect::<Vec<_>>(), ["111", "0"]);
    }

    #[test]
    fn opus_parameters_follow_the_announcement() {
        let mut audio = section(
            "m=audio 9 X 111\na=rtpmap:111 opus/48000/2\na=fmtp:111 minptime=10;useinbandfec=1",
        );
        let mut track = PendingTrack {
            sid: "TR_1".into(),
            cid: "c".into(),
            kind: crate::command::Kind::Audio,
            mime: String::new(),
            dtx: false,
            stereo: true,
            red: false,
        };
        set_opus_parameters(&mut audio, &track);
        let fmtp = |audio: &Section| audio.attributes("fmtp").next().unwrap().to_owned();
        assert_eq!(
            fmtp(&audio),
            "111 minptime=10;useinbandfec=1;stereo=1;maxaveragebitrate=510000"
        );
        track.dtx = true;
        track.stereo = false;
        set_opus_parameters(&mut audio, &track);
        assert_eq!(fmtp(&audio), "111 minptime=10;useinbandfec=1;usedtx=1");
    }

    #[test]
    fn a_section_names_its_sender_or_nobody() {
        let mut video = section(VIDEO);
        let sender = SenderLines {
            stream_id: "PA_a|TR_v",
            track_id: "TR_v",
            ssrc: 5,
            rtx: Some(6),
        };
        write_sender(&mut video, Some(sender));
        assert_eq!(video.msid(), Some(("PA_a|TR_v", "TR_v")));
        assert!(video.lines.contains(&"a=ssrc-group:FID 5 6".to_owned()));
        write_sender(&mut video, None);
        assert_eq!(video.msid(), None);
        assert_eq!(video.attributes("ssrc").count(), 0);
    }

    #[test]
    fn we_take_the_active_role_and_sending_sections_are_one_way() {
        let text =
            "v=0\na=setup:actpass\nm=audio 9 X 111\na=setup:actpass\na=msid:s t\na=sendrecv\n";
        let mut offer = Description::parse(text).unwrap();
        let mut both = offer.clone();
        prepare_offer(&mut offer, false);
        assert!(!offer.write().contains("actpass"));
        assert_eq!(offer.sections[0].direction(), Direction::SendOnly);
        prepare_offer(&mut both, true);
        assert_eq!(both.sections[0].direction(), Direction::SendRecv);
    }

    #[test]
    fn a_section_without_a_common_codec_is_refused() {
        let mut video = section("m=video 9 UDP/TLS/RTP/SAVPF \na=recvonly");
        finish_answer_section(&mut video);
        assert_eq!(video.lines[0], "m=video 0 UDP/TLS/RTP/SAVPF 0");
    }
}
