//! The keys of a DTLS handshake, for our own SRTP beside str0m's.

use std::cell::RefCell;
use std::sync::{Arc, OnceLock};
use std::time::Instant;

use str0m::crypto::CryptoProvider;
use str0m::crypto::dtls::{
    DtlsCert, DtlsImplError, DtlsInstance, DtlsOutput, DtlsProvider, DtlsVersion, ProtocolVersion,
    SrtpProfile,
};
use str0m_proto::crypto::CryptoError;

/// What a finished handshake gives (RFC 5764 §4.2).
#[derive(Debug, Clone)]
pub(crate) struct Keys {
    pub profile: SrtpProfile,
    /// Client write key, server write key, client write salt, server write salt.
    pub material: Vec<u8>,
    /// We were the DTLS client.
    pub client: bool,
}

/// Where one peer's keys appear once its handshake is done.
pub(crate) type KeySlot = Arc<OnceLock<Keys>>;

thread_local! {
    /// The slot of the DTLS instance made last: str0m makes it while it builds an `Rtc`, on the same thread.
    static LATEST: RefCell<Option<KeySlot>> = const { RefCell::new(None) };
}

/// The slot of the `Rtc` that this thread has just built with [`provider`].
pub(crate) fn take_latest() -> KeySlot {
    LATEST.take().unwrap_or_default()
}

/// str0m's crypto, with a DTLS that also tells us the keys it negotiates.
pub(crate) fn provider() -> Arc<CryptoProvider> {
    static PROVIDER: OnceLock<Arc<CryptoProvider>> = OnceLock::new();
    let make = || {
        Arc::new(CryptoProvider {
            dtls_provider: &Telling,
            ..str0m::crypto::from_feature_flags()
        })
    };
    PROVIDER.get_or_init(make).clone()
}

fn original() -> &'static dyn DtlsProvider {
    static ORIGINAL: OnceLock<CryptoProvider> = OnceLock::new();
    ORIGINAL
        .get_or_init(str0m::crypto::from_feature_flags)
        .dtls_provider
}

#[derive(Debug)]
struct Telling;

impl DtlsProvider for Telling {
    fn generate_certificate(&self) -> Option<DtlsCert> {
        original().generate_certificate()
    }

    fn new_dtls(
        &self,
        cert: &DtlsCert,
        now: Instant,
        version: DtlsVersion,
        mtu: Option<usize>,
    ) -> Result<Box<dyn DtlsInstance>, CryptoError> {
        let keys = KeySlot::default();
        LATEST.set(Some(keys.clone()));
        let inner = original().new_dtls(cert, now, version, mtu)?;
        Ok(Box::new(TellingDtls { inner, keys }))
    }
}

#[derive(Debug)]
struct TellingDtls {
    inner: Box<dyn DtlsInstance>,
    keys: KeySlot,
}

impl DtlsInstance for TellingDtls {
    fn poll_output<'a>(&mut self, buffer: &'a mut [u8]) -> DtlsOutput<'a> {
        let output = self.inner.poll_output(buffer);
        if let DtlsOutput::KeyingMaterial(material, profile) = &output {
            // A second handshake on one connection is not a thing (RFC 8842 §4): the first keys stay.
            let _ = self.keys.set(Keys {
                profile: *profile,
                material: material.as_ref().to_vec(),
                client: self.inner.is_active(),
            });
        }
        output
    }

    fn set_active(&mut self, active: bool) {
        self.inner.set_active(active);
    }

    fn handle_packet(&mut self, packet: &[u8]) -> Result<(), DtlsImplError> {
        self.inner.handle_packet(packet)
    }

    fn handle_timeout(&mut self, now: Instant) -> Result<(), DtlsImplError> {
        self.inner.handle_timeout(now)
    }

    fn send_application_data(&mut self, data: &[u8]) -> Result<usize, DtlsImplError> {
        self.inner.send_application_data(data)
    }

    fn is_active(&self) -> bool {
        self.inner.is_active()
    }

    fn protocol_version(&self) -> Option<ProtocolVersion> {
        self.inner.protocol_version()
    }

    fn is_closing(&self) -> bool {
        self.inner.is_closing()
    }

    fn is_closed(&self) -> bool {
        self.inner.is_closed()
    }

    fn close(&mut self) -> Result<(), DtlsImplError> {
        self.inner.close()
    }
}
