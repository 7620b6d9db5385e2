"""Who wants to hear of which events, and what they are told. specs/nkmedia.md §3.3.

A filter that says `*`, or nothing, means any. So an event matches at most eight filters, which are looked up: what an
event costs does not grow with the number of subscriptions.
"""

import itertools
from collections.abc import Iterator
from typing import Any, Protocol, TypeAlias, cast

import msgspec

from roomful.protocols.nkmedia.codes import Code, NkError

ANY = "*"
MAX_SUBSCRIPTIONS = 20_000
"""Of one subscriber."""


_WIDEST_FIRST = sorted(itertools.product((False, True), repeat=3), key=sum)
"""Whether a filter says something of subclass, type and object."""


class Event(msgspec.Struct, frozen=True, kw_only=True):
    """Something that subscribers are told. Empty text is not said."""

    class_name: str
    subclass: str = ""
    type: str = ""
    obj_id: str = ""
    body: Any = None

    def data(self, body: Any) -> dict[str, Any]:
        """The `data` of the request that tells it, with this body."""
        data = {"class": self.class_name, "subclass": self.subclass, "type": self.type, "obj_id": self.obj_id}
        data = {name: value for name, value in data.items() if value}
        return data if body in (None, {}) else {**data, "body": body}


class Filter(msgspec.Struct, frozen=True, kw_only=True):
    class_name: str
    subclass: str = ANY
    type: str = ANY
    obj_id: str = ANY


class Subscriber(Protocol):
    def tell(self, event: Event, body: Any) -> None: ...


Bodies: TypeAlias = dict[Subscriber, Any]


class Hub:
    """All subscriptions."""

    def __init__(self) -> None:
        self._by_filter: dict[Filter, Bodies] = {}
        self._by_subscriber: dict[Subscriber, dict[Filter, None]] = {}

    def subscribe(self, subscriber: Subscriber, wanted: Filter, body: Any) -> None:
        """Instead of an earlier one with the same filter. Raises NkError (INVALID_OPERATION: too many)."""
        filters = self._by_subscriber.setdefault(subscriber, {})
        if wanted not in filters and len(filters) >= MAX_SUBSCRIPTIONS:
            raise NkError(Code.INVALID_OPERATION)
        filters[wanted] = None
        self._by_filter.setdefault(wanted, {})[subscriber] = body

    def unsubscribe(self, subscriber: Subscriber, wanted: Filter) -> None:
        """Does nothing where there is no such subscription."""
        filters = self._by_subscriber.get(subscriber, {})
        if wanted in filters:
            del filters[wanted]
            self._drop(subscriber, wanted)

    def forget(self, subscriber: Subscriber) -> None:
        """The subscriber is gone."""
        for wanted in self._by_subscriber.pop(subscriber, {}):
            self._drop(subscriber, wanted)

    def subscriptions(self, subscriber: Subscriber) -> Iterator[tuple[Filter, Any]]:
        """What somebody has subscribed to, with its bodies."""
        for wanted in self._by_subscriber.get(subscriber, {}):
            yield wanted, self._by_filter[wanted][subscriber]

    def is_awaited(self, event: Event) -> bool:
        """Whether anybody wants to know of it."""
        return any(wanted in self._by_filter for wanted in _filters_of(event))

    def publish(self, event: Event) -> None:
        """Tell everybody who wants to know, once; of several bodies the one of the closest filter wins."""
        bodies: Bodies = {}
        for wanted in _filters_of(event):
            for subscriber, body in self._by_filter.get(wanted, {}).items():
                bodies[subscriber] = merged(bodies[subscriber], body) if subscriber in bodies else body
        for subscriber, body in bodies.items():
            subscriber.tell(event, merged(body, event.body))

    def _drop(self, subscriber: Subscriber, wanted: Filter) -> None:
        bodies = self._by_filter[wanted]
        del bodies[subscriber]
        if not bodies:
            del self._by_filter[wanted]


def merged(body: Any, over: Any) -> Any:
    """Both, if they are objects; keys of `over` win. Else `over`, if there is one."""
    if over is None:
        return body
    if isinstance(body, dict) and isinstance(over, dict):
        return {**cast(dict[str, Any], body), **cast(dict[str, Any], over)}
    return over


def _filters_of(event: Event) -> Iterator[Filter]:
    """The filters that match, the widest first."""
    subclass, kind, obj_id = (ANY if value == "" else value for value in (event.subclass, event.type, event.obj_id))
    for by_subclass, by_kind, by_id in _WIDEST_FIRST:
        if (by_subclass and subclass == ANY) or (by_kind and kind == ANY) or (by_id and obj_id == ANY):
            continue  # the filter has come already
        yield Filter(
            class_name=event.class_name,
            subclass=subclass if by_subclass else ANY,
            type=kind if by_kind else ANY,
            obj_id=obj_id if by_id else ANY,
        )
