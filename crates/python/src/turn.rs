use std::collections::HashMap;
use std::net::{IpAddr, SocketAddr};

use pyo3::create_exception;
use pyo3::exceptions::{PyException, PyValueError};
use pyo3::prelude::*;
use roomful_turn::{Config, Network, SfuAddress, StartError};

use crate::config::{address, addresses};

create_exception!(
    roomful._native,
    TurnError,
    PyException,
    "The certificate for TURN is of no use."
);

type Address = (String, u16);

/// The running TURN server.
#[pyclass(frozen, module = "roomful._native")]
pub struct Turn(roomful_turn::Turn);

#[pymethods]
impl Turn {
    #[new]
    #[pyo3(
        signature = (*, udp, tcp, certificate, relay_ips, relay_ports, keys, sfu, allow=vec![], deny=vec![], relays_per_user=32, clients=10_000),
        text_signature = "(*, udp, tcp, certificate, relay_ips, relay_ports, keys, sfu, allow=..., deny=..., relays_per_user=32, clients=10000)"
    )]
    #[allow(clippy::too_many_arguments, reason = "one per setting, all by name")]
    fn new(
        py: Python<'_>,
        udp: Vec<Address>,
        tcp: Vec<Address>,
        certificate: Option<(String, String)>,
        relay_ips: Vec<String>,
        relay_ports: (u16, u16),
        keys: HashMap<String, String>,
        sfu: Vec<(Address, Address)>,
        allow: Vec<String>,
        deny: Vec<String>,
        relays_per_user: usize,
        clients: usize,
    ) -> PyResult<Turn> {
        if relay_ports.0 > relay_ports.1 {
            return Err(PyValueError::new_err("relay_ports is (first, last)"));
        }
        let config = Config {
            udp: addresses(&udp)?,
            tcp: addresses(&tcp)?,
            certificate: certificate.map(|(chain, key)| (chain.into(), key.into())),
            relay_ips: relay_ips
                .iter()
                .map(|ip| address(ip))
                .collect::<PyResult<Vec<IpAddr>>>()?,
            relay_ports: relay_ports.0..=relay_ports.1,
            keys,
            sfu: sfu.iter().map(sfu_address).collect::<PyResult<_>>()?,
            allow: networks(&allow)?,
            deny: networks(&deny)?,
            relays_per_user,
            clients,
        };
        let started = py.detach(|| roomful_turn::Turn::start(config));
        started.map(Turn).map_err(|error| match error {
            StartError::Io(error) => error.into(),
            StartError::Certificate(_) => TurnError::new_err(error.to_string()),
        })
    }

    fn udp_addresses(&self) -> Vec<Address> {
        pairs(self.0.udp_addresses())
    }

    fn tcp_addresses(&self) -> Vec<Address> {
        pairs(self.0.tcp_addresses())
    }

    fn close(&self, py: Python<'_>) {
        py.detach(|| self.0.close());
    }
}

/// User name and password for a participant.
#[pyfunction]
pub fn turn_credentials(key: &str, secret: &str, sid: &str, expires_at: u64) -> (String, String) {
    let made = roomful_turn::credentials(key, secret, sid, expires_at);
    (made.username, made.password)
}

fn sfu_address((announced, local): &(Address, Address)) -> PyResult<SfuAddress> {
    let of = |pair: &Address| Ok::<_, PyErr>(SocketAddr::new(address(&pair.0)?, pair.1));
    Ok(SfuAddress {
        announced: of(announced)?,
        local: of(local)?,
    })
}

fn networks(texts: &[String]) -> PyResult<Vec<Network>> {
    let parsed = texts.iter().map(|text| text.parse());
    parsed
        .collect::<Result<_, String>>()
        .map_err(PyValueError::new_err)
}

fn pairs(addresses: &[SocketAddr]) -> Vec<Address> {
    let pairs = addresses.iter();
    pairs
        .map(|one| (one.ip().to_string(), one.port()))
        .collect()
}
