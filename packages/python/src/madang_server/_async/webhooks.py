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
        """List all webhooks, oldest first."""
        return from_wire(list[Webhook], (await self._request("GET", "/webhooks"))["webhooks"])

    async def add_webhook(self, *, url: str, types: Sequence[EventType] | None = None) -> CreatedWebhook:
        """Add a webhook. Events from now on are posted to ``url``, where ``verify_webhook`` checks them.

        The secret is only in this answer. If an answer is lost and the call repeated, a webhook remains whose secret nobody
        knows. Find it with ``list_webhooks``, and remove it.
        """
        body = {"url": url, **({} if types is None else {"types": list(types)})}
        return from_wire(CreatedWebhook, await self._request("POST", "/webhooks", body))

    async def get_webhook(self, id: str) -> Webhook:
        """Read a webhook and its position."""
        return from_wire(Webhook, (await self._request("GET", f"/webhooks/{id_part(id)}"))["webhook"])

    async def update_webhook(self, id: str, **changes: Unpack[WebhookChanges]) -> Webhook:
        """Change a webhook's address or types. ``enabled`` stops or resumes it."""
        answer = await self._request("PATCH", f"/webhooks/{id_part(id)}", to_wire(changes))
        return from_wire(Webhook, answer["webhook"])

    async def remove_webhook(self, id: str) -> None:
        """Remove a webhook. Removing it again changes nothing."""
        try:
            await self._request("DELETE", f"/webhooks/{id_part(id)}")
        except ServerError as error:
            # The answer to an earlier attempt was lost.
            if error.code != "not_found":
                raise

    async def test_webhook(self, id: str) -> WebhookTest:
        """Post an empty delivery now, and return how the endpoint answered."""
        return from_wire(WebhookTest, await self._request("POST", f"/webhooks/{id_part(id)}/test", {}))

    async def replay_webhook(self, id: str, after: int) -> Webhook:
        """Deliver all events after a position again, under the same ids."""
        answer = await self._request("POST", f"/webhooks/{id_part(id)}/replay", {"after": after})
        return from_wire(Webhook, answer["webhook"])

    async def rotate_webhook(self, id: str) -> str:
        """Create a new secret.

        For a day, deliveries are also signed with the previous one. A repeated call creates another secret.
        """
        secret: str = (await self._request("POST", f"/webhooks/{id_part(id)}/rotate", {}))["secret"]
        return secret
