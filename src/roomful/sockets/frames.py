"""Frames as a server sends them: whole messages, not masked. RFC 6455 §5.2."""

import struct

_TEXT = 0x81
_BINARY = 0x82
_two_bytes = struct.Struct(">BBH").pack
"""First byte, 126, and the length. RFC 6455 §5.2."""
_eight_bytes = struct.Struct(">BBQ").pack
"""First byte, 127, and the length."""


def text_frame(payload: bytes) -> bytes:
    """The frame of one text message, for any number of sockets. `payload` is UTF-8, which is not checked."""
    return _frame(_TEXT, payload)


def binary_frame(payload: bytes) -> bytes:
    """The frame of one binary message, for any number of sockets."""
    return _frame(_BINARY, payload)


def text_head(size: int) -> bytes:
    """What comes before a text of so many bytes, for a frame that is joined from parts."""
    return _head(_TEXT, size)


def _frame(head: int, payload: bytes) -> bytes:
    return _head(head, len(payload)) + payload


def _head(head: int, size: int) -> bytes:
    if size < 126:
        return bytes((head, size))
    if size < 65536:
        return _two_bytes(head, 126, size)
    return _eight_bytes(head, 127, size)
