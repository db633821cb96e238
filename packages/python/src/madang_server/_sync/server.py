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
    """Every call of the Server API."""


class Server(ServerCalls):
    """Calls a Madang cluster as a product's service, in the product's tenant.

    ``url`` is the cluster's address, ``key`` a service key (``mdk_…``), which stays on the server. Every call raises
    ServerError. After a temporary refusal it is repeated for up to ``timeout`` seconds, and takes effect once, except
    ``create_key``, ``add_webhook`` and ``rotate_webhook``. An ``http_client`` of your own brings proxies or certificates; you
    close it yourself.
    """

    def __init__(self, url: str, key: str, *, timeout: float = 10.0, http_client: httpx.Client | None = None) -> None:
        super().__init__(Transport(url=url, key=key, timeout=timeout, http_client=http_client))

    def as_user(self, user: str) -> ServerCalls:
        """The same calls as a user, named by the product's own id or by ``id:`` and Madang's; for a key with the scope ``act``.

        What they write is the user's, and everybody sees by which service.
        """
        # With an empty name, what is meant as the user's would become the service's own.
        return ServerCalls(self._transport, text_part(user))

    def close(self) -> None:
        """End the connections."""
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
