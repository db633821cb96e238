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
        """Make a key within the scopes of this one, or replace one. Its secret is in this answer alone.

        Repeated after a lost answer, it leaves a key that nobody holds: find one in ``list_keys`` that was never used, and
        revoke it.
        """
        return from_wire(CreatedKey, await self._request("POST", "/keys", to_wire(key)))

    def list_keys(self) -> AsyncIterator[Key]:
        """The tenant's keys, the newest first, revoked ones too."""
        return self._items("/keys", "keys", Key, {})

    async def get_key(self, id: str) -> Key:
        """A key, without its secret."""
        return from_wire(Key, (await self._request("GET", f"/keys/{id_part(id)}"))["key"])

    async def revoke_key(self, id: str, *, sessions: bool | None = None) -> Key:
        """Revoke a key permanently and, unless ``sessions`` is False, end the sessions that its tickets began."""
        body = {} if sessions is None else {"sessions": sessions}
        return from_wire(Key, (await self._request("DELETE", f"/keys/{id_part(id)}", body))["key"])

    async def tenant(self) -> Tenant:
        """The policy and its version."""
        return from_wire(Tenant, await self._request("GET", "/tenant"))

    async def update_tenant(self, *, version: int, patch: Mapping[str, Any]) -> Tenant:
        """Change the policy by a JSON Merge Patch.

        ``conflict`` if ``version`` is not the present one: read the policy, and patch again. If the answer is lost, the change
        may have been made; then the repeat is a ``conflict``.
        """
        return from_wire(Tenant, await self._request("PATCH", "/tenant", {"version": version, "patch": patch}))

    async def usage(self, *, from_: str | None = None, to: str | None = None) -> Usage:
        """What the tenant used, by day in UTC: the last month unless given. Of today it says what there is so far."""
        return from_wire(Usage, await self._request("GET", with_query("/usage", {"from": from_, "to": to})))
