"""Whose token a request of roomful's own API carries."""

import time
from typing import Any

from litestar import Request
from litestar.datastructures import State
from litestar.exceptions import NotAuthorizedException

from roomful.auth import Grant, TokenError, TokenVerifier, bearer_token


def grant_of(request: Request[Any, Any, State], verifier: TokenVerifier, query: bytes = b"") -> Grant:
    """Return the grant of the token in the headers, or in `query` where it may stand there.

    Raises:
        NotAuthorizedException: there is none, or it does not hold.
    """
    try:
        return verifier.verify(bearer_token(request.scope["headers"], query) or "", time.time())
    except TokenError as error:
        raise NotAuthorizedException(str(error)) from None
