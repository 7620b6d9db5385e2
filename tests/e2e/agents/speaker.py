"""An agent on LiveKit's agents framework: it joins and hums a tone until it is sent away. Run by `workers`.

The environment says LIVEKIT_URL, LIVEKIT_API_KEY, LIVEKIT_API_SECRET, and TONE (Hz). AGENT_NAME and JOB_KIND (`room` or
`publisher`) are what it registers as.
"""

# The framework lives in an environment of its own, where no type checker looks.
# pyright: basic, reportMissingImports=false, reportAttributeAccessIssue=false

import os

import numpy as np
from livekit import agents, rtc

RATE = 48_000
KINDS = {
    "room": agents.WorkerType.ROOM,
    "publisher": agents.WorkerType.PUBLISHER,
}

# Its load is that of the whole machine, which runs other tests: it would get no jobs.
server = agents.AgentServer(host="127.0.0.1", port=0, num_idle_processes=1, load_fnc=lambda: 0.0)


@server.rtc_session(agent_name=os.environ.get("AGENT_NAME", ""), type=KINDS[os.environ.get("JOB_KIND", "room")])
async def hum(job: agents.JobContext) -> None:
    await job.connect()
    source = rtc.AudioSource(RATE, 1, queue_size_ms=200)
    track = rtc.LocalAudioTrack.create_audio_track("voice", source)
    options = rtc.TrackPublishOptions(source=rtc.TrackSource.SOURCE_MICROPHONE)
    await job.room.local_participant.publish_track(track, options)
    await job.room.local_participant.set_attributes({"told": job.job.metadata})
    cycle = np.sin(2 * np.pi * int(os.environ["TONE"]) * np.arange(RATE // 50) / RATE)
    frame = rtc.AudioFrame((cycle * 8000).astype(np.int16).tobytes(), RATE, 1, RATE // 50)
    while True:
        await source.capture_frame(frame)


if __name__ == "__main__":  # jobs run in processes of their own, which read this file too
    agents.cli.run_app(server)
