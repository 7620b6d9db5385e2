"""Results as a Markdown table, and their place in the documentation."""

from pathlib import Path

from benchmarks.metrics import Metric
from benchmarks.runs import Results
from benchmarks.servers import Program

PAGE = Path(__file__).parents[1] / "docs" / "benchmarks.md"
_BEGIN = "<!-- results: written by `make bench ARGS=--write` -->"
_END = "<!-- end of results -->"


def render(results: Results, machine: str) -> str:
    """The table under a line about the machine and the programs' versions."""
    programs = results.programs
    names = [program.name for program in programs]
    peers = names[1:]
    header = ["what", *names, *(["ratio"] if peers else []), "budget", "kept"]
    lines = [
        f"{machine}; " + ", ".join(f"{program.name} {program.version}" for program in programs) + ".",
        "",
        _row(header),
        _row(["---", *["--:"] * (len(header) - 3), "---", "---"]),
    ]
    for metric in Metric:
        if all(results.median(program, metric) is None for program in programs):
            continue
        cells = [metric.title, *(_cell(results, program, metric) for program in programs)]
        if peers:
            ratio = results.ratio(metric)
            cells.append("" if ratio is None else f"{ratio:.2f}")
        lines.append(_row([*cells, _budget(metric), _verdict(results, metric)]))
    return "\n".join(lines) + "\n"


def write(table: str, page: Path = PAGE) -> None:
    """Puts the table between the markers of the page. Raises ValueError when they are gone."""
    before, begin, rest = page.read_text().partition(_BEGIN)
    _, end, after = rest.partition(_END)
    if not begin or not end:
        raise ValueError(f"{page} lost the markers {_BEGIN} and {_END}")
    page.write_text(f"{before}{begin}\n\n{table}\n{end}{after}")


def _row(cells: list[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _cell(results: Results, program: Program, metric: Metric) -> str:
    median = results.median(program, metric)
    if median is None:
        return "failed"
    values = results.values[program.name, metric]
    low, high = metric.format(min(values)), metric.format(max(values))
    spread = f" ({low} to {high})" if low != high else ""
    return f"{metric.format(median)} {metric.unit}{spread}"


def _budget(metric: Metric) -> str:
    parts = [f"{metric.absolute} {metric.unit}"] if metric.absolute.is_set else []
    parts += [f"{metric.ratio} of livekit-server"] if metric.ratio.is_set else []
    return ", ".join(parts)


def _verdict(results: Results, metric: Metric) -> str:
    match results.keeps(metric):
        case None:
            return ""
        case kept:
            return "yes" if kept else "**no**"
