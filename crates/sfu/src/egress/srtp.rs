//! Protection of what we send, and of the RTCP that answers it (RFC 3711, RFC 7714).

use rustc_hash::FxHashMap;
use str0m::crypto::dtls::SrtpProfile;
use str0m::crypto::{
    AeadAes128Gcm, AeadAes128GcmCipher, AeadAes256Gcm, AeadAes256GcmCipher, Aes128CmSha1_80,
    Aes128CmSha1_80Cipher, CryptoProvider, Sha1HmacProvider, SrtpProvider,
};

use super::keys::Keys;
use super::replay::ReplayWindow;

/// Labels of the key derivation (RFC 3711 §4.3.2): encryption, authentication, salt.
const RTP_LABELS: [u8; 3] = [0, 1, 2];
const RTCP_LABELS: [u8; 3] = [3, 4, 5];
/// RTCP header and sender SSRC: never encrypted.
const RTCP_CLEAR: usize = 8;
const RTCP_INDEX: usize = 4;
const ENCRYPTED: u32 = 0x8000_0000;
const AEAD_TAG: usize = AeadAes128Gcm::TAG_LEN;
const HMAC_TAG: usize = Aes128CmSha1_80::HMAC_TAG_LEN;
/// Senders of RTCP within one connection: more than any client has streams.
const MAX_SENDERS: usize = 1024;
/// What the counter-mode cipher wants behind its output.
const CTR_SLACK: usize = 15;

/// One direction of one protocol: cipher, salt and, without AEAD, the authentication key.
enum Cipher {
    Ctr(Box<dyn Aes128CmSha1_80Cipher>, [u8; 14], [u8; 20]),
    Gcm128(Box<dyn AeadAes128GcmCipher>, [u8; 12]),
    Gcm256(Box<dyn AeadAes256GcmCipher>, [u8; 12]),
}

/// The SRTP contexts of one peer connection that our own egress needs.
pub(crate) struct Srtp {
    rtp: Cipher,
    rtcp_out: Cipher,
    rtcp_in: Cipher,
    hmac: &'static dyn Sha1HmacProvider,
    rtcp_index: u32,
    /// By sender: a client numbers the packets of each of its SSRCs apart.
    replays: FxHashMap<u32, ReplayWindow>,
}

impl Srtp {
    /// `None` for keys of a profile that we do not offer.
    pub fn new(keys: &Keys, crypto: &CryptoProvider) -> Option<Srtp> {
        let (ours, theirs) = (keys.client, !keys.client);
        let derive = |left, labels, encrypt| Cipher::derive(keys, crypto, left, labels, encrypt);
        Some(Srtp {
            rtp: derive(ours, RTP_LABELS, true)?,
            rtcp_out: derive(ours, RTCP_LABELS, true)?,
            rtcp_in: derive(theirs, RTCP_LABELS, false)?,
            hmac: crypto.sha1_hmac_provider,
            rtcp_index: 0,
            replays: FxHashMap::default(),
        })
    }

    /// Appends `payload`, encrypted and authenticated, to the RTP header that `out` ends with from `start` on.
    ///
    /// `index` is the sequence number with its rollover count, 48 bits.
    pub fn protect_rtp(
        &mut self,
        out: &mut Vec<u8>,
        start: usize,
        ssrc: u32,
        index: u64,
        payload: &[u8],
    ) {
        let body = out.len();
        let (rollover, sequence) = ((index >> 16) as u32, index as u16);
        match &mut self.rtp {
            Cipher::Ctr(cipher, salt, key) => {
                let iv = Aes128CmSha1_80::rtp_iv(*salt, ssrc, index);
                out.resize(body + payload.len() + CTR_SLACK, 0);
                cipher
                    .encrypt(&iv, payload, &mut out[body..])
                    .expect("room for the cipher text");
                out.truncate(body + payload.len());
                let parts: [&[u8]; 2] = [&out[start..], &rollover.to_be_bytes()];
                let tag = self.hmac.sha1_hmac(key, &parts);
                out.extend_from_slice(&tag[..HMAC_TAG]);
            }
            cipher => {
                let iv = cipher.rtp_iv(ssrc, rollover, sequence);
                out.resize(body + payload.len() + AEAD_TAG, 0);
                let (header, sealed) = out.split_at_mut(body);
                cipher.seal(&iv, &header[start..], payload, sealed);
            }
        }
    }

    /// An RTCP compound packet, protected (RFC 3711 §3.4, RFC 7714 §9).
    pub fn protect_rtcp(&mut self, packet: &[u8]) -> Vec<u8> {
        let index = self.rtcp_index;
        self.rtcp_index = (index + 1) & !ENCRYPTED;
        let trailer = (ENCRYPTED | index).to_be_bytes();
        let ssrc = sender_of(packet);
        let (clear, secret) = packet.split_at(RTCP_CLEAR);
        let mut out = clear.to_vec();
        match &mut self.rtcp_out {
            Cipher::Ctr(cipher, salt, key) => {
                let iv = Aes128CmSha1_80::rtp_iv(*salt, ssrc, u64::from(index));
                out.resize(packet.len() + CTR_SLACK, 0);
                cipher
                    .encrypt(&iv, secret, &mut out[RTCP_CLEAR..])
                    .expect("room for the cipher text");
                out.truncate(packet.len());
                out.extend_from_slice(&trailer);
                let tag = self.hmac.sha1_hmac(key, &[&out]);
                out.extend_from_slice(&tag[..HMAC_TAG]);
            }
            cipher => {
                let iv = cipher.rtcp_iv(ssrc, index);
                let associated = [clear, &trailer].concat();
                out.resize(packet.len() + AEAD_TAG, 0);
                cipher.seal(&iv, &associated, secret, &mut out[RTCP_CLEAR..]);
                out.extend_from_slice(&trailer);
            }
        }
        out
    }

    /// The plain text of a protected RTCP compound packet; `None` when it is not from this client.
    pub fn unprotect_rtcp(&mut self, packet: &[u8]) -> Option<Vec<u8>> {
        let tag = self.rtcp_in.tag_after_index();
        let index_at = packet.len().checked_sub(RTCP_INDEX + tag)?;
        let trailer = packet.get(index_at..index_at + RTCP_INDEX)?;
        let index = u32::from_be_bytes(trailer.try_into().ok()?);
        let clear = packet.get(..RTCP_CLEAR)?;
        let secret = packet.get(RTCP_CLEAR..index_at)?;
        if index & ENCRYPTED == 0 {
            return None; // No WebRTC client leaves RTCP in the clear.
        }
        let (ssrc, index) = (sender_of(packet), index & !ENCRYPTED);
        let known = self.replays.get(&ssrc);
        if known.is_some_and(|window| !window.is_new(index))
            || (known.is_none() && self.replays.len() >= MAX_SENDERS)
        {
            return None;
        }
        let mut out = clear.to_vec();
        match &mut self.rtcp_in {
            Cipher::Ctr(cipher, salt, key) => {
                let parts: [&[u8]; 1] = [&packet[..index_at + RTCP_INDEX]];
                let tag = self.hmac.sha1_hmac(key, &parts);
                if !equal(&tag[..HMAC_TAG], &packet[index_at + RTCP_INDEX..]) {
                    return None;
                }
                let iv = Aes128CmSha1_80::rtp_iv(*salt, ssrc, u64::from(index));
                out.resize(index_at + CTR_SLACK, 0);
                cipher.decrypt(&iv, secret, &mut out[RTCP_CLEAR..]).ok()?;
                out.truncate(index_at);
            }
            // The cipher library asserts that there is a tag.
            _ if secret.len() < AEAD_TAG => return None,
            cipher => {
                let iv = cipher.rtcp_iv(ssrc, index);
                let associated = [clear, trailer].concat();
                out.resize(index_at, 0);
                let opened = cipher.open(&iv, &associated, secret, &mut out[RTCP_CLEAR..])?;
                out.truncate(RTCP_CLEAR + opened);
            }
        }
        self.replays.entry(ssrc).or_default().note(index);
        Some(out)
    }
}

impl Cipher {
    fn derive(
        keys: &Keys,
        crypto: &CryptoProvider,
        left: bool,
        labels: [u8; 3],
        encrypt: bool,
    ) -> Option<Cipher> {
        let srtp = crypto.srtp_provider;
        let [encryption, authentication, salting] = labels;
        Some(match keys.profile {
            SrtpProfile::AES128_CM_SHA1_80 => {
                let master = Master::<16, 14>::new(&keys.material, left)?;
                let key = master.derive(srtp, encryption);
                Cipher::Ctr(
                    srtp.aes_128_cm_sha1_80().create_cipher(key, encrypt),
                    master.derive(srtp, salting),
                    master.derive(srtp, authentication),
                )
            }
            SrtpProfile::AEAD_AES_128_GCM => {
                let master = Master::<16, 12>::new(&keys.material, left)?;
                let key = master.derive(srtp, encryption);
                let cipher = srtp.aead_aes_128_gcm().create_cipher(key, encrypt);
                Cipher::Gcm128(cipher, master.derive(srtp, salting))
            }
            SrtpProfile::AEAD_AES_256_GCM => {
                let master = Master::<32, 12>::new(&keys.material, left)?;
                let key = master.derive(srtp, encryption);
                let cipher = srtp.aead_aes_256_gcm().create_cipher(key, encrypt);
                Cipher::Gcm256(cipher, master.derive(srtp, salting))
            }
            _ => return None,
        })
    }

    /// Bytes behind the RTCP index: AEAD puts its tag before it.
    fn tag_after_index(&self) -> usize {
        match self {
            Cipher::Ctr(..) => HMAC_TAG,
            _ => 0,
        }
    }

    fn rtp_iv(&self, ssrc: u32, rollover: u32, sequence: u16) -> [u8; 12] {
        match self {
            Cipher::Gcm128(_, salt) => AeadAes128Gcm::rtp_iv(*salt, ssrc, rollover, sequence),
            Cipher::Gcm256(_, salt) => AeadAes256Gcm::rtp_iv(*salt, ssrc, rollover, sequence),
            Cipher::Ctr(..) => unreachable!("counter mode has vectors of its own"),
        }
    }

    fn rtcp_iv(&self, ssrc: u32, index: u32) -> [u8; 12] {
        match self {
            Cipher::Gcm128(_, salt) => AeadAes128Gcm::rtcp_iv(*salt, ssrc, index),
            Cipher::Gcm256(_, salt) => AeadAes256Gcm::rtcp_iv(*salt, ssrc, index),
            Cipher::Ctr(..) => unreachable!("counter mode has vectors of its own"),
        }
    }

    fn seal(&mut self, iv: &[u8; 12], associated: &[u8], plain: &[u8], out: &mut [u8]) {
        let sealed = match self {
            Cipher::Gcm128(cipher, _) => cipher.encrypt(iv, associated, plain, out),
            Cipher::Gcm256(cipher, _) => cipher.encrypt(iv, associated, plain, out),
            Cipher::Ctr(..) => unreachable!("counter mode authenticates apart"),
        };
        sealed.expect("room for cipher text and tag");
    }

    fn open(
        &mut self,
        iv: &[u8; 12],
        associated: &[u8],
        sealed: &[u8],
        out: &mut [u8],
    ) -> Option<usize> {
        match self {
            Cipher::Gcm128(cipher, _) => cipher.decrypt(iv, &[associated], sealed, out).ok(),
            Cipher::Gcm256(cipher, _) => cipher.decrypt(iv, &[associated], sealed, out).ok(),
            Cipher::Ctr(..) => unreachable!("counter mode authenticates apart"),
        }
    }
}

/// One side's master key and salt.
struct Master<const KEY: usize, const SALT: usize> {
    key: [u8; KEY],
    salt: [u8; SALT],
}

impl<const KEY: usize, const SALT: usize> Master<KEY, SALT> {
    fn new(material: &[u8], left: bool) -> Option<Self> {
        let (key_at, salt_at) = if left {
            (0, 2 * KEY)
        } else {
            (KEY, 2 * KEY + SALT)
        };
        Some(Master {
            key: material.get(key_at..key_at + KEY)?.try_into().ok()?,
            salt: material.get(salt_at..salt_at + SALT)?.try_into().ok()?,
        })
    }

    /// A session key of any length (RFC 3711 §4.3.1, with a key derivation rate of 0).
    fn derive<const LENGTH: usize>(&self, srtp: &dyn SrtpProvider, label: u8) -> [u8; LENGTH] {
        let mut input = [0; 16];
        input[..SALT].copy_from_slice(&self.salt);
        input[7] ^= label;
        let mut out = [0; LENGTH];
        for (round, chunk) in out.chunks_mut(16).enumerate() {
            input[14..].copy_from_slice(&(round as u16).to_be_bytes());
            let mut block = [0; 32];
            match KEY {
                16 => srtp.srtp_aes_128_ecb_round(&self.key, &input, &mut block),
                _ => srtp.srtp_aes_256_ecb_round(&self.key, &input, &mut block),
            }
            chunk.copy_from_slice(&block[..chunk.len()]);
        }
        out
    }
}

fn sender_of(packet: &[u8]) -> u32 {
    u32::from_be_bytes([packet[4], packet[5], packet[6], packet[7]])
}

/// Compares without telling by its time where the difference is.
fn equal(left: &[u8], right: &[u8]) -> bool {
    left.len() == right.len() && left.iter().zip(right).fold(0, |d, (l, r)| d | (l ^ r)) == 0
}

#[cfg(test)]
mod tests {
    use super::*;

    fn crypto() -> CryptoProvider {
        str0m::crypto::from_feature_flags()
    }

    fn bytes(hex: &str) -> Vec<u8> {
        let digits: Vec<u8> = hex.bytes().filter(u8::is_ascii_hexdigit).collect();
        let pairs = digits
            .chunks(2)
            .map(|pair| std::str::from_utf8(pair).unwrap());
        pairs
            .map(|pair| u8::from_str_radix(pair, 16).unwrap())
            .collect()
    }

    fn pair(profile: SrtpProfile, length: u8) -> (Srtp, Srtp) {
        let side = |client| {
            let material = (0..length).collect();
            Srtp::new(
                &Keys {
                    profile,
                    material,
                    client,
                },
                &crypto(),
            )
            .unwrap()
        };
        (side(true), side(false))
    }

    fn pairs() -> [(Srtp, Srtp); 3] {
        [
            pair(SrtpProfile::AES128_CM_SHA1_80, 60),
            pair(SrtpProfile::AEAD_AES_128_GCM, 56),
            pair(SrtpProfile::AEAD_AES_256_GCM, 88),
        ]
    }

    const REPORT: [u8; 16] = [0x81, 206, 0, 3, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12];

    /// RFC 3711 appendix B.3.
    #[test]
    fn session_keys_are_derived_as_the_rfc_shows() {
        let material = bytes(
            "E1F97A0D3E018BE0D64FA32C06DE4139 00000000000000000000000000000000
             0EC675AD498AFEEBB6960B3AABE6 0000000000000000000000000000",
        );
        let (crypto, master) = (crypto(), Master::<16, 14>::new(&material, true).unwrap());
        let key: [u8; 16] = master.derive(crypto.srtp_provider, RTP_LABELS[0]);
        let authentication: [u8; 20] = master.derive(crypto.srtp_provider, RTP_LABELS[1]);
        let salt: [u8; 14] = master.derive(crypto.srtp_provider, RTP_LABELS[2]);
        assert_eq!(key[..], bytes("C61E7A93744F39EE10734AFE3FF7A087"));
        assert_eq!(salt[..], bytes("30CBBC08863D8C85D49DB34A9AE1"));
        let expected = bytes("CEBE321F6FF7716B6FD4AB49AF256A156D38BAA4");
        assert_eq!(authentication[..], expected);
    }

    /// RFC 7714 §16.1.1.
    #[test]
    fn packets_are_sealed_as_the_rfc_shows() {
        let crypto = crypto();
        let key = bytes("000102030405060708090a0b0c0d0e0f");
        let salt = bytes("517569642070726f2071756f");
        let cipher = crypto.srtp_provider.aead_aes_128_gcm();
        let cipher = cipher.create_cipher(key.try_into().unwrap(), true);
        let (mut srtp, _) = pair(SrtpProfile::AEAD_AES_128_GCM, 56);
        srtp.rtp = Cipher::Gcm128(cipher, salt.try_into().unwrap());
        let mut out = bytes("8040f17b 8041f8d3 5501a0b2");
        let payload = b"Gallia est omnis divisa in partes tres";
        srtp.protect_rtp(&mut out, 0, 0x5501_a0b2, 0xf17b, payload);
        let expected = bytes(
            "8040f17b 8041f8d3 5501a0b2 f24de3a3 fb34de6c acba861c 9d7e4bca be633bd5 0d294e6f
             42a5f47a 51c7d19b 36de3adf 8833899d 7f27beb1 6a9152cf 765ee439 0cce",
        );
        assert_eq!(out, expected);
    }

    #[test]
    fn what_one_side_protects_the_other_reads() {
        for (mut client, mut server) in pairs() {
            for _ in 0..3 {
                let protected = client.protect_rtcp(&REPORT);
                assert_ne!(protected[RTCP_CLEAR..REPORT.len()], REPORT[RTCP_CLEAR..]);
                assert_eq!(server.unprotect_rtcp(&protected).unwrap(), REPORT);
                let protected = server.protect_rtcp(&REPORT);
                assert_eq!(client.unprotect_rtcp(&protected).unwrap(), REPORT);
            }
        }
    }

    #[test]
    fn changed_truncated_and_repeated_packets_are_refused() {
        for (mut client, mut server) in pairs() {
            let protected = client.protect_rtcp(&REPORT);
            for at in 0..protected.len() {
                let mut changed = protected.clone();
                changed[at] ^= 1;
                assert!(server.unprotect_rtcp(&changed).is_none());
                assert!(server.unprotect_rtcp(&protected[..at]).is_none());
            }
            assert!(server.unprotect_rtcp(&protected).is_some());
            assert!(server.unprotect_rtcp(&protected).is_none(), "a replay");
        }
    }

    #[test]
    fn reports_may_overtake_each_other_within_a_window() {
        for (mut client, mut server) in pairs() {
            let packets: Vec<Vec<u8>> = (0..100).map(|_| client.protect_rtcp(&REPORT)).collect();
            let mut taken = |index: usize| server.unprotect_rtcp(&packets[index]).is_some();
            assert!(taken(1) && taken(0) && taken(99) && taken(60));
            assert!(!taken(60) && !taken(0) && !taken(35), "old or seen");
        }
    }
}
