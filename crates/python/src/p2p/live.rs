use std::net::SocketAddr;
use std::time::Duration;

use pyo3::create_exception;
use pyo3::exceptions::{PyException, PyValueError};
use pyo3::prelude::*;
use pyo3::types::PyBytes;
use roomful_p2p::{EndpointAddr, JoinError, Live, LiveConfig, Preset, RoomOptions, SecretKey};

use crate::p2p::broadcast::{P2pRemoteBroadcast, duration};
use crate::p2p::calls::{P2pCalls, runtime};
use crate::p2p::room::P2pRoom;
use crate::p2p::{endpoint_id, ticket};

create_exception!(
    roomful._native,
    P2pError,
    PyException,
    "A peer or a room of peers could not do what was asked: one word for programs, and a sentence."
);

pub(crate) fn seconds(value: f64) -> PyResult<Duration> {
    duration(value).ok_or_else(|| PyValueError::new_err(format!("{value} is no number of seconds")))
}

/// An endpoint with its protocols.
#[pyclass(frozen, module = "roomful._native")]
pub struct P2pLive(Live);

#[pymethods]
impl P2pLive {
    /// Answers with a `P2pLive`.
    #[staticmethod]
    #[pyo3(signature = (calls, *, secret, preset, relays, bind, gossip, accept, max_streams, allowed))]
    #[allow(clippy::too_many_arguments, reason = "one per setting, all by name")]
    fn bind(
        calls: &P2pCalls,
        secret: Option<[u8; 32]>,
        preset: &str,
        relays: Option<Vec<String>>,
        bind: Vec<String>,
        gossip: bool,
        accept: bool,
        max_streams: u32,
        allowed: Option<Vec<[u8; 32]>>,
    ) -> PyResult<u64> {
        let no =
            |text: &String, what: &str| PyValueError::new_err(format!("{text:?} is no {what}"));
        let preset = match preset {
            "n0" => Preset::N0,
            "minimal" => Preset::Minimal,
            other => return Err(no(&other.to_string(), "preset: n0 or minimal")),
        };
        let relays = relays.map(|relays| {
            let urls = relays
                .iter()
                .map(|url| url.parse().map_err(|_| no(url, "URL of a relay")));
            urls.collect::<PyResult<Vec<_>>>()
        });
        let addresses = bind.iter();
        let addresses =
            addresses.map(|text| text.parse().map_err(|_| no(text, "address with a port")));
        let allowed = allowed.map(|ids| ids.into_iter().map(endpoint_id).collect::<PyResult<_>>());
        let config = LiveConfig {
            secret_key: secret.map(|raw| SecretKey::from_bytes(&raw)),
            preset,
            relays: relays.transpose()?,
            bind: addresses.collect::<PyResult<Vec<SocketAddr>>>()?,
            gossip,
            accept,
            max_streams,
            allowed: allowed.transpose()?,
        };
        let bound = async move {
            let live = Live::bind(config).await;
            live.map_err(|error| ("bind".into(), error.to_string()))
        };
        calls.start(bound, |py, live| Ok(Py::new(py, P2pLive(live))?.into_any()))
    }

    #[getter]
    fn id<'py>(&self, py: Python<'py>) -> Bound<'py, PyBytes> {
        PyBytes::new(py, self.0.id().as_bytes())
    }

    /// "ip:port" and relay URLs under which this endpoint can be reached, as far as it knows.
    fn addresses(&self) -> Vec<String> {
        let addr = self.0.addr();
        let ips = addr.ip_addrs().map(ToString::to_string);
        ips.chain(addr.relay_urls().map(ToString::to_string))
            .collect()
    }

    fn add_peer(&self, peer: [u8; 32], addresses: Vec<String>) -> PyResult<()> {
        let mut addr = EndpointAddr::new(endpoint_id(peer)?);
        for text in addresses {
            if let Ok(ip) = text.parse() {
                addr = addr.with_ip_addr(ip);
            } else if let Ok(url) = text.parse() {
                addr = addr.with_relay_url(url);
            } else {
                let text = format!("{text:?} is no address with a port, nor the URL of a relay");
                return Err(PyValueError::new_err(text));
            }
        }
        self.0.add_peer_addr(addr);
        Ok(())
    }

    /// Answers whether a relay took this endpoint in within `patience` seconds.
    fn online(&self, calls: &P2pCalls, patience: f64) -> PyResult<u64> {
        let (live, patience) = (self.0.clone(), seconds(patience)?);
        calls.start(
            async move { Ok(live.online(patience).await) },
            |py, online| Ok(online.into_pyobject(py)?.to_owned().into_any().unbind()),
        )
    }

    #[pyo3(signature = (topic, bootstrap, *, display_name, auto_subscribe, heartbeat, timeouts))]
    #[allow(clippy::too_many_arguments, reason = "one per option, all by name")]
    fn join(
        &self,
        topic: [u8; 32],
        bootstrap: Vec<[u8; 32]>,
        display_name: Option<String>,
        auto_subscribe: bool,
        heartbeat: f64,
        timeouts: (f64, f64, f64),
    ) -> PyResult<P2pRoom> {
        let options = RoomOptions {
            display_name,
            auto_subscribe,
            heartbeat: seconds(heartbeat)?,
            connect_timeout: seconds(timeouts.0)?,
            announce_timeout: seconds(timeouts.1)?,
            catalog_timeout: seconds(timeouts.2)?,
            ..RoomOptions::default()
        };
        let ticket = ticket(topic, bootstrap)?;
        let _runtime = runtime()?.enter();
        let joined = self.0.join(&ticket, options);
        let (room, events) = joined.map_err(|error| {
            let kind = match error {
                JoinError::GossipDisabled => "join",
                JoinError::Name(_) => "limit",
            };
            P2pError::new_err((kind, error.to_string()))
        })?;
        Ok(P2pRoom::new(room, events))
    }

    /// Answers with a `P2pRemoteBroadcast`.
    fn subscribe(
        &self,
        calls: &P2pCalls,
        remote: [u8; 32],
        name: String,
        patience: f64,
    ) -> PyResult<u64> {
        let (live, remote, patience) = (self.0.clone(), endpoint_id(remote)?, seconds(patience)?);
        let subscribed = async move {
            let broadcast = live.subscribe(remote, &name, patience).await;
            broadcast.map_err(|error| (error.kind().to_string(), error.to_string()))
        };
        calls.start(subscribed, |py, broadcast| {
            Ok(Py::new(py, P2pRemoteBroadcast(broadcast))?.into_any())
        })
    }

    fn connections(&self) -> usize {
        self.0.connections()
    }

    fn shutdown(&self, calls: &P2pCalls) -> PyResult<u64> {
        let live = self.0.clone();
        calls.start_plain(async move {
            live.shutdown().await;
            Ok(())
        })
    }
}
