"""Whether this machine can run a lab, and if not, what is missing."""

import functools
import os
import shutil
from pathlib import Path

import pytest

from .lab import NetLab
from .neighbour import Neighbour


def require(missing: str | None) -> None:
    """Skip the test when something is missing; with CI=true it fails: there everything must run."""
    if missing is None:
        return
    if os.environ.get("CI", "").lower() in ("1", "true"):
        pytest.fail(missing)
    pytest.skip(missing)


@functools.cache
def missing_capability() -> str | None:
    """What keeps a lab from running here, as a sentence that says what to do; None when it runs."""
    if os.geteuid() != 0:
        return "the network lab makes namespaces and TUN devices: run as root"
    if shutil.which("ip") is None:
        return "the network lab needs `ip`: apt-get install iproute2"
    if not Path("/dev/net/tun").exists():
        return "the network lab needs /dev/net/tun: modprobe tun, or give the container that device"
    try:
        with NetLab() as lab:
            lab.host("probe")
    except OSError as error:
        return f"the network lab may not make namespaces or TUN devices here (CAP_NET_ADMIN, CAP_SYS_ADMIN): {error}"
    return None


@functools.cache
def missing_neighbour() -> str | None:
    """What keeps a neighbour from being made here, in such a sentence; None when it can be."""
    if os.geteuid() != 0:
        return "servers with a network of their own are in namespaces: run as root"
    if shutil.which("ip") is None:
        return "network namespaces need `ip`: apt-get install iproute2"
    try:
        with Neighbour():
            pass
    except OSError as error:
        return f"network namespaces and veth devices may not be made here (CAP_NET_ADMIN, CAP_SYS_ADMIN): {error}"
    return None
