"""HTTP routes of extensions, as handlers of the API application. Answers are `{"code": 0, "data": …}`."""

import inspect
import logging
import mimetypes
import re
from collections.abc import Mapping, Sequence
from typing import Annotated, Any, cast
from urllib.parse import parse_qsl

import msgspec
from litestar import Request, Response, route
from litestar.datastructures import State
from litestar.exceptions import HTTPException
from litestar.handlers import HTTPRouteHandler
from litestar.params import Body
from litestar.response import File

from roomful.auth import bearer_token
from roomful.auth.admin import AdminCheck
from roomful.auth.errors import TokenError
from roomful.rooms.extension import Code, Reply, RoomApiError, Route
from roomful.rooms.extension import Request as PluginRequest

Asked = Request[Any, Any, State]

_PARAMETER = re.compile(r"\{(\w+)(:\w+)?\}")

logger = logging.getLogger(__name__)


def plugin_routes(routes: Sequence[tuple[str, Route]], is_admin: AdminCheck) -> list[HTTPRouteHandler]:
    """The handlers of the routes, each with the name of its extension."""
    return [_handler(name, one, is_admin) for name, one in routes]


def plugin_request(scope: Mapping[str, Any], path: Mapping[str, Any], is_admin: AdminCheck) -> PluginRequest:
    """What an extension learns of a request, without its body."""
    headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
    query = dict(reversed(_pairs(scope["query_string"])))
    try:
        bearer = bearer_token(scope["headers"], b"") or query.get("token", "")
    except TokenError:
        bearer = ""
    client_ip = scope["client"][0] if scope.get("client") else ""
    scheme = {"ws": "http", "wss": "https"}.get(scope["scheme"], scope["scheme"])
    return PluginRequest(
        path={name: str(value) for name, value in path.items()},
        query=query,
        content_type=headers.get("content-type", ""),
        bearer=bearer,
        is_admin=is_admin(bearer, client_ip, headers),
        client_ip=client_ip,
        base_url=f"{scheme}://{headers.get('host', 'localhost')}",
    )


def error_body(error: RoomApiError) -> dict[str, Any]:
    body: dict[str, Any] = {"code": int(error.code), "message": error.message}
    return body | {"detail": error.detail} if error.detail else body


def _pairs(query: bytes) -> list[tuple[str, str]]:
    return parse_qsl(query.decode("latin-1"), keep_blank_values=True)


def _handler(name: str, one: Route, is_admin: AdminCheck) -> HTTPRouteHandler:
    async def answer(request: Asked, **given: Any) -> Response[Any]:
        asked = plugin_request(cast(Mapping[str, Any], request.scope), request.path_params, is_admin)
        if one.admin and not asked.is_admin:
            return _refusal(RoomApiError(Code.FORBIDDEN, "this needs the admin token"))
        if one.accepts_raw:
            raw = await request.body()
            if len(raw) > one.accepts_raw:
                return _refusal(RoomApiError(Code.BAD_FIELD, f"the body has more than {one.accepts_raw} bytes"))
            asked = msgspec.structs.replace(asked, raw=raw)
        elif one.body_type is not None:
            asked = msgspec.structs.replace(asked, body=given["data"])
        try:
            result = await one.handler(asked)
        except RoomApiError as error:
            return _refusal(error)
        except Exception:
            logger.exception("a route of an extension failed", extra={"extension": name, "path": one.path})
            return _refusal(RoomApiError(Code.INTERNAL, "something went wrong"))
        if isinstance(result, Reply) and result.file:
            return File(result.file, media_type=_kind(result), headers=result.headers)
        if isinstance(result, Reply):
            return Response(
                result.content, status_code=result.status, media_type=result.content_type, headers=result.headers
            )
        return Response({"code": 0, "data": result})

    _describe(answer, one)
    limit = {"request_max_body_size": one.accepts_raw} if one.accepts_raw else {}
    decorate = route(
        _PARAMETER.sub(lambda match: f"{{{match[1]}{match[2] or ':str'}}}", one.path),
        http_method=cast(Any, one.method.upper()),
        status_code=200,
        summary=one.summary,
        # All handlers here have one name, and a path has several methods: what Litestar would make up is not unique.
        operation_id="_".join([one.method.lower(), *re.findall(r"\w+", one.path)]),
        tags=[name],
        exception_handlers={HTTPException: _bad_request},
        **cast(Any, limit),
    )
    return decorate(answer)


def _describe(answer: Any, one: Route) -> None:
    """Give the handler the parameters that the route has, for Litestar to check and to write down."""
    kind = inspect.Parameter.KEYWORD_ONLY
    parameters = [inspect.Parameter("request", kind, annotation=Asked)]
    parameters += [inspect.Parameter(match[1], kind, annotation=str) for match in _PARAMETER.finditer(one.path)]
    if one.body_type is not None and not one.accepts_raw:
        parameters.append(inspect.Parameter("data", kind, annotation=Annotated[one.body_type, Body()]))
    answer.__signature__ = inspect.Signature(parameters, return_annotation=Response[Any])
    answer.__annotations__ = {one.name: one.annotation for one in parameters} | {"return": Response[Any]}


def _kind(reply: Reply) -> str:
    """The content type of a file."""
    return reply.content_type or mimetypes.guess_type(reply.file)[0] or "application/octet-stream"


def _refusal(error: RoomApiError) -> Response[Any]:
    return Response(error_body(error), status_code=error.code.status)


def _bad_request(request: Asked, error: HTTPException) -> Response[Any]:
    """What Litestar refuses, in the words of the extensions."""
    # Litestar's `extra` is a list of what is wrong, the first of which is enough to know.
    wrong = cast(list[dict[str, Any]], error.extra) if isinstance(error.extra, list) else []
    first = wrong[0] if wrong else {}
    if error.status_code != 400:
        return Response({"code": error.status_code * 100, "message": error.detail}, status_code=error.status_code)
    detail = {"field": str(first["key"])} if "key" in first else {}
    return _refusal(RoomApiError(Code.BAD_FIELD, str(first.get("message") or error.detail), **detail))
