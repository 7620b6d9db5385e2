"""What the configuration says about this protocol. specs/livekit.md §3.30, §5."""

from roomful.config import Config
from roomful.config.ice import ice_servers
from roomful.protocols.livekit.encode import ENABLED_CODECS
from roomful.protocols.livekit.links import Settings
from roomful.rooms.ids import new_id


def settings_of(config: Config) -> Settings:
    return Settings(
        ice_servers=ice_servers(config),
        region=config.region,
        node_id=new_id("ND_"),
        codecs=_codecs(config),
        data_tracks=config.enable_data_tracks,
        data_blobs=config.enable_participant_data_blob,
        chat_history=config.room.chat.history if config.room.chat.livekit_history else 0,
    )


def _codecs(config: Config) -> tuple[str, ...]:
    """The codecs that are both configured and supported; none configured means all. RTX goes with any video."""
    configured = {codec.mime.lower() for codec in config.room.enabled_codecs}
    if not configured:
        return ENABLED_CODECS
    return tuple(
        mime
        for mime in ENABLED_CODECS
        if mime.lower() in configured or (mime == "video/rtx" and _has_video(configured))
    )


def _has_video(mimes: set[str]) -> bool:
    return any(mime.startswith("video/") for mime in mimes)
