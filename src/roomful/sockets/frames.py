"""Frames as a server sends them: whole messages, not masked. RFC 6455 §5.2."""

_TEXT = 0x81
_BINARY = 0x82


def text_frame(payload: bytes) -> bytes:
    """The frame of one text message, for any number of sockets. `payload` is UTF-8, which is not checked."""
    return _frame(_TEXT, payload)


def binary_frame(payload: bytes) -> bytes:
    """The frame of one binary message, for any number of sockets."""
    return _frame(_BINARY, payload)


def _frame(head: int, payload: bytes) -> bytes:
    size = len(payload)
    if size < 126:
        return bytes((head, size)) + payload
    if size < 65536:
        return bytes((head, 126)) + size.to_bytes(2, "big") + payload
    return bytes((head, 127)) + size.to_bytes(8, "big") + payload
