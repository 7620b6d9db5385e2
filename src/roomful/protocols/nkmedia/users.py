"""Who may log in. specs/nkmedia.md §3.1."""

import hmac
from collections.abc import Mapping


class Users:
    """Users of the configuration, and the server's API keys, whose passwords are their secrets."""

    def __init__(self, users: Mapping[str, str], keys: Mapping[str, str], *, everybody: bool) -> None:
        """`everybody`: any user with any password, where no users are configured."""
        self._passwords = {**keys, **users}
        self.believes_everybody = everybody and not users

    def knows(self, user: str, password: str) -> bool:
        if self.believes_everybody:
            return True
        expected = self._passwords.get(user)
        # An unknown user takes as long as a wrong password.
        same = hmac.compare_digest(_bytes(password), _bytes(expected or ""))
        return same and expected is not None


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")
