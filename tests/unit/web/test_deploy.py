"""What stands in deploy/ asks only for what /metrics tells."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from roomful.reporting.writer import Health
from roomful.rooms.registry import Rooms
from roomful.web.metrics import Metrics

from .conftest import Counted, Stats, Storage

DEPLOY = Path(__file__).parents[3] / "deploy"
PROMETHEUS_OWN = {"up"}
LABEL_VALUES = re.compile(r"\{[^}]*\}|\[[^\]]*\]|by \([^)]*\)")
WORD = re.compile(r"[a-z_]+(?![a-z_(])")
FUNCTIONS = {"sum", "rate", "increase", "by"}


class Writer:
    health = Health(backend="database", buffered=0, dropped=0)


@pytest.fixture(scope="module")
def told() -> set[str]:
    counted = {"egress": Counted()}
    metrics = Metrics(Rooms(), Stats(), Storage(), works=counted, webhooks=Counted(), reports=Writer())  # type: ignore[arg-type]
    names = re.findall(r"^# TYPE (\S+)", metrics.exposition().decode(), re.MULTILINE)
    return {*names, *PROMETHEUS_OWN}


def asked(expression: str) -> set[str]:
    return {word for word in WORD.findall(LABEL_VALUES.sub("", expression)) if word not in FUNCTIONS}


def test_alerts_are_about_what_is_told(told: set[str]) -> None:
    rules: Any = yaml.safe_load((DEPLOY / "prometheus" / "rules.yml").read_text())
    (group,) = rules["groups"]
    assert len(group["rules"]) > 5
    for rule in group["rules"]:
        assert asked(rule["expr"]) <= told, rule["alert"]
        assert rule["labels"]["severity"] in {"warning", "critical"}
        assert rule["annotations"]["summary"]


def test_panels_show_what_is_told(told: set[str]) -> None:
    board: Any = json.loads((DEPLOY / "grafana" / "roomful.json").read_text())
    assert len(board["panels"]) > 10
    for panel in board["panels"]:
        for target in panel["targets"]:
            assert asked(target["expr"]) <= told, panel["title"]
