# Written from _async/server.py by scripts/make_sync.py.
from __future__ import annotations

from types import TracebackType

import httpx
from typing_extensions import Self

from .._paths import text_part
from .events import EventCalls
from .keys import KeyCalls
from .messages import MessageCalls
from .rooms import RoomCalls
from .transport import Transport
from .users import UserCalls
from .webhooks import WebhookCalls


class ServerCalls(UserCalls, RoomCalls, MessageCalls, EventCalls, WebhookCalls, KeyCalls):
    """The groups of calls that make up the Server API."""


class Server(ServerCalls):
    """Calls a Madang cluster as a product's service, in the product's tenant.

    ``url`` is the cluster's address. ``key`` is a service key (``mdk_…``), which must stay on the server. A call that fails
    raises ServerError. After a temporary refusal the call is repeated for up to ``timeout`` seconds and still takes effect
    once. Only ``create_key``, ``add_webhook`` and ``rotate_webhook`` may take effect twice. Pass an ``http_client`` of your
    own to use proxies or certificates, and close it yourself.
    """

    def __init__(self, url: str, key: str, *, timeout: float = 10.0, http_client: httpx.Client | None = None) -> None:
        super().__init__(Transport(url=url, key=key, timeout=timeout, http_client=http_client))

    def as_user(self, user: str) -> ServerCalls:
        """Return the same calls on behalf of a user, named by the product's own id, or by ``id:`` and Madang's id.

        The key needs the scope ``act``. What the calls write belongs to the user, and everybody sees which service wrote
        it.
        """
        # With an empty name, the service itself would write what is meant as the user's.
        return ServerCalls(self._transport, text_part(user))

    def close(self) -> None:
        """Close the connections."""
        self._transport.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()
