"""Recording: bots play a film into a room, and it is recorded; only our own server has this in one program."""

import contextlib
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import av
import httpx
import jwt
import numpy as np
import psutil
from av.audio.frame import AudioFrame
from av.video.frame import VideoFrame

from benchmarks.servers import KEY, SECRET, RunningServer

ROOM = "recorded"
FPS = 25
START_SECONDS = 120.0
STOP_SECONDS = 120.0
COMPLETE = "EGRESS_COMPLETE"


class RecordingFailed(Exception):
    """A recording did not start, did not end, or is broken."""


class Studio:
    """The server's API, for one room."""

    def __init__(self, server: RunningServer) -> None:
        video = {"roomAdmin": True, "roomCreate": True, "roomRecord": True, "room": ROOM}
        token = jwt.encode({"iss": KEY, "sub": "b", "exp": time.time() + 3600, "video": video}, SECRET, "HS256")
        headers = {"authorization": f"Bearer {token}"}
        url = server.url.replace("ws", "http", 1)
        self._http = httpx.Client(base_url=url, headers=headers, timeout=60)

    def call(self, service: str, method: str, **request: Any) -> dict[str, Any]:
        """A method of the LiveKit API. Raises RecordingFailed."""
        return self._json(self._http.post(f"/twirp/livekit.{service}/{method}", json=request))

    def play(self, film: str, count: int) -> None:
        """Let so many bots play the film for ever. Raises RecordingFailed."""
        for _ in range(count):
            body = {"does": {"bot": "play", "path": film, "loop": True}}
            self._json(self._http.post(f"/api/rooms/{ROOM}/bots", json=body))

    def mix(self) -> None:
        """Mix the room. Raises RecordingFailed."""
        self._json(self._http.post(f"/api/rooms/{ROOM}/mixing", json={}))

    def egresses(self, wanted: int, status: str, within: float) -> list[dict[str, Any]]:
        """Wait until so many egresses are there. Raises RecordingFailed if they are not, or one fails."""
        deadline = time.monotonic() + within
        while True:
            items = self.call("Egress", "ListEgress").get("items", [])
            if failed := [one.get("error", "") for one in items if one["status"] == "EGRESS_FAILED"]:
                raise RecordingFailed(failed[0])
            if len(found := [one for one in items if one["status"] == status]) >= wanted:
                return found
            if time.monotonic() > deadline:
                raise RecordingFailed(f"{len(found)} of {wanted} recordings are {status}")
            time.sleep(0.25)

    def _json(self, answer: httpx.Response) -> Any:
        if not answer.is_success:
            raise RecordingFailed(answer.text)
        return answer.json()


def tracks(server: RunningServer, count: int, window: float) -> tuple[float, float]:
    """Record so many tracks at once, each into a file of its own.

    Returns the share of a core that one costs (0 … 1), and the part of the frames that are in the files (0 … 1).
    Raises RecordingFailed.
    """
    # Longer than all of it takes: where a film begins anew, there is a seam in its sound.
    film(server.folder / "films" / "film.webm", 640, 360, round(3 * window) + 60)
    studio = Studio(server)
    studio.call("RoomService", "CreateRoom", name=ROOM)
    studio.play("film.webm", count // 2)
    before = busy(server, window)
    participants = studio.call("RoomService", "ListParticipants", room=ROOM)["participants"]
    sids = [track["sid"] for one in participants for track in one["tracks"]]
    for sid in sids:
        output = {"filepath": "{track_id}"}
        studio.call("Egress", "StartTrackEgress", room_name=ROOM, track_id=sid, file=output)
    studio.egresses(len(sids), "EGRESS_ACTIVE", START_SECONDS)
    cost = (busy(server, window) - before) / len(sids)
    studio.call("RoomService", "DeleteRoom", room=ROOM)
    infos = studio.egresses(len(sids), COMPLETE, STOP_SECONDS)
    whole = [_whole(Path(info["file"]["location"])) for info in infos]
    return cost, sum(there for there, _ in whole) / sum(meant for _, meant in whole)


def composition(server: RunningServer, window: float) -> float:
    """Compose a room of three at 1280 by 720 and 30 pictures a second. Returns the share of a core (0 … 1).

    Raises RecordingFailed.
    """
    film(server.folder / "films" / "film.webm", 1280, 720, 10)
    studio = Studio(server)
    studio.call("RoomService", "CreateRoom", name=ROOM)
    studio.play("film.webm", 3)
    before = busy(server, window)
    output = {"filepath": "composed.mp4"}
    studio.call("Egress", "StartRoomCompositeEgress", room_name=ROOM, layout="grid", file_outputs=[output])
    studio.egresses(1, "EGRESS_ACTIVE", START_SECONDS)
    cost = busy(server, window) - before
    studio.call("RoomService", "DeleteRoom", room=ROOM)
    studio.egresses(1, COMPLETE, STOP_SECONDS)
    return cost


def film(path: Path, width: int, height: int, seconds: int) -> None:
    """Make a film of moving stripes and a tone, as it comes out of a browser: VP8 and Opus."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with av.open(str(path), "w") as container:
        options = {"deadline": "realtime", "cpu-used": "8", "lag-in-frames": "0"}
        video: Any = container.add_stream("libvpx", FPS, options=options)
        video.width, video.height, video.pix_fmt, video.bit_rate, video.gop_size = (
            width,
            height,
            "yuv420p",
            1_000_000,
            50,
        )
        audio: Any = container.add_stream("libopus", 48_000)
        audio.layout, audio.bit_rate = "stereo", 64_000
        stripes = np.tile((np.arange(width) * 256 // width).astype(np.uint8), (height, 1))
        for index in range(FPS * seconds):
            planes = np.vstack([np.roll(stripes, 4 * index, axis=1), np.full((height // 2, width), 128, np.uint8)])
            picture = VideoFrame.from_ndarray(planes, format="yuv420p")
            picture.pts = index
            container.mux(video.encode(picture))
            wave = np.sin(2 * np.pi * 500 * np.arange(index * 1920, (index + 1) * 1920) / 48_000)
            sound = AudioFrame.from_ndarray(
                np.repeat((wave * 9000).astype(np.int16), 2).reshape(1, -1), format="s16", layout="stereo"
            )
            sound.sample_rate, sound.pts = 48_000, index * 1920
            container.mux(audio.encode(sound))
        container.mux(video.encode(None))
        container.mux(audio.encode(None))


def busy(server: RunningServer, window: float) -> float:
    """Cores that the server and its workers use over the window; bots, who are the load, are left out."""
    with _counted(server) as counted:
        time.sleep(window)
    return sum(counted) / window


@contextlib.contextmanager
def _counted(server: RunningServer) -> Iterator[list[float]]:
    before = {process.pid: _seconds(process) for process in _workers(server)}
    used: list[float] = []
    yield used
    used += [_seconds(process) - before.get(process.pid, 0.0) for process in _workers(server)]


def _workers(server: RunningServer) -> list[psutil.Process]:
    found = [server.process]
    for process in server.process.children(recursive=True):
        with contextlib.suppress(psutil.Error):
            if process.name() != "bot":
                found.append(process)
    return found


def _seconds(process: psutil.Process) -> float:
    times = process.cpu_times()
    return times.user + times.system


def _whole(path: Path) -> tuple[int, int]:
    """How many frames are in a file, and how many there are between its first and its last."""
    with av.open(str(path)) as container:
        stream = container.streams[0]
        base, rate = stream.time_base, FPS if stream.type == "video" else 50
        times = [packet.pts for packet in container.demux(stream) if packet.pts is not None and packet.size]
    if len(times) < 2 or base is None:
        raise RecordingFailed(f"{path.name} has {len(times)} frames")
    return len(times), round(float((max(times) - min(times)) * base) * rate) + 1
