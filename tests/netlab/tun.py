"""TUN devices: a network interface whose other end is a file descriptor that reads and writes IP packets.

Linux, Documentation/networking/tuntap.rst.
"""

import fcntl
import os
import struct

DEVICE = "eth0"
"""Its name in every namespace. WebRTC stacks take a name like tun0 for a VPN and rank its candidates lower."""
MTU = 1500
"""Bytes of the largest IP packet."""

_TUNSETIFF = 0x400454CA
_IFF_TUN = 0x0001
_IFF_NO_PI = 0x1000


def open_tun() -> int:
    """Makes the device in the namespace of the calling thread; closing the descriptor it answers removes the device.

    Raises OSError when the kernel has no TUN or the caller is not allowed to.
    """
    descriptor = os.open("/dev/net/tun", os.O_RDWR | os.O_CLOEXEC | os.O_NONBLOCK)
    try:
        fcntl.ioctl(descriptor, _TUNSETIFF, struct.pack("16sH22x", DEVICE.encode(), _IFF_TUN | _IFF_NO_PI))
    except BaseException:
        os.close(descriptor)
        raise
    return descriptor
