use std::collections::HashMap;
use std::os::fd::{AsRawFd, OwnedFd, RawFd};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use pyo3::exceptions::{PyOSError, PyRuntimeError};
use pyo3::prelude::*;
use rustix::event::{EventfdFlags, eventfd};
use tokio::runtime::Runtime;
use tokio::task::AbortHandle;

/// A failure: one word for programs and a sentence for people.
pub type Failure = (String, String);

/// Makes the Python value of an answer, under the interpreter's lock.
type Answer = Box<dyn FnOnce(Python<'_>) -> PyResult<Py<PyAny>> + Send>;

/// The network's threads, started with the first call of the process.
pub(crate) fn runtime() -> PyResult<&'static Runtime> {
    static RUNTIME: OnceLock<(u32, std::io::Result<Runtime>)> = OnceLock::new();
    let (process, runtime) = RUNTIME.get_or_init(|| {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .thread_name("p2p")
            .enable_all()
            .build();
        (std::process::id(), runtime)
    });
    if *process != std::process::id() {
        return Err(PyRuntimeError::new_err(
            "peers were used before this process was forked, and threads do not survive that: use another start method",
        ));
    }
    runtime
        .as_ref()
        .map_err(|error| PyOSError::new_err(error.to_string()))
}

/// Calls under way and their answers, for one event loop.
#[pyclass(frozen, module = "roomful._native")]
pub struct P2pCalls {
    shared: Arc<Shared>,
}

struct Shared {
    wake: OwnedFd,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    last: u64,
    running: HashMap<u64, AbortHandle>,
    answers: Vec<(u64, Result<Answer, Failure>)>,
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn answer(&self, call: u64, answer: Result<Answer, Failure>) {
        let mut state = self.state();
        // Not there: it was cancelled.
        if state.running.remove(&call).is_some() {
            state.answers.push((call, answer));
            drop(state);
            // Full means it is readable already.
            let _ = rustix::io::write(&self.wake, &1u64.to_ne_bytes());
        }
    }
}

impl P2pCalls {
    /// Starts a call; `value` makes a Python value of what comes out of it.
    pub(crate) fn start<T: Send + 'static>(
        &self,
        future: impl Future<Output = Result<T, Failure>> + Send + 'static,
        value: impl FnOnce(Python<'_>, T) -> PyResult<Py<PyAny>> + Send + 'static,
    ) -> PyResult<u64> {
        let shared = self.shared.clone();
        let mut state = self.shared.state();
        state.last += 1;
        let call = state.last;
        // Under the lock: the answer cannot come before the call is known.
        let task = runtime()?.spawn(async move {
            let answer = future
                .await
                .map(|out| Box::new(move |py: Python<'_>| value(py, out)) as Answer);
            shared.answer(call, answer);
        });
        state.running.insert(call, task.abort_handle());
        Ok(call)
    }

    /// Starts a call that answers None.
    pub(crate) fn start_plain(
        &self,
        future: impl Future<Output = Result<(), Failure>> + Send + 'static,
    ) -> PyResult<u64> {
        self.start(future, |py, ()| Ok(py.None()))
    }
}

impl Drop for P2pCalls {
    fn drop(&mut self) {
        for task in self.shared.state().running.values() {
            task.abort();
        }
    }
}

#[pymethods]
impl P2pCalls {
    #[new]
    fn new() -> PyResult<P2pCalls> {
        let flags = EventfdFlags::NONBLOCK | EventfdFlags::CLOEXEC;
        let wake = eventfd(0, flags).map_err(|error| PyOSError::new_err(error.to_string()))?;
        let state = Mutex::default();
        Ok(P2pCalls {
            shared: Arc::new(Shared { wake, state }),
        })
    }

    fn fileno(&self) -> RawFd {
        self.shared.wake.as_raw_fd()
    }

    /// Answers since the last time: number, value, and the failure if it is one.
    #[allow(
        clippy::type_complexity,
        reason = "one tuple per answer, as Python reads it"
    )]
    fn drain(&self, py: Python<'_>) -> PyResult<Vec<(u64, Option<Py<PyAny>>, Option<Failure>)>> {
        let mut count = [0; 8];
        let _ = rustix::io::read(&self.shared.wake, &mut count);
        let answers = std::mem::take(&mut self.shared.state().answers);
        answers
            .into_iter()
            .map(|(call, answer)| match answer {
                Ok(value) => Ok((call, Some(value(py)?), None)),
                Err(failure) => Ok((call, None, Some(failure))),
            })
            .collect()
    }

    /// Stops a call. An answer that is there already is thrown away.
    fn cancel(&self, call: u64) {
        let mut state = self.shared.state();
        if let Some(task) = state.running.remove(&call) {
            task.abort();
        }
        state.answers.retain(|(answered, _)| *answered != call);
    }

    /// Calls under way, for tests.
    fn running(&self) -> usize {
        self.shared.state().running.len()
    }
}
