use std::os::fd::{AsRawFd, FromRawFd, OwnedFd, RawFd};
use std::sync::Arc;

use pyo3::create_exception;
use pyo3::exceptions::{PyException, PyOSError};
use pyo3::prelude::*;
use roomful_sfu::{Command, Engine, SendError};
use rustix::event::{EventfdFlags, eventfd};

use crate::config::{PendingTrack, SfuConfig};
use crate::event::Event;

create_exception!(
    roomful._native,
    SfuError,
    PyException,
    "The media engine could not do what was asked."
);
create_exception!(
    roomful._native,
    Overloaded,
    SfuError,
    "Too many commands wait for the media engine."
);
create_exception!(
    roomful._native,
    Closed,
    SfuError,
    "The media engine has been closed."
);

/// Counters and gauges of the whole engine.
#[pyclass(frozen, get_all, skip_from_py_object, module = "roomful._native")]
pub struct EngineStats {
    rooms: u64,
    peers: u64,
    tracks: u64,
    subscriptions: u64,
    packets_in: u64,
    packets_out: u64,
    bytes_in: u64,
    bytes_out: u64,
    send_drops: u64,
    strangers: u64,
    data_drops: u64,
    frame_drops: u64,
    panics: u64,
}

/// The running media engine. Commands never wait; what comes of them is told by events.
#[pyclass(frozen, module = "roomful._native")]
pub struct Sfu {
    engine: Engine,
    wake: Arc<OwnedFd>,
}

impl Sfu {
    fn send(&self, command: Command) -> PyResult<()> {
        self.engine.send(command).map_err(|error| match error {
            SendError::Overloaded => Overloaded::new_err(error.to_string()),
            SendError::Closed => Closed::new_err(error.to_string()),
        })
    }
}

#[pymethods]
impl Sfu {
    #[new]
    fn new(py: Python<'_>, config: &SfuConfig) -> PyResult<Sfu> {
        let flags = EventfdFlags::NONBLOCK | EventfdFlags::CLOEXEC;
        let wake =
            Arc::new(eventfd(0, flags).map_err(|error| PyOSError::new_err(error.to_string()))?);
        let signal = wake.clone();
        let config = config.0.clone();
        let engine = py.detach(|| {
            Engine::start(config, move || {
                // Full means it is readable already.
                let _ = rustix::io::write(&*signal, &1u64.to_ne_bytes());
            })
        })?;
        Ok(Sfu { engine, wake })
    }

    fn fileno(&self) -> RawFd {
        self.wake.as_raw_fd()
    }

    fn drain(&self, py: Python<'_>) -> Vec<Event> {
        let mut count = [0; 8];
        let _ = rustix::io::read(&*self.wake, &mut count);
        self.engine
            .events()
            .drain()
            .into_iter()
            .map(|fact| Event::from_fact(py, fact))
            .collect()
    }

    fn close(&self, py: Python<'_>) {
        py.detach(|| self.engine.close());
    }

    fn udp_addresses(&self) -> Vec<(String, u16)> {
        let addresses = self.engine.udp_addresses().iter();
        addresses
            .map(|address| (address.ip().to_string(), address.port()))
            .collect()
    }

    fn tcp_addresses(&self) -> Vec<(String, u16)> {
        let addresses = self.engine.tcp_addresses().iter();
        addresses
            .map(|address| (address.ip().to_string(), address.port()))
            .collect()
    }

    fn stats(&self) -> EngineStats {
        let totals = self.engine.totals();
        EngineStats {
            rooms: totals.rooms,
            peers: totals.peers,
            tracks: totals.tracks,
            subscriptions: totals.subscriptions,
            packets_in: totals.packets_in,
            packets_out: totals.packets_out,
            bytes_in: totals.bytes_in,
            bytes_out: totals.bytes_out,
            send_drops: totals.send_drops,
            strangers: totals.strangers,
            data_drops: totals.data_drops,
            frame_drops: totals.frame_drops,
            panics: totals.panics,
        }
    }

    #[pyo3(signature = (room, *, beside=""))]
    fn open_room(&self, room: &str, beside: &str) -> PyResult<()> {
        self.send(Command::OpenRoom {
            room: room.into(),
            beside: (!beside.is_empty()).then(|| beside.into()),
        })
    }

    fn close_room(&self, room: &str) -> PyResult<()> {
        self.send(Command::CloseRoom { room: room.into() })
    }

    #[pyo3(signature = (room, peer, *, full_ice=false, channels=false, two_way=false))]
    fn open_peer(
        &self,
        room: &str,
        peer: u64,
        full_ice: bool,
        channels: bool,
        two_way: bool,
    ) -> PyResult<()> {
        self.send(Command::OpenPeer {
            room: room.into(),
            peer,
            full_ice,
            channels,
            two_way,
        })
    }

    fn close_peer(&self, peer: u64) -> PyResult<()> {
        self.send(Command::ClosePeer { peer })
    }

    fn accept_offer(
        &self,
        peer: u64,
        request: u64,
        sdp: String,
        pending: Vec<PendingTrack>,
    ) -> PyResult<()> {
        self.send(Command::AcceptOffer {
            peer,
            request,
            sdp,
            pending: pending.into_iter().map(|track| track.0).collect(),
        })
    }

    #[pyo3(signature = (peer, request, *, ice_restart=false))]
    fn create_offer(&self, peer: u64, request: u64, ice_restart: bool) -> PyResult<()> {
        self.send(Command::CreateOffer {
            peer,
            request,
            ice_restart,
        })
    }

    #[pyo3(signature = (peer, request, sdp, pending=vec![]))]
    fn accept_answer(
        &self,
        peer: u64,
        request: u64,
        sdp: String,
        pending: Vec<PendingTrack>,
    ) -> PyResult<()> {
        self.send(Command::AcceptAnswer {
            peer,
            request,
            sdp,
            pending: pending.into_iter().map(|track| track.0).collect(),
        })
    }

    fn add_candidate(&self, peer: u64, candidate: String) -> PyResult<()> {
        self.send(Command::AddCandidate { peer, candidate })
    }

    fn subscribe(&self, peer: u64, track: &str, stream_id: String) -> PyResult<()> {
        self.send(Command::Subscribe {
            peer,
            track: track.into(),
            stream_id,
        })
    }

    fn unsubscribe(&self, peer: u64, track: &str) -> PyResult<()> {
        self.send(Command::Unsubscribe {
            peer,
            track: track.into(),
        })
    }

    #[pyo3(signature = (peer, track, *, enabled, max_spatial=2))]
    fn set_subscription(
        &self,
        peer: u64,
        track: &str,
        enabled: bool,
        max_spatial: u8,
    ) -> PyResult<()> {
        self.send(Command::SetSubscription {
            peer,
            track: track.into(),
            enabled,
            max_spatial: max_spatial.min(2),
        })
    }

    fn set_track_muted(&self, track: &str, muted: bool) -> PyResult<()> {
        self.send(Command::SetTrackMuted {
            track: track.into(),
            muted,
        })
    }

    fn allow_pause(&self, peer: u64) -> PyResult<()> {
        self.send(Command::AllowPause { peer })
    }

    #[pyo3(signature = (peer, bitrate))]
    fn limit_peer(&self, peer: u64, bitrate: Option<u64>) -> PyResult<()> {
        self.send(Command::LimitPeer { peer, bitrate })
    }

    fn unpublish(&self, track: &str) -> PyResult<()> {
        self.send(Command::Unpublish {
            track: track.into(),
        })
    }

    fn move_track(&self, track: &str, to: &str, room: &str) -> PyResult<()> {
        self.send(Command::MoveTrack {
            track: track.into(),
            to: to.into(),
            room: room.into(),
        })
    }

    fn send_data(&self, peers: Vec<u64>, label: &str, data: &[u8]) -> PyResult<()> {
        self.send(Command::SendData {
            peers,
            label: label.to_owned(),
            data: data.into(),
        })
    }

    fn open_frames_out(&self, room: &str, port: u64, fd: RawFd) -> PyResult<()> {
        let fd = take_over(fd)?;
        let room = room.into();
        self.send(Command::OpenFramesOut { room, port, fd })
    }

    #[pyo3(signature = (port, track, number, info, *, max_spatial=2))]
    fn add_frames(
        &self,
        port: u64,
        track: &str,
        number: u16,
        info: Vec<u8>,
        max_spatial: u8,
    ) -> PyResult<()> {
        self.send(Command::AddFrames {
            port,
            track: track.into(),
            number,
            info,
            max_spatial: max_spatial.min(2),
        })
    }

    fn remove_frames(&self, port: u64, track: &str) -> PyResult<()> {
        self.send(Command::RemoveFrames {
            port,
            track: track.into(),
        })
    }

    fn mark_frames(&self, port: u64, control: Vec<u8>) -> PyResult<()> {
        self.send(Command::MarkFrames { port, control })
    }

    fn request_keyframe(&self, track: &str) -> PyResult<()> {
        self.send(Command::RequestKeyframe {
            track: track.into(),
        })
    }

    fn open_frames_in(&self, room: &str, port: u64, fd: RawFd) -> PyResult<()> {
        let fd = take_over(fd)?;
        let room = room.into();
        self.send(Command::OpenFramesIn { room, port, fd })
    }

    fn publish_frames(&self, port: u64, number: u16, track: &str) -> PyResult<()> {
        self.send(Command::PublishFrames {
            port,
            number,
            track: track.into(),
        })
    }

    fn close_port(&self, port: u64) -> PyResult<()> {
        self.send(Command::ClosePort { port })
    }
}

/// The descriptor that the caller gives away.
fn take_over(fd: RawFd) -> PyResult<OwnedFd> {
    if fd < 0 {
        return Err(PyOSError::new_err("a descriptor is not negative"));
    }
    // SAFETY: Python's side of the contract is that nobody else closes or uses the descriptor from now on.
    Ok(unsafe { OwnedFd::from_raw_fd(fd) })
}
