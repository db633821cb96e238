"""Checks what webhooks deliver."""

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

# A delivery may be this much older or younger than the clock here, so that a copied one is soon of no use.
_tolerance_seconds = 5 * 60


class Headers(Protocol):
    """A dict, or the headers of any framework; small letters or capitals."""

    def items(self) -> Iterable[tuple[str, str]]: ...


def verify_webhook(*, secret: str | Sequence[str], headers: Headers, body: str | bytes) -> WebhookDelivery:
    """Check that a delivery was signed with the secret of a webhook within the last five minutes, and read it.

    ``secret`` is ``whsec_…``, as shown when the webhook was made or rotated; several while one replaces another. ``body`` is
    as it came: parsed and written again, it would not fit its signature. Raises WebhookError. The same events may come
    again, with the same ids: keep the ids of those that you handled.
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
