"""Object storage as LiveKit's requests describe it, for obstore. specs/livekit.md §6.1."""

from typing import TypeAlias

from livekit.protocol import egress as messages

from roomful.media.ports.recorder import Upload
from roomful.protocols.livekit.egress.errors import missing, unsupported

Target: TypeAlias = (
    messages.EncodedFileOutput
    | messages.SegmentedFileOutput
    | messages.ImageOutput
    | messages.DirectFileOutput
    | messages.AutoTrackEgress
    | messages.StorageConfig
)
"""Messages that may say where files are to be uploaded."""


def upload_of(target: Target) -> Upload | None:
    """Return where the files of an output go, `None` for the local disk. Raises TwirpError."""
    for name, convert in (("s3", _s3), ("gcp", _gcp), ("azure", _azure), ("aliOSS", _ali_oss)):
        if target.HasField(name):  # pyright: ignore[reportArgumentType]  # all six have the four of them
            return convert(getattr(target, name))
    return None


def ignored_by(target: Target) -> list[str]:
    """Name what is asked of the storage and not done."""
    if not target.HasField("s3"):
        return []
    return [name for name in ("metadata", "tagging", "content_disposition") if getattr(target.s3, name)]


def _s3(s3: messages.S3Upload) -> Upload:
    if not s3.bucket:
        raise missing("bucket")
    if s3.assume_role_arn:
        raise unsupported("assume_role_arn is not supported: give access_key and secret, or session_token with them")
    _refuse_proxy(s3)
    endpoint = s3.endpoint if not s3.endpoint or "://" in s3.endpoint else f"https://{s3.endpoint}"
    options = {
        "access_key_id": s3.access_key,
        "secret_access_key": s3.secret,
        "session_token": s3.session_token,
        # Those who have an endpoint of their own rarely have a region; the signature needs some.
        "region": s3.region or ("us-east-1" if endpoint else ""),
        "endpoint": endpoint.rstrip("/"),
    }
    return _upload(f"s3://{s3.bucket}", options)


def _gcp(gcp: messages.GCPUpload) -> Upload:
    if not gcp.bucket:
        raise missing("bucket")
    _refuse_proxy(gcp)
    return _upload(f"gs://{gcp.bucket}", {"service_account_key": gcp.credentials})


def _azure(azure: messages.AzureBlobUpload) -> Upload:
    if not azure.container_name:
        raise missing("container_name")
    return _upload(
        f"az://{azure.container_name}", {"account_name": azure.account_name, "account_key": azure.account_key}
    )


def _ali_oss(oss: messages.AliOSSUpload) -> Upload:
    """OSS speaks S3, with the bucket in the name of the host."""
    if not oss.bucket:
        raise missing("bucket")
    host = (oss.endpoint or f"oss-{oss.region}.aliyuncs.com").partition("://")[2] or oss.endpoint
    host = host or f"oss-{oss.region}.aliyuncs.com"
    options = {
        "access_key_id": oss.access_key,
        "secret_access_key": oss.secret,
        "region": oss.region,
        "endpoint": f"https://{oss.bucket}.{host.rstrip('/')}",
        "virtual_hosted_style_request": "true",
    }
    return _upload(f"s3://{oss.bucket}", options)


def _upload(url: str, options: dict[str, str]) -> Upload:
    return Upload(url=url, options={name: value for name, value in options.items() if value})


def _refuse_proxy(target: messages.S3Upload | messages.GCPUpload) -> None:
    if target.HasField("proxy"):
        raise unsupported("uploads over a proxy are not supported")
