"""What `roomful p2p` tells: events as lines for people or as JSON for programs, and tickets as QR codes."""

import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeAlias

import msgspec
import segno
from rich.text import Text

from roomful.cli.output import out

if TYPE_CHECKING:
    from roomful.p2p import RoomEvent

Told: TypeAlias = Callable[[str, dict[str, Any]], None]
"""Tells an event, by its kind and its facts."""


def teller(*, json: bool) -> Told:
    """How events are told."""
    return _tell_json if json else _tell


def described(event: "RoomEvent") -> tuple[str, dict[str, Any]]:
    from roomful import p2p

    match event:
        case p2p.PeerJoined(remote, name):
            return "peer_joined", {"remote": str(remote), "display_name": name}
        case p2p.PeerUpdated(remote, name):
            return "peer_updated", {"remote": str(remote), "display_name": name}
        case p2p.RemoteAnnounced(remote, broadcasts):
            return "remote_announced", {"remote": str(remote), "broadcasts": list(broadcasts)}
        case p2p.BroadcastSubscribed(broadcast):
            catalog = broadcast.catalog
            tracks = [*catalog.video, *catalog.audio]
            return "broadcast_subscribed", {
                "remote": str(broadcast.remote),
                "broadcast": broadcast.name,
                "tracks": tracks,
                "chat": catalog.chat_track is not None,
            }
        case p2p.BroadcastEnded(remote, name, reason):
            return "broadcast_ended", {"remote": str(remote), "broadcast": name, "reason": reason}
        case p2p.SubscribeFailed(remote, name, kind, error):
            return "subscribe_failed", {"remote": str(remote), "broadcast": name, "kind": kind, "error": error}
        case p2p.ChatReceived(remote, message):
            return "chat", {"remote": str(remote), "text": message.text, "backlog": message.backlog}
        case p2p.PeerLeft(remote):
            return "peer_left", {"remote": str(remote)}
        case p2p.RoomWarning(code, text):
            return "warning", {"code": code, "text": text}
        case _:
            return type(event).__name__, {}


def ticket_code(ticket: str) -> segno.QRCode:
    """A ticket to be read with a camera: the very text, as its first four letters have to stay small."""
    return segno.make_qr(ticket)


def _tell_json(event: str, facts: dict[str, Any]) -> None:
    sys.stdout.write(msgspec.json.encode({"event": event, **facts}).decode() + "\n")
    sys.stdout.flush()


def _tell(event: str, facts: dict[str, Any]) -> None:
    who = str(facts.get("remote", ""))[:10]
    if event == "ready":
        out.print(Text(f"ticket  {facts['ticket']}"), soft_wrap=True)
        out.print(Text(f"peer    {facts['peer']}", style="dim"), soft_wrap=True)
        if sys.stdout.isatty():
            ticket_code(facts["ticket"]).terminal(compact=True)
        return
    match event:
        case "peer_joined":
            line = f"{facts['display_name'] or who} is here"
        case "peer_updated":
            line = f"{who} is now {facts['display_name']}"
        case "broadcast_subscribed":
            line = f"offers {facts['broadcast']}: {', '.join(facts['tracks']) or 'no media'}"
        case "broadcast_ended":
            line = f"no longer offers {facts['broadcast']}: {facts['reason']}"
        case "subscribe_failed":
            line = f"{facts['broadcast']} cannot be read: {facts['error']}"
        case "chat":
            line = facts["text"]
        case "peer_left":
            line = "has left"
        case "seen":
            line = f"{facts['broadcast']}: {_seen(facts)}"
        case "not_decoded":
            line = f"{facts['broadcast']} is not decoded here: {facts['codecs']}"
        case "recorded":
            line = f"{facts['broadcast']} is in {facts['file']}"
        case "publishing":
            line = f"publishing {facts['broadcast']}: {', '.join(facts['tracks'])}"
        case "warning":
            line = facts["text"]
        case _:
            return
    # Names and chat come from strangers: no control characters, no markup.
    shown = "".join(character if character.isprintable() else "\ufffd" for character in line)
    out.print(Text.assemble((f"{who:10}  ", "cyan"), shown), soft_wrap=True)


def _seen(facts: dict[str, Any]) -> str:
    seconds = facts["seconds"]
    parts: list[str] = []
    if facts["pictures"]:
        rate = facts["pictures"] / seconds
        parts.append(f"{facts['width']}x{facts['height']}, {rate:.0f} pictures/s, {facts['video_kbps']:.0f} kbit/s")
    if facts["sounds"]:
        parts.append(f"sound up to {facts['peak']:.2f}, {facts['audio_kbps']:.0f} kbit/s")
    if facts["broken"]:
        parts.append(f"{facts['broken']} frames broken")
    return "; ".join(parts) or "nothing"
