//! A run: publishers join, subscribers join, all tracks flow, the window is measured, everybody leaves.

use std::rc::Rc;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use anyhow::{Context, Result, anyhow};
use nix::sys::resource::{UsageWho, getrusage};
use nix::sys::time::TimeValLike;
use tokio::sync::{Semaphore, mpsc, oneshot, watch};
use tokio::task::{JoinError, JoinSet};
use tokio::time::{sleep, sleep_until, timeout};

use crate::ledger::{Measurement, Traffic};
use crate::media::opus::Microphone;
use crate::media::vp8::Camera;
use crate::media::{PublishedTrack, Source};
use crate::participant::{Participant, Shared};
use crate::report::Report;

/// Publishers start this far apart, so that their packets do not arrive in step.
const STAGGER: Duration = Duration::from_micros(2_300);

/// Packets under way at the end of the window may take this long to arrive; retransmissions are faster.
const SETTLING_TIME: Duration = Duration::from_secs(1);
const SETTLING_STEP: Duration = Duration::from_millis(20);

pub struct Load {
    shared: Rc<Shared>,
    tasks: JoinSet<Result<()>>,
    slots: Arc<Semaphore>,
    join_times: (mpsc::UnboundedSender<Duration>, mpsc::UnboundedReceiver<Duration>),
    stop: watch::Sender<bool>,
    count: usize,
}

impl Load {
    pub fn new(shared: Rc<Shared>) -> Self {
        Self {
            slots: Arc::new(Semaphore::new(shared.arguments.joins_at_once.max(1))),
            shared,
            tasks: JoinSet::new(),
            join_times: mpsc::unbounded_channel(),
            stop: watch::Sender::new(false),
            count: 0,
        }
    }

    /// Runs to the end, or until a participant fails. Must run inside a `LocalSet`.
    pub async fn run(&mut self) -> Result<()> {
        let started = Instant::now();
        let arguments = &self.shared.arguments;
        let wall = self.shared.ledger.wall_epoch.duration_since(SystemTime::UNIX_EPOCH)?;
        Report::Started {
            unix_ns: wall.as_nanos() as u64,
        }
        .print()?;
        let (cameras, microphones, subscribers) = (
            arguments.video_publishers,
            arguments.audio_publishers,
            arguments.subscribers,
        );
        for _ in 0..cameras {
            self.spawn(|seed| Some(Source::Camera(Camera::new(seed))));
        }
        for _ in 0..microphones {
            self.spawn(|seed| Some(Source::Microphone(Microphone::new(seed))));
        }
        let mut join_times = self.wait_joined(cameras + microphones).await?;
        for _ in 0..subscribers {
            self.spawn(|_| None);
        }
        join_times.extend(self.wait_joined(subscribers).await?);
        report_joined(join_times, started.elapsed())?;
        self.wait_flowing(started).await?;
        self.guarded(sleep(self.shared.arguments.warmup)).await?;
        self.measure().await
    }

    /// Lets everybody leave; those that fail at it are none the less gone.
    pub async fn finish(&mut self) {
        self.stop.send_replace(true);
        let _ = timeout(Duration::from_secs(5), async {
            while self.tasks.join_next().await.is_some() {}
        })
        .await;
    }

    fn spawn(&mut self, source: impl FnOnce(u64) -> Option<Source> + 'static) {
        let number = self.count;
        self.count += 1;
        let shared = self.shared.clone();
        let slots = self.slots.clone();
        let stop = self.stop.subscribe();
        let join_times = self.join_times.0.clone();
        self.tasks.spawn_local(async move {
            let slot = slots.acquire_owned().await?;
            let started = Instant::now();
            let phase = shared.ledger.epoch + STAGGER * number as u32;
            let cid = format!("{}-{number}", shared.arguments.identity);
            let tracks = source(number as u64 + 1)
                .map(|source| PublishedTrack::new(cid, source, phase))
                .into_iter()
                .collect();
            let (joined, when_joined) = oneshot::channel();
            let session = Participant::run(number, shared, tracks, joined, stop);
            let watch_join = async move {
                if when_joined.await.is_ok() {
                    let _ = join_times.send(started.elapsed());
                }
                drop(slot);
            };
            let (result, ()) = tokio::join!(session, watch_join);
            result.with_context(|| format!("participant {number}"))
        });
    }

    async fn wait_joined(&mut self, count: usize) -> Result<Vec<Duration>> {
        let mut times = Vec::with_capacity(count);
        while times.len() < count {
            tokio::select! {
                Some(time) = self.join_times.1.recv() => times.push(time),
                Some(ended) = self.tasks.join_next() => return Err(failure(ended)),
            }
        }
        Ok(times)
    }

    async fn wait_flowing(&mut self, started: Instant) -> Result<()> {
        let shared = self.shared.clone();
        let arguments = &shared.arguments;
        let tracks = arguments.published_tracks() * arguments.subscribers;
        let flow = timeout(arguments.join_timeout, shared.ledger.tracks_flow(tracks));
        self.guarded(flow)
            .await?
            .with_context(|| format!("{} of {tracks} tracks flow in time", shared.ledger.flowing_tracks()))?;
        Report::Flowing {
            tracks,
            seconds: started.elapsed().as_secs_f64(),
        }
        .print()?;
        Ok(())
    }

    async fn measure(&mut self) -> Result<()> {
        let shared = self.shared.clone();
        let ledger = &shared.ledger;
        let started = Instant::now();
        let end = started + shared.arguments.duration;
        let cpu_before = cpu_time()?;
        ledger.open_window();
        Report::Measuring.print()?;
        let mut before = ledger.traffic();
        for number in 1.. {
            let next = end.min(started + Duration::from_secs(number));
            self.guarded(sleep_until(next.into())).await?;
            let now = ledger.traffic();
            print_second(number, before, now)?;
            before = now;
            if next == end {
                break;
            }
        }
        ledger.close_window();
        let seconds = started.elapsed().as_secs_f64();
        let driver_cpu_seconds = (cpu_time()? - cpu_before).as_secs_f64();
        Report::Stopped { seconds }.print()?;
        let measurement = self.settle().await?;
        let traffic = measurement.traffic;
        let expected_packets = traffic.sent_packets * shared.arguments.subscribers as u64;
        Report::Measured {
            seconds,
            sent_packets: traffic.sent_packets,
            expected_packets,
            received_packets: traffic.received_packets,
            received_bytes: traffic.received_bytes,
            lost_packets: measurement.lost_packets,
            delivered: traffic.received_packets as f64 / expected_packets.max(1) as f64,
            latency_ms_p50: measurement.latency_ms_p50,
            latency_ms_p95: measurement.latency_ms_p95,
            latency_ms_p99: measurement.latency_ms_p99,
            driver_cpu_seconds,
        }
        .print()?;
        Ok(())
    }

    /// The measurement once everything that was sent has arrived, or has had its time to.
    async fn settle(&mut self) -> Result<Measurement> {
        let subscribers = self.shared.arguments.subscribers as u64;
        let deadline = Instant::now() + SETTLING_TIME;
        loop {
            let measurement = self.shared.ledger.measurement().context("no window was opened")?;
            let traffic = measurement.traffic;
            if traffic.received_packets >= traffic.sent_packets * subscribers || Instant::now() >= deadline {
                return Ok(measurement);
            }
            self.guarded(sleep(SETTLING_STEP)).await?;
        }
    }

    /// Waits for `future`, but no longer than all participants are well.
    async fn guarded<T>(&mut self, future: impl Future<Output = T>) -> Result<T> {
        tokio::select! {
            output = future => Ok(output),
            Some(ended) = self.tasks.join_next() => Err(failure(ended)),
        }
    }
}

fn print_second(number: u64, before: Traffic, now: Traffic) -> Result<()> {
    Report::Second {
        number,
        sent_packets: now.sent_packets - before.sent_packets,
        received_packets: now.received_packets - before.received_packets,
        received_bytes: now.received_bytes - before.received_bytes,
    }
    .print()?;
    Ok(())
}

fn report_joined(mut times: Vec<Duration>, elapsed: Duration) -> Result<()> {
    times.sort_unstable();
    let quantile = |quantile: f64| {
        let index = (times.len() as f64 * quantile) as usize;
        times
            .get(index.min(times.len().saturating_sub(1)))
            .map_or(0.0, |time| time.as_secs_f64() * 1000.0)
    };
    Report::Joined {
        participants: times.len(),
        seconds: elapsed.as_secs_f64(),
        joins_per_second: times.len() as f64 / elapsed.as_secs_f64(),
        join_ms_p50: quantile(0.50),
        join_ms_p95: quantile(0.95),
    }
    .print()?;
    Ok(())
}

/// Why a run with an ended participant can't go on.
fn failure(ended: std::result::Result<Result<()>, JoinError>) -> anyhow::Error {
    match ended {
        Ok(Ok(())) => anyhow!("a participant left on its own"),
        Ok(Err(error)) => error,
        Err(error) => anyhow!("a participant's task ended: {error}"),
    }
}

/// User and system time of this process.
fn cpu_time() -> Result<Duration> {
    let usage = getrusage(UsageWho::RUSAGE_SELF)?;
    let microseconds = (usage.user_time() + usage.system_time()).num_microseconds();
    Ok(Duration::from_micros(microseconds.unsigned_abs()))
}
