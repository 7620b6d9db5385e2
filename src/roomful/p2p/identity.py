"""Who a peer is and where: keys, ids and addresses (specs/iroh-rooms.md §2, §16.1)."""

import base64
import os
import secrets
from dataclasses import dataclass

from roomful._native import p2p_parse_id, p2p_public

KEY_VARIABLE = "IROH_SECRET"


@dataclass(frozen=True, slots=True, order=True)
class EndpointId:
    """The public key of an endpoint."""

    raw: bytes
    """32 bytes."""

    def __post_init__(self) -> None:
        if len(self.raw) != 32:
            raise ValueError(f"an endpoint id has 32 bytes, not {len(self.raw)}")

    @classmethod
    def parse(cls, text: str) -> "EndpointId":
        """From 64 lowercase hex digits, or base32. Raises ValueError for anything else."""
        return cls(p2p_parse_id(text))

    @property
    def short(self) -> str:
        """Ten hex digits, for people."""
        return self.raw[:5].hex()

    def __str__(self) -> str:
        return self.raw.hex()


class SecretKey:
    """What makes an endpoint the one it is. Kept out of `repr`, so that it does not get into logs."""

    def __init__(self, raw: bytes) -> None:
        if len(raw) != 32:
            raise ValueError(f"a secret key has 32 bytes, not {len(raw)}")
        self._raw = raw

    @classmethod
    def generate(cls) -> "SecretKey":
        return cls(secrets.token_bytes(32))

    @classmethod
    def parse(cls, text: str) -> "SecretKey":
        """From 64 lowercase hex digits, or base32 without padding. Raises ValueError, without repeating the text."""
        text = text.strip()
        try:
            if len(text) == 64:
                if text != text.lower():
                    raise ValueError
                return cls(bytes.fromhex(text))
            return cls(base64.b32decode(text.upper() + "=" * (-len(text) % 8)))
        except ValueError:
            raise ValueError("a secret key is 64 lowercase hex digits, or base32 of 32 bytes") from None

    @classmethod
    def from_env(cls, variable: str = KEY_VARIABLE) -> "SecretKey":
        """The key in an environment variable, or a new one if there is none."""
        text = os.environ.get(variable)
        return cls.parse(text) if text else cls.generate()

    @property
    def public(self) -> EndpointId:
        return EndpointId(p2p_public(self._raw))

    def reveal(self) -> bytes:
        """The 32 secret bytes."""
        return self._raw

    def __repr__(self) -> str:
        return f"<SecretKey of {self.public.short}>"


@dataclass(frozen=True, slots=True)
class EndpointAddr:
    """Where an endpoint can be reached. Its text is `ID@ADDRESS,ADDRESS`, as the command line takes it."""

    id: EndpointId
    addresses: tuple[str, ...] = ()
    """ "ip:port" and URLs of relays."""

    @classmethod
    def parse(cls, text: str) -> "EndpointAddr":
        """Raises ValueError for what is no id, or has no address after the @."""
        identity, at, addresses = text.strip().partition("@")
        if not at or not addresses:
            raise ValueError(f"{text!r} is no peer: ID@IP:PORT is expected")
        return cls(EndpointId.parse(identity), tuple(addresses.split(",")))

    def __str__(self) -> str:
        return f"{self.id}@{','.join(self.addresses)}"
