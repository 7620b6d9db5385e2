"""A chat-completions endpoint that reads what it is sent: a real web server, whose model follows simple rules.

It answers with the segments of the transcript in which somebody says `decide` or `task`, the first as overview.
"""

import json
from dataclasses import dataclass, field
from typing import Any

from roomful.web.asgi import Receive, Scope, Send, respond
from tests.played_service import PlayedService, read_body

HANG = None


@dataclass
class ChatServer(PlayedService):
    """Answers as told: `faults` one after the other, each a status, a body, or `HANG`; then with what it reads."""

    faults: list[int | bytes | None] = field(default_factory=list[int | bytes | None])
    requests: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])
    authorizations: list[str] = field(default_factory=list[str])

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/v1"

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        body = await read_body(receive)
        if scope["method"] != "POST" or scope["path"] != "/v1/chat/completions":
            await respond(scope, send, 404, b"no such page")
            return
        headers = {name: value.decode("latin-1") for name, value in scope["headers"]}
        self.authorizations.append(headers.get(b"authorization", ""))
        request = json.loads(body)
        self.requests.append(request)
        if self.faults:
            fault = self.faults.pop(0)
            if fault is None:  # HANG
                await self.hold.wait()
            elif isinstance(fault, bytes):
                await respond(scope, send, 200, fault)
            else:
                await respond(scope, send, fault, b"not today")
            return
        await respond(scope, send, 200, completion(_written(request)))


def completion(content: str) -> bytes:
    """The body of an answer."""
    message = {"role": "assistant", "content": content}
    return json.dumps({"object": "chat.completion", "choices": [{"index": 0, "message": message}]}).encode()


def _written(request: dict[str, Any]) -> str:
    system, user = request["messages"]
    assert (system["role"], user["role"]) == ("system", "user")
    subject = json.loads(user["content"])
    said = subject["transcript"]

    def about(word: str) -> list[dict[str, Any]]:
        return [{"text": one["text"], "segment_ids": [one["id"]]} for one in said if word in one["text"].lower()]

    minutes = {
        "overview": f"{subject['title']}: {said[0]['text']}" if said else subject["title"],
        "topics": [{"title": title, "points": []} for title in subject["agenda"]],
        "decisions": about("decide"),
        "tasks": [{**one, "assignee": subject["participants"][0], "due": "2030-01-31"} for one in about("task")],
    }
    return f"Here you are:\n```json\n{json.dumps(minutes)}\n```"
