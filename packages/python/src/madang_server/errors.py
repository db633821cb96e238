"""The errors that calls raise."""

from __future__ import annotations

import json
import ssl
from collections.abc import Mapping
from typing import Any

import httpx


class ServerError(Exception):
    """The cluster refused a call, or could not be reached (``unavailable``). Switch on ``code`` only."""

    def __init__(
        self,
        *,
        code: str,
        message: str,
        retryable: bool = False,
        retry_after_ms: int | None = None,
        details: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.retryable = retryable
        self.retry_after_ms = retry_after_ms
        self.details = details

    @property
    def hint(self) -> str | None:
        """Returns what the caller can do about the failure, if that is known."""
        scope = (self.details or {}).get("scope")
        if self.code == "forbidden" and scope is not None:
            return f"Use a key with the scope {scope}: npx madang key add NAME --scopes {scope}"
        return _hints.get(self.code)

    def __str__(self) -> str:
        details = f" {json.dumps(self.details, ensure_ascii=False)}" if self.details else ""
        hint = f" {self.hint}" if self.hint else ""
        return f"{self.code}: {self.message}{details}{hint}"


_hints = {
    "unauthenticated": "Check that the key is complete, not revoked, and of this cluster.",
    "misdirected": "Check the host name in the url: it decides which tenant is called.",
    "conflict": "Read what is stored now, and decide again.",
    "rate_limited": "Call less often, or ask the operator for a higher limit.",
}


class WebhookError(ValueError):
    """The delivery does not come from your webhook; the message says why. Answer it with 400."""


def invalid(message: str) -> ServerError:
    return ServerError(code="invalid", message=message)


def error_in(response: httpx.Response, text: str) -> ServerError:
    """Returns the error in an answer. A balancer's answer has no body of Madang's."""
    try:
        wire = json.loads(text)["error"]
        return ServerError(
            code=str(wire["code"]),
            message=str(wire.get("message", "")),
            retryable=bool(wire.get("retryable", False)),
            retry_after_ms=wire.get("retryAfterMs"),
            details=wire.get("details"),
        )
    except (ValueError, TypeError, KeyError, AttributeError):
        return _error_of_status(response)


def _error_of_status(response: httpx.Response) -> ServerError:
    status = response.status_code
    retryable = status >= 500 or status == 429
    seconds = response.headers.get("retry-after", "")
    is_wait = retryable and seconds.isascii() and seconds.isdigit() and len(seconds) < 10
    return ServerError(
        code="unavailable" if retryable else "invalid",
        message=f"The answer was {status}.",
        retryable=retryable,
        retry_after_ms=int(seconds) * 1_000 if is_wait else None,
        details={"status": status},
    )


def no_json(origin: str) -> ServerError:
    return invalid(f"The answer of {origin} is not JSON: check that the url is the address of a Madang cluster.")


def unreachable(cause: BaseException, origin: str) -> ServerError:
    """Returns the error for a call without an answer, with the reason if it is known."""
    reason, message = _reason_of(cause, origin)
    return ServerError(code="unavailable", message=message, retryable=True, details={"reason": reason})


def _reason_of(cause: BaseException, origin: str) -> tuple[str, str]:
    certificate = _certificate_error(cause)
    if certificate is not None:
        return "certificate", f"The certificate of {origin} is refused: {certificate}."
    if isinstance(cause, httpx.TimeoutException):
        return "timeout", f"No answer came from {origin} in time."
    if isinstance(cause, httpx.ConnectError):
        return "unreachable", f"{origin} cannot be reached: {cause}."
    return "unknown", f"No answer came from {origin}: {cause or type(cause).__name__}."


def _certificate_error(error: BaseException | None) -> str | None:
    """Finds the TLS error: httpx keeps it as the cause of its own, or keeps only its text."""
    while error is not None:
        if isinstance(error, ssl.SSLError) or "CERTIFICATE_VERIFY_FAILED" in str(error):
            return str(getattr(error, "verify_message", "") or error)
        error = error.__cause__ or error.__context__
    return None
