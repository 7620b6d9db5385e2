"""LiveKit configuration keys that have no effect here, and what to know about each.

A LiveKit file must be usable as it is: these keys are named when the server starts, and nothing fails. A group stands
for all the keys under it.
"""

import re

WITHOUT_EFFECT: dict[str, str] = {
    "agents.enable_user_data_recording": "what is recorded is asked for by egresses",
    "agents.enable_user_data_redaction": "there is nothing to redact: sessions of agents are not recorded here",
    "api": "requests are answered by this process; there is nothing to tune",
    "audio.active_level": "speaker detection uses its built-in threshold of 35 dB",
    "audio.active_red_encoding": "redundant audio is passed on as it comes",
    "audio.min_percentile": "speaker detection uses its built-in value",
    "audio.smooth_intervals": "speaker detection uses its built-in value",
    "audio.update_interval": "speakers are reported every 400 ms",
    "debug_handler": "there is no profiling port",
    "limit.bytes_per_sec": "there is no limit per node",
    "limit.max_data_blob_key_length": "keys of data blobs have 256 bytes at most",
    "limit.max_data_blobs_size": "data blobs of a participant have 64,000 bytes at most",
    "limit.max_data_track_custom_encoding_length": "names of encodings have 32 characters at most",
    "limit.num_tracks": "there is no limit per node",
    "limit.subscription_limit_audio": "there is no limit on subscriptions",
    "limit.subscription_limit_video": "there is no limit on subscriptions",
    "logging.component_levels": "one level holds for all components; see logging.level",
    "logging.pion_level": "there is no pion in this server; see logging.level",
    "logging.sample": "every line is logged",
    "metric": "metrics of clients are not collected",
    "node_selector": "there is one node",
    "node_stats": "there is one node",
    "prometheus.port": "metrics are at /metrics of the main port",
    "prometheus_port": "metrics are at /metrics of the main port",
    "psrpc": "there is no internal bus to tune",
    "redis": "this server needs no Redis; rooms are kept in data_dir",
    "room.create_room_attempts": "rooms are made at once, in this process",
    "room.create_room_timeout": "rooms are made at once, in this process",
    "room.enabled_codecs.fmtp_line": "format parameters are negotiated with each client",
    "room.max_metadata_size": "see limit.max_metadata_size",
    "room.playout_delay": "the playout delay is left to the clients",
    "room.sync_streams": "streams are announced as they are published",
    "rtc.advertise_internal_ip": "list both addresses in rtc.node_ip instead",
    "rtc.allow_tcp_fallback": "clients choose between UDP and TCP themselves; rtc.tcp_port: 0 turns TCP off",
    "rtc.allow_udp_unstable_fallback": "clients choose between UDP and TCP themselves",
    "rtc.batch_io": "packets are always sent in batches",
    "rtc.congestion_control": "congestion control is always on",
    "rtc.data_channel_max_buffered_amount": "data channels use their built-in bound",
    "rtc.datachannel_data_track_target_latency": "data channels use their built-in bound",
    "rtc.datachannel_lossy_target_latency": "data channels use their built-in bound",
    "rtc.datachannel_slow_threshold": "data channels use their built-in bound",
    "rtc.external_ip_only": "set rtc.node_ip to the public address instead",
    "rtc.force_tcp": "clients choose between UDP and TCP themselves",
    "rtc.packet_buffer_size": "packet buffers have a built-in size",
    "rtc.packet_buffer_size_audio": "packet buffers have a built-in size",
    "rtc.packet_buffer_size_video": "packet buffers have a built-in size",
    "rtc.port_range_end": "one UDP port per media thread is enough; see rtc.udp_port",
    "rtc.port_range_start": "one UDP port per media thread is enough; see rtc.udp_port",
    "rtc.reconnect_on_data_channel_error": "clients are never made to reconnect for this",
    "rtc.reconnect_on_publication_error": "clients are never made to reconnect for this",
    "rtc.reconnect_on_subscription_error": "clients are never made to reconnect for this",
    "rtc.skip_external_ip_validation": "set rtc.node_ip to the public address instead",
    "rtc.strict_acks": "ICE acknowledgements are always strict",
    "rtc.tcp_fallback_rtt_threshold": "clients choose between UDP and TCP themselves",
    "rtc.turn_servers.secret": "credentials are not made here; give username and credential",
    "rtc.turn_servers.secret_file": "credentials are not made here; give username and credential",
    "rtc.turn_servers.ttl": "credentials are not made here; give username and credential",
    "rtc.use_mdns": "candidates are always plain addresses",
    "signal_relay": "there is one node",
    "sip": "SIP is not available",
    "trace": "traces are not exported",
    "turn": "there is no TURN server inside; name an external one in rtc.turn_servers",
    "video": "video adaptation has built-in values",
}


def without_effect(key: str) -> str | None:
    """The remark on a dotted key, its own or that of the group it belongs to. `list[0]` is as good as `list`."""
    key = re.sub(r"\[\d+\]", "", key)
    while key:
        if key in WITHOUT_EFFECT:
            return WITHOUT_EFFECT[key]
        key = key.rpartition(".")[0]
    return None
