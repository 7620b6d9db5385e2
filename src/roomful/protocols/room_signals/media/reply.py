"""What uplinks and downlinks share: how they reply, and how they end."""

import logging
from collections.abc import Callable
from typing import TypeAlias

from roomful.media.api import MediaApi, MediaError
from roomful.protocols.room_signals.codes import Code, SignalError

Reply: TypeAlias = Callable[[str | SignalError], None]
"""Gets a session description, or why there is none."""

SILENCE_ALLOWED = 15.0
"""Seconds that a connection may be silent for before it is closed."""

logger = logging.getLogger(__name__)


def broken(message: str) -> SignalError:
    """It went wrong here, and not because of the client."""
    return SignalError(Code.INTERNAL_SERVER_ERROR, message)


def close_peer(media: MediaApi, peer: int) -> None:
    """End a connection; an engine that cannot take even that has ended, or ends it when it has been silent."""
    try:
        media.close_peer(peer)
    except MediaError as error:
        logger.warning("a peer connection could not be closed: %s", error)
