"""The part of the HTTP surface that is ordinary request and answer: Litestar, with its OpenAPI pages at /docs."""

import importlib.metadata
from collections.abc import Sequence
from typing import Any

from litestar import Litestar, Request, Response, Router
from litestar.config.app import AppConfig
from litestar.handlers import HTTPRouteHandler
from litestar.openapi import OpenAPIConfig
from litestar.openapi.plugins import SwaggerRenderPlugin

from roomful.rooms.extension import Code

MAX_BODY = 1024 * 1024
"""Bytes of a request body."""


def api(handlers: Sequence[HTTPRouteHandler | Router]) -> Litestar:
    """The application of the given handlers."""
    return Litestar.from_config(
        AppConfig(
            route_handlers=[*handlers],
            request_max_body_size=MAX_BODY,
            exception_handlers={RecursionError: _too_deep},
            openapi_config=OpenAPIConfig(
                title="roomful",
                version=importlib.metadata.version("roomful"),
                description="A real-time room server: one room, every protocol.",
                path="/docs",
                # Its scripts come with the pages: by default a browser would fetch them from somebody else's server.
                render_plugins=[
                    SwaggerRenderPlugin(
                        js_url="/api-page/swagger-ui-bundle.js",
                        css_url="/api-page/swagger-ui.css",
                        standalone_preset_js_url="/api-page/swagger-ui-standalone-preset.js",
                        favicon='<link rel="icon" href="/favicon.svg">',
                    )
                ],
            ),
            # Errors are JSON for programs; a browser's `Accept` must not turn them into pages.
            debug=False,
        )
    )


def _too_deep(request: Request[Any, Any, Any], error: RecursionError) -> Response[Any]:
    """What the reader of JSON gives up on. The answer is for both kinds of clients: of rooms, and of all else."""
    del request, error
    message = "the body is nested too deeply"
    body = {"code": int(Code.BAD_FIELD), "message": message, "status_code": Code.BAD_FIELD.status, "detail": message}
    return Response(body, status_code=Code.BAD_FIELD.status)
