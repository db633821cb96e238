# Written from _async/rooms.py by scripts/make_sync.py.
from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Literal
from uuid import uuid4

from typing_extensions import Unpack

from .._paths import id_part, with_query
from .._wire import from_wire, to_wire
from ..types import (
    ExportLine,
    Frame,
    Member,
    MemberChanges,
    MemberPage,
    NewMember,
    NewRoom,
    PutMembersResult,
    Room,
    RoomChanges,
    RoomFilter,
    RoomPage,
    RoomPageFilter,
)
from .calls import Calls


class RoomCalls(Calls):
    def create_room(self, **room: Unpack[NewRoom]) -> Room:
        """Create a room that the service owns. If a room with this ``external_id`` exists, return that room instead."""
        body = {"clientId": str(uuid4()), **to_wire(room)}
        return from_wire(Room, (self._request("POST", "/rooms", body))["room"])

    def room(self, room_id: str) -> Room:
        """Read a room of the tenant."""
        return from_wire(Room, (self._request("GET", f"/rooms/{id_part(room_id)}"))["room"])

    def rooms(self, **filter: Unpack[RoomFilter]) -> Iterator[Room]:
        """Yield the tenant's rooms of every kind, newest first."""
        return self._items("/rooms", "rooms", Room, {"all": True, **to_wire(filter)})

    def list_rooms(self, **filter: Unpack[RoomPageFilter]) -> RoomPage:
        """List one page of the rooms. Pass ``next`` as ``after`` for the next page."""
        path = with_query("/rooms", {"all": True, **to_wire(filter)})
        return from_wire(RoomPage, self._request("GET", path))

    def update_room(self, room_id: str, **changes: Unpack[RoomChanges]) -> Room:
        """Change a room. Members can only read in an ``archived`` room."""
        answer = self._request("PATCH", f"/rooms/{id_part(room_id)}", to_wire(changes))
        return from_wire(Room, answer["room"])

    def truncate_room(self, room_id: str, before: int | None = None) -> Room:
        """Remove all messages, or those with a ``seq`` below ``before``, permanently and for everyone."""
        body = {} if before is None else {"before": before}
        answer = self._request("POST", f"/rooms/{id_part(room_id)}/truncate", body)
        return from_wire(Room, answer["room"])

    def sync_room(self, room_id: str, *, after: int, epoch: str | None = None, limit: int | None = None) -> Frame:
        """Read the changes of a room after a rev.

        While there is ``more``, repeat the call with the frame's ``head``.
        """
        query = {"epoch": epoch, "after": after, "limit": limit}
        return from_wire(Frame, self._request("GET", with_query(f"/rooms/{id_part(room_id)}/log", query)))

    def export_room(self, room_id: str) -> Iterator[ExportLine]:
        """Yield the room, its members and its messages by ``seq``, line by line, if the service may read the room.

        Raises if the export breaks off. An export is not repeated once it has begun.
        """
        return self._export_lines(f"/rooms/{id_part(room_id)}/export")

    def _export_lines(self, path: str) -> Iterator[ExportLine]:
        for line in self._lines(path):
            yield from_wire(ExportLine, line)

    def close_room(self, room_id: str) -> Room:
        """Close a room permanently. Closing it again returns the room."""
        return from_wire(Room, (self._request("DELETE", f"/rooms/{id_part(room_id)}", {}))["room"])

    def add_member(self, room_id: str, user_id: str, role: Literal["moderator", "member"] | None = None) -> Member:
        """Add a user, or the service itself, to any room of the tenant except direct rooms.

        A given role is also set for an existing member. Without a role, a new member becomes a ``member``, and an existing
        member keeps the current role.
        """
        body = {"userId": user_id, **({} if role is None else {"role": role})}
        answer = self._request("POST", f"/rooms/{id_part(room_id)}/members", body)
        return from_wire(Member, answer["member"])

    def members(self, room_id: str, *, online: bool | None = None) -> Iterator[Member]:
        """Yield the members and banned users of a room that the service may read."""
        return self._items(f"/rooms/{id_part(room_id)}/members", "members", Member, {"online": online})

    def list_members(
        self, room_id: str, *, online: bool | None = None, after: str | None = None, limit: int | None = None
    ) -> MemberPage:
        """List one page of the members and the number of users in the room now.

        Pass ``next`` as ``after`` for the next page.
        """
        query = {"online": online, "after": after, "limit": limit}
        path = with_query(f"/rooms/{id_part(room_id)}/members", query)
        return from_wire(MemberPage, self._request("GET", path))

    def put_members(self, room_id: str, members: Sequence[NewMember]) -> PutMembersResult:
        """Add up to 1,000 users at once. If one user is refused, the others are still added."""
        body = {"members": [to_wire(member) for member in members]}
        answer = self._request("PUT", f"/rooms/{id_part(room_id)}/members", body)
        return from_wire(PutMembersResult, answer)

    def update_member(self, room_id: str, user_id: str, **changes: Unpack[MemberChanges]) -> Member:
        """Change a member's role (``owner`` transfers the room), or mute or ban a member."""
        path = f"/rooms/{id_part(room_id)}/members/{id_part(user_id)}"
        return from_wire(Member, (self._request("PATCH", path, to_wire(changes)))["member"])

    def remove_member(self, room_id: str, user_id: str) -> None:
        """Remove a member from any room of the tenant."""
        self._request("DELETE", f"/rooms/{id_part(room_id)}/members/{id_part(user_id)}", {})
