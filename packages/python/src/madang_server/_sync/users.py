# Written from _async/users.py by scripts/make_sync.py.
from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Literal

from typing_extensions import Unpack

from .._paths import text_part, with_query
from .._wire import from_wire, to_wire
from ..types import Deletion, NewUser, User, UserFields, UserFilter, UserPage, UserPageFilter
from .calls import Calls


class UserCalls(Calls):
    def put_user(self, external_id: str, **fields: Unpack[UserFields]) -> User:
        """Create the user with this id of the product's own, or update it. Fields that are left out stay as they are."""
        answer = self._request("PUT", f"/users/{text_part(external_id)}", to_wire(fields))
        return from_wire(User, answer["user"])

    def put_users(self, users: Sequence[NewUser]) -> list[User]:
        """Create or update up to 100 users, in the given order. All are stored, or none."""
        answer = self._request("PUT", "/users", {"users": [to_wire(user) for user in users]})
        return [from_wire(User, each["user"]) for each in answer["results"]]

    def get_user(self, user: str) -> User:
        """Read all fields of a user, including a disabled one. ``user`` is your own id, or ``id:`` and Madang's id."""
        return from_wire(User, (self._request("GET", f"/users/{text_part(user)}"))["user"])

    def users(self, **filter: Unpack[UserFilter]) -> Iterator[User]:
        """Yield users by name, with ``online``: all users, up to 200 by their ids, or those that match."""
        return self._items("/users", "users", User, to_wire(filter))

    def list_users(self, **filter: Unpack[UserPageFilter]) -> UserPage:
        """List one page of the users. Pass ``next`` as ``after`` for the next page."""
        return from_wire(UserPage, self._request("GET", with_query("/users", to_wire(filter))))

    def disable_user(self, user: str) -> User:
        """Disable a user and close the user's connections. Doing it again changes nothing."""
        answer = self._request("POST", f"/users/{text_part(user)}/disable", {})
        return from_wire(User, answer["user"])

    def enable_user(self, user: str) -> User:
        """Let a disabled user sign in again."""
        answer = self._request("POST", f"/users/{text_part(user)}/enable", {})
        return from_wire(User, answer["user"])

    def sign_out_user(self, user: str) -> User:
        """End all sessions of a user."""
        answer = self._request("POST", f"/users/{text_part(user)}/sign-out", {})
        return from_wire(User, answer["user"])

    def delete_user(self, user: str, *, messages: Literal["erase", "keep"] | None = None) -> Deletion:
        """Delete a user at once. Within a minute the user's messages are erased, or kept without the name.

        After that, your own id of the user is ``not_found``.
        """
        body = {} if messages is None else {"messages": messages}
        return from_wire(Deletion, self._request("DELETE", f"/users/{text_part(user)}", body))

    def export_user(self, user: str) -> Iterator[dict[str, Any]]:
        """Yield everything that is stored about a user, line by line as on the wire.

        The ``type`` of a line says which other fields it has. Raises if the export breaks off. An export is not repeated
        once it has begun.
        """
        return self._lines(f"/users/{text_part(user)}/export")

    def create_ticket(self, user_id: str) -> str:
        """Create a ticket. With it, the product's page or app signs the user in, once and within a minute."""
        ticket: str = (self._request("POST", "/auth/tickets", {"userId": user_id}))["ticket"]
        return ticket
