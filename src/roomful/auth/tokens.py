"""Verifying and minting access tokens: JWT, HS256 and nothing else.

The clock is an argument (unix seconds), so both directions can be tested at any moment.
"""

import binascii
import warnings
from collections.abc import Mapping
from functools import lru_cache

import jwt
import msgspec

from roomful.auth.claims import Claims, HlsClaims
from roomful.auth.errors import TokenError, TokenErrorKind
from roomful.auth.grants import Grant, HlsGrant

LEEWAY = 60.0
"""Seconds by which clocks of token makers may be off, for `nbf` and `exp` alike."""

MIN_SECRET_BYTES = 32
"""HS256 asks for a key at least as long as its hash (RFC 7518 §3.2)."""

REMEMBERED = 1024
"""Tokens whose signatures are not checked anew: one is shown by the upgrade and by the join, or with each segment."""

_ALGORITHM = "HS256"
_signer = jwt.PyJWS(algorithms=[_ALGORITHM])
_claims = msgspec.json.Decoder(Claims)

# The configuration refuses short secrets itself, with advice; only `--dev` gets past it, on purpose.
warnings.filterwarnings("ignore", category=jwt.InsecureKeyLengthWarning)


class TokenVerifier:
    """Knows the API keys and turns tokens into grants."""

    def __init__(self, keys: Mapping[str, str]) -> None:
        """`keys` maps API key to secret; all of them are valid at once, so that keys can be rotated."""
        self._keys = dict(keys)
        self._authentic_payload = lru_cache(REMEMBERED)(self._check_signature)

    def verify(self, token: str, now: float) -> Grant:
        """Check signature and times (60 s leeway) and resolve the grant.

        Raises:
            TokenError: for everything that keeps the token from being good; see its `kind`.
        """
        if not token:
            raise TokenError(TokenErrorKind.MISSING, "no permissions to access the room")
        claims = self._authentic_claims(token)
        _check_times(claims, now)
        if claims.video is None:
            raise TokenError(TokenErrorKind.NO_VIDEO_GRANT, "no permissions to access the room")
        return claims.resolve(claims.video)

    def verify_hls(self, token: str, now: float) -> HlsGrant:
        """Check a token of `mint_hls`, which is part of a link. An access token is none.

        Raises:
            TokenError: it does not open a playlist, or not any more.
        """
        claims = self._authentic_claims(token)
        _check_times(claims, now)
        if claims.hls is None:
            raise _malformed()
        return HlsGrant(playlist=claims.hls.playlist, live_playlist=claims.hls.live, expires_at=claims.exp or 0.0)

    def _authentic_claims(self, token: str) -> Claims:
        return _claims.decode(self._authentic_payload(token))

    def _check_signature(self, token: str) -> bytes:
        """The payload, which can be read as claims. Raises TokenError."""
        try:
            header = jwt.get_unverified_header(token)
            claimed = _claims.decode(_unverified_payload(token))
        except (jwt.InvalidTokenError, msgspec.DecodeError, ValueError):
            raise _malformed() from None
        if header.get("alg") != _ALGORITHM:
            raise TokenError(TokenErrorKind.ALGORITHM, "invalid token: only HS256 signatures are accepted")
        secret = self._keys.get(claimed.iss or "")
        if secret is None:
            raise TokenError(TokenErrorKind.UNKNOWN_KEY, f"invalid API key: {_printable(claimed.iss or '')}")
        try:
            payload = _signer.decode(token, key=secret, algorithms=[_ALGORITHM])
            _claims.decode(payload)
        except jwt.InvalidSignatureError:
            raise TokenError(TokenErrorKind.BAD_SIGNATURE, "invalid token: the signature does not match") from None
        except (jwt.InvalidTokenError, msgspec.DecodeError, ValueError):
            raise _malformed() from None
        return payload


def mint(grant: Grant, key: str, secret: str, ttl: float, now: float) -> str:
    """A signed token for `grant` that is valid from `now` for `ttl` seconds. The grant's own times are not used."""
    return _signed(Claims.of(grant, key=key, not_before=int(now), expires_at=int(now + ttl)), secret)


def mint_hls(grant: HlsGrant, key: str, secret: str) -> str:
    """A signed token that opens the playlists of `grant` until it expires. It lets nobody into a room."""
    claims = Claims(
        iss=key, exp=int(grant.expires_at), hls=HlsClaims(playlist=grant.playlist, live=grant.live_playlist)
    )
    return _signed(claims, secret)


def _signed(claims: Claims, secret: str) -> str:
    return _signer.encode(msgspec.json.encode(claims), secret, algorithm=_ALGORITHM, headers={"typ": "JWT"})


def _unverified_payload(token: str) -> bytes:
    """The middle part, read only to learn which key to check the signature with."""
    part = token.split(".")[1]
    return binascii.a2b_base64(part.replace("-", "+").replace("_", "/") + "=" * (-len(part) % 4))


def _check_times(claims: Claims, now: float) -> None:
    if claims.exp is None:
        # A credential for ever: LiveKit's newer token libraries refuse it as well.
        raise TokenError(TokenErrorKind.EXPIRED, "invalid token: it has no expiry (exp)")
    if now > claims.exp + LEEWAY:
        raise TokenError(TokenErrorKind.EXPIRED, "invalid token: it has expired (exp)")
    if claims.nbf is not None and now < claims.nbf - LEEWAY:
        raise TokenError(TokenErrorKind.NOT_YET_VALID, "invalid token: it is not valid yet (nbf)")


def _malformed() -> TokenError:
    return TokenError(TokenErrorKind.MALFORMED, "invalid authorization token")


def _printable(text: str) -> str:
    """An issuer as it may stand in an answer or a log: short, and without control characters."""
    return "".join(letter for letter in text[:64] if letter.isprintable())
