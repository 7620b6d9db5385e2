"""`roomful doctor` says what is wrong, and what to do about it."""

import socket
from pathlib import Path

import msgspec
import pytest

from roomful.cli import checks
from roomful.cli.checks import Finding, Verdict
from roomful.config import Config, RtcConfig, TlsConfig, effective
from roomful.config.schema import StorageConfig, TurnConfig
from tests.postgres import RunningPostgres
from tests.unit.cli.conftest import Run, free_ports


def verdicts(outcome_json: str) -> dict[str, Finding]:
    return {finding.what: finding for finding in msgspec.json.decode(outcome_json, type=list[Finding])}


@pytest.fixture
def flags() -> list[str]:
    port, tcp, udp = free_ports(3)
    return ["--dev", "--port", str(port), f"--rtc.tcp_port={tcp}", f"--rtc.udp_port={udp}"]


def test_everything_is_looked_at(run: Run, flags: list[str]) -> None:
    outcome = run("doctor", *flags, "--json")
    found = verdicts(outcome.out)
    assert found.keys() >= {
        "configuration", "media engine", "pages", "API keys", "main port", "media, UDP", "media, TCP", "addresses",
        "TLS", "storage", "clock", "open files",
    }  # fmt: skip
    assert found["main port"].verdict is Verdict.OK


def test_a_taken_port_is_a_failure_with_the_option_to_change(run: Run, flags: list[str]) -> None:
    media = flags[-2:]
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        outcome = run("doctor", "--dev", "--port", str(port), *media)
    assert outcome.status == 1
    assert f"port {port} of 127.0.0.1 (the main port) is taken" in outcome.out


def test_a_server_without_keys_is_told_how_to_get_them(run: Run, flags: list[str]) -> None:
    outcome = run("doctor", *flags[1:], "--json")
    assert outcome.status == 1
    found = verdicts(outcome.out)["configuration"]
    assert found.verdict is Verdict.FAILURE
    assert "roomful serve --dev" in found.remedy


def one(check: checks.Check, config: Config) -> Finding:
    [finding] = check(config)
    return finding


def production(**changes: object) -> Config:
    return effective(Config(keys={"k": "s" * 32}, **changes))  # type: ignore[arg-type]


def test_a_public_server_without_tls_is_warned() -> None:
    finding = one(checks.check_tls, production())
    assert (finding.verdict, "https" in finding.detail) == (Verdict.WARNING, True)


def test_a_certificate_that_cannot_be_read_is_a_failure(tmp_path: Path) -> None:
    nonsense = tmp_path / "x.pem"
    nonsense.write_text("nonsense")
    for path in (nonsense, tmp_path / "missing.pem"):
        finding = one(checks.check_tls, production(tls=TlsConfig(cert_file=str(path), key_file=str(path))))
        assert finding.verdict is Verdict.FAILURE


def test_a_public_node_address_is_fine() -> None:
    finding = one(checks.check_addresses, production(rtc=RtcConfig(node_ip="8.8.8.8")))
    assert (finding.verdict, finding.detail) == (Verdict.OK, "8.8.8.8")


def test_storage_that_cannot_be_written_is_a_failure(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    finding = one(checks.check_storage, production(data_dir=str(tmp_path / "file" / "data")))
    assert finding.verdict is Verdict.FAILURE


@pytest.mark.parametrize("url", ["mysql://localhost/x", "postgresql://root:hidden@127.0.0.1:1/x"])
def test_a_database_that_does_not_answer_is_a_failure(url: str) -> None:
    finding = one(checks.check_storage, production(storage=StorageConfig(url=url)))
    assert (finding.verdict, "hidden" in finding.detail) == (Verdict.FAILURE, False)


def test_a_database_that_answers_is_fine(postgres: RunningPostgres) -> None:
    finding = one(checks.check_storage, production(storage=StorageConfig(url=postgres.new_database())))
    assert (finding.verdict, "PostgreSQL 1" in finding.detail) == (Verdict.OK, True)


def test_a_clock_in_the_past_is_a_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checks.time, "time", lambda: 1_000_000_000.0)
    assert one(checks.check_clock, production()).verdict is Verdict.FAILURE


def test_a_low_limit_of_open_files_is_a_warning(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checks.resource, "getrlimit", lambda _: (256, 1024))  # type: ignore[misc]
    finding = next(checks.check_limits(production()))
    assert (finding.verdict, "1024" in finding.detail) == (Verdict.WARNING, True)


def test_clients_behind_firewalls_are_thought_of(tmp_path: Path) -> None:
    assert "turn.enabled" in one(checks.check_turn, production()).detail
    udp = one(checks.check_turn, production(turn=TurnConfig(enabled=True, udp_port=3478)))
    assert "turn.tls_port" in udp.remedy
    balanced = TurnConfig(enabled=True, tls_port=5349, domain="turn.example", external_tls=True)
    over_tls = one(checks.check_turn, production(turn=balanced))
    assert (over_tls.verdict, "443" in over_tls.remedy) == (Verdict.OK, True)
    missing = msgspec.structs.replace(
        balanced, external_tls=False, cert_file=str(tmp_path / "no.pem"), key_file=str(tmp_path / "no.key")
    )
    assert one(checks.check_turn, production(turn=missing)).verdict is Verdict.FAILURE


def test_a_taken_port_of_turn_is_a_failure(run: Run, flags: list[str]) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
        outcome = run("doctor", *flags, "--turn.enabled=true", f"--turn.udp_port={port}", "--json")
    found = verdicts(outcome.out)["TURN, UDP"]
    assert found.verdict is Verdict.FAILURE
    assert "turn.udp_port" in found.detail
