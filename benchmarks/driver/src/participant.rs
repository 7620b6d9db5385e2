//! One participant from connect to leave: a task that owns its signal connection and its two peer connections.

use std::cell::RefCell;
use std::future::pending;
use std::rc::Rc;
use std::time::{Duration, Instant, SystemTime};

use anyhow::{Context, Result, anyhow, bail};
use str0m::config::DtlsCert;
use str0m::{Event, RtcConfig};
use tokio::sync::{oneshot, watch};
use tokio::time::{Interval, interval, sleep_until, timeout};

use crate::arguments::Arguments;
use crate::ledger::Ledger;
use crate::media::PublishedTrack;
use crate::peer_connection::PeerConnection;
use crate::signal::SignalConnection;
use crate::signal::messages::{Join, Leave, Ping, Request, Response, SessionDescription, SignalTarget, Trickle};
use crate::socket::ReceiveBatch;
use crate::token::join_token;

const CLIENT_INITIATED: i32 = 1;

/// What all participants share; they live on one thread.
pub struct Shared {
    pub arguments: Arguments,
    pub ledger: Ledger,
    pub certificate: DtlsCert,
    pub batch: RefCell<ReceiveBatch>,
}

pub struct Participant {
    number: usize,
    shared: Rc<Shared>,
    signal: SignalConnection,
    join: Join,
    ping: Option<Interval>,
    publisher: Option<PeerConnection>,
    subscriber: Option<PeerConnection>,
    tracks: Vec<PublishedTrack>,
    announced: usize,
    joined: Option<oneshot::Sender<()>>,
}

impl Participant {
    /// Joins as participant `number` with `tracks` to publish, reports on `joined` once all peer connections are up, and stays
    /// until `stop` turns true. A participant with tracks subscribes to none.
    ///
    /// Fails when the server refuses, drops the participant, or does not let it in within the join timeout.
    pub async fn run(
        number: usize,
        shared: Rc<Shared>,
        tracks: Vec<PublishedTrack>,
        joined: oneshot::Sender<()>,
        stop: watch::Receiver<bool>,
    ) -> Result<()> {
        let limit = shared.arguments.join_timeout;
        let connect = Self::connect(number, shared, tracks, joined);
        let mut participant = timeout(limit, connect).await.context("no join response in time")??;
        participant.stay(Instant::now() + limit, stop).await
    }

    async fn connect(
        number: usize,
        shared: Rc<Shared>,
        tracks: Vec<PublishedTrack>,
        joined: oneshot::Sender<()>,
    ) -> Result<Self> {
        let arguments = &shared.arguments;
        let identity = format!("{}-{number}", arguments.identity);
        let token = join_token(&arguments.key, &arguments.secret, &arguments.room, &identity)?;
        let mut signal = SignalConnection::open(&arguments.url, &token, tracks.is_empty()).await?;
        let join = match signal.receive().await? {
            Response::Join(join) => join,
            Response::Leave(leave) => bail!("refused with reason {}", leave.reason),
            other => bail!("expected a join response, got {other:?}"),
        };
        for track in &tracks {
            signal.send(Request::AddTrack(track.announcement())).await?;
        }
        let ping =
            (join.ping_interval > 0).then(|| interval(Duration::from_secs(join.ping_interval.unsigned_abs().into())));
        let mut participant = Self {
            number,
            shared,
            signal,
            join,
            ping,
            publisher: None,
            subscriber: None,
            tracks,
            announced: 0,
            joined: Some(joined),
        };
        if participant.tracks.is_empty() && (participant.join.fast_publish || !participant.join.subscriber_primary) {
            participant.offer().await?;
        }
        Ok(participant)
    }

    async fn stay(&mut self, join_deadline: Instant, mut stop: watch::Receiver<bool>) -> Result<()> {
        loop {
            tokio::select! {
                biased;
                received = receive_media(self.subscriber.as_mut(), self.number, &self.shared) => received?,
                sent = send_media(self.publisher.as_mut(), &mut self.tracks, &self.shared) => sent?,
                response = self.signal.receive() => self.handle(response?).await?,
                () = tick(self.ping.as_mut()) => self.send_ping().await?,
                () = sleep_until(join_deadline.into()), if self.joined.is_some() => {
                    bail!("the peer connections were not up in time");
                }
                _ = stop.wait_for(|stop| *stop) => return self.leave().await,
            }
            self.report_joined();
        }
    }

    async fn handle(&mut self, response: Response) -> Result<()> {
        match response {
            Response::Join(_) => bail!("a second join response"),
            Response::Offer(offer) => self.answer(offer).await,
            Response::Answer(answer) => self
                .publisher
                .as_mut()
                .ok_or_else(|| anyhow!("an answer without an offer"))?
                .accept_answer(&answer.sdp),
            Response::Trickle(trickle) => {
                let connection = match trickle.target() {
                    SignalTarget::Publisher => self.publisher.as_mut(),
                    SignalTarget::Subscriber => self.subscriber.as_mut(),
                };
                match connection {
                    Some(connection) => connection.add_remote_candidate(&trickle.candidate_init),
                    None => bail!("a candidate before any description"),
                }
            }
            Response::TrackPublished(_) => {
                self.announced += 1;
                if self.announced == self.tracks.len() {
                    self.offer().await?;
                }
                Ok(())
            }
            Response::Leave(leave) => bail!(
                "the server ended the session: reason {}, action {}",
                leave.reason,
                leave.action
            ),
            Response::PongResp(_) => Ok(()),
        }
    }

    async fn offer(&mut self) -> Result<()> {
        let shared = &self.shared;
        // One codec each, so that no server can choose another than the one we imitate.
        let config = RtcConfig::new()
            .clear_codecs()
            .enable_opus(true, false)
            .enable_vp8(true);
        let mut publisher = PeerConnection::new(config, shared.arguments.bind, &shared.certificate)?;
        let sdp = publisher.offer(|changes| {
            for track in &mut self.tracks {
                track.add_to_offer(changes);
            }
        })?;
        let offer = description("offer", sdp, 1);
        self.signal.send(Request::Offer(offer)).await?;
        self.trickle(&publisher, SignalTarget::Publisher).await?;
        self.publisher = Some(publisher);
        Ok(())
    }

    async fn answer(&mut self, offer: SessionDescription) -> Result<()> {
        let shared = &self.shared;
        let first = self.subscriber.is_none();
        let mut subscriber = match self.subscriber.take() {
            Some(subscriber) => subscriber,
            None => PeerConnection::new(RtcConfig::new(), shared.arguments.bind, &shared.certificate)?,
        };
        let answer = description("answer", subscriber.accept_offer(&offer.sdp)?, offer.id);
        self.signal.send(Request::Answer(answer)).await?;
        if first {
            self.trickle(&subscriber, SignalTarget::Subscriber).await?;
        }
        self.subscriber = Some(subscriber);
        Ok(())
    }

    async fn trickle(&mut self, connection: &PeerConnection, target: SignalTarget) -> Result<()> {
        let candidate_init = connection.candidate_init()?;
        let trickle = Trickle {
            candidate_init,
            target: target.into(),
            r#final: true,
        };
        self.signal.send(Request::Trickle(trickle)).await
    }

    async fn send_ping(&mut self) -> Result<()> {
        let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH)?;
        let timestamp = now.as_millis() as i64;
        self.signal.send(Request::PingReq(Ping { timestamp, rtt: 0 })).await
    }

    async fn leave(&mut self) -> Result<()> {
        let leave = Leave {
            reason: CLIENT_INITIATED,
            action: 0,
        };
        self.signal.send(Request::Leave(leave)).await?;
        self.signal.close().await;
        Ok(())
    }

    /// Joined is when every peer connection that this session needs is fully established.
    fn report_joined(&mut self) {
        if self.joined.is_none() {
            return;
        }
        let publishes = !self.tracks.is_empty() || self.join.fast_publish || !self.join.subscriber_primary;
        let up = |connection: &Option<PeerConnection>| connection.as_ref().is_some_and(PeerConnection::is_established);
        let publisher_up = !publishes || up(&self.publisher);
        let subscriber_up = !self.join.subscriber_primary || up(&self.subscriber);
        if publisher_up && subscriber_up {
            // The receiver is gone only when the whole run is being given up.
            self.joined.take().map(|joined| joined.send(()));
        }
    }
}

fn description(kind: &str, sdp: String, id: u32) -> SessionDescription {
    SessionDescription {
        r#type: kind.to_owned(),
        sdp,
        id,
        ..Default::default()
    }
}

/// Counts what `subscriber` receives, until it becomes fully established or fails. Safe to cancel.
async fn receive_media(subscriber: Option<&mut PeerConnection>, number: usize, shared: &Shared) -> Result<()> {
    let Some(subscriber) = subscriber else {
        return pending().await;
    };
    let established = subscriber.is_established();
    while subscriber.is_established() == established {
        subscriber.ready().await?;
        subscriber.advance(&mut shared.batch.borrow_mut())?;
        for event in subscriber.take_events() {
            if let Event::RtpPacket(packet) = event {
                shared.ledger.received(number, &packet);
            }
        }
    }
    Ok(())
}

/// Sends `tracks` on time, until `publisher` becomes fully established or fails. Safe to cancel.
async fn send_media(
    publisher: Option<&mut PeerConnection>,
    tracks: &mut [PublishedTrack],
    shared: &Shared,
) -> Result<()> {
    let Some(publisher) = publisher else {
        return pending().await;
    };
    let established = publisher.is_established();
    while publisher.is_established() == established {
        let due = tracks.iter().map(PublishedTrack::due).min();
        let due = due.filter(|_| publisher.is_connected());
        tokio::select! {
            ready = publisher.ready() => {
                ready?;
                publisher.advance(&mut shared.batch.borrow_mut())?;
                if publisher.take_events().any(|event| matches!(event, Event::KeyframeRequest(_))) {
                    tracks.iter_mut().for_each(PublishedTrack::request_keyframe);
                }
            }
            () = sleep_until(due.unwrap_or_else(Instant::now).into()), if due.is_some() => {
                for track in &mut *tracks {
                    track.send_due(publisher, &shared.ledger)?;
                }
            }
        }
    }
    Ok(())
}

async fn tick(interval: Option<&mut Interval>) {
    match interval {
        Some(interval) => {
            interval.tick().await;
        }
        None => pending().await,
    }
}
