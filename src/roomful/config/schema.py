"""Every configuration key, once: its type, its default and what it does.

The YAML reader, the environment variables, the command line's `--set`, and docs/reference/configuration.md are all
made from these structs. Names are LiveKit's wherever LiveKit has the key, so that its files can be used as they are.
"""

from typing import Annotated, Any, Literal, TypeAlias

import msgspec

from roomful.config.values import Duration, PortRange

Port: TypeAlias = Annotated[int, msgspec.Meta(ge=0, le=65535)]
Count: TypeAlias = Annotated[int, msgspec.Meta(ge=0)]
LogLevel: TypeAlias = Literal["debug", "info", "warn", "warning", "error"]


def doc(text: str, *, example: str | None = None) -> msgspec.Meta:
    """The sentence that stands beside the key in the reference page."""
    return msgspec.Meta(description=text, examples=[example] if example else None)


class Section(msgspec.Struct, frozen=True, kw_only=True):
    """A group of keys. Its docstring heads the group in the reference page."""


class AddressFilter(Section, frozen=True, kw_only=True):
    """Which of a set of names or networks are meant; `excludes` wins over `includes`."""

    includes: Annotated[list[str], doc("Only these; empty means all.")] = []
    excludes: Annotated[list[str], doc("All but these.")] = []


class TurnServer(Section, frozen=True, kw_only=True):
    """A TURN server that clients are told to use."""

    host: Annotated[str, doc("Host name or address.")]
    port: Annotated[Port, doc("Port.")] = 443
    protocol: Annotated[Literal["udp", "tcp", "tls"], doc("How clients reach it.")] = "tls"
    username: Annotated[str, doc("Static user name.")] = ""
    credential: Annotated[str, doc("Static password.")] = ""


class PliThrottleConfig(Section, frozen=True, kw_only=True):
    """Least time between two requests for a keyframe of one layer, so that many new viewers ask once."""

    low_quality: Annotated[Duration, doc("Of the smallest layer, and of video without simulcast.")] = Duration(0.5)
    mid_quality: Annotated[Duration, doc("Of the middle layer.")] = Duration(1)
    high_quality: Annotated[Duration, doc("Of the largest layer.")] = Duration(1)


class RtcConfig(Section, frozen=True, kw_only=True):
    """Media: the ports and addresses that packets travel by."""

    udp_port: Annotated[
        PortRange | None,
        doc(
            "UDP port for media, or a range. roomful needs one port per media thread: a single port means one thread, "
            "a range as many threads as it has ports, up to the number of cores. "
            "Not set: from 7882 on, one port per core.",
            example='"7882-7885"',
        ),
    ] = None
    tcp_port: Annotated[Port, doc("TCP port for media where UDP is blocked (ICE-TCP). 0 turns it off.")] = 7881
    node_ip: Annotated[
        str,
        doc(
            "Address to tell clients, when the server stands behind NAT or a load balancer. One IPv4 and one IPv6 "
            "address may be given, with a comma between. Not set: the addresses of the network interfaces.",
            example="203.0.113.7",
        ),
    ] = ""
    interfaces: Annotated[AddressFilter, doc("Network interfaces, by name.")] = AddressFilter()
    ips: Annotated[AddressFilter, doc("Networks of local addresses, as CIDR: `10.0.0.0/8`.")] = AddressFilter()
    enable_loopback_candidate: Annotated[
        bool, doc("Offer 127.0.0.1 to clients too. On in `--dev`. Useful for clients on the same machine only.")
    ] = False
    use_ice_lite: Annotated[
        bool,
        doc(
            "Answer connectivity checks without sending any: right for a server that clients can reach. "
            "LiveKit's default is false."
        ),
    ] = True
    stun_servers: Annotated[list[str], doc("STUN servers that clients are told to use, as `host:port`.")] = []
    turn_servers: Annotated[list[TurnServer], doc("TURN servers that clients are told to use.")] = []
    pli_throttle: PliThrottleConfig = PliThrottleConfig()


class CodecConfig(Section, frozen=True, kw_only=True):
    """A codec that may be published."""

    mime: Annotated[str, doc("MIME type, as `video/VP8`.")]


class RoomConfig(Section, frozen=True, kw_only=True):
    """Defaults of rooms; a room made by CreateRoom may bring its own."""

    auto_create: Annotated[bool, doc("Make a room when the first participant joins it.")] = True
    empty_timeout: Annotated[Duration, doc("How long a room stays open that nobody ever joined.")] = Duration(300)
    departure_timeout: Annotated[Duration, doc("How long a room stays open after its last participant left.")] = (
        Duration(20)
    )
    max_participants: Annotated[Count, doc("Most participants in one room; 0 means any number.")] = 0
    enabled_codecs: Annotated[list[CodecConfig], doc("Codecs that may be published; empty means all.")] = []
    enable_remote_unmute: Annotated[bool, doc("Let the API unmute a track, not only mute it.")] = False
    room_configurations: Annotated[
        dict[str, dict[str, Any]],
        doc(
            "Presets by name; a CreateRoom request or a token may ask for one.",
            example="{town-hall: {empty_timeout: 600}}",
        ),
    ] = {}


class LimitConfig(Section, frozen=True, kw_only=True):
    """What one participant or room may take. Sizes are in bytes."""

    max_metadata_size: Annotated[Count, doc("Metadata of a room or participant. LiveKit's default is 524288.")] = 65_536
    max_attributes_size: Annotated[Count, doc("A participant's attributes, keys and values added up.")] = 65_536
    max_room_name_length: Annotated[Count, doc("Room name.")] = 256
    max_participant_identity_length: Annotated[Count, doc("Identity.")] = 256
    max_participant_name_length: Annotated[Count, doc("Display name.")] = 256


class LoggingConfig(Section, frozen=True, kw_only=True):
    """What is logged, and how."""

    level: Annotated[LogLevel | None, doc("Least severity that is logged. Not set: `log_level`.")] = None
    json: Annotated[bool, doc("One JSON object per line instead of text for people.")] = False


class TlsConfig(Section, frozen=True, kw_only=True):
    """TLS on the main port. Browsers give camera and microphone only to https pages and to localhost."""

    self_signed: Annotated[
        bool, doc("Make a certificate for this machine's names and addresses and keep it in `data_dir`. For trials.")
    ] = False
    cert_file: Annotated[str, doc("Certificate chain, PEM.")] = ""
    key_file: Annotated[str, doc("Private key of the certificate, PEM.")] = ""


class PrometheusConfig(Section, frozen=True, kw_only=True):
    """Metrics are at `/metrics` of the main port."""

    username: Annotated[str, doc("With `password`: ask for HTTP basic authentication at `/metrics`.")] = ""
    password: Annotated[str, doc("See `username`.")] = ""


class EgressConfig(Section, frozen=True, kw_only=True):
    """Recordings and streams of rooms: [Record a room](../how-to/record-a-room.md)."""

    output_directory: Annotated[
        str,
        doc(
            "Folder of recordings; no request can write anywhere else. Not set: `recordings` in `data_dir`.",
            example="/srv/recordings",
        ),
    ] = ""
    min_free_bytes: Annotated[
        Count, doc("Free space on the disk, in bytes, below which no recording starts, and running ones end.")
    ] = 268_435_456
    max_active: Annotated[Count, doc("Most egresses at the same time; each is a process.")] = 100
    max_duration: Annotated[
        Duration, doc("Longest time of one egress, which then ends as EGRESS_LIMIT_REACHED; 0 means any.", example="6h")
    ] = Duration(0)


class TranscriptionConfig(Section, frozen=True, kw_only=True):
    """What is said in rooms as text, by a speech recognizer: [Transcribe a room](../how-to/transcribe-a-room.md)."""

    url: Annotated[
        str,
        doc(
            "The recognizer. http or https: OpenAI's API, without `/audio/transcriptions` at the end; "
            "ws or wss: roomful's own protocol. Empty: no transcription.",
            example="http://127.0.0.1:8000/v1",
        ),
    ] = ""
    api_key: Annotated[str, doc("Sent to the recognizer as bearer token.")] = ""
    model: Annotated[str, doc("Name of the recognizer's model.", example="whisper-1")] = ""
    language: Annotated[str, doc("Language that is spoken, as `en`. Empty: the recognizer finds out.")] = ""
    prompt: Annotated[str, doc("Names and words that will be said.")] = ""
    rooms: Annotated[
        Literal["all", "none"], doc("Which rooms are transcribed without being asked; others by API or command line.")
    ] = "none"
    timeout: Annotated[Duration, doc("How long the recognizer may take for one utterance.")] = Duration(20)
    max_utterance: Annotated[
        Duration, doc("Longest piece of sound that is sent; who speaks on is cut at the quietest moment.")
    ] = Duration(15)
    interim: Annotated[
        Duration,
        doc("How often what is being said is sent before it is finished, over http; 0: never. ws does it by itself."),
    ] = Duration(0)
    captions: Annotated[
        bool,
        doc("Write what is said into a WebVTT file in `egress.output_directory`; beside recordings it always is."),
    ] = False
    max_active: Annotated[Count, doc("Most rooms transcribed at the same time; each has a process.")] = 20


class EventFilter(Section, frozen=True, kw_only=True):
    """Which events are sent, by name: `room_started`, `participant_joined`, …"""

    include_events: Annotated[list[str], doc("Only these; empty means all.")] = []
    exclude_events: Annotated[list[str], doc("All but these.")] = []


class WebhookConfig(Section, frozen=True, kw_only=True):
    """Events sent to your own back end, as signed HTTP requests: [Webhooks](../how-to/webhooks.md)."""

    urls: Annotated[
        list[str], doc("Where events are sent to; empty: nowhere.", example="[https://example.com/livekit]")
    ] = []
    api_key: Annotated[str, doc("The API key whose secret signs the requests. Not set: the first of `keys`.")] = ""
    filter_params: EventFilter = EventFilter()
    max_age: Annotated[
        Duration, doc("How long to go on trying to deliver an event. Time during which the server is down is free.")
    ] = Duration(30)


class IngressConfig(Section, frozen=True, kw_only=True):
    """Streams from outside into rooms: [Take streams from encoders](../how-to/ingress.md)."""

    whip_base_url: Annotated[
        str,
        doc(
            "What publishers are told to send WHIP to: this server's `/w`, by the name they reach it by. "
            "Not set: the main port at localhost.",
            example="https://example.com/w",
        ),
    ] = ""
    rtmp_port: Annotated[Count, doc("Port for RTMP, of its own; 0 is none. RTMP's own port is 1935.")] = 0
    rtmp_base_url: Annotated[
        str,
        doc(
            "What publishers are told to send RTMP to. Not set: `rtmp_port` at localhost.",
            example="rtmp://example.com/live",
        ),
    ] = ""


class OutgoingConfig(Section, frozen=True, kw_only=True):
    """Addresses the server connects to because others named them. Refused: link-local, multicast, clouds' metadata."""

    allow: Annotated[list[str], doc("Networks or addresses allowed although refused by default.")] = []
    deny: Annotated[list[str], doc("Networks or addresses refused as well.", example="[10.0.0.0/8, 127.0.0.0/8]")] = []


class Config(Section, frozen=True, kw_only=True):
    """The whole configuration of a server."""

    port: Annotated[Port, doc("TCP port of everything but media: API, signalling, pages, metrics.")] = 7880
    bind_addresses: Annotated[
        list[str], doc("Addresses to listen on. Empty: all; in `--dev`: 127.0.0.1.", example="[127.0.0.1]")
    ] = []
    keys: Annotated[
        dict[str, str],
        doc(
            "API keys and their secrets; a secret has at least 32 characters. All of them are valid at once.",
            example="{my-key: a-secret-of-32-characters-or-more}",
        ),
    ] = {}
    key_file: Annotated[str, doc("File with `key: secret` lines. It must not be readable for others (mode 600).")] = ""
    data_dir: Annotated[
        str,
        doc(
            "Where rooms made by the API and the self-signed certificate are kept. "
            "Not set: the user's data directory; in `--dev`: nothing is kept."
        ),
    ] = ""
    region: Annotated[str, doc("Name of the region, told to clients.")] = ""
    development: Annotated[
        bool, doc("For trying things out on one machine; the same as `--dev`. Never on a public server.")
    ] = False
    log_level: Annotated[LogLevel, doc("Old name of `logging.level`.")] = "info"
    shutdown_timeout: Annotated[Duration, doc("Longest time a stop may take before connections are cut.")] = Duration(5)
    rtc: RtcConfig = RtcConfig()
    room: RoomConfig = RoomConfig()
    limit: LimitConfig = LimitConfig()
    logging: LoggingConfig = LoggingConfig()
    tls: TlsConfig = TlsConfig()
    prometheus: PrometheusConfig = PrometheusConfig()
    egress: EgressConfig = EgressConfig()
    transcription: TranscriptionConfig = TranscriptionConfig()
    webhook: WebhookConfig = WebhookConfig()
    ingress: IngressConfig = IngressConfig()
    outgoing: OutgoingConfig = OutgoingConfig()

    def __repr__(self) -> str:
        # Whatever prints or logs a configuration must not print the secrets in it.
        return f"<Config of port {self.port}>"

    @property
    def effective_log_level(self) -> str:
        """`debug`, `info`, `warning` or `error`."""
        level = self.logging.level or self.log_level
        return "warning" if level == "warn" else level
