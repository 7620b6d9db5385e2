"""Hashes of agents' passwords, by scrypt."""

import base64
import hashlib
import hmac
import secrets

N, R, P = 2**14, 8, 1
"""16 MiB and some tens of milliseconds for each guess."""
_KIND = "scrypt"


def hashed(password: str) -> str:
    """Takes its time: for a thread."""
    salt = secrets.token_bytes(16)
    return f"{_KIND}${N}${R}${P}${_text(salt)}${_text(_derive(password, salt, N, R, P))}"


def fits(password: str, stored: str) -> bool:
    """Takes its time, also where the stored hash is none: for a thread."""
    try:
        kind, n, r, p, salt, wanted = stored.split("$")
        found = _derive(password, base64.b64decode(salt), int(n), int(r), int(p))
    except ValueError:
        _derive(password, b"as long as with an account", N, R, P)
        return False
    return kind == _KIND and hmac.compare_digest(found, base64.b64decode(wanted))


def _derive(password: str, salt: bytes, n: int, r: int, p: int) -> bytes:
    return hashlib.scrypt(password.encode("utf-8", "surrogatepass"), salt=salt, n=n, r=r, p=p, maxmem=64 * 2**20)


def _text(data: bytes) -> str:
    return base64.b64encode(data).decode()
