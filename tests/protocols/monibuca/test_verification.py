"""Who somebody is, in every mode. specs/monibuca-rooms.md §1.2."""

import time
from typing import Any

import jwt
import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from roomful.auth import Grant, TokenVerifier, VideoGrant, mint
from roomful.config import Duration, JwtConfig, RoomAuthConfig, VerifyConfig
from roomful.protocols.monibuca.verification import Claim, Identity, Reply, Verification
from roomful.rooms.extension import Code, RoomApiError

from .stage import KEYS, ROOM, Stage

SECRET = "another-secret-of-more-than-32-characters"
NOW = 1_000_000.0
URL = "https://verify.example/check"


def auth(mode: Any, **verify: Any) -> RoomAuthConfig:
    return RoomAuthConfig(mode=mode, verify=VerifyConfig(url=URL, **verify), jwt=JwtConfig(secret=SECRET))


def own_token(now: float = NOW, attributes: dict[str, str] | None = None, **rights: Any) -> str:
    video = VideoGrant(**({"room_join": True, "room": ROOM} | rights))
    grant = Grant(identity="ann", name="Ann", video=video, attributes=attributes or {})
    return mint(grant, *next(iter(KEYS.items())), 60.0, now)


def foreign_token(secret: str = SECRET, **claims: Any) -> str:
    return jwt.encode({"sub": "ann", "name": "Ann"} | claims, secret, algorithm="HS256")


class TestTokens:
    @pytest.mark.parametrize("mode", ["none", "keys", "jwt", "http"])
    async def test_a_token_of_our_own_keys_is_good_in_every_mode(self, mode: str) -> None:
        stage = Stage(auth(mode))
        answer = await stage.client(token=own_token(room_admin=True)).join("ann")
        assert (answer["self"]["user_id"], answer["self"]["role"]) == ("ann", "host")
        assert stage.questions == []

    @pytest.mark.parametrize(
        ("rights", "role"),
        [
            ({}, "member"),
            ({"can_publish": False}, "viewer"),
            ({"room_admin": True}, "host"),
            ({"room_admin": True, "hidden": True}, "admin"),
            ({"attributes": {"role": "agent"}}, "agent"),
        ],
    )
    async def test_its_rights_decide_the_role(self, rights: dict[str, Any], role: str) -> None:
        answer = await Stage(auth("keys")).client(token=own_token(**rights)).join("ann")
        assert answer["self"]["role"] == role

    @pytest.mark.parametrize(
        ("token", "code"),
        [
            ("", 40101),
            ("nonsense", 40101),
            ("a.b.c", 40101),
            (own_token(room="other"), 40301),
            (own_token(room_join=False), 40301),
            (own_token(now=NOW - 500), 40102),
            (own_token()[:-4] + "AAAA", 40101),
        ],
    )
    async def test_others_are_refused(self, token: str, code: int) -> None:
        client = Stage(auth("keys")).client(token=token)
        await client.join("ann")
        assert client.refusal() == code
        assert client.close_code in (4001, None)

    async def test_a_token_is_one_users(self) -> None:
        client = Stage(auth("keys")).client(token=own_token())
        await client.join("bob")
        assert client.refusal() == 40301

    async def test_the_one_of_the_message_replaces_the_one_of_the_url(self) -> None:
        client = Stage(auth("keys")).client(token="nonsense")
        assert (await client.join("ann", token=own_token()))["action"] == "room_joined"

    @pytest.mark.parametrize(
        ("claims", "code"),
        [
            ({"role": "host", "room": ROOM, "exp": NOW + 60}, 0),
            ({"room": ["x", ROOM]}, 0),
            ({"room": "*"}, 0),
            ({"room": "other"}, 40301),
            ({"exp": NOW - 100}, 40102),
            ({"nbf": NOW + 100}, 40101),
            ({"secret": KEYS["APItest"]}, 40101),
            ({"sub": 5}, 40101),
            ({"role": "emperor"}, 40101),
        ],
    )
    async def test_tokens_of_another_back_end(self, claims: dict[str, Any], code: int) -> None:
        secret = claims.get("secret", SECRET)
        token = jwt.encode(
            {"sub": "ann"} | {name: value for name, value in claims.items() if name != "secret"},
            secret,
            algorithm="HS256",
        )
        client = Stage(auth("jwt")).client(token=token)
        answer = await client.join("ann")
        assert answer.get("code", 0) == code

    async def test_an_unsigned_token_says_nothing(self) -> None:
        client = Stage(auth("jwt")).client(token=jwt.encode({"sub": "ann"}, "", algorithm="none"))
        await client.join("ann")
        assert client.refusal() == 40101

    async def test_when_a_token_expires_its_bearer_goes(self) -> None:
        stage = Stage(auth("jwt"))
        other = stage.client(token=foreign_token(sub="bob"))
        await other.join("bob")
        client = stage.client(token=foreign_token(exp=NOW + 5))
        await client.join("ann")
        await stage.pass_time(6)
        assert other.last("user_left")["reason"] == "token_expired"
        assert client.close_code == 4001


class TestService:
    """Mode http."""

    async def ask(self, stage: Stage, reply: Reply | None, **upgrade: Any) -> Any:
        stage.reply = reply
        client = stage.client(token="secret", headers={"cookie": "a=b", "x-own": "1", "user-agent": "app/1"}, **upgrade)
        return client, await client.join("ann")

    @pytest.fixture
    async def stage(self) -> Stage:
        return Stage(auth("http"))

    def reply(self, **fields: Any) -> Reply:
        return Reply(200, msgspec.json.encode(fields))

    async def test_it_is_asked_with_everything_that_is_known(self) -> None:
        stage = Stage(auth("http", header={"X-Api-Key": "k"}))
        await self.ask(stage, self.reply())
        (question,) = stage.questions
        assert (question.method, question.url, question.within) == ("POST", URL, 5)
        assert msgspec.json.decode(question.content) == {
            "token": "secret",
            "room_id": ROOM,
            "room_type": "basic",
            "user_id": "ann",
            "user_name": "Ann",
            "ip": "203.0.113.7",
            "user_agent": "app/1",
        }
        assert question.headers == {
            "cookie": "a=b",
            "user-agent": "app/1",
            "x-api-key": "k",
            "content-type": "application/json",
        }

    async def test_or_by_get(self) -> None:
        stage = Stage(auth("http", method="GET"))
        await self.ask(stage, self.reply())
        assert stage.questions[0].url.startswith(f"{URL}?token=secret&room_id={ROOM}&")
        assert stage.questions[0].content == b""

    async def test_what_it_says_replaces_what_the_client_said(self, stage: Stage) -> None:
        _, answer = await self.ask(
            stage,
            self.reply(user_id="u-9", user_name="Real", role="host", avatar="https://a", extra={"vip": 1}),
        )
        me = answer["self"]
        assert (me["user_id"], me["user_name"], me["role"]) == ("u-9", "Real", "host")
        assert (me["avatar"], me["extra"]) == ("https://a", {"vip": 1})

    async def test_an_empty_answer_accepts_as_claimed(self, stage: Stage) -> None:
        _, answer = await self.ask(stage, Reply(200, b""))
        assert (answer["self"]["user_id"], answer["self"]["role"]) == ("ann", "member")

    async def test_single_rights_come_on_top_of_the_role(self, stage: Stage) -> None:
        client, _ = await self.ask(stage, self.reply(permissions=["lock"]))
        await client.say("action", op="lock", seq=1)
        assert client.last("ack")["seq"] == 1
        await client.say("action", op="lobby", params={"on": True})
        assert client.refusal() == 40301

    @pytest.mark.parametrize(
        "reply",
        [
            Reply(200, b'{"ok": false, "message": "not you"}'),
            Reply(401, b'{"message": "not you"}'),
            Reply(403, b'{"message": "not you"}'),
        ],
    )
    async def test_refusals_are_final_and_say_why(self, stage: Stage, reply: Reply) -> None:
        client, error = await self.ask(stage, reply)
        assert (error["code"], error["message"]) == (40101, "not you")
        assert client.close_code == 4001

    @pytest.mark.parametrize(
        "reply",
        [
            None,
            Reply(500, b""),
            Reply(302, b""),
            Reply(200, b"<html>"),
            Reply(200, b"[]"),
            Reply(200, b'{"ok": "yes"}'),
            Reply(200, b'{"role": "emperor"}'),
            Reply(200, b'{"user_id": ""}'),
            Reply(200, b"[" * 100_000),
            Reply(200, b"\xff"),
        ],
    )
    async def test_without_an_answer_nobody_gets_in(self, stage: Stage, reply: Reply | None) -> None:
        client, error = await self.ask(stage, reply)
        assert error["code"] == 50201
        assert client.close_code is None, "it may try again"

    async def test_or_as_viewers_if_that_is_wanted(self) -> None:
        stage = Stage(auth("http", fail_open=True))
        _, answer = await self.ask(stage, None)
        assert answer["self"]["role"] == "viewer"

    async def test_a_good_answer_is_used_again_for_a_while(self) -> None:
        stage = Stage(auth("http", cache_ttl=Duration(20)))
        client, _ = await self.ask(stage, self.reply(role="host"))
        await client.say("leave_room")
        await self.ask(stage, None)
        assert len(stage.questions) == 1
        await stage.pass_time(21)
        _, error = await self.ask(stage, None)
        assert error["code"] == 50201

    async def test_but_not_for_somebody_elses_cookies(self) -> None:
        stage = Stage(auth("http", cache_ttl=Duration(20)))
        await self.ask(stage, self.reply())
        thief = stage.client(token="secret")
        stage.reply = Reply(401, b"")
        await thief.join("ann")
        assert thief.refusal() == 40101

    async def test_messages_wait_until_it_has_answered(self, stage: Stage) -> None:
        stage.reply = self.reply()
        client = stage.client()
        client.connection.on_message(
            msgspec.json.encode({"action": "join_room", "room_id": ROOM, "user_id": "ann", "user_name": "Ann"}).decode()
        )
        client.connection.on_message('{"action": "chat", "content": "hi"}')
        await stage.settle()
        assert [message["action"] for message in client.got] == ["room_joined", "chat"]


@given(
    st.binary(max_size=300)
    | st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(),
        lambda inner: (
            st.lists(inner)
            | st.dictionaries(st.sampled_from(["ok", "user_id", "role", "expires_at", "extra", "permissions"]), inner)
        ),
    ).map(msgspec.json.encode),
    st.integers(100, 599),
)
def test_whatever_the_service_answers_is_an_identity_or_a_refusal(body: bytes, status: int) -> None:
    verification = Verification(auth("http"), TokenVerifier(KEYS))
    claim = Claim(token="", room_id=ROOM, room_type="basic", user_id="ann", user_name="Ann", ip="")
    outcome: object
    try:
        outcome = verification.judge(claim, Reply(status, body), time.time())
    except RoomApiError as error:
        outcome = error.code
    if isinstance(outcome, Identity):
        assert status == 200
        assert outcome.user_id
    else:
        assert outcome in (Code.UNAUTHORIZED, Code.VERIFY_UNAVAILABLE, Code.TOKEN_EXPIRED)
