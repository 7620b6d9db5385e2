"""The flags that `serve` and `doctor` share, and the configuration they lead to."""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

from cyclopts import Parameter

from roomful.cli.arguments import parse_settings
from roomful.cli.output import CommandError
from roomful.config import Loaded, load

Negatives = Parameter(negative=())


@Parameter(name="*")
@dataclass(frozen=True, kw_only=True)
class Settings:
    """How the server is to run."""

    dev: Annotated[bool, Negatives] = False
    """For trying things out on this machine: a known key, loopback only, tokens for whoever asks."""

    config: Annotated[Path | None, Parameter(name=["--config", "-c"])] = None
    """YAML file; LiveKit's work as they are. Also ROOMFUL_CONFIG."""

    bind: Annotated[list[str] | None, Negatives] = None
    """Address to listen on; may be repeated. 0.0.0.0 is every IPv4 address."""

    port: int | None = None
    """Port for everything but media. Default 7880."""

    node_ip: str | None = None
    """Address that clients are told to send media to, when the server is behind NAT."""

    tls: Literal["self-signed"] | None = None
    """Serve https with a certificate made here, for trials on a local network."""

    tls_cert: Path | None = None
    """Serve https with this certificate chain (PEM)."""

    tls_key: Path | None = None
    """Private key of --tls-cert (PEM)."""

    data_dir: Path | None = None
    """Where rooms made by the API are kept."""

    log_format: Literal["text", "json"] | None = None
    """Log lines for people or for programs."""

    log_level: Literal["debug", "info", "warn", "error"] | None = None
    """Least severity that is logged."""

    set: Annotated[list[str] | None, Negatives] = None
    """Any other key of the configuration, as rtc.tcp_port=0; may be repeated."""

    def load(self) -> Loaded:
        """The configuration of file, environment and flags, as written. Raises ConfigError, CommandError."""
        try:
            flags: dict[str, Any] = dict(parse_settings(self.set or []))
        except ValueError as error:
            raise CommandError(str(error), status=2) from None
        flags |= {key: value for key, value in self._flags().items() if value is not None}
        return load(self.config, flags=flags)

    def _flags(self) -> dict[str, Any]:
        return {
            "development": True if self.dev else None,
            "bind_addresses": self.bind,
            "port": self.port,
            "rtc.node_ip": self.node_ip,
            "tls.self_signed": True if self.tls else None,
            "tls.cert_file": str(self.tls_cert) if self.tls_cert else None,
            "tls.key_file": str(self.tls_key) if self.tls_key else None,
            "data_dir": str(self.data_dir) if self.data_dir else None,
            "logging.json": None if self.log_format is None else self.log_format == "json",
            "logging.level": self.log_level,
        }
