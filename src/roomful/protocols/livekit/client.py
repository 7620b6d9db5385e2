"""What a client says of itself: software, device, abilities. specs/livekit.md §3.2, §3.8."""

import re
from collections.abc import Mapping

from livekit.protocol import models

from roomful.protocols.livekit.vocabulary import CAPABILITY, CAPABILITY_NAME, SDK_NAME

_SDK = models.ClientInfo.SDK
_SDKS: dict[str, models.ClientInfo.SDK] = {
    "js": _SDK.JS,
    "ios": _SDK.SWIFT,
    "swift": _SDK.SWIFT,
    "android": _SDK.ANDROID,
    "flutter": _SDK.FLUTTER,
    "go": _SDK.GO,
    "unity": _SDK.UNITY,
    "unityweb": _SDK.UNITY_WEB,
    "reactnative": _SDK.REACT_NATIVE,
    "rust": _SDK.RUST,
    "python": _SDK.PYTHON,
    "cpp": _SDK.CPP,
    "node": _SDK.NODE,
    "unreal": _SDK.UNREAL,
    "esp32": _SDK.ESP32,
}
_TEXT_PARAMETERS = ("version", "os", "os_version", "device_model", "browser", "browser_version", "network")
_MAX_TEXT = 256
"""Characters kept of anything a client says of itself: it is stored per participant and shown to operators."""


def client_from_query(query: Mapping[str, str]) -> models.ClientInfo:
    """The client of the two-peer-connection mode, which describes itself by query parameters."""
    info = models.ClientInfo(
        sdk=_SDKS.get(query.get("sdk", "").lower(), _SDK.UNKNOWN),
        protocol=_number(query.get("protocol", "")),
        client_protocol=_number(query.get("client_protocol", "")),
    )
    for name in _TEXT_PARAMETERS:
        setattr(info, name, query.get(name, ""))
    names = query.get("capabilities", "").split(",")
    info.capabilities.extend(CAPABILITY[name] for name in names if name in CAPABILITY)
    return info


def complete(info: models.ClientInfo, address: str, user_agent: str) -> None:
    """Add what the HTTP request tells and the client did not."""
    info.address = address
    if not info.browser:
        info.browser, info.browser_version = browser_of(user_agent)


def describe(info: models.ClientInfo) -> dict[str, str]:
    """The client as it is kept with its participant; `Participant.client`."""
    described = {
        "sdk": SDK_NAME.get(info.sdk, ""),
        "protocol": str(info.protocol),
        "client_protocol": str(info.client_protocol),
        "address": info.address,
        "capabilities": ",".join(CAPABILITY_NAME[number] for number in info.capabilities if number in CAPABILITY_NAME),
    }
    for name in _TEXT_PARAMETERS:
        described[name] = getattr(info, name)[:_MAX_TEXT]
    return {name: value for name, value in described.items() if value}


def client_configuration(info: models.ClientInfo) -> models.ClientConfiguration | None:
    """What this client must not do, learned from experience with it; None for most."""
    browser, system = info.browser.lower(), info.os.lower()
    configuration = models.ClientConfiguration()
    if browser == "safari":
        configuration.disabled_codecs.codecs.add(mime="video/AV1")
        if _version(info.browser_version) > (18, 3):
            configuration.disabled_codecs.publish.add(mime="video/VP9")
    elif (browser == "firefox" and ("linux" in system or "android" in system)) or (
        info.device_model.lower() == "xiaomi 2201117ti" and system == "android"
    ):
        configuration.disabled_codecs.publish.add(mime="video/H264")
    return configuration if configuration.HasField("disabled_codecs") else None


_BROWSERS = (
    # The order matters: browsers name their ancestors too.
    ("Firefox", re.compile(r"(?:Firefox|FxiOS)/([\d.]+)")),
    ("Edge", re.compile(r"Edg(?:e|A|iOS)?/([\d.]+)")),
    ("Opera", re.compile(r"OPR/([\d.]+)")),
    ("Chrome", re.compile(r"(?:Chrome|CriOS)/([\d.]+)")),
    ("Safari", re.compile(r"Version/([\d.]+).* Safari/")),
)


def browser_of(user_agent: str) -> tuple[str, str]:
    """Name and version of the browser; empty when it is none that is known."""
    for name, pattern in _BROWSERS:
        if found := pattern.search(user_agent[:1024]):
            return name, found[1]
    return "", ""


def _version(text: str) -> tuple[int, ...]:
    return tuple(_number(part) for part in text.split(".")[:2])


def _number(text: str) -> int:
    """A small number out of a query; 0 for anything else."""
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 10 else 0
