use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use roomful_sfu::{Config, Kind};

/// What an `Sfu` is started with.
#[pyclass(frozen, skip_from_py_object, module = "roomful._native")]
#[derive(Clone)]
pub struct SfuConfig(pub Config);

#[pymethods]
impl SfuConfig {
    #[new]
    #[pyo3(
        signature = (*, udp, tcp, candidate_ips, keyframe_throttle_ms=(500, 1000, 1000), data_buffer=1_048_576),
        text_signature = "(*, udp, tcp, candidate_ips, keyframe_throttle_ms=(500, 1000, 1000), data_buffer=1048576)"
    )]
    fn new(
        udp: Vec<Vec<(String, u16)>>,
        tcp: Vec<(String, u16)>,
        candidate_ips: Vec<String>,
        keyframe_throttle_ms: (u64, u64, u64),
        data_buffer: usize,
    ) -> PyResult<SfuConfig> {
        let (low, middle, high) = keyframe_throttle_ms;
        Ok(SfuConfig(Config {
            udp: udp
                .iter()
                .map(|shard| addresses(shard))
                .collect::<PyResult<_>>()?,
            tcp: addresses(&tcp)?,
            candidate_ips: candidate_ips
                .iter()
                .map(|ip| address(ip))
                .collect::<PyResult<_>>()?,
            keyframe_throttle: [low, middle, high].map(Duration::from_millis),
            data_buffer,
            ..Config::default()
        }))
    }
}

pub(crate) fn addresses(pairs: &[(String, u16)]) -> PyResult<Vec<SocketAddr>> {
    pairs
        .iter()
        .map(|(ip, port)| Ok(SocketAddr::new(address(ip)?, *port)))
        .collect()
}

pub(crate) fn address(ip: &str) -> PyResult<IpAddr> {
    ip.parse()
        .map_err(|_| PyValueError::new_err(format!("not an IP address: {ip:?}")))
}

/// A track that its client has announced and that waits for its media section.
#[pyclass(frozen, from_py_object, module = "roomful._native")]
#[derive(Clone)]
pub struct PendingTrack(pub roomful_sfu::PendingTrack);

#[pymethods]
impl PendingTrack {
    #[new]
    #[pyo3(signature = (*, sid, cid, kind, mime="", dtx=true, stereo=false, red=false))]
    fn new(
        sid: &str,
        cid: &str,
        kind: &str,
        mime: &str,
        dtx: bool,
        stereo: bool,
        red: bool,
    ) -> PyResult<PendingTrack> {
        let kind = match kind {
            "audio" => Kind::Audio,
            "video" => Kind::Video,
            other => {
                return Err(PyValueError::new_err(format!(
                    "kind is audio or video, not {other:?}"
                )));
            }
        };
        Ok(PendingTrack(roomful_sfu::PendingTrack {
            sid: sid.into(),
            cid: cid.to_owned(),
            kind,
            mime: mime.to_owned(),
            dtx,
            stereo,
            red,
        }))
    }

    #[getter]
    fn sid(&self) -> &str {
        &self.0.sid
    }

    #[getter]
    fn cid(&self) -> &str {
        &self.0.cid
    }

    #[getter]
    fn kind(&self) -> &'static str {
        self.0.kind.as_str()
    }

    #[getter]
    fn mime(&self) -> &str {
        &self.0.mime
    }

    #[getter]
    fn dtx(&self) -> bool {
        self.0.dtx
    }

    #[getter]
    fn stereo(&self) -> bool {
        self.0.stereo
    }

    #[getter]
    fn red(&self) -> bool {
        self.0.red
    }
}
