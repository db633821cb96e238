from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Any
from uuid import uuid4

from typing_extensions import Unpack

from .._paths import id_part, with_query
from .._wire import from_wire, to_wire
from ..types import (
    ImportedMessage,
    Message,
    MessageChanges,
    MessageFields,
    MessagePage,
    MessagePlace,
    Rev,
    SendResult,
    SignedFile,
)
from .calls import AsyncCalls, page_size


class AsyncMessageCalls(AsyncCalls):
    async def send(self, room_id: str, text: str, **fields: Unpack[MessageFields]) -> SendResult:
        """Send a message as the service, which must be a member.

        With your own ``client_id``, the call may be repeated after a restart.
        """
        body = {"clientId": str(uuid4()), "text": text, **to_wire(fields)}
        return from_wire(SendResult, await self._request("POST", f"/rooms/{id_part(room_id)}/messages", body))

    async def edit_message(self, room_id: str, seq: int, **changes: Unpack[MessageChanges]) -> Rev:
        """Change the text or data of a message that the service sent."""
        path = f"/rooms/{id_part(room_id)}/messages/{id_part(str(seq))}"
        return from_wire(Rev, await self._request("PATCH", path, to_wire(changes)))

    async def delete_message(self, room_id: str, seq: int) -> Rev:
        """Delete any message. Deleting it again returns the rev of the first deletion."""
        path = f"/rooms/{id_part(room_id)}/messages/{id_part(str(seq))}"
        return from_wire(Rev, await self._request("DELETE", path, {}))

    async def import_messages(self, room_id: str, messages: Sequence[ImportedMessage]) -> list[SendResult]:
        """Import up to 500 earlier messages into an archived room, the oldest first. Each ``client_id`` is stored once."""
        body = {"messages": [to_wire(message) for message in messages]}
        answer = await self._request("POST", f"/rooms/{id_part(room_id)}/import", body)
        return from_wire(list[SendResult], answer["results"])

    async def read_messages(self, at: Sequence[MessagePlace]) -> list[Message]:
        """Read up to 200 messages by room and seq. Messages that the service may not read are left out of the answer."""
        answer = await self._request("POST", "/messages/read", {"at": [to_wire(place) for place in at]})
        return from_wire(list[Message], answer["messages"])

    def messages(self, room_id: str, *, before: int | None = None) -> AsyncIterator[Message]:
        """Yield the history of a room, newest first. The service must be a member, or the room overseen."""
        return self._history(f"/rooms/{id_part(room_id)}/messages", before)

    async def _history(self, path: str, before: int | None) -> AsyncIterator[Message]:
        while True:
            page = await self._request("GET", with_query(path, {"limit": page_size, "before": before}))
            for message in page["messages"]:
                yield from_wire(Message, message)
            if not page["more"]:
                return
            before = page["messages"][-1]["seq"]

    async def list_messages(
        self,
        room_id: str,
        *,
        before: int | None = None,
        around: int | None = None,
        after: int | None = None,
        thread_of: int | None = None,
        pinned: bool | None = None,
        limit: int | None = None,
    ) -> MessagePage:
        """Read one page of the history.

        Pass the ``seq`` of the last message as ``before`` for the next page, while there is ``more``. At most one of
        ``around``, ``after``, ``thread_of`` and ``pinned`` goes, the first two without ``before``. After those two, the
        ``seq`` of the first message as ``after`` leads on while there is ``more_after``.
        """
        query = {
            "before": before,
            "around": around,
            "after": after,
            "threadOf": thread_of,
            "pinned": pinned,
            "limit": limit,
        }
        path = with_query(f"/rooms/{id_part(room_id)}/messages", query)
        return from_wire(MessagePage, await self._request("GET", path))

    async def sign_files(self, ids: Sequence[str]) -> list[SignedFile]:
        """Return addresses of up to 100 images, which need no credential for an hour.

        Each use checks that the service may see the image.
        """
        answer = await self._request("POST", "/files/sign", {"ids": list(ids)})
        return from_wire(list[SignedFile], answer["files"])

    async def notify(self, *, to: Sequence[str], type: str, data: Mapping[str, Any], key: str | None = None) -> list[str]:
        """Notify up to 1,000 users on all their devices. The ids in the answer have the order of ``to``.

        Calls with the same ``key`` notify once.
        """
        body = {"key": str(uuid4()) if key is None else key, "to": list(to), "type": type, "data": data}
        ids: list[str] = (await self._request("POST", "/notifications", body))["ids"]
        return ids
