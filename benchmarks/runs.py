"""A benchmark: every scenario on every program, alternating, several rounds."""

import statistics
from collections.abc import Sequence
from dataclasses import dataclass, field

from rich.progress import Progress

from benchmarks.bridging import BridgeFailed
from benchmarks.broadcast.crowd import CrowdFailed
from benchmarks.driver import Driver, DriverFailed
from benchmarks.first_frame import SdkClientFailed
from benchmarks.metrics import Metric
from benchmarks.peers import PeersFailed
from benchmarks.recording import RecordingFailed
from benchmarks.scenarios import Scenario, Settings
from benchmarks.servers import Program, ServerFailed, running


@dataclass
class Results:
    """What all runs measured."""

    programs: list[Program]
    """Ours first."""
    values: dict[tuple[str, Metric], list[float]] = field(default_factory=dict[tuple[str, Metric], list[float]])
    """By program name and metric, one value per round."""
    failures: list[str] = field(default_factory=list[str])
    """Runs without a result, and why."""

    def median(self, program: Program, metric: Metric) -> float | None:
        """Median over the rounds, or nothing when no round measured it."""
        values = self.values.get((program.name, metric))
        return statistics.median(values) if values else None

    def ratio(self, metric: Metric) -> float | None:
        """Our median divided by the peer's, or nothing without both."""
        if len(self.programs) < 2:
            return None
        ours, peer = (self.median(program, metric) for program in self.programs[:2])
        return ours / peer if ours is not None and peer else None

    def missed(self) -> list[Metric]:
        """Metrics over their budget."""
        return [metric for metric in Metric if self.keeps(metric) is False]

    def keeps(self, metric: Metric) -> bool | None:
        """Whether the metric keeps its budgets; nothing when it has none, or none that could be checked."""
        checks = (
            (metric.absolute, self.median(self.programs[0], metric)),
            (metric.ratio, self.ratio(metric)),
        )
        verdicts = [bound.holds(value) for bound, value in checks if bound.is_set and value is not None]
        return all(verdicts) if verdicts else None


def run(
    programs: Sequence[Program],
    scenarios: Sequence[Scenario],
    driver: Driver,
    settings: Settings,
    rounds: int,
    progress: Progress,
) -> Results:
    """Measures A B A B: the machine drifts, and a drift shall hit all programs alike."""
    results = Results(list(programs))
    for scenario in scenarios:
        ours = scenario.program() if scenario.program else programs[0]
        measured_programs = [ours] if scenario.ours_alone else [ours, *programs[1:]]
        task = progress.add_task(scenario.title, total=rounds * len(measured_programs))
        for number in range(1, rounds + 1):
            for program in measured_programs:
                progress.update(task, description=f"{scenario.title}: {program.name}, round {number}")
                try:
                    with running(program) as server:
                        measured = scenario.measure(server, driver, settings)
                except (
                    ServerFailed,
                    DriverFailed,
                    SdkClientFailed,
                    RecordingFailed,
                    CrowdFailed,
                    PeersFailed,
                    BridgeFailed,
                ) as failure:
                    results.failures.append(f"{scenario.title}, {program.name}, round {number}: {failure}")
                else:
                    for metric, value in measured.items():
                        results.values.setdefault((program.name, metric), []).append(value)
                progress.advance(task)
        progress.update(task, description=scenario.title)
    return results
