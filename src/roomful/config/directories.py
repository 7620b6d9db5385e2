"""Where files are kept."""

from pathlib import Path

import platformdirs

from roomful.config.schema import Config


def data_directory(config: Config) -> Path | None:
    """Where the database is; `None` keeps it in memory."""
    if config.data_dir:
        return Path(config.data_dir)
    return None if config.development else _user_directory()


def certificate_directory(config: Config) -> Path:
    """Where the self-signed certificate is, in development too: browsers remember an exception for it."""
    return (data_directory(config) or _user_directory()) / "tls"


def recordings_directory(config: Config) -> Path:
    """Where recordings go, in development too: what was recorded is kept."""
    if config.egress.output_directory:
        return Path(config.egress.output_directory).absolute()
    return ((data_directory(config) or _user_directory()) / "recordings").absolute()


def extensions_directory(config: Config) -> Path:
    """Where extensions keep files, in development too."""
    return ((data_directory(config) or _user_directory()) / "extensions").absolute()


def _user_directory() -> Path:
    return Path(platformdirs.user_data_dir("roomful", appauthor=False))
