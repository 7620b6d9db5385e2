"""Servers for tests; marks each test by its folder, and keeps generated examples reproducible."""

import faulthandler
import sys
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import pytest_asyncio
from _pytest.faulthandler import fault_handler_stderr_fd_key
from hypothesis import settings

from .asr_server import AsrServer
from .postgres import RunningPostgres, running_postgres
from .running_server import RunningServer, running_server
from .scheduling import forbid_real_time

TEARDOWN_WITHIN = 120.0
"""Seconds until a process that cannot end a test is ended; pytest-xdist starts another for the other tests."""
FOLDERS_WITH_NEEDS = {"e2e", "browser", "netlab", "stress"}
SECOND_TRY = pytest.mark.flaky(reruns=1)
"""For tests with real clients: browsers, encoders and servers share the machine with whatever else runs on it. The run
names who needed it, for such a test is to be mended."""

forbid_real_time()

# A busy machine is slow at random, which a deadline per example would report as a failure.
settings.register_profile("roomful", deadline=None, print_blob=True)
settings.load_profile("roomful")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    tests = config.rootpath / "tests"
    for item in items:
        for folder in FOLDERS_WITH_NEEDS:
            if item.path.is_relative_to(tests / folder):
                item.add_marker(folder)
                item.add_marker(SECOND_TRY)


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    if report.outcome == "rerun":
        sys.stdout.write(f"\n{report.nodeid} is tried again; it failed with\n{report.longreprtext}\n")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_teardown(item: pytest.Item) -> Iterator[None]:
    """Bound the end of a failed test too: the timers of pytest-timeout and pytest are off then, for debuggers."""
    stderr = item.config.stash[fault_handler_stderr_fd_key]
    faulthandler.dump_traceback_later(TEARDOWN_WITHIN, file=stderr, exit=True)
    try:
        return (yield)
    finally:
        faulthandler.cancel_dump_traceback_later()


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def roomful_server(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[RunningServer]:
    """One server for all tests that only need some room in it; its pages hand out tokens."""
    async with running_server(tmp_path_factory.mktemp("server"), arguments=("--dev",)) as server:
        yield server


@pytest.fixture
async def fresh_server(tmp_path: Path) -> AsyncIterator[RunningServer]:
    """A server of the test's own, to be counted, stopped or killed."""
    async with running_server(tmp_path) as server:
        yield server


@pytest.fixture(scope="session")
def postgres() -> Iterator[RunningPostgres]:
    """A PostgreSQL for all tests that only need some database in it."""
    with running_postgres() as server:
        yield server


@pytest.fixture(params=["sqlite", "postgresql"])
def storage(request: pytest.FixtureRequest, tmp_path: Path) -> tuple[Path, str]:
    """The directory and the address of a database with nothing in it, for `Database.open`: one test for both kinds."""
    postgres: RunningPostgres | None = request.getfixturevalue("postgres") if request.param == "postgresql" else None
    return tmp_path, postgres.new_database() if postgres is not None else ""


@pytest.fixture
async def asr() -> AsyncIterator[AsrServer]:
    """A speech recognizer that understands the tones of telephone keys."""
    server = AsrServer()
    await server.start()
    yield server
    await server.stop()
