from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from typing import Any, Literal

from typing_extensions import Unpack

from .._paths import text_part, with_query
from .._wire import from_wire, to_wire
from ..types import Deletion, NewUser, User, UserFields, UserFilter, UserPage, UserPageFilter
from .calls import AsyncCalls


class AsyncUserCalls(AsyncCalls):
    async def put_user(self, external_id: str, **fields: Unpack[UserFields]) -> User:
        """Make the user that the product knows by its own id, or update it. Fields left out stay as they are."""
        answer = await self._request("PUT", f"/users/{text_part(external_id)}", to_wire(fields))
        return from_wire(User, answer["user"])

    async def put_users(self, users: Sequence[NewUser]) -> list[User]:
        """The same for up to 100 users, in the order given: all are stored, or none."""
        answer = await self._request("PUT", "/users", {"users": [to_wire(user) for user in users]})
        return [from_wire(User, each["user"]) for each in answer["results"]]

    async def get_user(self, user: str) -> User:
        """All of a user, disabled ones too. ``user`` is your own id, or ``id:`` and Madang's."""
        return from_wire(User, (await self._request("GET", f"/users/{text_part(user)}"))["user"])

    def users(self, **filter: Unpack[UserFilter]) -> AsyncIterator[User]:
        """Users by name, with ``online``: all, those of up to 200 ids, or those that fit."""
        return self._items("/users", "users", User, to_wire(filter))

    async def list_users(self, **filter: Unpack[UserPageFilter]) -> UserPage:
        """One page of the users. Give ``next`` as ``after``."""
        return from_wire(UserPage, await self._request("GET", with_query("/users", to_wire(filter))))

    async def disable_user(self, user: str) -> User:
        """Shut a user out and end the connections of the user; again, it changes nothing."""
        answer = await self._request("POST", f"/users/{text_part(user)}/disable", {})
        return from_wire(User, answer["user"])

    async def enable_user(self, user: str) -> User:
        """Let a disabled user sign in again."""
        answer = await self._request("POST", f"/users/{text_part(user)}/enable", {})
        return from_wire(User, answer["user"])

    async def sign_out_user(self, user: str) -> User:
        """End all sessions of a user."""
        answer = await self._request("POST", f"/users/{text_part(user)}/sign-out", {})
        return from_wire(User, answer["user"])

    async def delete_user(self, user: str, *, messages: Literal["erase", "keep"] | None = None) -> Deletion:
        """Delete a user at once, and erase the messages, or keep them without the name, within a minute.

        Once that is done your own id is ``not_found``.
        """
        body = {} if messages is None else {"messages": messages}
        return from_wire(Deletion, await self._request("DELETE", f"/users/{text_part(user)}", body))

    def export_user(self, user: str) -> AsyncIterator[dict[str, Any]]:
        """Everything held of a user, line by line as on the wire: ``type`` says what else a line has.

        Raises where the export broke off. Not tried again once it has begun.
        """
        return self._lines(f"/users/{text_part(user)}/export")

    async def create_ticket(self, user_id: str) -> str:
        """A ticket that signs the user in once, within a minute: for the product's page or app to redeem."""
        ticket: str = (await self._request("POST", "/auth/tickets", {"userId": user_id}))["ticket"]
        return ticket
