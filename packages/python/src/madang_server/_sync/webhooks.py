# Written from _async/webhooks.py by scripts/make_sync.py.
from __future__ import annotations

from collections.abc import Sequence

from typing_extensions import Unpack

from .._paths import id_part
from .._wire import from_wire, to_wire
from ..errors import ServerError
from ..types import CreatedWebhook, EventType, Webhook, WebhookChanges, WebhookTest
from .calls import Calls


class WebhookCalls(Calls):
    def list_webhooks(self) -> list[Webhook]:
        """List all webhooks, oldest first."""
        return from_wire(list[Webhook], (self._request("GET", "/webhooks"))["webhooks"])

    def add_webhook(self, *, url: str, types: Sequence[EventType] | None = None) -> CreatedWebhook:
        """Add a webhook. Events from now on are posted to ``url``, where ``verify_webhook`` checks them.

        The secret is only in this answer. If an answer is lost and the call repeated, a webhook remains whose secret nobody
        knows. Find it with ``list_webhooks``, and remove it.
        """
        body = {"url": url, **({} if types is None else {"types": list(types)})}
        return from_wire(CreatedWebhook, self._request("POST", "/webhooks", body))

    def get_webhook(self, id: str) -> Webhook:
        """Read a webhook and its position."""
        return from_wire(Webhook, (self._request("GET", f"/webhooks/{id_part(id)}"))["webhook"])

    def update_webhook(self, id: str, **changes: Unpack[WebhookChanges]) -> Webhook:
        """Change a webhook's address or types. ``enabled`` stops or resumes it."""
        answer = self._request("PATCH", f"/webhooks/{id_part(id)}", to_wire(changes))
        return from_wire(Webhook, answer["webhook"])

    def remove_webhook(self, id: str) -> None:
        """Remove a webhook. Removing it again changes nothing."""
        try:
            self._request("DELETE", f"/webhooks/{id_part(id)}")
        except ServerError as error:
            # The answer to an earlier attempt was lost.
            if error.code != "not_found":
                raise

    def test_webhook(self, id: str) -> WebhookTest:
        """Post an empty delivery now, and return how the endpoint answered."""
        return from_wire(WebhookTest, self._request("POST", f"/webhooks/{id_part(id)}/test", {}))

    def replay_webhook(self, id: str, after: int) -> Webhook:
        """Deliver all events after a position again, under the same ids."""
        answer = self._request("POST", f"/webhooks/{id_part(id)}/replay", {"after": after})
        return from_wire(Webhook, answer["webhook"])

    def rotate_webhook(self, id: str) -> str:
        """Create a new secret.

        For a day, deliveries are also signed with the previous one. A repeated call creates another secret.
        """
        secret: str = (self._request("POST", f"/webhooks/{id_part(id)}/rotate", {}))["secret"]
        return secret
