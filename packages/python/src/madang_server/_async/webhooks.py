from __future__ import annotations

from collections.abc import Sequence

from typing_extensions import Unpack

from .._paths import id_part
from .._wire import from_wire, to_wire
from ..errors import ServerError
from ..types import CreatedWebhook, EventType, Webhook, WebhookChanges, WebhookTest
from .calls import AsyncCalls


class AsyncWebhookCalls(AsyncCalls):
    async def list_webhooks(self) -> list[Webhook]:
        """All webhooks, the oldest first."""
        return from_wire(list[Webhook], (await self._request("GET", "/webhooks"))["webhooks"])

    async def add_webhook(self, *, url: str, types: Sequence[EventType] | None = None) -> CreatedWebhook:
        """Have events from now on posted to ``url``; ``verify_webhook`` checks them.

        The secret is in this answer alone. Repeated after a lost answer, it leaves a webhook whose secret nobody has: find
        it in ``list_webhooks``, and remove it.
        """
        body = {"url": url, **({} if types is None else {"types": list(types)})}
        return from_wire(CreatedWebhook, await self._request("POST", "/webhooks", body))

    async def get_webhook(self, id: str) -> Webhook:
        """A webhook, and how far it is."""
        return from_wire(Webhook, (await self._request("GET", f"/webhooks/{id_part(id)}"))["webhook"])

    async def update_webhook(self, id: str, **changes: Unpack[WebhookChanges]) -> Webhook:
        """Change address or types; ``enabled`` stops it, or lets it go on."""
        answer = await self._request("PATCH", f"/webhooks/{id_part(id)}", to_wire(changes))
        return from_wire(Webhook, answer["webhook"])

    async def remove_webhook(self, id: str) -> None:
        """Remove a webhook; again, it changes nothing."""
        try:
            await self._request("DELETE", f"/webhooks/{id_part(id)}")
        except ServerError as error:
            # The answer to an earlier attempt was lost.
            if error.code != "not_found":
                raise

    async def test_webhook(self, id: str) -> WebhookTest:
        """Post an empty delivery now, and say how it was answered."""
        return from_wire(WebhookTest, await self._request("POST", f"/webhooks/{id_part(id)}/test", {}))

    async def replay_webhook(self, id: str, after: int) -> Webhook:
        """Deliver what came after a position again, under the same ids."""
        answer = await self._request("POST", f"/webhooks/{id_part(id)}/replay", {"after": after})
        return from_wire(Webhook, answer["webhook"])

    async def rotate_webhook(self, id: str) -> str:
        """Make a new secret; the one before signs, too, for a day. Repeated after a lost answer, it makes another one."""
        secret: str = (await self._request("POST", f"/webhooks/{id_part(id)}/rotate", {}))["secret"]
        return secret
