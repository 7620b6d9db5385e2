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


_HEX_OR_EMPTY = "^([0-9a-fA-F]{32})?$"


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
    use_external_ip: Annotated[
        bool,
        doc(
            "Ask a STUN server at the start for the address that the internet sees, and tell clients that one. "
            "It wins over `node_ip`. Asked are `stun_servers`, or two public ones if there are none."
        ),
    ] = False
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


class VerifyConfig(Section, frozen=True, kw_only=True):
    """The external service that says who a user is: [Monibuca clients](../how-to/monibuca-clients.md)."""

    url: Annotated[str, doc("Address of the service.", example="https://example.com/verify")] = ""
    method: Annotated[
        Literal["POST", "GET"], doc("`POST` sends a JSON body, `GET` the same fields as query parameters.")
    ] = "POST"
    header: Annotated[dict[str, str], doc("Headers that are sent every time.", example="{X-Api-Key: abc}")] = {}
    forward_headers: Annotated[
        list[str], doc("Headers of the client's own request that are passed on; empty passes none.")
    ] = msgspec.field(default_factory=lambda: ["Authorization", "Cookie", "X-Forwarded-For", "User-Agent"])
    timeout: Annotated[Duration, doc("How long the service may take.")] = Duration(5)
    cache_ttl: Annotated[
        Duration, doc("How long a good answer is used again for the same token, room and user; 0: never.")
    ] = Duration(0)
    fail_open: Annotated[
        bool, doc("Let people in as viewers while the service cannot be reached, instead of refusing them.")
    ] = False


class JwtConfig(Section, frozen=True, kw_only=True):
    """Tokens that your own back end signs, with the claims `sub`, `name`, `role`, `room` and `exp`."""

    secret: Annotated[str, doc("Shared secret of at least 32 characters.")] = ""
    algorithms: Annotated[list[Literal["HS256", "HS384", "HS512"]], doc("Signatures that are accepted.")] = (
        msgspec.field(default_factory=lambda: ["HS256"])
    )


class RoomAuthConfig(Section, frozen=True, kw_only=True):
    """How users of the room WebSocket are verified. Tokens of the server's own API keys are good in every mode."""

    mode: Annotated[
        Literal["none", "keys", "jwt", "http"] | None,
        doc(
            "`http` asks `verify.url`; `jwt` reads tokens signed with `jwt.secret`; `keys` knows nothing but the "
            "server's API keys; `none` believes everybody, for trials. Not set: what is configured, else `keys`, and "
            "in `--dev` `none`."
        ),
    ] = None
    verify: VerifyConfig = VerifyConfig()
    jwt: JwtConfig = JwtConfig()


class ChatConfig(Section, frozen=True, kw_only=True):
    """Chat over the room WebSocket and Room Signals; `custom` messages have four times this rate."""

    rate: Annotated[Count, doc("Messages of one member in `window`; so many may come at once.")] = 5
    window: Annotated[Duration, doc("See `rate`.")] = Duration(10)
    max_length: Annotated[Count, doc("Characters of one message.")] = 500
    history: Annotated[Count, doc("Messages that who joins is told.")] = 50
    livekit_history: Annotated[
        bool,
        doc(
            "Tell LiveKit clients that join, too, but no agents: as text streams of `lk.chat` with the attribute "
            "`roomful.history`, and as ChatMessage packets."
        ),
    ] = True


class RoomLiveConfig(Section, frozen=True, kw_only=True):
    """Reports of all rooms, whose key stands here for those who know it from there."""

    report_retention_days: Annotated[
        Count, doc("Days for which reports are kept, but for the numbers of whole days; 0 keeps them for ever.")
    ] = 15


class RoomConfig(Section, frozen=True, kw_only=True):
    """Defaults of rooms; a room made by CreateRoom may bring its own."""

    auto_create: Annotated[bool, doc("Make a room when the first participant joins it.")] = True
    empty_timeout: Annotated[Duration, doc("How long a room stays open that nobody ever joined.")] = Duration(300)
    departure_timeout: Annotated[Duration, doc("How long a room stays open after its last participant left.")] = (
        Duration(20)
    )
    max_participants: Annotated[Count, doc("Most participants in one room; 0 means any number.")] = 0
    duplicate_identity: Annotated[
        Literal["replace", "reject", "allow"],
        doc(
            "What becomes of somebody who joins with an identity that is in the room: `replace` the earlier one, "
            "`reject` the later one, or `allow` both (the later one gets `/2` after its identity). Who has "
            "lost its connection can always be replaced."
        ),
    ] = "replace"
    revoke_removed: Annotated[
        bool,
        doc(
            "RemoveParticipant revokes the tokens that the participant may hold, as if `revoke_token_ts` were in a "
            "minute. Without, it can come back with them, as on LiveKit's open-source server."
        ),
    ] = True
    enabled_codecs: Annotated[list[CodecConfig], doc("Codecs that may be published; empty means all.")] = []
    enable_remote_unmute: Annotated[bool, doc("Let the API unmute a track, not only mute it.")] = False
    room_configurations: Annotated[
        dict[str, dict[str, Any]],
        doc(
            "Presets by name; a CreateRoom request or a token may ask for one.",
            example="{town-hall: {empty_timeout: 600}}",
        ),
    ] = {}
    admin_token: Annotated[
        str,
        doc(
            "Bearer token that may do everything in the HTTP API of rooms and of extensions. "
            "Not set: programs on this machine may, but no browser and nothing behind a proxy. "
            "In `--dev` tokens with `roomCreate`, which the pages have, administer extensions, too.",
        ),
    ] = ""
    first_user_is_host: Annotated[bool, doc("Where nobody is verified, who comes first is the host.")] = True
    heartbeat_interval: Annotated[Duration, doc("How often clients of the room WebSocket say that they live.")] = (
        Duration(10)
    )
    heartbeat_timeout: Annotated[Duration, doc("Without a heartbeat for so long, a member is removed.")] = Duration(30)
    reconnect_grace: Annotated[
        Duration, doc("How long a member stays whose connection is lost, and can come back unnoticed.")
    ] = Duration(10)
    presence_limit: Annotated[
        Count, doc("Members from which on viewers' comings and goings are told as a number, once a second.")
    ] = 200
    auth: RoomAuthConfig = RoomAuthConfig()
    chat: ChatConfig = ChatConfig()
    live: RoomLiveConfig = RoomLiveConfig()


class RoomSignalsAuthConfig(Section, frozen=True, kw_only=True):
    """How users of Room Signals are verified. Tokens of the server's own API keys are good in every mode."""

    mode: Annotated[
        Literal["none", "keys", "jwt"] | None,
        doc(
            "`jwt` reads tokens signed with `jwt.secret` (`sub` is the user id); `keys` knows nothing but the server's "
            "API keys; `none` believes everybody, for trials. Not set: `jwt` with a secret, else `keys`, and in "
            "`--dev` `none`."
        ),
    ] = None
    jwt: JwtConfig = JwtConfig()


class AgoraConfig(Section, frozen=True, kw_only=True):
    """A project at Agora, whose channels carry the media of rooms with the engine `agora`."""

    app_id: Annotated[str, msgspec.Meta(pattern=_HEX_OR_EMPTY), doc("App id: 32 hexadecimal digits.")] = ""
    app_certificate: Annotated[
        str, msgspec.Meta(pattern=_HEX_OR_EMPTY), doc("App certificate, a secret: 32 hexadecimal digits.")
    ] = ""


class HundredMsConfig(Section, frozen=True, kw_only=True):
    """A workspace at 100ms, whose rooms carry the media of rooms with the engine `hundredms`."""

    access_key: Annotated[str, doc("App access key.")] = ""
    secret: Annotated[str, doc("App secret.")] = ""
    rooms: Annotated[
        dict[str, str],
        doc(
            "Ids of rooms at 100ms, by the `rid` of rooms here; a `rid` that is not listed is such an id.",
            example="{stage: 64f0c1d2e3}",
        ),
    ] = {}


class SignalsHlsConfig(Section, frozen=True, kw_only=True):
    """Streams of `m2m` and `a2m` rooms as HLS, for who publishes with `op.hlsForwarding`."""

    max_streams: Annotated[
        Count,
        doc("Most of them at the same time, each with a process that encodes; others, and with 0 all, go without."),
    ] = 4
    canvas: Annotated[str, doc("Width and height of the picture in pixels; both are even.")] = "1280x720"
    fps: Annotated[int, msgspec.Meta(ge=1, le=60), doc("Pictures per second.")] = 25
    bitrate: Annotated[int, msgspec.Meta(ge=50_000, le=100_000_000), doc("Of the picture, in bits per second.")] = (
        2_000_000
    )


class RoomSignalsConfig(Section, frozen=True, kw_only=True):
    """Room Signals, at `/room-signals`: [Room Signals clients](../how-to/room-signals-clients.md)."""

    auth: RoomSignalsAuthConfig = RoomSignalsAuthConfig()
    allow_user_faking: Annotated[
        bool | None,
        doc("Let JOIN with `op.userFaking` take another user id than the token's. Not set: only where there are none."),
    ] = None
    engines: Annotated[
        list[Literal["native", "agora", "hundredms", "livekit"]],
        doc(
            "Who may carry the media of a room; its creator chooses. `livekit` is this server too, by a LiveKit SDK. "
            "An engine whose keys are not set is not enabled; `native` always is."
        ),
    ] = msgspec.field(default_factory=lambda: ["native"])
    public_url: Annotated[
        str,
        doc(
            "What clients are told to reach this server by, for the engine `livekit` and for `p2m` playlists. "
            "Not set: as the signals came in, which behind a proxy that ends TLS is `ws`.",
            example="wss://example.com",
        ),
    ] = ""
    agora: AgoraConfig = AgoraConfig()
    hundredms: HundredMsConfig = HundredMsConfig()
    live_storage: Annotated[
        str,
        doc(
            "Where pieces of `p2m` live streams are kept for the minutes that they are needed: in memory, in a folder "
            "as `file:///srv/live`, or in a bucket as `s3://live`."
        ),
    ] = "memory:///"
    hls: SignalsHlsConfig = SignalsHlsConfig()
    stage: Annotated[str, doc("Path before `/live` in addresses of `p2m` playlists.", example="/prod")] = ""
    stun: Annotated[list[str], doc("URLs of STUN servers that clients are told to use.")] = msgspec.field(
        default_factory=lambda: ["stun:stun.l.google.com:19302", "stun:stun2.l.google.com:19302"]
    )
    turn: Annotated[
        list[TurnServer], doc("TURN servers that clients are told to use. Empty: those of `rtc.turn_servers`.")
    ] = []
    heartbeat_limit: Annotated[
        Duration, doc("A session without HEARTBEAT for longer than this is removed; clients send one every 3 seconds.")
    ] = Duration(10)
    keepalive: Annotated[Duration, doc("The server says KEEPALIVE when it has been silent for so long; 0: never.")] = (
        Duration(300)
    )
    max_connection: Annotated[
        Duration, doc("Longest time of a connection, after which clients connect again; 0: any.", example="2h")
    ] = Duration(0)
    strict_frame_limit: Annotated[
        bool, doc("Refuse frames over 32768 bytes, so that larger messages have to come in several.")
    ] = False
    max_message_bytes: Annotated[Count, doc("Largest message of a client.")] = 131_072
    max_publishers: Annotated[Count, doc("Users that may publish in one `m2m` or `a2m` room.")] = 9
    max_viewers: Annotated[Count, doc("Sessions that only watch, in one room; 0 means any number.")] = 0
    pps_include_viewers: Annotated[bool, doc("List viewers in `pps`, behind the publishers.")] = False
    auto_accept_without_owner: Annotated[
        bool, doc("Let who asks to publish do so at once where no owner is present to be asked.")
    ] = True
    rate_limit: Annotated[
        Count,
        doc("Messages of one connection that are read per second; who sends more for 5 seconds is closed. 0: any."),
    ] = 100


class JanusConfig(Section, frozen=True, kw_only=True):
    """A Janus that serves rooms of the backend `nkmedia_janus`. It has to send complete descriptions (half trickle)."""

    url: Annotated[str, doc("Its WebSocket. Not set: there is no such backend.", example="ws://127.0.0.1:8188")] = ""
    api_secret: Annotated[str, doc("Its `api_secret`, if it has one.")] = ""
    token: Annotated[str, doc("A token, if it asks for one (`token_auth`).")] = ""
    admin_key: Annotated[str, doc("Key for making rooms (`admin_key` of its VideoRoom plugin), if it has one.")] = ""
    string_ids: Annotated[bool, doc("Whether its VideoRoom plugin has `string_ids`; the two have to agree.")] = False


class NkMediaConfig(Section, frozen=True, kw_only=True):
    """The NkMEDIA API, at `/nkmedia`: [NkMEDIA back ends](../how-to/nkmedia-backends.md)."""

    users: Annotated[
        dict[str, str],
        doc(
            "Who may log in, and their passwords. API keys may, too, with their secrets. "
            "In `--dev`, without users: everybody.",
            example="{backend@example.com: a-long-password}",
        ),
    ] = {}
    tcp_listen: Annotated[
        str, doc("Address of its own for plain TCP, such as `0.0.0.0:9010`. Not set: none.", example="127.0.0.1:9010")
    ] = ""
    tls_listen: Annotated[
        str, doc("The same for TLS, with the certificate of `tls`. Not set: none.", example="0.0.0.0:9011")
    ] = ""
    idle_timeout: Annotated[Duration, doc("A connection on which nothing was heard for so long is closed.")] = Duration(
        180
    )
    ping_interval: Annotated[Duration, doc("How often clients are pinged; 0: never.")] = Duration(30)
    request_timeout: Annotated[Duration, doc("How long clients may take to answer a request.")] = Duration(5)
    acked_timeout: Annotated[Duration, doc("The same, for a request that was acked.")] = Duration(180)
    require_event_replies: Annotated[bool, doc("Close connections that do not answer events.")] = False
    event_names: Annotated[
        Literal["g1", "g2", "both"],
        doc("Names of room events: `started_publisher` and such, or the later `started_member`, or both."),
    ] = "g1"
    room_timeout: Annotated[Duration, doc("How long a room stays open that nobody is in.")] = Duration(300)
    wait_timeout: Annotated[Duration, doc("How long a media session waits for its answer.")] = Duration(60)
    ready_timeout: Annotated[Duration, doc("Longest time of a media session after that.")] = Duration(86_400)
    janus: JanusConfig = JanusConfig()


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


LOCAL_RECOGNIZER = "local"
"""Stands for the address of a recognizer."""


class TranscriptionConfig(Section, frozen=True, kw_only=True):
    """What is said in rooms as text, by a speech recognizer: [Transcribe a room](../how-to/transcribe-a-room.md)."""

    url: Annotated[
        str,
        doc(
            "The recognizer. http or https: OpenAI's API, without `/audio/transcriptions` at the end; "
            "ws or wss: roomful's own protocol; `local`: a small model of English in the server, of the extra "
            "`local-asr`. Empty: no transcription.",
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


class McuConfig(Section, frozen=True, kw_only=True):
    """Rooms whose members get one sound and one picture: [Mix a room](../how-to/mix-a-room.md)."""

    rooms: Annotated[
        Literal["all", "none"], doc("Which rooms are mixed without being asked; others by API or command line.")
    ] = "none"
    layout: Annotated[str, doc("Layout of the picture at first.")] = "group:grid"
    canvas: Annotated[str, doc("Width and height of the picture in pixels; both are even.")] = "1280x720"
    fps: Annotated[int, msgspec.Meta(ge=1, le=60), doc("Pictures per second.")] = 15
    bitrate: Annotated[int, msgspec.Meta(ge=50_000, le=100_000_000), doc("Of the picture, in bits per second.")] = (
        1_500_000
    )
    video: Annotated[Literal["vp8", "h264", "none"], doc("Codec of the picture; with `none` only sound is mixed.")] = (
        "vp8"
    )
    names: Annotated[bool, doc("Write the members' names into the picture.")] = False
    max_rooms: Annotated[Count, doc("Most rooms mixed at the same time, each with a process; 0 means any number.")] = 16


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
    history: Annotated[
        Duration,
        doc(
            "For how long events are kept, so that a receiver can ask for them again; 0: they are not, and the numbers "
            "of a room that lives on begin at 1 again after a restart."
        ),
    ] = Duration(24 * 3600)


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


class AgentsConfig(Section, frozen=True, kw_only=True):
    """Programs that join rooms when they are sent for: [Run agents](../how-to/agents.md)."""

    target_load: Annotated[
        float,
        msgspec.Meta(gt=0, le=1),
        doc("Workers get no more jobs while they say that they are busier than this; 1 is busy."),
    ] = 0.7


class IrohConfig(Section, frozen=True, kw_only=True):
    """Rooms opened to iroh peers: [Bridge a room](../how-to/bridge-to-peers.md)."""

    enabled: Annotated[bool, doc("Rooms may be opened to peers at all.")] = False
    allow: Annotated[
        list[str],
        doc("Ids of the endpoints that may come, unless the API names others; `*` is whoever has the ticket."),
    ] = []
    rooms: Annotated[
        dict[str, str],
        doc(
            "Rooms that are opened to peers whenever they are there, with the tickets. An empty one makes a new room "
            "of peers each time.",
            example="{lobby: roomaaa…}",
        ),
    ] = {}
    max_rooms: Annotated[Count, doc("Bridges at the same time. Each is a process.")] = 16
    offline: Annotated[bool, doc("Use no relay and no lookup: peers are found by addresses alone.")] = False
    bind: Annotated[str, doc("Address that endpoints bind to. Empty: all.", example="192.0.2.1")] = ""
    peers: Annotated[list[str], doc("Where some peers are, as `ID@IP:PORT`, for where there is no lookup.")] = []


class StorageConfig(Section, frozen=True, kw_only=True):
    """The database of rooms, egresses, ingresses, webhooks, reports and extensions."""

    url: Annotated[
        str,
        doc(
            "PostgreSQL's address. Not set: SQLite in `data_dir`.",
            example="postgresql://roomful:password@db.example.org:5432/roomful",
        ),
    ] = ""


class OutgoingConfig(Section, frozen=True, kw_only=True):
    """Addresses the server connects to because others named them. Refused: link-local, multicast, clouds' metadata."""

    allow: Annotated[list[str], doc("Networks or addresses allowed although refused by default.")] = []
    deny: Annotated[list[str], doc("Networks or addresses refused as well.", example="[10.0.0.0/8, 127.0.0.0/8]")] = []


class ExtensionsConfig(Section, frozen=True, kw_only=True):
    """Plugins: [Write a plugin](../how-to/write-a-plugin.md). Each has a group of its own, named after it."""

    disabled: Annotated[list[str], doc("Names of installed extensions that are not started.", example="[poll]")] = []


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
            "Where the database, unless `storage.url` names one, and the self-signed certificate are kept. "
            "Not set: the user's data directory; in `--dev`: nothing is kept."
        ),
    ] = ""
    region: Annotated[str, doc("Name of the region, told to clients.")] = ""
    enable_data_tracks: Annotated[
        bool, doc("Participants that may publish data may publish data tracks: frames of bytes for who subscribes.")
    ] = True
    enable_participant_data_blob: Annotated[
        bool, doc("Participants that may publish data may store 64,000 bytes under keys, for others to ask for.")
    ] = False
    development: Annotated[
        bool, doc("For trying things out on one machine; the same as `--dev`. Never on a public server.")
    ] = False
    log_level: Annotated[LogLevel, doc("Old name of `logging.level`.")] = "info"
    drain_timeout: Annotated[
        Duration,
        doc(
            "How long a stop (SIGTERM, `POST /api/drain`) waits for rooms to become empty, while no new ones are "
            "opened. A second signal ends the wait; 0: rooms end at once, and clients are told to come back."
        ),
    ] = Duration(0)
    shutdown_timeout: Annotated[Duration, doc("Longest time a stop may take before connections are cut.")] = Duration(5)
    rtc: RtcConfig = RtcConfig()
    room: RoomConfig = RoomConfig()
    room_signals: RoomSignalsConfig = RoomSignalsConfig()
    nkmedia: NkMediaConfig = NkMediaConfig()
    limit: LimitConfig = LimitConfig()
    logging: LoggingConfig = LoggingConfig()
    tls: TlsConfig = TlsConfig()
    prometheus: PrometheusConfig = PrometheusConfig()
    egress: EgressConfig = EgressConfig()
    transcription: TranscriptionConfig = TranscriptionConfig()
    mcu: McuConfig = McuConfig()
    webhook: WebhookConfig = WebhookConfig()
    ingress: IngressConfig = IngressConfig()
    agents: AgentsConfig = AgentsConfig()
    iroh: IrohConfig = IrohConfig()
    outgoing: OutgoingConfig = OutgoingConfig()
    storage: StorageConfig = StorageConfig()
    extensions: ExtensionsConfig = ExtensionsConfig()

    def __repr__(self) -> str:
        # Whatever prints or logs a configuration must not print the secrets in it.
        return f"<Config of port {self.port}>"

    @property
    def effective_log_level(self) -> str:
        """`debug`, `info`, `warning` or `error`."""
        level = self.logging.level or self.log_level
        return "warning" if level == "warn" else level
