"""Logging: structlog in front, one formatter behind, so that our lines, uvicorn's and the Rust engine's look alike.

Fields that people search for keep LiveKit's names: `room`, `roomID`, `participant`, `pID`, `trackID`, `remote`.
"""

import logging
import sys
from typing import Literal, TextIO

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

LogFormat = Literal["text", "json"]

QUIET_LOGGERS = (
    "uvicorn.error",
    "uvicorn.access",
    "websockets",
    "httpx",
    "httpcore",
    "aiosqlite",
    "alembic",
    "asyncio",
)
"""Libraries whose `info` is only news to their own developers."""


def configure(level: str, style: LogFormat, stream: TextIO = sys.stderr) -> None:
    """Set up all logging of the process. `level` is a name of the standard library's levels, in any case."""
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.ExtraAdder(),
        structlog.processors.TimeStamper(fmt="iso", utc=True) if style == "json" else _clock(),
        structlog.processors.StackInfoRenderer(),
    ]
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *shared,
            structlog.stdlib.PositionalArgumentsFormatter(),
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(stream)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *_rendering(style, stream)],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    threshold = logging.getLevelNamesMapping()[level.upper()]
    root.setLevel(threshold)
    for name in QUIET_LOGGERS:
        logging.getLogger(name).setLevel(max(threshold, logging.WARNING))


def _rendering(style: LogFormat, stream: TextIO) -> list[Processor]:
    if style == "json":
        return [structlog.processors.format_exc_info, _message_first, structlog.processors.JSONRenderer()]
    return [
        structlog.dev.ConsoleRenderer(
            colors=stream.isatty(),
            pad_event_to=34,
            # Not the pretty one: it prints local variables, and those hold secrets and tokens.
            exception_formatter=structlog.dev.plain_traceback,
        )
    ]


def _message_first(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
    """The order people read JSON lines in: when, how bad, what, and then the fields."""
    head = {name: event.pop(name) for name in ("timestamp", "level", "event", "logger") if name in event}
    return {**head, **event}


def _clock() -> Processor:
    return structlog.processors.TimeStamper(fmt="%H:%M:%S", utc=False)
