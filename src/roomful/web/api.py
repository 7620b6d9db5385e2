"""The part of the HTTP surface that is ordinary request and answer: Litestar, with its OpenAPI pages at /docs."""

import importlib.metadata

from litestar import Litestar
from litestar.config.app import AppConfig
from litestar.handlers import HTTPRouteHandler
from litestar.openapi import OpenAPIConfig
from litestar.openapi.plugins import ScalarRenderPlugin

MAX_BODY = 1024 * 1024
"""Bytes of a request body."""


def api(handlers: list[HTTPRouteHandler]) -> Litestar:
    """The application of the given handlers."""
    return Litestar.from_config(
        AppConfig(
            route_handlers=[*handlers],
            request_max_body_size=MAX_BODY,
            openapi_config=OpenAPIConfig(
                title="roomful",
                version=importlib.metadata.version("roomful"),
                description="A real-time room server: one room, every protocol.",
                path="/docs",
                render_plugins=[ScalarRenderPlugin()],
            ),
            # Errors are JSON for programs; a browser's `Accept` must not turn them into pages.
            debug=False,
        )
    )
