# Written from _async/events.py by scripts/make_sync.py.
from __future__ import annotations

from collections.abc import Iterator
from typing import NoReturn

from typing_extensions import Unpack

from .._paths import with_query
from .._wire import from_wire
from ..errors import ServerError
from ..types import EventFilter, TenantEvent
from .calls import Calls

# Shorter than the time that a call may take.
_wait_seconds = 5


class EventCalls(Calls):
    def events(self, **filter: Unpack[EventFilter]) -> Iterator[TenantEvent]:
        """Yield the events of the tenant, in order and without end.

        Store the ``position`` of the last event that you handled, and pass it as ``after`` next time. Raises ServerError
        when the cluster cannot be reached for longer than ``timeout``.
        """
        after = filter.get("after")
        query = {"types": filter.get("types"), "waitSeconds": _wait_seconds}
        while True:
            page = self._request("GET", with_query("/events", {"after": after, **query}))
            if page.get("reset"):
                on_reset = filter.get("on_reset")
                if on_reset is None:
                    _refuse_reset(after or 0)
                on_reset(after or 0)
            for event in page["events"]:
                yield from_wire(TenantEvent, event)
            after = page["next"]


def _refuse_reset(after: int) -> NoReturn:
    raise ServerError(
        code="conflict",
        message=f"Events after position {after} are no longer kept. Read what you need again, and begin without after.",
        details={"after": after},
    )
