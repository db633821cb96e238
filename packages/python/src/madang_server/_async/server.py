from __future__ import annotations

from types import TracebackType

import httpx
from typing_extensions import Self

from .._paths import text_part
from .events import AsyncEventCalls
from .keys import AsyncKeyCalls
from .messages import AsyncMessageCalls
from .rooms import AsyncRoomCalls
from .transport import AsyncTransport
from .users import AsyncUserCalls
from .webhooks import AsyncWebhookCalls


class AsyncServerCalls(AsyncUserCalls, AsyncRoomCalls, AsyncMessageCalls, AsyncEventCalls, AsyncWebhookCalls, AsyncKeyCalls):
    """Every call of the Server API."""


class AsyncServer(AsyncServerCalls):
    """Calls a Madang cluster as a product's service, in the product's tenant.

    ``url`` is the cluster's address, ``key`` a service key (``mdk_…``), which stays on the server. Every call raises
    ServerError. After a temporary refusal it is repeated for up to ``timeout`` seconds, and takes effect once, except
    ``create_key``, ``add_webhook`` and ``rotate_webhook``. An ``http_client`` of your own brings proxies or certificates; you
    close it yourself.
    """

    def __init__(self, url: str, key: str, *, timeout: float = 10.0, http_client: httpx.AsyncClient | None = None) -> None:
        super().__init__(AsyncTransport(url=url, key=key, timeout=timeout, http_client=http_client))

    def as_user(self, user: str) -> AsyncServerCalls:
        """The same calls as a user, named by the product's own id or by ``id:`` and Madang's; for a key with the scope ``act``.

        What they write is the user's, and everybody sees by which service.
        """
        # With an empty name, what is meant as the user's would become the service's own.
        return AsyncServerCalls(self._transport, text_part(user))

    async def aclose(self) -> None:
        """End the connections."""
        await self._transport.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.aclose()
