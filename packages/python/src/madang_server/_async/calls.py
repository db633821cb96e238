from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from typing import Any

from .transport import AsyncTransport


class AsyncCalls:
    """What the groups of calls have in common: how they are sent, and as which user."""

    def __init__(self, transport: AsyncTransport, user: str | None = None) -> None:
        self._transport = transport
        self._user = user

    async def _request(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> Any:
        return await self._transport.request(method, path, body, self._user)

    def _lines(self, path: str) -> AsyncIterator[dict[str, Any]]:
        return self._transport.lines(path, self._user)
