"""A Janus without media: it answers what the real one would, remembers what it was asked, and can be told to refuse."""

import itertools
from collections.abc import Callable
from typing import Any

import msgspec

from roomful.protocols.nkmedia.janus.engine import JanusEngine
from tests.protocols.nkmedia.stage import ANSWER, OFFER

PLUGINS = ["janus.plugin.videoroom", "janus.plugin.echotest"]
STREAMS = [
    {"type": "audio", "mindex": 0, "mid": "0", "codec": "opus"},
    {"type": "video", "mindex": 1, "mid": "1", "codec": "vp8"},
]

AT_ONCE = {"create", "destroy", "list"}
"""Requests that are answered without an ack."""


class FakeJanus:
    """See the module."""

    def __init__(self, engine: JanusEngine) -> None:
        self.asked: list[dict[str, Any]] = []
        self.rooms: dict[Any, dict[str, Any]] = {}
        self.refusals: dict[str, list[int]] = {}
        """Request → error codes of the next answers to it."""
        self.silent: set[str] = set()
        """What is not answered."""
        self.plugins = PLUGINS
        self.full_trickle = False
        self.streams = STREAMS
        """Of who publishes next."""
        self.hung_up = False
        self.out: Callable[[bytes], None] = engine.receive
        self._engine = engine
        self._ids = itertools.count(1000)
        self._sessions: dict[int, list[int]] = {}

    def appear(self) -> None:
        self.hung_up = False
        self._engine.connected(self.receive, self._on_hang_up)

    def vanish(self) -> None:
        self._sessions.clear()
        self._engine.lost()

    def say(self, **message: Any) -> None:
        self.out(msgspec.json.encode(message))

    def tell(self, kind: str, asked: dict[str, Any], **fields: Any) -> None:
        """An event on the handle of a request."""
        self.say(janus=kind, session_id=asked["session_id"], sender=asked["handle_id"], **fields)

    def requests(self, request: str) -> list[dict[str, Any]]:
        """All requests to plugins of that name, or of that kind to Janus itself."""
        return [one for one in self.asked if request in (one["janus"], one.get("body", {}).get("request"))]

    def last(self, request: str) -> dict[str, Any]:
        return self.requests(request)[-1]

    def _on_hang_up(self) -> None:
        self.hung_up = True

    def receive(self, message: bytes | str) -> None:
        """A request."""
        asked: dict[str, Any] = msgspec.json.decode(message)
        self.asked.append(asked)
        request = asked.get("body", {}).get("request", asked["janus"])  # the echo test's have no name
        if request in self.silent:
            return
        answer = {"transaction": asked["transaction"]}
        if "session_id" in asked:
            answer["session_id"] = asked["session_id"]
        refusals = self.refusals.get(request)
        match asked["janus"]:
            case "info":
                plugins = {name: {} for name in self.plugins}
                self.say(janus="server_info", plugins=plugins, **{"full-trickle": self.full_trickle}, **answer)
            case "create":
                number = next(self._ids)
                self._sessions[number] = []
                self.say(janus="success", data={"id": number}, **answer)
            case "attach":
                number = next(self._ids)
                self._sessions[asked["session_id"]].append(number)
                self.say(janus="success", data={"id": number}, **answer)
            case "message" if refusals:
                data = {"videoroom": "event", "error_code": refusals.pop(0), "error": "no"}
                self._answer(asked, answer, data, "success" if request in AT_ONCE else "event")
            case "message":
                self._on_plugin_message(asked, answer)
            case _:
                self.say(janus="ack", **answer)

    def _on_plugin_message(self, asked: dict[str, Any], answer: dict[str, Any]) -> None:
        body = asked["body"]
        match body.get("request", "echo"):
            case "echo":
                sdp = ANSWER if "jsep" in asked else ""
                self._answer(asked, answer, {"echotest": "event", "result": "ok"}, "event", sdp)
            case "create":
                self.rooms[body["room"]] = body
                self._answer(asked, answer, {"videoroom": "created", "room": body["room"]}, "success")
            case "destroy":
                self.rooms.pop(body["room"], None)
                self._answer(asked, answer, {"videoroom": "destroyed", "room": body["room"]}, "success")
            case "list":
                listed = [{"room": one["room"], "description": one["description"]} for one in self.rooms.values()]
                self._answer(asked, answer, {"videoroom": "success", "list": listed}, "success")
            case "join" if body["ptype"] == "subscriber":
                self._answer(asked, answer, {"videoroom": "attached", "streams": STREAMS}, "event", OFFER)
            case "publish":
                self._answer(asked, answer, {"videoroom": "event", "streams": self.streams}, "event", ANSWER)
            case _:
                self._answer(asked, answer, {"videoroom": "event"}, "event")

    def _answer(
        self, asked: dict[str, Any], answer: dict[str, Any], data: dict[str, Any], kind: str, sdp: str = ""
    ) -> None:
        if kind == "event":
            self.say(janus="ack", **answer)
        jsep = {"jsep": {"type": "offer", "sdp": sdp}} if sdp else {}
        plugindata = {"plugin": "janus.plugin.videoroom", "data": data}
        self.say(janus=kind, sender=asked["handle_id"], plugindata=plugindata, **jsep, **answer)
