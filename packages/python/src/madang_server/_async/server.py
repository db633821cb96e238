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
    """The groups of calls that make up the Server API."""


class AsyncServer(AsyncServerCalls):
    """Calls a Madang cluster as a product's service, in the product's tenant.

    ``url`` is the cluster's address. ``key`` is a service key (``mdk_…``), which must stay on the server. A call that fails
    raises ServerError. After a temporary refusal the call is repeated for up to ``timeout`` seconds and still takes effect
    once. Only ``create_key``, ``add_webhook`` and ``rotate_webhook`` may take effect twice. Pass an ``http_client`` of your
    own to use proxies or certificates, and close it yourself.
    """

    def __init__(self, url: str, key: str, *, timeout: float = 10.0, http_client: httpx.AsyncClient | None = None) -> None:
        super().__init__(AsyncTransport(url=url, key=key, timeout=timeout, http_client=http_client))

    def as_user(self, user: str) -> AsyncServerCalls:
        """Return the same calls on behalf of a user, named by the product's own id, or by ``id:`` and Madang's id.

        The key needs the scope ``act``. What the calls write belongs to the user, and everybody sees which service wrote
        it.
        """
        # With an empty name, the service itself would write what is meant as the user's.
        return AsyncServerCalls(self._transport, text_part(user))

    async def aclose(self) -> None:
        """Close the connections."""
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
