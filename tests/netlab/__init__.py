"""A laboratory of bad networks: hosts in network namespaces, joined by a user-space link that loses and delays.

    with NetLab(seed=7) as lab:
        server, alice = lab.host("server"), lab.host("alice")
        server.popen(["roomful", "serve", "--config", "room.yaml"])
        alice.impair(down=Impairment(loss=0.05, delay=0.08))
        ...
        assert alice.counters().down.lost > 0

Each host has a TUN device `eth0` in a namespace of its own. The other ends of all the devices are in one process, the
link, which carries IPv4 packets from host to host and applies to each the impairment of the sender's `up` and of the
receiver's `down` direction. Needs root, `/dev/net/tun` and `ip` of iproute2, but no qdisc, bridge or veth.

`Neighbour` is a host without a link, for servers that need an address besides loopback: this process reaches it itself.
"""

from .host import Host
from .impairment import Counters, HostCounters, Impairment
from .lab import NetLab
from .neighbour import Neighbour

__all__ = ["Counters", "Host", "HostCounters", "Impairment", "Neighbour", "NetLab"]
