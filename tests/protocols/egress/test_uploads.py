"""Files go to object storage, and nobody sees the secrets."""

from typing import Any

import pytest
from livekit import api
from livekit.protocol import egress as messages

from roomful.media.ports.frames import Codec
from roomful.media.ports.recorder.upload import open_store
from roomful.protocols.livekit.egress.redact import redacted, redacted_url
from roomful.protocols.livekit.egress.uploads import upload_of
from tests.protocols.egress.conftest import Server
from tests.unit.media.ports.recorder.storage_server import Storage

Status = api.EgressStatus
SECRET = "do-not-tell"


def s3(storage: Storage, **more: Any) -> messages.S3Upload:
    return messages.S3Upload(
        access_key="key-do-not-tell", secret=SECRET, region="x", endpoint=storage.url, bucket="films", **more
    )


async def test_a_track_is_uploaded_to_s3_with_its_manifest(
    livekit_api: api.LiveKitAPI, server: Server, storage: Storage
) -> None:
    microphone = server.publish(server.join("alice"), Codec.OPUS)
    started = await livekit_api.egress.start_track_egress(
        api.TrackEgressRequest(
            room_name="standup",
            track_id=microphone.sid,
            file=api.DirectFileOutput(filepath="day/{publisher_identity}", s3=s3(storage, tagging="a=b")),
        )
    )
    assert started.track.file.s3.secret == "{secret}"
    await server.wait_for(started.egress_id, Status.EGRESS_ACTIVE)
    server.unpublish(microphone)
    info = await server.wait_for(started.egress_id, Status.EGRESS_COMPLETE)
    assert info.file.location == "s3://films/day/alice.ogg"
    assert info.manifest_location == f"s3://films/day/{started.egress_id}.json"
    assert set(storage.objects) == {"/films/day/alice.ogg", f"/films/day/{started.egress_id}.json"}
    assert len(storage.objects["/films/day/alice.ogg"]) == info.file.size
    assert info.details == "Not supported, and left out: tagging."
    assert not [path for path in server.folder.rglob("*") if path.is_file()]
    assert SECRET not in str(server.events)


async def test_an_upload_that_is_refused_is_a_failed_egress_that_says_where_the_file_is(
    livekit_api: api.LiveKitAPI, server: Server, storage: Storage
) -> None:
    storage.failing, storage.status = 100, 403
    microphone = server.publish(server.join("alice"), Codec.OPUS)
    started = await livekit_api.egress.start_track_egress(
        api.TrackEgressRequest(
            room_name="standup", track_id=microphone.sid, file=api.DirectFileOutput(filepath="a", s3=s3(storage))
        )
    )
    await server.wait_for(started.egress_id, Status.EGRESS_ACTIVE)
    server.unpublish(microphone)
    info = await server.wait_for(started.egress_id, Status.EGRESS_FAILED)
    assert info.file.location == str(server.folder / "a.ogg")
    assert f"kept at {info.file.location}" in info.error
    assert SECRET not in str(server.events)


@pytest.mark.parametrize(
    ("output", "url"),
    [
        ({"s3": {"bucket": "b", "access_key": "a", "secret": "s", "region": "eu-1"}}, "s3://b"),
        ({"s3": {"bucket": "b", "access_key": "a", "secret": "s", "endpoint": "storage.example.com"}}, "s3://b"),
        ({"azure": {"container_name": "c", "account_name": "a", "account_key": "YWJj"}}, "az://c"),
        ({"aliOSS": {"bucket": "b", "access_key": "a", "secret": "s", "region": "cn-x"}}, "s3://b"),
        ({"aliOSS": {"bucket": "b", "access_key": "a", "secret": "s", "endpoint": "https://oss-x.example"}}, "s3://b"),
    ],
)
def test_every_kind_of_storage_is_one_that_the_worker_can_open(output: dict[str, Any], url: str) -> None:
    upload = upload_of(messages.EncodedFileOutput(**output))
    assert upload is not None
    assert upload.url == url
    open_store(upload)


def test_google_storage_takes_the_credentials_as_they_are() -> None:
    upload = upload_of(messages.EncodedFileOutput(gcp={"bucket": "b", "credentials": '{"type": "service_account"}'}))
    assert upload is not None
    assert (upload.url, upload.options) == ("gs://b", {"service_account_key": '{"type": "service_account"}'})


def test_ali_oss_has_the_bucket_in_the_host() -> None:
    upload = upload_of(messages.EncodedFileOutput(aliOSS={"bucket": "b", "region": "cn-x"}))
    assert upload is not None
    assert upload.options["endpoint"] == "https://b.oss-cn-x.aliyuncs.com"


def test_no_secret_of_a_request_is_left_in_what_others_see() -> None:
    request = messages.StartEgressRequest(
        storage={"gcp": {"credentials": SECRET, "bucket": "b"}},
        outputs=[
            {"file": {}, "storage": {"azure": {"account_name": SECRET, "account_key": SECRET}}},
            {"file": {}, "storage": {"aliOSS": {"access_key": SECRET, "secret": SECRET}}},
            {
                "segments": {
                    "s3": {
                        "access_key": SECRET,
                        "secret": SECRET,
                        "session_token": SECRET,
                        "assume_role_external_id": SECRET,
                        "proxy": {"url": "http://p", "username": SECRET, "password": SECRET},
                    }
                }
            },
            {"stream": {"urls": [f"rtmp://a/{SECRET}"], "destinations": [{"url": f"rtmp://u:{SECRET}@a/b/{SECRET}"}]}},
        ],
    )
    shown = redacted(request)
    assert SECRET not in str(shown)
    assert shown.storage.gcp.credentials == "{credentials}"
    assert SECRET in str(request)


def test_the_url_of_a_websocket_is_shown_without_its_secrets() -> None:
    request = messages.TrackEgressRequest(
        track_id="TR_1", websocket_url=f"wss://u:{SECRET}@host/{SECRET}?token={SECRET}"
    )
    shown = redacted(request)
    assert SECRET not in str(shown)
    assert shown.websocket_url.startswith("wss://host/")
    assert shown.track_id == "TR_1"


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("rtmp://host/app/abc1234567xyz", "rtmp://host/app/{abc...xyz}"),
        ("rtmps://host:443/app/short", "rtmps://host:443/app/{...}"),
        ("rtmp://user:pass@host/app/abc1234567xyz", "rtmp://host/app/{abc...xyz}"),
        ("rtmp://host/app/key?token=abc1234567xyz", "rtmp://host/app/{...}?token={abc...xyz}"),
        ("rtmp://host", "rtmp://host"),
    ],
)
def test_stream_keys_are_shortened(url: str, shown: str) -> None:
    assert redacted_url(url) == shown
