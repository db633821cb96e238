"""The inputs and results of the Server API.

Names are those of the wire in snake case; times are RFC 3339 strings, as on the wire.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

from typing_extensions import NotRequired, Required, TypedDict

#: The product's own JSON object, of at most 4 KiB.
Data: TypeAlias = dict[str, Any]
UserKind: TypeAlias = Literal["account", "guest", "service"]
Role: TypeAlias = Literal["owner", "moderator", "member"]
Visibility: TypeAlias = Literal["public", "private"]
Scope: TypeAlias = Literal["admin", "users", "rooms", "read", "send", "act", "import", "members"]
#: A later version of the cluster may add further types.
EventType: TypeAlias = Literal[
    "user.created",
    "user.updated",
    "user.deleted",
    "user.erased",
    "room.created",
    "room.updated",
    "room.closed",
    "member.added",
    "member.updated",
    "member.removed",
    "message.created",
    "message.updated",
    "message.deleted",
    "message.unseen",
    "policy.updated",
]


@dataclass(frozen=True, kw_only=True)
class Status:
    text: str
    emoji: str | None = None
    until: str | None = None


@dataclass(frozen=True, kw_only=True)
class User:
    id: str
    kind: UserKind
    name: str
    color: str
    display_name: str | None = None
    avatar_id: str | None = None
    status: Status | None = None
    #: True if the user is connected, but away.
    away: bool | None = None
    #: The user does not want to be disturbed until then.
    dnd_until: str | None = None
    #: How the user takes direct rooms that strangers open. None until the user has chosen.
    directs: Literal["everyone", "request", "nobody"] | None = None
    online: bool | None = None
    #: Your own id of the user.
    external_id: str | None = None
    data: Data | None = None
    created_at: str | None = None
    #: When the user was last connected, exact to a day.
    seen_at: str | None = None
    #: True if the user is disabled, and cannot sign in until enabled again.
    disabled: bool | None = None


@dataclass(frozen=True, kw_only=True)
class UserPage:
    users: list[User]
    #: Pass it as ``after`` for the next page.
    next: str | None = None


@dataclass(frozen=True, kw_only=True)
class Deletion:
    user_id: str
    messages: Literal["erase", "keep"]


@dataclass(frozen=True, kw_only=True)
class Room:
    id: str
    kind: Literal["room", "direct"]
    title: str
    visibility: Visibility
    locked: bool
    ephemeral: bool
    owner: User
    rev: int
    created_at: str
    #: The type in the policy that the room was made with.
    type: str | None = None
    #: The product may read this room. Its members can see that.
    overseen: bool | None = None
    capacity: int | None = None
    #: True if every account of the tenant joins the room on registration.
    is_default: bool | None = None
    #: The two users of a direct room.
    users: list[User] | None = None
    member_count: int | None = None
    online: int | None = None
    external_id: str | None = None
    data: Data | None = None
    topic: str | None = None
    #: In slow mode, a plain member waits this long between two messages.
    slow_seconds: int | None = None
    archived_at: str | None = None
    #: Messages with a lower ``seq`` were removed.
    first_seq: int | None = None
    closed_at: str | None = None


@dataclass(frozen=True, kw_only=True)
class RoomPage:
    rooms: list[Room]
    #: Pass it as ``after`` for the next page.
    next: str | None = None


@dataclass(frozen=True, kw_only=True)
class Member:
    user: User
    role: Role
    #: Not known in an export.
    online: bool | None = None
    muted_until: str | None = None
    banned: bool | None = None


@dataclass(frozen=True, kw_only=True)
class MemberPage:
    members: list[Member]
    #: How many users are in the room now.
    online: int
    #: Pass it as ``after`` for the next page.
    next: str | None = None


@dataclass(frozen=True, kw_only=True)
class RefusedMember:
    user_id: str
    code: str


@dataclass(frozen=True, kw_only=True)
class PutMembersResult:
    joined: list[str]
    refused: list[RefusedMember]


@dataclass(frozen=True, kw_only=True)
class Attachment:
    id: str
    name: str
    type: str
    size: int
    width: int
    height: int
    url: str
    thumbnail_url: str


@dataclass(frozen=True, kw_only=True)
class Sender:
    id: str
    name: str
    color: str
    kind: UserKind | None = None


@dataclass(frozen=True, kw_only=True)
class Reaction:
    emoji: str
    count: int
    #: The ids of those who reacted last, newest first.
    by: list[str]
    mine: bool | None = None


@dataclass(frozen=True, kw_only=True)
class Pin:
    by: str
    at: str


@dataclass(frozen=True, kw_only=True)
class LinkPreview:
    url: str
    title: str
    text: str | None = None
    image_url: str | None = None


@dataclass(frozen=True, kw_only=True)
class Annotations:
    """What stands on a message without being its text."""

    reactions: list[Reaction] | None = None
    pinned: Pin | None = None
    previews: list[LinkPreview] | None = None


@dataclass(frozen=True, kw_only=True)
class Mention:
    id: str
    name: str


@dataclass(frozen=True, kw_only=True)
class Thread:
    replies: int
    last_seq: int


@dataclass(frozen=True, kw_only=True)
class File:
    id: str
    name: str
    type: str
    size: int
    url: str


@dataclass(frozen=True, kw_only=True)
class Message:
    room_id: str
    seq: int
    rev: int
    client_id: str
    sender: Sender
    kind: Literal["text", "system"]
    text: str
    attachments: list[Attachment]
    created_at: str
    #: The service that wrote the message on behalf of its sender.
    via: Sender | None = None
    reply_to: int | None = None
    data: Data | None = None
    imported: bool | None = None
    #: The ``seq`` of the message whose thread it is in.
    thread_of: int | None = None
    thread: Thread | None = None
    mentions: list[Mention] | None = None
    notify: Literal["room", "here"] | None = None
    files: list[File] | None = None
    annotations: Annotations | None = None
    edited_at: str | None = None
    deleted_at: str | None = None


@dataclass(frozen=True, kw_only=True)
class Entry:
    """One change of a room. A rev without an entry was superseded by a later one."""

    rev: int
    type: Literal["message", "edit", "delete", "annotation", "room", "left"]
    message: Message | None = None
    seq: int | None = None
    annotations: Annotations | None = None
    room: Room | None = None
    #: The user whose membership ended.
    user: User | None = None
    reason: Literal["left", "removed", "banned", "closed"] | None = None


@dataclass(frozen=True, kw_only=True)
class Frame:
    """Changes of a room, in the order of their revs. With ``reset``, discard what you hold of the room, then apply them."""

    room_id: str
    epoch: str
    after: int
    head: int
    entries: list[Entry]
    more: bool | None = None
    reset: bool | None = None


@dataclass(frozen=True, kw_only=True)
class ExportLine:
    """A line of a room's export. The last line is ``end``, with the number of messages."""

    type: Literal["room", "member", "message", "end"]
    room: Room | None = None
    member: Member | None = None
    message: Message | None = None
    messages: int | None = None


@dataclass(frozen=True, kw_only=True)
class SignedFile:
    """``url`` and ``thumbnail_url`` are paths on the cluster."""

    id: str
    url: str
    thumbnail_url: str
    expires_at: str


@dataclass(frozen=True, kw_only=True)
class MessagePage:
    #: Newest first.
    messages: list[Message]
    more: bool
    #: Whether there are newer messages. Only in answers to ``around`` and ``after``.
    more_after: bool | None = None


@dataclass(frozen=True, kw_only=True)
class SendResult:
    seq: int
    rev: int
    created_at: str
    #: An earlier call with the same ``client_id`` stored the message.
    duplicate: bool


@dataclass(frozen=True, kw_only=True)
class Rev:
    """The place of a message's change in the room's log."""

    seq: int
    rev: int


@dataclass(frozen=True, kw_only=True)
class Key:
    """A service key, without its secret."""

    id: str
    service: str
    user_id: str
    hint: str
    scopes: list[Scope]
    created_at: str
    expires_at: str | None = None
    last_used_at: str | None = None
    revoked_at: str | None = None


@dataclass(frozen=True, kw_only=True)
class CreatedKey:
    key: Key
    #: Never shown again.
    secret: str


@dataclass(frozen=True, kw_only=True)
class Tenant:
    #: As on the wire; the reference of the cluster describes it.
    policy: dict[str, Any]
    version: int


@dataclass(frozen=True, kw_only=True)
class UsageOfDay:
    #: The day in UTC, such as ``2026-03-01``.
    day: str
    messages: int
    users: int
    rooms: int
    #: The highest number at the same time.
    connections: int
    calls: int
    bytes: int


@dataclass(frozen=True, kw_only=True)
class Quotas:
    """The tenant's limits. None means that there is no limit."""

    users: int | None = None
    rooms: int | None = None
    bytes: int | None = None
    messages: int | None = None


@dataclass(frozen=True, kw_only=True)
class Usage:
    days: list[UsageOfDay]
    quotas: Quotas


@dataclass(frozen=True, kw_only=True)
class EventData:
    """The subject of an event, as it is now. The fields depend on the event's type."""

    user: User | None = None
    user_id: str | None = None
    counts: dict[str, int] | None = None
    room: Room | None = None
    member: Member | None = None
    reason: Literal["left", "removed", "banned"] | None = None
    message: Message | None = None
    room_id: str | None = None
    seq: int | None = None
    unread: int | None = None
    version: int | None = None


@dataclass(frozen=True, kw_only=True)
class TenantEvent:
    """An event of your tenant."""

    #: The same each time the event is delivered.
    id: str
    type: EventType
    version: int
    timestamp: str
    #: The event's place in the order of the tenant's events.
    position: int
    data: EventData
    room_id: str | None = None
    rev: int | None = None


@dataclass(frozen=True, kw_only=True)
class DeliveryData:
    events: list[TenantEvent]
    #: The events before these are no longer kept.
    reset: bool | None = None


@dataclass(frozen=True, kw_only=True)
class WebhookDelivery:
    type: Literal["events"]
    timestamp: str
    data: DeliveryData


@dataclass(frozen=True, kw_only=True)
class Webhook:
    id: str
    url: str
    status: Literal["active", "failing", "disabled"]
    #: All events up to this position were delivered.
    position: int
    lag_seconds: float
    attempts: int
    created_at: str
    #: Only these types are delivered; None delivers all types.
    types: list[EventType] | None = None
    last_error: str | None = None
    rotated_at: str | None = None
    disabled_at: str | None = None


@dataclass(frozen=True, kw_only=True)
class CreatedWebhook:
    webhook: Webhook
    #: Never shown again.
    secret: str


@dataclass(frozen=True, kw_only=True)
class WebhookTest:
    """The receiver's answer to a test."""

    delivered: bool
    status: int | None = None
    error: str | None = None


class UserFields(TypedDict, total=False):
    """Fields that are left out stay as they are."""

    name: Required[str]
    display_name: str
    color: str
    #: Replaces the stored object as a whole.
    data: Data


class NewUser(UserFields):
    external_id: str


class UserFilter(TypedDict, total=False):
    ids: Sequence[str]
    external_ids: Sequence[str]
    disabled: bool
    online: bool
    query: str


class UserPageFilter(UserFilter, total=False):
    after: str
    limit: int


class NewMember(TypedDict):
    #: Your own id of the user, or ``id:`` and Madang's id.
    user: str
    role: NotRequired[Literal["moderator", "member"]]


class NewRoom(TypedDict, total=False):
    title: Required[str]
    visibility: Visibility
    password: str
    capacity: int
    ephemeral: bool
    #: Your own id of the room. Two calls with the same id return the same room, also from different processes.
    external_id: str
    data: Data
    archived: bool
    members: Sequence[NewMember]
    #: Two calls with the same ``client_id`` return the same room.
    client_id: str


class RoomChanges(TypedDict, total=False):
    """Fields that are left out stay as they are."""

    title: str
    #: What the room is about, up to 250 characters. None removes the field.
    topic: str | None
    #: Slow mode: the seconds between two messages of a plain member, up to 3,600. None removes the field.
    slow_seconds: int | None
    visibility: Visibility
    #: None removes the field.
    password: str | None
    capacity: int
    ephemeral: bool
    #: Replaced as a whole; None removes it.
    data: Data | None
    #: Members can only read in an archived room.
    archived: bool


class RoomFilter(TypedDict, total=False):
    """Rooms that fit every filter given."""

    type: str
    #: Your own id of a user, or ``id:`` and Madang's id.
    member: str
    external_ids: Sequence[str]
    archived: bool
    closed: bool


class RoomPageFilter(RoomFilter, total=False):
    after: str
    limit: int


class MemberChanges(TypedDict, total=False):
    role: Role
    #: None ends the mute.
    muted_until: str | None
    banned: bool


class MessageFields(TypedDict, total=False):
    reply_to: int
    #: The ``seq`` of the message in whose thread it is to be.
    thread_of: int
    #: Ids of members to mention, whose shown names stand after ``@`` in the text.
    mentions: list[str]
    #: ``room`` mentions everybody, ``here`` those who are online.
    notify: Literal["room", "here"]
    data: Data
    #: ``system`` marks a notice that no person wrote.
    kind: Literal["text", "system"]
    #: Calls with the same ``client_id`` store the message once.
    client_id: str


class MessageChanges(TypedDict, total=False):
    text: str
    #: None removes the data.
    data: Data | None


class ImportedMessage(TypedDict):
    client_id: str
    sender_id: str
    text: str
    created_at: str
    data: NotRequired[Data]


class MessagePlace(TypedDict):
    room_id: str
    seq: int


class KeyInput(TypedDict, total=False):
    service: Required[str]
    scopes: Required[Sequence[Scope]]
    expires_at: str
    #: The id of a key of the same service. That key expires after ``overlap_seconds``.
    replaces: str
    overlap_seconds: int


class WebhookChanges(TypedDict, total=False):
    url: str
    #: None delivers all types.
    types: Sequence[EventType] | None
    #: True resumes a disabled webhook at its position.
    enabled: bool


class EventFilter(TypedDict, total=False):
    #: The position after which to begin. The default is the beginning of the events that are still kept.
    after: int
    types: Sequence[EventType]
    #: Called with the position after which events are no longer kept. Without it, the iteration raises ``conflict`` then.
    on_reset: Callable[[int], object]
