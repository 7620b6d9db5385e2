use std::time::Instant;

use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict};
use roomful_p2p::{EndpointId, Event};

use crate::p2p::broadcast::P2pRemoteBroadcast;

/// An event as its kind and its fields; `roomful.p2p.events` makes a dataclass of it.
pub(crate) fn to_python(py: Python<'_>, event: Event) -> PyResult<(&'static str, Py<PyDict>)> {
    let fields = PyDict::new(py);
    let id = |remote: EndpointId| PyBytes::new(py, remote.as_bytes());
    let kind = match event {
        Event::PeerJoined {
            remote,
            display_name,
        } => {
            fields.set_item("remote", id(remote))?;
            fields.set_item("display_name", display_name)?;
            "peer_joined"
        }
        Event::PeerUpdated {
            remote,
            display_name,
        } => {
            fields.set_item("remote", id(remote))?;
            fields.set_item("display_name", display_name)?;
            "peer_updated"
        }
        Event::RemoteAnnounced { remote, broadcasts } => {
            fields.set_item("remote", id(remote))?;
            fields.set_item("broadcasts", broadcasts)?;
            "remote_announced"
        }
        Event::BroadcastSubscribed { broadcast } => {
            fields.set_item("broadcast", P2pRemoteBroadcast(broadcast))?;
            "broadcast_subscribed"
        }
        Event::BroadcastEnded {
            remote,
            name,
            reason,
        } => {
            fields.set_item("remote", id(remote))?;
            fields.set_item("name", name)?;
            fields.set_item("reason", reason)?;
            "broadcast_ended"
        }
        Event::SubscribeFailed {
            remote,
            name,
            kind,
            error,
            retry_in,
        } => {
            fields.set_item("remote", id(remote))?;
            fields.set_item("name", name)?;
            fields.set_item("kind", kind)?;
            fields.set_item("error", error)?;
            fields.set_item("retry_in", retry_in.map(|wait| wait.as_secs_f64()))?;
            "subscribe_failed"
        }
        Event::ChatReceived { remote, message } => {
            fields.set_item("remote", id(remote))?;
            fields.set_item("text", message.text)?;
            fields.set_item("broadcast", message.broadcast)?;
            fields.set_item("sequence", message.sequence)?;
            fields.set_item("backlog", message.backlog)?;
            let age = Instant::now().saturating_duration_since(message.received_at);
            fields.set_item("age", age.as_secs_f64())?;
            "chat_received"
        }
        Event::PeerLeft { remote } => {
            fields.set_item("remote", id(remote))?;
            "peer_left"
        }
        Event::Warning { code, text } => {
            fields.set_item("code", code)?;
            fields.set_item("text", text)?;
            "warning"
        }
    };
    Ok((kind, fields.unbind()))
}
