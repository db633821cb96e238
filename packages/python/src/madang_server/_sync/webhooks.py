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
        """All webhooks, the oldest first."""
        return from_wire(list[Webhook], (self._request("GET", "/webhooks"))["webhooks"])

    def add_webhook(self, *, url: str, types: Sequence[EventType] | None = None) -> CreatedWebhook:
        """Have events from now on posted to ``url``; ``verify_webhook`` checks them.

        The secret is in this answer alone. Repeated after a lost answer, it leaves a webhook whose secret nobody has: find
        it in ``list_webhooks``, and remove it.
        """
        body = {"url": url, **({} if types is None else {"types": list(types)})}
        return from_wire(CreatedWebhook, self._request("POST", "/webhooks", body))

    def get_webhook(self, id: str) -> Webhook:
        """A webhook, and how far it is."""
        return from_wire(Webhook, (self._request("GET", f"/webhooks/{id_part(id)}"))["webhook"])

    def update_webhook(self, id: str, **changes: Unpack[WebhookChanges]) -> Webhook:
        """Change address or types; ``enabled`` stops it, or lets it go on."""
        answer = self._request("PATCH", f"/webhooks/{id_part(id)}", to_wire(changes))
        return from_wire(Webhook, answer["webhook"])

    def remove_webhook(self, id: str) -> None:
        """Remove a webhook; again, it changes nothing."""
        try:
            self._request("DELETE", f"/webhooks/{id_part(id)}")
        except ServerError as error:
            # The answer to an earlier attempt was lost.
            if error.code != "not_found":
                raise

    def test_webhook(self, id: str) -> WebhookTest:
        """Post an empty delivery now, and say how it was answered."""
        return from_wire(WebhookTest, self._request("POST", f"/webhooks/{id_part(id)}/test", {}))

    def replay_webhook(self, id: str, after: int) -> Webhook:
        """Deliver what came after a position again, under the same ids."""
        answer = self._request("POST", f"/webhooks/{id_part(id)}/replay", {"after": after})
        return from_wire(Webhook, answer["webhook"])

    def rotate_webhook(self, id: str) -> str:
        """Make a new secret; the one before signs, too, for a day. Repeated after a lost answer, it makes another one."""
        secret: str = (self._request("POST", f"/webhooks/{id_part(id)}/rotate", {}))["secret"]
        return secret
