"""`roomful token create` prints a token and nothing else."""

import time

import pytest

from roomful.auth import Grant, TokenVerifier
from roomful.rooms.model import ParticipantKind, TrackSource
from tests.unit.cli.conftest import Run

verifier = TokenVerifier({"devkey": "secret", "APIkey": "a-secret-of-more-than-32-characters"})


def created(run: Run, *arguments: str) -> Grant:
    outcome = run("token", "create", *arguments)
    assert (outcome.status, outcome.err) == (0, "")
    assert outcome.out.count("\n") == 1
    return verifier.verify(outcome.out.strip(), time.time())


def test_a_token_to_join(run: Run) -> None:
    grant = created(run, "--dev", "--join", "--room", "meet", "--identity", "alice", "--name", "Alice", "--ttl", "90m")
    assert (grant.identity, grant.name, grant.api_key) == ("alice", "Alice", "devkey")
    assert (grant.video.room_join, grant.video.room, grant.video.can_publish) == (True, "meet", True)
    assert grant.expires_at - grant.not_before == 5400


def test_the_short_flags_and_names_of_lk(run: Run) -> None:
    grant = created(run, "--dev", "--join", "-r", "meet", "-i", "alice", "--valid-for", "1h")
    assert (grant.video.room, grant.identity, grant.expires_at - grant.not_before) == ("meet", "alice", 3600)


def test_every_right_can_be_given_or_taken(run: Run) -> None:
    grant = created(
        run, "--api-key", "APIkey", "--api-secret", "a-secret-of-more-than-32-characters",
        "--join", "--admin", "--create", "--list", "-r", "meet", "-i", "bot", "--no-publish", "--publish-data",
        "--no-subscribe", "--hidden", "--recorder", "--update-metadata", "--kind", "agent",
        "--allow-source", "camera", "--allow-source", "screen_share", "--metadata", "m",
        "--attribute", "a=1", "--attribute", "b=x=y",
    )  # fmt: skip
    video = grant.video
    assert all([video.room_admin, video.room_create, video.room_list, video.hidden, video.recorder])
    assert (video.can_publish, video.can_publish_data, video.can_subscribe) == (False, True, False)
    assert video.can_publish_sources == {TrackSource.CAMERA, TrackSource.SCREEN_SHARE}
    assert (grant.kind, grant.metadata, grant.attributes) == (ParticipantKind.AGENT, "m", {"a": "1", "b": "x=y"})


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--dev"], "what is the token for?"),
        (["--dev", "--join", "-r", "meet"], "a token to join needs --identity"),
        (["--dev", "--join", "-i", "alice"], "a token to join needs --room"),
        (["--dev", "--admin"], "a token to administer needs --room"),
        (["--list"], "no API key"),
        (["--list", "--api-key", "k"], "no API secret"),
        (["--dev", "--list", "--ttl", "soon"], "--ttl: expected a duration like 20s or 500ms, got `soon`"),
        (["--dev", "--list", "--ttl", "0"], "--ttl: what is never valid is of no use"),
        (["--dev", "--list", "--attribute", "x"], "--attribute x: expected key=value"),
    ],
)
def test_mistakes_are_one_line(run: Run, arguments: list[str], message: str) -> None:
    outcome = run("token", "create", *arguments)
    assert (outcome.status, outcome.out) == (2, "")
    assert outcome.err.splitlines()[0] == f"✗ {message}"
