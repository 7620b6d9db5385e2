"""Whether this machine can run a lab, and if not, what is missing."""

import functools
import os
import shutil
from pathlib import Path

from .lab import NetLab


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
