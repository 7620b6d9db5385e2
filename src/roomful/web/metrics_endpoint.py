"""`GET /metrics`, with HTTP basic authentication when the configuration has a password for it."""

import base64
import binascii
import hmac
from typing import Any

from litestar import Request, Response, get
from litestar.datastructures import State
from litestar.handlers import HTTPRouteHandler

from roomful.config import PrometheusConfig
from roomful.web.metrics import CONTENT_TYPE, Metrics


def metrics_endpoint(metrics: Metrics, config: PrometheusConfig) -> HTTPRouteHandler:
    """The handler of `GET /metrics`."""

    @get("/metrics", media_type=CONTENT_TYPE, tags=["operation"], summary="Numbers for Prometheus")
    async def read_metrics(request: Request[Any, Any, State]) -> Response[bytes]:
        if config.password and not _knows_password(request.headers.get("authorization", ""), config):
            return Response(
                b"unauthorized\n", status_code=401, media_type="text/plain", headers={"www-authenticate": "Basic"}
            )
        return Response(metrics.exposition(), media_type=CONTENT_TYPE)

    return read_metrics


def _knows_password(authorization: str, config: PrometheusConfig) -> bool:
    scheme, _, encoded = authorization.partition(" ")
    try:
        given = base64.b64decode(encoded, validate=True)
    except binascii.Error:
        return False
    wanted = f"{config.username}:{config.password}".encode()
    return scheme.lower() == "basic" and hmac.compare_digest(given, wanted)
