"""Verifies webhook deliveries."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import re
import time
from collections.abc import Iterable, Sequence
from typing import Protocol

from ._wire import from_wire
from .errors import WebhookError
from .types import WebhookDelivery

# A delivery may be this much older or newer than the local clock. The limit makes a copied delivery useless soon.
_tolerance_seconds = 5 * 60


class Headers(Protocol):
    """The headers of a delivery: a dict, or the headers of any framework. The case of the names does not matter."""

    def items(self) -> Iterable[tuple[str, str]]: ...


def verify_webhook(*, secret: str | Sequence[str], headers: Headers, body: str | bytes) -> WebhookDelivery:
    """Check that a delivery was signed with a secret of the webhook within the last five minutes, and return its events.

    ``secret`` is ``whsec_…``, as shown when the webhook was added or rotated; give several while one replaces another.
    ``body`` is the body exactly as received: a body that was parsed and serialized again would not match its signature.
    Raises WebhookError. An event may be delivered again with the same id, so store the ids of the events that you handled.
    """
    seconds = _header(headers, "webhook-timestamp")
    if not re.fullmatch(r"[0-9]{1,12}", seconds) or abs(time.time() - int(seconds)) > _tolerance_seconds:
        raise WebhookError("The delivery is too old, or the clock here is wrong.")
    content = body.encode() if isinstance(body, str) else bytes(body)
    signed = f"{_header(headers, 'webhook-id')}.{seconds}.".encode() + content
    given = [each.encode() for each in _header(headers, "webhook-signature").split(" ")]
    secrets = [secret] if isinstance(secret, str) else secret
    expected = [_signature(each, signed) for each in secrets]
    if not any(hmac.compare_digest(one, other) for one in given for other in expected):
        raise WebhookError("The signature fits none of the secrets.")
    return from_wire(WebhookDelivery, json.loads(content))


def _header(headers: Headers, name: str) -> str:
    value = next((each for key, each in headers.items() if key.lower() == name), "")
    if not value:
        raise WebhookError(f"The header {name} is missing.")
    return value


def _signature(secret: str, signed: bytes) -> bytes:
    if not secret.startswith("whsec_"):
        raise TypeError("A webhook secret begins with whsec_.")
    key = base64.b64decode(secret.removeprefix("whsec_"))
    return b"v1," + base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest())
