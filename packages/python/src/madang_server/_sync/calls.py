# Written from _async/calls.py by scripts/make_sync.py.
from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from .transport import Transport


class Calls:
    """What the groups of calls have in common: how they are sent, and as which user."""

    def __init__(self, transport: Transport, user: str | None = None) -> None:
        self._transport = transport
        self._user = user

    def _request(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> Any:
        return self._transport.request(method, path, body, self._user)

    def _lines(self, path: str) -> Iterator[dict[str, Any]]:
        return self._transport.lines(path, self._user)
