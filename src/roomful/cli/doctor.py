"""`roomful doctor`: is this machine ready, and if not, what is to be done?"""

from typing import Annotated

import msgspec
from cyclopts import Parameter
from rich.table import Table
from rich.text import Text

from roomful.cli.checks import CHECKS, Finding, Verdict
from roomful.cli.output import CommandError, out, print_json
from roomful.cli.settings import Settings
from roomful.config import Config, ConfigError, effective

_SIGNS = {
    Verdict.OK: ("✓", "bold green"),
    Verdict.WARNING: ("!", "bold yellow"),
    Verdict.FAILURE: ("✗", "bold red"),
}


def doctor(settings: Settings | None = None, *, json: Annotated[bool, Parameter(negative=())] = False) -> None:
    """Check that the server can run here, with the same flags as `serve`. Ends with status 1 if it cannot.

    Args:
        settings: How the server is to run.
        json: Print JSON.
    """
    findings = examine(settings or Settings())
    if json:
        print_json(msgspec.to_builtins(findings))
    else:
        _print(findings)
    failures = sum(finding.verdict is Verdict.FAILURE for finding in findings)
    if failures:
        raise CommandError("1 thing is in the way" if failures == 1 else f"{failures} things are in the way")


def examine(settings: Settings) -> list[Finding]:
    """Look at everything. A configuration that is refused is a finding, too, and the rest is looked at without it."""
    findings: list[Finding] = []
    loaded = settings.load()
    try:
        config = effective(loaded.config)
    except ConfigError as error:
        findings.append(Finding("configuration", Verdict.FAILURE, str(error), error.hint))
        config = Config(development=True, keys={"none": ""}, port=loaded.config.port)
        config = effective(config)
    else:
        findings.append(Finding("configuration", Verdict.OK, "accepted"))
    findings += [Finding("configuration", Verdict.WARNING, str(notice)) for notice in loaded.notices]
    for check in CHECKS:
        findings += check(config)
    return findings


def _print(findings: list[Finding]) -> None:
    table = Table.grid(padding=(0, 2))
    table.add_column(no_wrap=True)
    table.add_column(style="bold", no_wrap=True)
    table.add_column(overflow="fold")
    for finding in findings:
        sign, style = _SIGNS[finding.verdict]
        detail = Text(finding.detail)
        if finding.remedy:
            detail.append(f"\n→ {finding.remedy}", style="dim")
        table.add_row(Text(sign, style=style), finding.what, detail)
    out.print(table)
