use std::time::{Duration, Instant};

use str0m::config::DtlsCert;
use str0m::format::{Codec, CodecSpec};
use str0m::media::{Mid, Pt};
use str0m::rtp::Extension;
use str0m::{Rtc, RtcConfig};

use crate::egress::keys::{self, KeySlot};

/// How often str0m reports its counters.
const STATS_INTERVAL: Duration = Duration::from_secs(5);
/// Bytes of data-channel messages that str0m may hold per peer.
const SCTP_BUFFER: usize = 512 << 10;
/// Longest data-channel message, as LiveKit announces it.
const MAX_MESSAGE: u32 = 65_535;

/// The DTLS certificate that all peers of a process show.
#[derive(Clone)]
pub(crate) struct Certificate(DtlsCert);

impl Certificate {
    /// Makes a self-signed one; `None` when the crypto library cannot.
    pub fn generate() -> Option<Certificate> {
        str0m::crypto::from_feature_flags()
            .dtls_provider
            .generate_certificate()
            .map(Certificate)
    }
}

/// What a peer connection is made with.
pub(crate) struct RtcOptions {
    pub certificate: Certificate,
    /// Check connectivity ourselves too, instead of only answering (ICE-lite).
    pub full_ice: bool,
    /// We make the offers and create the data channels.
    pub we_offer: bool,
    /// Media goes both ways in the same sections.
    pub two_way: bool,
}

impl RtcOptions {
    /// The connection, and where the keys of its handshake will be.
    pub fn build(&self, now: Instant) -> (Rtc, KeySlot) {
        let mut config = RtcConfig::new()
            .set_crypto_provider(keys::provider())
            .set_dtls_cert(self.certificate.0.clone())
            .set_ice_lite(!self.full_ice)
            .set_rtp_mode(true)
            .set_stats_interval(Some(STATS_INTERVAL))
            .set_sctp_max_buffered_amount(SCTP_BUFFER)
            .set_sctp_max_message_size(MAX_MESSAGE)
            .set_extension(5, Extension::AbsoluteCaptureTime)
            .set_extension(6, Extension::PlayoutDelay)
            .clear_codecs()
            .enable_opus(true, true)
            .enable_pcmu(true, false)
            .enable_pcma(true, false)
            .enable_vp8(true)
            .enable_h264(true)
            .enable_vp9(true)
            .enable_av1(true)
            .enable_h265(true);
        // Subscribers behind a lossy link ask often at first; the default gives up early.
        config.set_max_stun_retransmits(9);
        let rtc = config.build(now);
        (rtc, keys::take_latest())
    }
}

/// The payload type of redundant audio (RFC 2198) with this codec inside, as the remote side numbers it.
pub(crate) fn redundant_type(rtc: &Rtc, codec: Pt) -> Option<Pt> {
    let mut params = rtc.codec_config().params().iter();
    params.find(|params| params.pt() == codec)?.red()
}

/// The payload type of a codec in a section, as the remote side numbers it.
///
/// The same profile is best; any other of the same codec is tried rather than nothing, as decoders are liberal.
pub(crate) fn payload_type(rtc: &Rtc, mid: Mid, wanted: CodecSpec) -> Option<Pt> {
    let negotiated = rtc.media(mid)?.remote_pts();
    let candidates = || {
        let params = rtc.codec_config().params().iter();
        params.filter(|p| negotiated.contains(&p.pt()) && p.spec().codec == wanted.codec)
    };
    let rank = |spec: CodecSpec| match wanted.codec {
        Codec::H264 => {
            let same_mode = spec.format.packetization_mode == wanted.format.packetization_mode;
            let profile = |spec: CodecSpec| spec.format.profile_level_id.unwrap_or(0) >> 8;
            2 * u8::from(profile(spec) == profile(wanted)) + u8::from(same_mode)
        }
        _ => u8::from(spec.format.profile_id == wanted.format.profile_id),
    };
    candidates()
        .max_by_key(|params| rank(params.spec()))
        .map(|params| params.pt())
}
