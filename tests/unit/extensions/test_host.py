"""Extensions are found, started and ended; one that fails is left out."""

import asyncio
from importlib.metadata import EntryPoint

import pytest

from roomful.config import ConfigError
from roomful.extensions.host import ExtensionHost, installed
from roomful.rooms.extension import Context, ExtensionProps, RoomApiError, RoomCallbacks

from .stage import Stage


class Plain:
    """Registers a type called after itself."""

    name = "plain"

    def __init__(self) -> None:
        self.closed = False

    async def init(self, context: Context) -> None:
        context.room_api().register_callbacks(
            self.name, RoomCallbacks(), ExtensionProps(name=self.name, room_type=self.name)
        )

    async def close(self) -> None:
        self.closed = True


class Failing(Plain):
    name = "failing"

    async def init(self, context: Context) -> None:
        await super().init(context)
        raise ZeroDivisionError


class Stuck(Failing):
    name = "stuck"

    async def init(self, context: Context) -> None:
        await asyncio.Event().wait()


class Misconfigured(Failing):
    name = "misconfigured"

    async def init(self, context: Context) -> None:
        raise ConfigError("expected a whole number", key="misconfigured.most")


async def test_an_extension_that_fails_is_left_out_with_what_it_had_added() -> None:
    stage = Stage()
    host = ExtensionHost(stage.extensions, stage.context_for, init_seconds=0.05)
    plain = Plain()
    await host.start({"failing": Failing, "stuck": Stuck, "plain": lambda: plain})
    assert host.names == ["plain"]
    await stage.api.create_room("here", "plain")
    with pytest.raises(RoomApiError):
        await stage.api.create_room("there", "failing")
    await host.close()
    assert plain.closed


async def test_a_room_of_an_extension_that_did_not_start_waits_for_it() -> None:
    stage = Stage()
    room = stage.open(room_type="failing")
    await ExtensionHost(stage.extensions, stage.context_for).start({"failing": Failing})
    stage.rooms.tick(stage.now + 10_000)
    assert room.is_open


async def test_a_wrong_setting_stops_the_start() -> None:
    stage = Stage()
    with pytest.raises(ConfigError):
        await ExtensionHost(stage.extensions, stage.context_for).start({"misconfigured": Misconfigured})


def test_entry_points_are_loaded_unless_disabled_or_broken() -> None:
    here = f"{__name__}:Plain"
    points = [
        EntryPoint("good", here, "roomful.plugins"),
        EntryPoint("unwanted", here, "roomful.plugins"),
        EntryPoint("broken", "no.such.module:Thing", "roomful.plugins"),
    ]
    assert list(installed({"unwanted"}, points)) == ["good"]


async def test_a_timer_of_a_room_fires_in_its_turn_and_never_after_its_end() -> None:
    stage = Stage()
    stage.register(RoomCallbacks())
    stage.open("one")
    stage.open("two")
    context = stage.context_for("test")
    fired: list[str] = []
    done = asyncio.Event()

    async def note(what: str) -> None:
        fired.append(what)

    context.call_later(0, lambda: note("gone"), "two")
    context.call_later(0, lambda: note("cancelled"), "one").cancel()
    context.call_later(0.01, lambda: note("one"), "one")
    await stage.api.close_room("two")

    async def end() -> None:
        done.set()

    context.call_later(0.02, end)
    await asyncio.wait_for(done.wait(), 10)
    await stage.settled()
    assert fired == ["one"]
    with pytest.raises(RoomApiError):
        context.call_later(1, end, "two")
