"""Values and flags that several commands read in the same way.

LiveKit has a flag for each configuration key (`--rtc.tcp_port 7881`); here they are short for `--set`.
"""

from collections.abc import Sequence

from roomful.cli.output import CommandError
from roomful.config.reader import keys
from roomful.config.values import Duration


def with_key_flags(tokens: Sequence[str]) -> list[str]:
    """Rewrite `--rtc.tcp_port 7881` and `--rtc.tcp-port=7881` as `--set rtc.tcp_port=7881`."""
    dotted = {key for key, _ in keys() if "." in key}
    rewritten: list[str] = []
    remaining = iter(tokens)
    for token in remaining:
        flag, equals, value = token.partition("=")
        key = flag.removeprefix("--").replace("-", "_")
        if not flag.startswith("--") or key not in dotted:
            rewritten.append(token)
            continue
        if not equals:
            value = next(remaining, "")
        rewritten += ["--set", f"{key}={value}"]
    return rewritten


def parse_settings(settings: Sequence[str]) -> dict[str, str]:
    """`key=value` words as a mapping. Raises ValueError for a word without `=`."""
    pairs: dict[str, str] = {}
    for setting in settings:
        key, equals, value = setting.partition("=")
        if not equals:
            raise ValueError(f"--set {setting}: expected key=value")
        pairs[key.strip()] = value
    return pairs


def seconds(ttl: str) -> float:
    """`90s`, `15m`, `6h`, `7d` after `--ttl`. Raises CommandError."""
    try:
        found = float(Duration(ttl))
    except ValueError as error:
        raise CommandError(f"--ttl: {error}", status=2) from None
    if not found:
        raise CommandError("--ttl: what is never valid is of no use", status=2)
    return found


def attributes(pairs: Sequence[str] | None) -> dict[str, str]:
    """What was given with `--attribute key=value`. Raises CommandError."""
    found: dict[str, str] = {}
    for pair in pairs or ():
        key, equals, value = pair.partition("=")
        if not equals:
            raise CommandError(f"--attribute {pair}: expected key=value", status=2)
        found[key] = value
    return found
