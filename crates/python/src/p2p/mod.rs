//! iroh rooms as Python sees them. Every call that waits is started with a [`calls::P2pCalls`], gives back a number, and is
//! answered on the event loop; no thread of the network ever holds the interpreter.

pub mod broadcast;
pub mod calls;
pub mod event;
pub mod live;
pub mod room;

use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use roomful_p2p::{EndpointId, RoomTicket, SecretKey};

pub(crate) fn endpoint_id(raw: [u8; 32]) -> PyResult<EndpointId> {
    EndpointId::from_bytes(&raw)
        .map_err(|_| PyValueError::new_err("these 32 bytes are no endpoint id"))
}

/// The 32 bytes of an endpoint id, or of a key, from its text.
#[pyfunction]
pub fn p2p_parse_id(text: &str) -> PyResult<[u8; 32]> {
    let id: EndpointId = text.trim().parse().map_err(|_| {
        PyValueError::new_err("an endpoint id is 64 lowercase hex digits or 52 of base32")
    })?;
    Ok(*id.as_bytes())
}

/// The endpoint id that belongs to a secret key.
#[pyfunction]
pub fn p2p_public(secret: [u8; 32]) -> [u8; 32] {
    *SecretKey::from_bytes(&secret).public().as_bytes()
}

/// Topic and bootstrap ids of a ticket.
#[pyfunction]
pub fn p2p_parse_ticket(text: &str) -> PyResult<([u8; 32], Vec<[u8; 32]>)> {
    parts(text.parse())
}

#[pyfunction]
pub fn p2p_ticket_from_bytes(data: &[u8]) -> PyResult<([u8; 32], Vec<[u8; 32]>)> {
    parts(RoomTicket::from_bytes(data))
}

/// The text of a ticket.
#[pyfunction]
pub fn p2p_format_ticket(topic: [u8; 32], bootstrap: Vec<[u8; 32]>) -> PyResult<String> {
    Ok(ticket(topic, bootstrap)?.to_string())
}

#[pyfunction]
pub fn p2p_ticket_to_bytes(topic: [u8; 32], bootstrap: Vec<[u8; 32]>) -> PyResult<Vec<u8>> {
    Ok(ticket(topic, bootstrap)?.to_bytes())
}

pub(crate) fn ticket(topic: [u8; 32], bootstrap: Vec<[u8; 32]>) -> PyResult<RoomTicket> {
    let bootstrap = bootstrap.into_iter().map(endpoint_id);
    Ok(RoomTicket::new(topic, bootstrap.collect::<PyResult<_>>()?))
}

fn parts(
    ticket: Result<RoomTicket, roomful_p2p::TicketError>,
) -> PyResult<([u8; 32], Vec<[u8; 32]>)> {
    let ticket = ticket.map_err(|error| PyValueError::new_err(error.to_string()))?;
    let bootstrap = ticket.bootstrap.iter().map(|id| *id.as_bytes());
    Ok((ticket.topic, bootstrap.collect()))
}
