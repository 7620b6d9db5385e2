"""Keeps tests from taking the machine for themselves.

Run by root, the native part of LiveKit's SDK gives threads real-time priority, up to the main one, and every server and
browser that a test starts inherits it. On two cores such processes starve all others, even the kernel's own work.
"""

import contextlib
import ctypes
import os
import resource

CAP_SYS_NICE = 23
PR_CAPBSET_DROP = 24
CAPABILITY_VERSION_3 = 0x20080522
"""Source: capset(2), prctl(2), <linux/capability.h>."""

NICE_RANGE = 40


class _Header(ctypes.Structure):
    _fields_ = (("version", ctypes.c_uint32), ("pid", ctypes.c_int))


class _Sets(ctypes.Structure):
    _fields_ = (("effective", ctypes.c_uint32), ("permitted", ctypes.c_uint32), ("inheritable", ctypes.c_uint32))


def forbid_real_time() -> None:
    """Give up CAP_SYS_NICE, for this process and all that it starts; nice values stay free where that can be had.

    Who is not root has nothing to give up. Raises OSError.
    """
    if os.geteuid() != 0:
        return
    with contextlib.suppress(ValueError):  # in containers that may not raise limits
        resource.setrlimit(resource.RLIMIT_NICE, (NICE_RANGE, NICE_RANGE))
    libc = ctypes.CDLL(None, use_errno=True)
    header, sets = _Header(CAPABILITY_VERSION_3, 0), (_Sets * 2)()
    _check(libc.prctl(PR_CAPBSET_DROP, CAP_SYS_NICE, 0, 0, 0))
    _check(libc.capget(ctypes.byref(header), sets))
    sets[0].effective &= ~(1 << CAP_SYS_NICE)
    sets[0].permitted &= ~(1 << CAP_SYS_NICE)
    sets[0].inheritable &= ~(1 << CAP_SYS_NICE)
    _check(libc.capset(ctypes.byref(header), sets))


def _check(result: int) -> None:
    if result != 0:
        raise OSError(ctypes.get_errno(), "cannot give up CAP_SYS_NICE")
