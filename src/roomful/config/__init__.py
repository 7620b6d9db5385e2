"""The server's configuration: LiveKit's YAML keys, environment variables and flags, one typed definition of all."""

from roomful.config.effective import effective
from roomful.config.errors import ConfigError, Notice
from roomful.config.schema import (
    AddressFilter,
    CodecConfig,
    Config,
    EgressConfig,
    EventFilter,
    IngressConfig,
    LimitConfig,
    LoggingConfig,
    OutgoingConfig,
    PrometheusConfig,
    RoomConfig,
    RtcConfig,
    TlsConfig,
    TranscriptionConfig,
    TurnServer,
    WebhookConfig,
)
from roomful.config.sources import Loaded, load
from roomful.config.values import Duration, PortRange

__all__ = [
    "AddressFilter",
    "CodecConfig",
    "Config",
    "ConfigError",
    "Duration",
    "EgressConfig",
    "EventFilter",
    "IngressConfig",
    "LimitConfig",
    "Loaded",
    "LoggingConfig",
    "Notice",
    "OutgoingConfig",
    "PortRange",
    "PrometheusConfig",
    "RoomConfig",
    "RtcConfig",
    "TlsConfig",
    "TranscriptionConfig",
    "TurnServer",
    "WebhookConfig",
    "effective",
    "load",
]
