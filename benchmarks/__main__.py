"""The command line of the benchmarks."""

import sys
from pathlib import Path
from typing import Annotated

import cyclopts
from cyclopts import Parameter, validators
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from benchmarks import machine, table
from benchmarks.driver import Driver, DriverFailed
from benchmarks.runs import run
from benchmarks.scenarios import SCENARIOS, Settings
from benchmarks.servers import livekit, roomful

app = cyclopts.App(name="benchmarks", version_flags=[])
console = Console(stderr=True)

Positive = Annotated[int, Parameter(validator=validators.Number(gte=1))]


@app.default
def benchmarks(
    *scenarios: str,
    peers: Path | None = None,
    rounds: Positive = 2,
    window: Positive = 20,
    joins: Positive = 10,
    idle: Positive = 100,
    write: bool = False,
    check: bool = False,
) -> int:
    """Measure this checkout, and peers under the same load in the same run. The table goes to stdout.

    Args:
        scenarios: What to measure, of video, audio, join, idle, fanout, record, compose, mcu, show, signals, nkmedia,
            crowd, reports and peers; all when none is given.
        peers: Folder with a livekit-server to measure alternately.
        rounds: How often each program takes each turn.
        window: Seconds of a measuring window.
        joins: Python SDK clients that wait for a first frame, one after the other.
        idle: Participants that join and do nothing.
        write: Put the table into docs/benchmarks.md too.
        check: Fail when a budget is missed.
    """
    unknown = [name for name in scenarios if name not in SCENARIOS]
    if unknown:
        return _give_up(f"no scenario is called {', '.join(unknown)}; there are {', '.join(SCENARIOS)}")
    try:
        programs = [roomful(), *([livekit(peers)] if peers else [])]
        with console.status("building the load driver"):
            driver = Driver.build()
    except (DriverFailed, FileNotFoundError) as failure:
        return _give_up(str(failure))
    chosen = [scenario for name, scenario in SCENARIOS.items() if not scenarios or name in scenarios]
    settings = Settings(window=window, joins=joins, idle=idle)
    columns = (TextColumn("{task.description}"), BarColumn(), TextColumn("{task.completed}/{task.total}"))
    with Progress(*columns, TimeElapsedColumn(), console=console) as progress:
        results = run(programs, chosen, driver, settings, rounds, progress)
    rendered = table.render(results, machine.describe())
    sys.stdout.write(rendered)
    for failure in results.failures:
        console.print(failure, style="red", markup=False)
    if results.failures:
        return 1
    if write:
        table.write(rendered)
    if check and (missed := results.missed()):
        return _give_up("over budget: " + "; ".join(metric.title for metric in missed))
    return 0


def _give_up(reason: str) -> int:
    console.print(reason, style="red", markup=False)
    return 1


if __name__ == "__main__":
    sys.exit(app())
