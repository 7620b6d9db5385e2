//! Frames out to workers, and in from them.

use std::io::{PipeReader, Read, Write, pipe};
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;
use std::time::Duration;

use crate::world::{Link, ROOM, World, picture};
use roomful_sfu::ports::records::{self, Frame, Reader, Record, codec_number};
use roomful_sfu::{Command, Event, Kind, PeerId, PortId};
use str0m::format::Codec;
use str0m::media::Mid;

/// A worker that reads.
pub struct Worker {
    port: PortId,
    pipe: Option<PipeReader>,
    reader: Reader,
    records: Vec<Record>,
}

impl Worker {
    pub fn open(world: &mut World) -> Worker {
        let (reading, writing) = pipe().expect("a pipe");
        let fd: OwnedFd = reading.into();
        nonblocking(&fd);
        let port = world.next();
        world.command(Command::OpenFramesOut {
            room: world.room.clone(),
            port,
            fd: writing.into(),
        });
        Worker {
            port,
            pipe: Some(fd.into()),
            reader: Reader::default(),
            records: Vec::new(),
        }
    }

    pub fn add(&mut self, world: &mut World, track: &str, number: u16) {
        world.command(Command::AddFrames {
            port: self.port,
            track: track.into(),
            number,
            info: track.into(),
            max_spatial: 2,
        });
        self.catch_up(world);
    }

    /// Waits until the engine has run all commands so far.
    pub fn catch_up(&mut self, world: &mut World) {
        world.command(Command::MarkFrames {
            port: self.port,
            control: b"{}".to_vec(),
        });
        let marks = |worker: &Worker| {
            worker
                .records
                .iter()
                .filter(|r| **r == Record::Other)
                .count()
        };
        let before = marks(self);
        world.until("the mark is read", |_| {
            self.read();
            marks(self) > before
        });
    }

    fn read(&mut self) {
        let Some(pipe) = &mut self.pipe else {
            return;
        };
        let mut bytes = vec![0; 1 << 20];
        if let Ok(count) = pipe.read(&mut bytes) {
            self.reader.push(&bytes[..count]);
        }
        while let Some(record) = self.reader.next_record().expect("a good stream") {
            self.records.push(record);
        }
    }

    pub fn frames(&mut self) -> Vec<Frame> {
        self.read();
        let frames = self.records.iter().filter_map(|record| match record {
            Record::Frame { frame, .. } => Some(frame.clone()),
            _ => None,
        });
        frames.collect()
    }
}

/// A worker that writes, and its port.
fn writer(world: &mut World) -> (UnixStream, PortId) {
    let (worker, theirs) = UnixStream::pair().expect("a pair of sockets");
    let port = world.next();
    world.command(Command::OpenFramesIn {
        room: ROOM.into(),
        port,
        fd: theirs.into(),
    });
    (worker, port)
}

fn nonblocking(fd: &OwnedFd) {
    use nix::fcntl::{FcntlArg, OFlag, fcntl};
    fcntl(fd, FcntlArg::F_SETFL(OFlag::O_NONBLOCK)).expect("an open descriptor");
}

fn send_pictures(world: &mut World, publisher: PeerId, mid: Mid, ids: std::ops::Range<u16>) {
    for id in ids {
        let payload = picture(id % 30 == 0, id);
        world
            .client(publisher)
            .write(mid, None, &payload, u32::from(id) * 3000);
        world.pass(Duration::from_millis(2));
    }
}

#[test]
fn a_worker_gets_whole_frames_from_a_keyframe_on() {
    let mut world = World::new();
    let publisher = world.offering_client();
    let mid = world.publish(publisher, "TR_v", Kind::Video, &[]);
    send_pictures(&mut world, publisher, mid, 0..5);
    let mut worker = Worker::open(&mut world);
    worker.add(&mut world, "TR_v", 7);
    world.until("a keyframe is asked for", |world| {
        !world.client(publisher).keyframe_requests.is_empty()
    });
    send_pictures(&mut world, publisher, mid, 28..60);
    world.until("the frames are there", |_| worker.frames().len() == 30);
    let frames = worker.frames();
    assert!(frames[0].keyframe);
    assert_eq!(frames.iter().filter(|frame| frame.keyframe).count(), 1);
    assert!(
        frames
            .iter()
            .all(|frame| frame.data.len() == 396 && !frame.gap)
    );
    assert!(
        frames
            .windows(2)
            .all(|pair| pair[1].rtp_time - pair[0].rtp_time == 3000)
    );
    assert_eq!(
        worker.records[0],
        Record::Track {
            number: 7,
            codec: Codec::Vp8,
            clock_rate: 90_000,
            channels: 0,
            info: b"TR_v".to_vec()
        }
    );
    world.command(Command::ClosePort { port: worker.port });
    world.until("the worker is told to stop", |_| {
        worker.read();
        worker.records.last() == Some(&Record::Stop)
    });
}

#[test]
fn a_lossy_publisher_is_recorded_without_broken_frames() {
    let mut world = World::new();
    let publisher = world.offering_client();
    let mid = world.publish(publisher, "TR_v", Kind::Video, &[]);
    let mut worker = Worker::open(&mut world);
    worker.add(&mut world, "TR_v", 0);
    send_pictures(&mut world, publisher, mid, 0..5);
    world.client(publisher).link = Link {
        lose_one_in: Some(10),
        swap_one_in: Some(7),
    };
    send_pictures(&mut world, publisher, mid, 5..150);
    world.client(publisher).link = Link::default();
    send_pictures(&mut world, publisher, mid, 150..180);
    world.until("the last frames are there", |_| {
        worker
            .frames()
            .last()
            .is_some_and(|frame| frame.rtp_time == 179 * 3000)
    });
    let frames = worker.frames();
    assert!(
        frames
            .windows(2)
            .all(|pair| pair[1].rtp_time == pair[0].rtp_time + 3000
                || pair[1].gap && pair[1].keyframe)
    );
    assert!(frames.len() > 120, "{} of 180", frames.len());
}

#[test]
fn audio_goes_on_after_a_mute_and_says_that_it_was_muted() {
    let mut world = World::new();
    let publisher = world.offering_client();
    let mid = world.publish(publisher, "TR_a", Kind::Audio, &[]);
    let mut worker = Worker::open(&mut world);
    worker.add(&mut world, "TR_a", 0);
    let say = |world: &mut World, range: std::ops::Range<u32>| {
        for count in range {
            let word = [count as u8; 60];
            world.client(publisher).write(mid, None, &word, count * 960);
            world.pass(Duration::from_millis(2));
        }
        world.pass(Duration::from_millis(50));
    };
    say(&mut world, 0..10);
    world.until("audio is written", |_| worker.frames().len() == 10);
    world.command(Command::SetTrackMuted {
        track: "TR_a".into(),
        muted: true,
    });
    worker.catch_up(&mut world);
    say(&mut world, 10..20);
    world.command(Command::SetTrackMuted {
        track: "TR_a".into(),
        muted: false,
    });
    worker.catch_up(&mut world);
    say(&mut world, 20..30);
    world.until("audio goes on", |_| worker.frames().len() == 20);
    let frames = worker.frames();
    let muted: Vec<usize> = (0..20).filter(|index| frames[*index].muted_gap).collect();
    assert_eq!(muted, [10]);
    assert!(frames.windows(2).all(|p| p[1].rtp_time > p[0].rtp_time));
    assert!(frames.windows(2).all(|p| p[1].wall_ns > p[0].wall_ns));
}

#[test]
fn a_track_that_ends_is_told_and_a_worker_that_is_gone_costs_nobody() {
    let mut world = World::new();
    let publisher = world.offering_client();
    let mid = world.publish(publisher, "TR_a", Kind::Audio, &[]);
    let subscriber = world.subscribing_client();
    world.subscribe_and_negotiate(subscriber, "TR_a");
    let (mut gone, mut worker) = (Worker::open(&mut world), Worker::open(&mut world));
    gone.add(&mut world, "TR_a", 0);
    worker.add(&mut world, "TR_a", 3);
    gone.pipe = None;
    for count in 0..20 {
        let client = world.client(publisher);
        client.write(mid, None, &[count; 60], u32::from(count) * 960);
        world.pass(Duration::from_millis(2));
    }
    world.wait_for("the loss of the worker is told", |event| match event {
        Event::PortClosed { port, reason } if *port == gone.port => {
            assert!(reason.contains("does not read"), "{reason}");
            Some(())
        }
        _ => None,
    });
    world.until("the others have got all", |world| {
        world.clients[&subscriber].received.len() == 20 && worker.frames().len() == 20
    });
    world.command(Command::Unpublish {
        track: "TR_a".into(),
    });
    world.until("the end is told", |_| {
        worker.read();
        worker.records.last() == Some(&Record::End { number: 3 })
    });
}

#[test]
fn a_worker_that_does_not_read_loses_frames_and_is_told_of_the_gap() {
    let mut world = World::new();
    let publisher = world.offering_client();
    let mid = world.publish(publisher, "TR_a", Kind::Audio, &[]);
    let mut worker = Worker::open(&mut world);
    worker.add(&mut world, "TR_a", 0);
    // 6 MB, more than the pipe and the engine hold.
    let mut count = 0u32;
    for _ in 0..6000 {
        let client = world.client(publisher);
        client.write(mid, None, &[7; 1000], count * 960);
        count += 1;
        world.pass(Duration::from_micros(100));
    }
    world.until("all is read or counted as lost", |world| {
        let kept = worker.frames().len() as u64;
        kept + world.engine.totals().frame_drops == 6000
    });
    assert!(world.engine.totals().frame_drops > 0);
    for _ in 0..10 {
        let client = world.client(publisher);
        client.write(mid, None, &[8; 1000], count * 960);
        count += 1;
        world.pass(Duration::from_millis(2));
    }
    world.until("frames come again", |_| {
        worker
            .frames()
            .iter()
            .any(|frame| frame.gap && frame.data[0] == 8)
    });
}

#[test]
fn frames_of_a_worker_reach_subscribers_like_those_of_a_client() {
    let mut world = World::new();
    let (mut worker, port) = writer(&mut world);
    let mut stream = Vec::new();
    let codec = codec_number(Codec::Vp8).expect("a known codec");
    records::append_track(&mut stream, 4, codec, 90_000, 0, b"{}");
    worker.write_all(&stream).expect("the engine reads");
    let told = world.wait_for("the track is told", |event| match event {
        Event::PortTrack {
            port: p,
            number,
            codec,
            info,
        } if *p == port => Some((*number, *codec, info.clone())),
        _ => None,
    });
    assert_eq!(told, (4, codec, b"{}".to_vec()));
    world.command(Command::PublishFrames {
        port,
        number: 4,
        track: "TR_w".into(),
    });
    let subscriber = world.subscribing_client();
    world.subscribe_and_negotiate(subscriber, "TR_w");
    let mut recorder = Worker::open(&mut world);
    recorder.add(&mut world, "TR_w", 0);
    let write = |worker: &mut UnixStream, index: i64| {
        let frame = Frame {
            rtp_time: index * 3000,
            wall_ns: 1_000_000_000,
            keyframe: index % 10 == 0,
            data: [&[u8::from(index % 10 != 0)][..], &[index as u8; 2999]].concat(),
            ..Frame::default()
        };
        let mut stream = Vec::new();
        records::append_frame(&mut stream, 4, &frame);
        worker.write_all(&stream).expect("the engine reads");
        frame.data
    };
    // In the middle of a group of pictures: the worker is asked for a keyframe.
    write(&mut worker, 5);
    worker
        .set_read_timeout(Some(Duration::from_secs(20)))
        .expect("a timeout");
    let mut asked = [0; 7];
    worker.read_exact(&mut asked).expect("a request");
    assert_eq!(asked, [3, 0, 0, 0, 6, 4, 0]);
    let sent: Vec<Vec<u8>> = (10..20).map(|index| write(&mut worker, index)).collect();
    world.until("all packets are there", |world| {
        world.clients[&subscriber].received.len() == 30
    });
    world.until("the frames are whole", |_| recorder.frames().len() == 10);
    let written: Vec<Vec<u8>> = recorder.frames().into_iter().map(|f| f.data).collect();
    assert_eq!(written, sent);
    let received = &world.clients[&subscriber].received;
    assert_eq!(received.iter().filter(|p| p.header.marker).count(), 10);
    drop(worker);
    world.wait_for("the end is told", |event| match event {
        Event::PortClosed { port: p, .. } if *p == port => Some(()),
        _ => None,
    });
}

/// A worker's audio track with the sid `TR_w`, published.
fn audio_of_worker(world: &mut World) -> (UnixStream, PortId) {
    let (mut worker, port) = writer(world);
    let mut stream = Vec::new();
    let codec = codec_number(Codec::Opus).expect("a known codec");
    records::append_track(&mut stream, 0, codec, 48_000, 2, b"{}");
    worker.write_all(&stream).expect("the engine reads");
    world.wait_for("the track is told", |event| {
        matches!(event, Event::PortTrack { .. }).then_some(())
    });
    world.command(Command::PublishFrames {
        port,
        number: 0,
        track: "TR_w".into(),
    });
    (worker, port)
}

/// Writes 20 ms of sound of this level.
fn sound(worker: &mut UnixStream, index: i64, level: Option<u8>) {
    let frame = Frame {
        rtp_time: index * 960,
        wall_ns: 1_000_000_000,
        level,
        data: vec![7; 60],
        ..Frame::default()
    };
    let mut stream = Vec::new();
    records::append_frame(&mut stream, 0, &frame);
    worker.write_all(&stream).expect("the engine reads");
}

#[test]
fn who_a_worker_lets_speak_is_a_speaker_and_subscribers_are_told_how_loud() {
    let mut world = World::new();
    let (mut worker, _) = audio_of_worker(&mut world);
    let subscriber = world.subscribing_client();
    world.subscribe_and_negotiate(subscriber, "TR_w");
    let mut echo = Worker::open(&mut world);
    echo.add(&mut world, "TR_w", 0);
    let mut index = 0;
    let mut speak = |world: &mut World, level, speaks: bool| {
        world.events.clear();
        world.until("it is told who speaks", |world| {
            index += 1;
            sound(&mut worker, index, level);
            world.pass(Duration::from_millis(20));
            world.events.iter().any(|event| match event {
                Event::AudioLevels { levels, .. } => levels
                    .iter()
                    .any(|(track, level)| &**track == "TR_w" && (*level > 0.0) == speaks),
                _ => false,
            })
        });
    };
    speak(&mut world, Some(20), true);
    let levels = |world: &World| -> Vec<Option<i8>> {
        let received = world.clients[&subscriber].received.iter();
        received.map(|p| p.header.ext_vals.audio_level).collect()
    };
    world.until("the subscriber is told", |world| {
        levels(world).contains(&Some(-20))
    });
    world.until("other workers are told", |_| {
        echo.frames().iter().any(|frame| frame.level == Some(20))
    });
    speak(&mut world, Some(127), false);
    speak(&mut world, Some(20), true);
    // Muted by the server, it may go on as it likes.
    world.command(Command::SetTrackMuted {
        track: "TR_w".into(),
        muted: true,
    });
    speak(&mut world, Some(20), false);
    world.command(Command::SetTrackMuted {
        track: "TR_w".into(),
        muted: false,
    });
    speak(&mut world, Some(20), true);
    speak(&mut world, None, false);
}

#[test]
fn a_worker_that_writes_garbage_is_cut_off() {
    let mut world = World::new();
    let (mut worker, port) = writer(&mut world);
    worker.write_all(&[255; 100]).expect("the engine reads");
    let reason = world.wait_for("the port is closed", |event| match event {
        Event::PortClosed { port: p, reason } if *p == port => Some(reason.clone()),
        _ => None,
    });
    assert!(reason.contains("broken"), "{reason}");
}
