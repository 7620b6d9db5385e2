"""Faults on request, for the tests of client SDKs. specs/livekit.md §3.29.

A client can harm nobody but itself with them. `subscriber_bandwidth` has no effect: it takes a real network.
"""

from typing import TYPE_CHECKING

from livekit.protocol import rtc

from roomful.protocols.livekit.codes import Action
from roomful.rooms.events import Speaker
from roomful.rooms.model import LeaveReason

if TYPE_CHECKING:
    from roomful.protocols.livekit.session import Session

SPEAKER_LEVEL = 0.9
MAX_SPEAKER_SECONDS = 60


def simulate(session: "Session", scenario: rtc.SimulateScenario, now: float) -> None:
    match scenario.WhichOneof("scenario"):
        case "speaker_update":
            _speak(session, scenario.speaker_update, now)
        case "node_failure" | "migration":
            session.drop(now)
        case "server_leave":
            session.leave(LeaveReason.SERVER_SHUTDOWN, now, Action.DISCONNECT)
        case "leave_request_full_reconnect":
            session.fail(now)
        case "disconnect_signal_on_resume":
            session.away.hang_up_after_next = True
        case "disconnect_signal_on_resume_no_messages":
            session.away.refuse_next(now)
        case "switch_candidate_protocol":
            _use(session, scenario.switch_candidate_protocol)
        case _:
            pass


def _use(session: "Session", only: rtc.CandidateProtocol) -> None:
    """Use these candidates alone, from the next time on that the client joins, which it is about to do.

    Without a TURN server there is nothing to use over TLS: then nothing changes.
    """
    identity, fallback = session.participant.identity, session.feed.fallback
    if only == rtc.CandidateProtocol.TCP or (
        only == rtc.CandidateProtocol.TLS and session.services.settings.ice_servers.relays
    ):
        fallback.choose(identity, only)
    else:
        fallback.choose(identity, rtc.CandidateProtocol.UDP)


def _speak(session: "Session", seconds: int, now: float) -> None:
    """Let the participant seem to speak for so long."""
    sid = session.participant.sid
    session.feed.tell_speakers([Speaker(sid=sid, level=SPEAKER_LEVEL, active=True)])

    def fall_silent(now: float) -> None:
        del now
        session.feed.tell_speakers([Speaker(sid=sid, level=0.0, active=False)])

    session.services.timers.at(now + min(max(seconds, 0), MAX_SPEAKER_SECONDS), fall_silent)
