"""Who administers the server over HTTP: the bearer of a token, or, where none is configured, who is on this machine."""

import hmac
import ipaddress
import time
from collections.abc import Container

from roomful.auth.errors import TokenError
from roomful.auth.tokens import TokenVerifier

_FROM_ELSEWHERE = ("origin", "forwarded", "x-forwarded-for", "x-real-ip", "sec-fetch-site")
"""Headers of browsers and proxies: a request that has one may come from anywhere, through this machine."""


class AdminCheck:
    """The rule of one server."""

    def __init__(self, token: str, makers: TokenVerifier | None = None) -> None:
        """With `makers`, tokens of an API key that may create rooms administer as well.

        That is for development, whose pages have such tokens and no back end that would make live rooms for them.
        """
        self._token = token
        self._makers = makers

    def __call__(self, bearer: str, client_ip: str, headers: Container[str]) -> bool:
        """`headers`: names in lower case. Somebody on this machine who shows another token is whom that token says."""
        if self._makers is not None and bearer and _may_create(self._makers, bearer):
            return True
        if self._token:
            return hmac.compare_digest(bearer.encode(), self._token.encode())
        if bearer or any(name in headers for name in _FROM_ELSEWHERE):
            return False
        try:
            return ipaddress.ip_address(client_ip).is_loopback
        except ValueError:
            return False


def _may_create(verifier: TokenVerifier, bearer: str) -> bool:
    try:
        return verifier.verify(bearer, time.time()).video.room_create
    except TokenError:
        return False
