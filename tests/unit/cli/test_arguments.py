"""LiveKit's flags for configuration keys."""

import pytest

from roomful.cli.arguments import with_key_flags


@pytest.mark.parametrize(
    ("tokens", "rewritten"),
    [
        (["serve", "--rtc.tcp_port", "0", "--dev"], ["serve", "--set", "rtc.tcp_port=0", "--dev"]),
        (["serve", "--rtc.tcp-port=0"], ["serve", "--set", "rtc.tcp_port=0"]),
        (["serve", "--room.auto_create", "false"], ["serve", "--set", "room.auto_create=false"]),
        (["serve", "--rtc.interfaces.includes", "lo,eth0"], ["serve", "--set", "rtc.interfaces.includes=lo,eth0"]),
        (["serve", "--port", "5", "--rtc.nope", "1"], ["serve", "--port", "5", "--rtc.nope", "1"]),
        (["serve", "--rtc.tcp_port"], ["serve", "--set", "rtc.tcp_port="]),
    ],
)
def test_a_dotted_flag_is_short_for_set(tokens: list[str], rewritten: list[str]) -> None:
    assert with_key_flags(tokens) == rewritten
