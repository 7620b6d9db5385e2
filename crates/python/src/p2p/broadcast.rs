use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use pyo3::prelude::*;
use pyo3::types::PyBytes;
use roomful_p2p::{
    ChatPublisher, LocalBroadcast, MediaReader, PublishError, RemoteBroadcast, Room, TrackWriter,
};

use crate::p2p::calls::{P2pCalls, runtime};
use crate::p2p::live::{P2pError, seconds};

/// One encoded frame: timestamp in microseconds, payload, group and index in it.
type Frame = (u64, Py<PyBytes>, u64, usize);

fn refused(error: PublishError) -> PyErr {
    P2pError::new_err(("publish", error.to_string()))
}

/// A broadcast of ours.
#[pyclass(frozen, module = "roomful._native")]
pub struct P2pLocalBroadcast(pub(crate) LocalBroadcast);

#[pymethods]
impl P2pLocalBroadcast {
    #[new]
    fn new() -> PyResult<P2pLocalBroadcast> {
        // Its tasks run there.
        let _runtime = runtime()?.enter();
        Ok(P2pLocalBroadcast(LocalBroadcast::new()))
    }

    fn set_user(&self, user: Option<String>, name: Option<String>) {
        self.0.set_user(user, name);
    }

    fn add_video(&self, name: &str, config: &str) -> PyResult<P2pTrackWriter> {
        let writer = self.0.add_video(name, config).map_err(refused)?;
        Ok(P2pTrackWriter(Mutex::new(writer)))
    }

    fn add_audio(&self, name: &str, config: &str, group: f64) -> PyResult<P2pTrackWriter> {
        let group = seconds(group)?;
        let writer = self.0.add_audio(name, config, group).map_err(refused)?;
        Ok(P2pTrackWriter(Mutex::new(writer)))
    }

    fn enable_chat(&self) -> PyResult<P2pChat> {
        let _runtime = runtime()?.enter();
        Room::enable_chat(&self.0).map(P2pChat).map_err(refused)
    }

    fn close(&self) {
        self.0.close();
    }
}

/// The chat of a broadcast of ours.
#[pyclass(frozen, module = "roomful._native")]
pub struct P2pChat(pub(crate) ChatPublisher);

/// Writes the frames of one rendition.
#[pyclass(frozen, module = "roomful._native")]
pub struct P2pTrackWriter(Mutex<TrackWriter>);

impl P2pTrackWriter {
    fn writer(&self) -> MutexGuard<'_, TrackWriter> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[pymethods]
impl P2pTrackWriter {
    fn write(&self, timestamp: u64, payload: &[u8], keyframe: bool) -> PyResult<bool> {
        let payload = Bytes::copy_from_slice(payload);
        self.writer()
            .write(timestamp, payload, keyframe)
            .map_err(refused)
    }

    fn subscribed(&self) -> bool {
        self.writer().subscribed()
    }

    fn finish(&self) {
        self.writer().finish();
    }
}

/// A broadcast of another peer.
#[pyclass(frozen, module = "roomful._native")]
pub struct P2pRemoteBroadcast(pub(crate) RemoteBroadcast);

#[pymethods]
impl P2pRemoteBroadcast {
    #[getter]
    fn name(&self) -> &str {
        self.0.name()
    }

    #[getter]
    fn remote<'py>(&self, py: Python<'py>) -> Bound<'py, PyBytes> {
        PyBytes::new(py, self.0.remote().as_bytes())
    }

    /// The newest catalog, as JSON.
    fn catalog(&self) -> String {
        self.0.catalog()
    }

    /// Answers with the catalog after `after`, or None when the broadcast is over.
    fn next_catalog(&self, calls: &P2pCalls, after: String) -> PyResult<u64> {
        let broadcast = self.0.clone();
        let next = async move { Ok(broadcast.next_catalog(&after).await) };
        calls.start(next, |py, catalog| {
            Ok(catalog.into_pyobject(py)?.into_any().unbind())
        })
    }

    fn media(&self, track: &str, max_latency: f64) -> PyResult<P2pMediaReader> {
        let max_latency = seconds(max_latency)?;
        let _runtime = runtime()?.enter();
        let reader = self
            .0
            .media(track, max_latency)
            .map_err(|error| P2pError::new_err((error.kind(), error.to_string())))?;
        Ok(P2pMediaReader(Arc::new(tokio::sync::Mutex::new(reader))))
    }

    /// Answers with the reason once the broadcast is over.
    fn closed(&self, calls: &P2pCalls) -> PyResult<u64> {
        let broadcast = self.0.clone();
        calls.start(async move { Ok(broadcast.closed().await) }, |py, reason| {
            Ok(reason.into_pyobject(py)?.into_any().unbind())
        })
    }
}

/// Reads the frames of one rendition.
#[pyclass(frozen, module = "roomful._native")]
pub struct P2pMediaReader(Arc<tokio::sync::Mutex<MediaReader>>);

#[pymethods]
impl P2pMediaReader {
    /// Answers True when there is a frame to take and False when the track is over.
    fn ready(&self, calls: &P2pCalls) -> PyResult<u64> {
        let reader = self.0.clone();
        calls.start(
            async move { Ok(reader.lock().await.ready().await) },
            |py, more| Ok(more.into_pyobject(py)?.to_owned().into_any().unbind()),
        )
    }

    /// The frames that are there, at most so many. None while `ready` waits.
    fn take(&self, py: Python<'_>, most: usize) -> Vec<Frame> {
        let Ok(mut reader) = self.0.try_lock() else {
            return Vec::new();
        };
        // The transport's tasks are spawned from here too.
        std::iter::from_fn(|| reader.try_read())
            .take(most)
            .map(|frame| {
                let payload = PyBytes::new(py, &frame.payload).unbind();
                (frame.timestamp, payload, frame.group, frame.index)
            })
            .collect()
    }
}

/// How long, from seconds as Python counts them.
pub(crate) fn duration(seconds: f64) -> Option<Duration> {
    Duration::try_from_secs_f64(seconds).ok()
}
