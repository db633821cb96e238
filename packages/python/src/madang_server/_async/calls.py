from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from typing import Any, TypeVar

from .._paths import with_query
from .._wire import from_wire
from .transport import AsyncTransport

T = TypeVar("T")

# The largest page that the cluster allows.
page_size = 200


class AsyncCalls:
    """What the groups of calls have in common: how they send requests, and on behalf of which user."""

    def __init__(self, transport: AsyncTransport, user: str | None = None) -> None:
        self._transport = transport
        self._user = user

    async def _request(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> Any:
        return await self._transport.request(method, path, body, self._user)

    def _lines(self, path: str) -> AsyncIterator[dict[str, Any]]:
        return self._transport.lines(path, self._user)

    async def _items(self, path: str, name: str, form: type[T], query: Mapping[str, Any]) -> AsyncIterator[T]:
        """Yields the items of a list. It asks for a page only when the earlier ones are used up."""
        after: dict[str, str] = {}
        while True:
            page = await self._request("GET", with_query(path, {"limit": page_size, **query, **after}))
            for item in page[name]:
                yield from_wire(form, item)
            if page.get("next") is None:
                return
            after = {"after": page["next"]}
