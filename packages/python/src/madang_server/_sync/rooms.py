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
        """Make a room that the service owns; with an ``external_id`` that is known, answer with that room."""
        body = {"clientId": str(uuid4()), **to_wire(room)}
        return from_wire(Room, (self._request("POST", "/rooms", body))["room"])

    def room(self, room_id: str) -> Room:
        """A room of the tenant."""
        return from_wire(Room, (self._request("GET", f"/rooms/{id_part(room_id)}"))["room"])

    def rooms(self, **filter: Unpack[RoomFilter]) -> Iterator[Room]:
        """The tenant's rooms, of every kind, newest first."""
        return self._items("/rooms", "rooms", Room, {"all": True, **to_wire(filter)})

    def list_rooms(self, **filter: Unpack[RoomPageFilter]) -> RoomPage:
        """One page of the rooms; ``next`` is the ``after`` of the next page."""
        path = with_query("/rooms", {"all": True, **to_wire(filter)})
        return from_wire(RoomPage, self._request("GET", path))

    def update_room(self, room_id: str, **changes: Unpack[RoomChanges]) -> Room:
        """Change a room; ``archived`` leaves reading alone, or ends that."""
        answer = self._request("PATCH", f"/rooms/{id_part(room_id)}", to_wire(changes))
        return from_wire(Room, answer["room"])

    def truncate_room(self, room_id: str, before: int | None = None) -> Room:
        """Remove the messages with a lower ``seq`` than ``before``, or all, permanently and for everyone."""
        body = {} if before is None else {"before": before}
        answer = self._request("POST", f"/rooms/{id_part(room_id)}/truncate", body)
        return from_wire(Room, answer["room"])

    def sync_room(self, room_id: str, *, after: int, epoch: str | None = None, limit: int | None = None) -> Frame:
        """Read the changes of a room above a cursor: those of its log after that rev.

        Repeat with the frame's ``head`` while there is ``more``.
        """
        query = {"epoch": epoch, "after": after, "limit": limit}
        return from_wire(Frame, self._request("GET", with_query(f"/rooms/{id_part(room_id)}/log", query)))

    def export_room(self, room_id: str) -> Iterator[ExportLine]:
        """The room, its members and its messages by ``seq``, line by line, where the service may read it.

        Raises where the export broke off. Not tried again once it has begun.
        """
        return self._export_lines(f"/rooms/{id_part(room_id)}/export")

    def _export_lines(self, path: str) -> Iterator[ExportLine]:
        for line in self._lines(path):
            yield from_wire(ExportLine, line)

    def close_room(self, room_id: str) -> Room:
        """Close a room permanently. Closing it again answers with the room."""
        return from_wire(Room, (self._request("DELETE", f"/rooms/{id_part(room_id)}", {}))["room"])

    def add_member(self, room_id: str, user_id: str, role: Literal["moderator", "member"] | None = None) -> Member:
        """Make a user a member of any room of the tenant but direct ones; the service itself, too.

        A role is also set for someone who is a member already; without one a new member is a ``member``, and nobody's role
        changes.
        """
        body = {"userId": user_id, **({} if role is None else {"role": role})}
        answer = self._request("POST", f"/rooms/{id_part(room_id)}/members", body)
        return from_wire(Member, answer["member"])

    def members(self, room_id: str, *, online: bool | None = None) -> Iterator[Member]:
        """Who is in a room, or banned from it, where the service may read it."""
        return self._items(f"/rooms/{id_part(room_id)}/members", "members", Member, {"online": online})

    def list_members(
        self, room_id: str, *, online: bool | None = None, after: str | None = None, limit: int | None = None
    ) -> MemberPage:
        """One page of the members, and how many users are in the room now. Give ``next`` as ``after``."""
        query = {"online": online, "after": after, "limit": limit}
        path = with_query(f"/rooms/{id_part(room_id)}/members", query)
        return from_wire(MemberPage, self._request("GET", path))

    def put_members(self, room_id: str, members: Sequence[NewMember]) -> PutMembersResult:
        """Make up to 1,000 users members at once; who is refused stays out alone."""
        body = {"members": [to_wire(member) for member in members]}
        answer = self._request("PUT", f"/rooms/{id_part(room_id)}/members", body)
        return from_wire(PutMembersResult, answer)

    def update_member(self, room_id: str, user_id: str, **changes: Unpack[MemberChanges]) -> Member:
        """Change a member's role (``owner`` hands the room over), mute or ban."""
        path = f"/rooms/{id_part(room_id)}/members/{id_part(user_id)}"
        return from_wire(Member, (self._request("PATCH", path, to_wire(changes)))["member"])

    def remove_member(self, room_id: str, user_id: str) -> None:
        """End a membership of any room of the tenant."""
        self._request("DELETE", f"/rooms/{id_part(room_id)}/members/{id_part(user_id)}", {})
