"""Every key of LiveKit's sample file and of its own defaults is read, or named with what to know about it."""

from pathlib import Path

import pytest
import yaml

from roomful.config import PortRange, load
from roomful.config.livekit_keys import without_effect
from roomful.config.reader import keys

SAMPLE = """
port: 7880
redis: {address: "redis.host:6379", db: 0, username: myuser, password: mypassword}
rtc:
  port_range_start: 50000
  port_range_end: 60000
  tcp_port: 7881
  use_external_ip: true
  udp_port: 7882
  packet_buffer_size: 500
  stun_servers: [server1]
  turn_servers: [{host: myhost.com, port: 443, protocol: tls, username: "", credential: ""}]
  congestion_control: {enabled: true, allow_pause: true}
  pli_throttle: {low_quality: 500ms, mid_quality: 1s, high_quality: 1s}
  interfaces: {includes: [en0], excludes: [docker0]}
prometheus_port: 6789
keys: {key1: secret1, key2: secret2}
logging: {level: info, pion_level: error, json: false, sample: false}
room:
  auto_create: false
  empty_timeout: 300
  max_participants: 0
  enabled_codecs: [{mime: audio/opus}, {mime: video/vp8}]
  enable_remote_unmute: true
  max_metadata_size: 0
webhook: {api_key: key1, urls: ["https://your-host.com/handler"]}
audio: {active_level: 30, min_percentile: 40, update_interval: 500, smooth_intervals: 4}
turn:
  enabled: false
  udp_port: 3478
  tls_port: 5349
  relay_range_start: 1024
  relay_range_end: 30000
  external_tls: true
  domain: turn.myhost.com
  cert_file: /path/to/cert.pem
  key_file: /path/to/key.pem
region: us-west-2
node_selector:
  kind: sysload
  sort_by: sysload
  sysload_limit: 0.7
  regions: [{name: us-west-2, lat: 44.19434095976287, lon: -123.0674908379146}]
limit: {num_tracks: -1, bytes_per_sec: 1_000_000_000}
"""
"""All keys of LiveKit's `config-sample.yaml`, those in comments too, with its values."""

OTHERS = """
debug_handler.port rtc.ips.includes rtc.ips.excludes rtc.node_ip rtc.use_ice_lite rtc.use_mdns rtc.force_tcp
rtc.advertise_internal_ip rtc.external_ip_only rtc.skip_external_ip_validation rtc.enable_loopback_candidate
rtc.packet_buffer_size_video rtc.packet_buffer_size_audio rtc.allow_tcp_fallback rtc.tcp_fallback_rtt_threshold
rtc.allow_udp_unstable_fallback rtc.turn_servers.secret_file
rtc.reconnect_on_publication_error rtc.reconnect_on_subscription_error
rtc.reconnect_on_data_channel_error rtc.data_channel_max_buffered_amount rtc.datachannel_slow_threshold
rtc.datachannel_lossy_target_latency rtc.datachannel_data_track_target_latency rtc.batch_io.batch_size rtc.strict_acks
room.departure_timeout room.playout_delay.enabled room.sync_streams room.room_configurations room.create_room_timeout
room.create_room_attempts audio.active_red_encoding video.dynacast_pause_delay video.codec_regression_threshold
turn.ttl_seconds turn.bind_addresses turn.allow_restricted_peer_cidrs turn.deny_peer_cidrs
webhook.filter_params.include_events webhook.filter_params.exclude_events ingress.rtmp_base_url
ingress.whip_base_url sip agents.target_load agents.enable_user_data_recording agents.enable_user_data_redaction
signal_relay.retry_timeout psrpc.max_attempts limit.subscription_limit_video limit.subscription_limit_audio
limit.max_metadata_size limit.max_attributes_size limit.max_room_name_length limit.max_participant_identity_length
limit.max_participant_name_length limit.max_data_blob_key_length limit.max_data_blobs_size
limit.max_data_track_custom_encoding_length enable_data_tracks enable_participant_data_blob api.execution_timeout
node_stats.stats_update_interval metric trace.jaeger_url logging.component_levels key_file prometheus.port
prometheus.username prometheus.password bind_addresses development log_level
"""
"""Keys that LiveKit reads and its sample does not show."""

STRANGE = "not a key of roomful or LiveKit"


@pytest.fixture
def sample(tmp_path: Path) -> Path:
    file = tmp_path / "config-sample.yaml"
    file.write_text(SAMPLE)
    return file


def test_the_sample_loads_with_every_key_in_it(sample: Path) -> None:
    loaded = load(sample, environment={})
    assert loaded.config.rtc.udp_port == PortRange(7882, 7882)
    assert loaded.config.rtc.interfaces.excludes == ["docker0"]
    assert (loaded.config.region, loaded.config.room.enable_remote_unmute) == ("us-west-2", True)
    assert not [notice for notice in loaded.notices if STRANGE in notice.message]


def test_each_key_of_the_sample_that_has_no_effect_is_named_once(sample: Path) -> None:
    named = [notice.key for notice in load(sample, environment={}).notices]
    assert len(named) == len(set(named))
    assert {key.partition(".")[0] for key in named} < yaml.safe_load(SAMPLE).keys()
    assert {"redis", "node_selector", "prometheus_port", "limit.num_tracks"} <= set(named)


@pytest.mark.parametrize("key", OTHERS.split())
def test_each_other_key_of_livekit_is_read_or_has_a_remark(key: str) -> None:
    read = {name for name, _ in keys()}
    assert key in read or without_effect(key)
