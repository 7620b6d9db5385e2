"""The worker process: files go to a real HTTP server that speaks S3, whatever becomes of who wanted it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from roomful.media.ports.recorder import Upload, UploadState
from roomful.media.ports.uploader import LocalFile, Uploader, UploaderFailed, UploadPlan
from roomful.media.ports.worker import Reason, State
from tests.unit.media.ports.recorder.storage_server import Storage, serve
from tests.venue import until


@pytest.fixture
def storage() -> Iterator[Storage]:
    with serve() as running:
        yield running


@pytest.fixture
def plan(tmp_path: Path, storage: Storage) -> UploadPlan:
    files: list[LocalFile] = []
    for name in ("a", "b"):
        path = tmp_path / f"{name}.vtt"
        path.write_text(name)
        files.append(LocalFile(path=str(path), key=f"day/{name}.vtt"))
    options = {"access_key_id": "k", "secret_access_key": "s", "region": "x", "endpoint": storage.url}
    return UploadPlan(upload=Upload(url="s3://films", options=options, first_wait_seconds=0.05), files=files)


def left(plan: UploadPlan) -> list[str]:
    return [one.key for one in plan.files if Path(one.path).exists()]


async def test_files_arrive_and_are_gone_from_here(plan: UploadPlan, storage: Storage) -> None:
    uploader = await Uploader.start(plan)
    await uploader.finished(20.0)
    assert uploader.status.state is State.COMPLETE
    assert [(one.upload, one.location) for one in uploader.status.files] == [
        (UploadState.DONE, "s3://films/day/a.vtt"),
        (UploadState.DONE, "s3://films/day/b.vtt"),
    ]
    assert storage.objects == {"/films/day/a.vtt": b"a", "/films/day/b.vtt": b"b"}
    assert left(plan) == []


async def test_a_storage_that_fails_for_a_while_is_tried_again(plan: UploadPlan, storage: Storage) -> None:
    storage.failing = 3
    uploader = await Uploader.start(plan)
    await uploader.finished(20.0)
    assert uploader.status.state is State.COMPLETE


async def test_what_is_refused_is_kept_and_said(plan: UploadPlan, storage: Storage) -> None:
    storage.failing, storage.status = 100, 403
    uploader = await Uploader.start(plan)
    await uploader.finished(20.0)
    assert (uploader.status.state, uploader.status.reason) == (State.FAILED, Reason.UPLOAD_FAILED)
    assert f"kept at {plan.files[0].path}" in uploader.status.error
    assert left(plan) == ["day/a.vtt", "day/b.vtt"]


async def test_it_goes_on_when_it_is_told_to_stop(plan: UploadPlan, storage: Storage) -> None:
    storage.failing = 3
    uploader = await Uploader.start(plan)
    await uploader.stop(20.0)
    await until(lambda: len(storage.objects) == 2)


async def test_a_storage_that_makes_no_sense_is_refused(plan: UploadPlan) -> None:
    with pytest.raises(UploaderFailed) as refused:
        await Uploader.start(UploadPlan(upload=Upload(url="gopher://films"), files=plan.files))
    assert refused.value.status.reason is Reason.BAD_PLAN
    assert left(plan) == ["day/a.vtt", "day/b.vtt"]
