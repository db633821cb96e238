from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from typing import Any

from typing_extensions import Unpack

from .._paths import id_part, with_query
from .._wire import from_wire, to_wire
from ..types import CreatedKey, Key, KeyInput, Tenant, Usage
from .calls import AsyncCalls


class AsyncKeyCalls(AsyncCalls):
    async def create_key(self, **key: Unpack[KeyInput]) -> CreatedKey:
        """Create a key, or replace one. A key can grant only scopes that it has itself.

        The secret is only in this answer. If an answer is lost and the call repeated, a key remains that nobody knows. Find
        it with ``list_keys`` as one that was never used, and revoke it.
        """
        return from_wire(CreatedKey, await self._request("POST", "/keys", to_wire(key)))

    def list_keys(self) -> AsyncIterator[Key]:
        """Yield the tenant's keys, newest first, including revoked ones."""
        return self._items("/keys", "keys", Key, {})

    async def get_key(self, id: str) -> Key:
        """Read a key, without its secret."""
        return from_wire(Key, (await self._request("GET", f"/keys/{id_part(id)}"))["key"])

    async def revoke_key(self, id: str, *, sessions: bool | None = None) -> Key:
        """Revoke a key permanently.

        Unless ``sessions`` is False, this also ends the sessions that began with its tickets.
        """
        body = {} if sessions is None else {"sessions": sessions}
        return from_wire(Key, (await self._request("DELETE", f"/keys/{id_part(id)}", body))["key"])

    async def tenant(self) -> Tenant:
        """Read the policy and its version."""
        return from_wire(Tenant, await self._request("GET", "/tenant"))

    async def update_tenant(self, *, version: int, patch: Mapping[str, Any]) -> Tenant:
        """Change the policy by a JSON Merge Patch.

        Raises ``conflict`` if ``version`` is not the current one: read the policy, and patch again. If an answer is lost,
        the change may have been made. The repeated call then raises ``conflict``.
        """
        return from_wire(Tenant, await self._request("PATCH", "/tenant", {"version": version, "patch": patch}))

    async def usage(self, *, from_: str | None = None, to: str | None = None) -> Usage:
        """Read the tenant's usage by day (UTC), by default for the last month. Today's figures are those so far."""
        return from_wire(Usage, await self._request("GET", with_query("/usage", {"from": from_, "to": to})))
