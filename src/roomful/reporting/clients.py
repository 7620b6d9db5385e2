"""What is known of a participant's software and device, in the columns of reports."""

from collections.abc import Mapping
from typing import TypedDict


class Device(TypedDict):
    """Empty text: not known."""

    terminal: str
    device_name: str
    os_version: str
    network_type: str
    sdk_version: str


def device_of(client: Mapping[str, str]) -> Device:
    """`client` is a participant's; protocols name the same things differently."""
    system = " ".join(part for part in (client.get("os", ""), client.get("os_version", "")) if part)
    browser = " ".join(part for part in (client.get("browser", ""), client.get("browser_version", "")) if part)
    return Device(
        terminal=client.get("terminal") or client.get("sdk", ""),
        device_name=client.get("device_name") or client.get("device_model") or browser,
        os_version=system,
        network_type=client.get("network_type") or client.get("network", ""),
        sdk_version=client.get("sdk_version") or client.get("version", ""),
    )
