"""A file leaves the local disk when it is safely somewhere else, and not before."""

from collections.abc import Iterator
from pathlib import Path

import obstore
import pytest
from obstore.store import MemoryStore

from roomful.media.ports.recorder import FileInfo, Upload, UploadState
from roomful.media.ports.recorder.upload import PART_BYTES, BadStore, Outcome, Uploads, open_store
from tests.unit.media.ports.recorder.storage_server import Storage, serve


@pytest.fixture
def storage() -> Iterator[Storage]:
    with serve() as running:
        yield running


def s3(storage: Storage, **fields: object) -> Upload:
    options = {
        "endpoint": storage.url,
        "region": "us-east-1",
        "access_key_id": "key",
        "secret_access_key": "secret",
        "virtual_hosted_style_request": "false",
    }
    settings = {"attempts": 3, "first_wait_seconds": 0.01, "request_seconds": 5.0} | fields
    return Upload(url="s3://bucket/calls", options=options, **settings)  # type: ignore[arg-type]


def file(folder: Path, data: bytes, key: str = "room/alice.webm") -> FileInfo:
    path = folder / key
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    return FileInfo(
        path=str(path),
        key=key,
        size=len(data),
        started_at_ns=0,
        duration_ns=0,
        open=False,
        participant="PA_1",
        identity="alice",
        tracks=[],
        codecs=[],
    )


def upload(uploads: Uploads, info: FileInfo) -> Outcome:
    uploads.submit(info.path, info.key)
    assert uploads.wait(30)
    uploads.close()
    return uploads.outcome(info.path)


def test_a_file_is_moved_to_the_storage(tmp_path: Path) -> None:
    store = MemoryStore()
    info = file(tmp_path, b"recording")
    outcome = upload(Uploads(Upload(url="memory:///"), store), info)
    assert outcome == Outcome(UploadState.DONE, "memory:/room/alice.webm") or outcome.state is UploadState.DONE
    assert bytes(obstore.get(store, "room/alice.webm").bytes()) == b"recording"
    assert not Path(info.path).exists()


def test_the_local_file_is_kept_when_that_is_wanted(tmp_path: Path) -> None:
    info = file(tmp_path, b"recording")
    target = tmp_path / "archive"
    assert upload(Uploads(Upload(url=target.as_uri(), keep_local=True)), info).state is UploadState.DONE
    assert (target / "room" / "alice.webm").read_bytes() == b"recording"
    assert Path(info.path).read_bytes() == b"recording"


def test_a_large_file_goes_in_parts(tmp_path: Path, storage: Storage) -> None:
    data = bytes(range(256)) * (PART_BYTES // 256) + b"the end"
    info = file(tmp_path, data)
    outcome = upload(Uploads(s3(storage)), info)
    assert outcome == Outcome(UploadState.DONE, "s3://bucket/calls/room/alice.webm")
    assert storage.objects == {"/bucket/calls/room/alice.webm": data}
    assert len(storage.requests) == 4  # begin, two parts, end


def test_a_storage_that_is_down_for_a_while_is_tried_again(tmp_path: Path, storage: Storage) -> None:
    storage.failing = 4
    assert upload(Uploads(s3(storage)), file(tmp_path, b"recording")).state is UploadState.DONE
    assert list(storage.objects.values()) == [b"recording"]


def test_when_the_storage_stays_down_the_file_stays_here(tmp_path: Path, storage: Storage) -> None:
    storage.failing = 1000
    info = file(tmp_path, b"recording")
    outcome = upload(Uploads(s3(storage)), info)
    assert outcome.state is UploadState.FAILED
    assert f"kept at {info.path}" in outcome.error
    assert Path(info.path).read_bytes() == b"recording"


def test_a_storage_that_refuses_the_key_is_not_asked_again(tmp_path: Path, storage: Storage) -> None:
    storage.failing, storage.status = 1000, 403
    info = file(tmp_path, b"recording")
    outcome = upload(Uploads(s3(storage)), info)
    assert outcome.state is UploadState.FAILED
    assert "secret" not in outcome.error
    assert len(storage.requests) == 1
    assert Path(info.path).exists()


def test_an_object_that_is_not_all_there_does_not_count(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(obstore, "head", lambda *_: {"size": 3})
    info = file(tmp_path, b"recording")
    outcome = upload(Uploads(Upload(url="memory:///", attempts=2, first_wait_seconds=0.01), MemoryStore()), info)
    assert outcome.state is UploadState.FAILED
    assert "3 of 9 bytes" in outcome.error
    assert Path(info.path).exists()


def test_a_file_is_uploaded_once(tmp_path: Path, storage: Storage) -> None:
    info = file(tmp_path, b"recording")
    uploads = Uploads(s3(storage))
    uploads.submit(info.path, info.key)
    assert upload(uploads, info).state is UploadState.DONE
    assert len(storage.requests) == 1


@pytest.mark.parametrize(
    "bad", [Upload(url="gopher://x"), Upload(url="s3://b", options={"nonsense": "1"}), Upload(url="no url")]
)
def test_a_storage_that_makes_no_sense_is_refused_at_once(bad: Upload) -> None:
    with pytest.raises(BadStore, match="cannot upload"):
        open_store(bad)


def test_secrets_do_not_show(storage: Storage) -> None:
    assert "secret" not in repr(s3(storage))
