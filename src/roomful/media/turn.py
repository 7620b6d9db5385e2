"""The TURN server inside. specs/livekit.md §3.30."""

from roomful._native import Turn, TurnError
from roomful.config.turn import TurnPlan

__all__ = ["Turn", "TurnError", "start_turn"]


def start_turn(plan: TurnPlan) -> Turn:
    """Raises OSError (an address cannot be bound) and TurnError (a certificate that is none)."""
    return Turn(
        udp=plan.udp,
        tcp=plan.tcp,
        certificate=plan.certificate,
        relay_ips=plan.relay_ips,
        relay_ports=plan.relay_ports,
        keys=plan.keys,
        sfu=plan.sfu,
        allow=plan.allow,
        deny=plan.deny,
    )
