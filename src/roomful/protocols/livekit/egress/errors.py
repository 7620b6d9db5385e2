"""What a request for an egress can be refused with."""

from roomful.protocols.livekit.room_service.errors import Code, TwirpError


def invalid(what: str) -> TwirpError:
    return TwirpError(Code.INVALID_ARGUMENT, what)


def missing(field: str) -> TwirpError:
    """In the words of the reference."""
    return invalid(f"request has missing or invalid field: {field}")


def unsupported(what: str) -> TwirpError:
    return TwirpError(Code.UNIMPLEMENTED, what)


def not_in_this_state(status: str, what: str) -> TwirpError:
    """`what` is a participle: `stopped`, `updated`."""
    return TwirpError(Code.FAILED_PRECONDITION, f"egress with status {status} cannot be {what}")


def egress_not_found() -> TwirpError:
    return TwirpError(Code.NOT_FOUND, "egress does not exist")
