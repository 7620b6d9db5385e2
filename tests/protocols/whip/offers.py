"""Offers as clients write them."""

HEAD = """v=0
o=- 4611731400430051336 2 IN IP4 127.0.0.1
s=-
t=0 0
a=group:BUNDLE {mids}
a=extmap-allow-mixed
a=msid-semantic: WMS
"""

SECTION = """m={kind} 9 UDP/TLS/RTP/SAVPF {payload_types}
c=IN IP4 0.0.0.0
a=rtcp:9 IN IP4 0.0.0.0
a=ice-ufrag:{ufrag}
a=ice-pwd:by5GZGG1lw+040DWA6hXM5Bz
a=ice-options:trickle
a=fingerprint:sha-256 7B:8B:F0:65:5F:78:E2:51:3B:AC:6F:F3:3F:46:1B:35:DC:B8:5F:64:1A:24:C2:43:F0:A1:58:D0:A1:2C:19:08
a=setup:actpass
a=mid:{mid}
a=extmap:4 urn:ietf:params:rtp-hdrext:sdes:mid
a={direction}
a=rtcp-mux
a=rtcp-rsize
"""

OPUS = "a=rtpmap:111 opus/48000/2\na=fmtp:111 minptime=10;useinbandfec=1{more}\n"
VP8 = "a=rtpmap:96 VP8/90000\na=rtcp-fb:96 nack\na=rtcp-fb:96 nack pli\na=rtpmap:97 rtx/90000\na=fmtp:97 apt=96\n"
H264 = (
    "a=rtpmap:102 H264/90000\n"
    "a=fmtp:102 level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42e01f\n"
    "a=rtcp-fb:102 nack pli\n"
)


def section(
    kind: str,
    mid: str,
    payload_types: str,
    codecs: str,
    *,
    direction: str = "sendonly",
    msid: str = "",
    ufrag: str = "EsAw",
    more: str = "",
) -> str:
    lines = SECTION.format(kind=kind, mid=mid, payload_types=payload_types, direction=direction, ufrag=ufrag) + codecs
    return lines + (f"a=msid:{msid}\n" if msid else "") + more


def audio(mid: str = "0", *, stereo: bool = False, direction: str = "sendonly", msid: str = "stream sound") -> str:
    opus = OPUS.format(more=";stereo=1;sprop-stereo=1" if stereo else "")
    return section("audio", mid, "111", opus, direction=direction, msid=msid)


def video(
    mid: str = "1",
    *,
    direction: str = "sendonly",
    msid: str = "stream picture",
    codecs: str = VP8 + H264,
    payload_types: str = "96 97 102",
    more: str = "",
) -> str:
    return section("video", mid, payload_types, codecs, direction=direction, msid=msid, more=more)


def offer(*sections: str) -> str:
    mids = " ".join(line.removeprefix("a=mid:") for text in sections for line in text.splitlines() if "a=mid" in line)
    text = HEAD.format(mids=mids) + "".join(sections)
    return text.replace("\n", "\r\n")


SENDING = offer(audio(), video())
"""Microphone and camera, as a browser offers them."""
WITHOUT_MSID = offer(audio(msid=""), video(msid=""))
RECEIVING = offer(audio(direction="recvonly", msid=""), video(direction="recvonly", msid=""))
SIMULCAST = offer(
    video(
        more="a=extmap:10 urn:ietf:params:rtp-hdrext:sdes:rtp-stream-id\n"
        "a=rid:f send\na=rid:h send\na=rid:q send\na=simulcast:send f;h;q\n"
    )
)
UNKNOWN_CODEC = offer(video(codecs="a=rtpmap:99 THEORA/90000\n", payload_types="99"))
