# Written from _async/transport.py by scripts/make_sync.py.
"""Calls over HTTP. A call is repeated while the refusal is temporary."""

from __future__ import annotations

import json
import random
import time
from collections.abc import Callable, Iterator, Mapping
from typing import Any, TypeVar

import httpx

from .._options import checked_key, checked_address
from ..errors import ServerError, error_in, no_json, unreachable

T = TypeVar("T")

_first_retry_seconds = 0.2
_longest_retry_seconds = 3.0


class Transport:
    """Calls the Server API with a key.

    Every call of this package may be repeated, and takes effect once unless it says otherwise.
    """

    def __init__(self, *, url: str, key: str, timeout: float, http_client: httpx.Client | None) -> None:
        self._address = checked_address(url)
        self._headers = {"authorization": f"Bearer {checked_key(key)}"}
        self._timeout = timeout
        self._owns_http = http_client is None
        self._http = http_client or httpx.Client()

    def close(self) -> None:
        if self._owns_http:
            self._http.close()

    def request(self, method: str, path: str, body: Mapping[str, Any] | None, user: str | None) -> Any:
        def attempt(left: float) -> Any:
            request = self._build(method, path, body, user, left)
            response, text = self._exchange(request, time.monotonic() + left)
            if not response.is_success:
                raise error_in(response, text)
            try:
                return json.loads(text) if text else None
            except ValueError:
                raise no_json(self._address) from None

        return self._patiently(attempt)

    def lines(self, path: str, user: str | None) -> Iterator[dict[str, Any]]:
        """Reads an answer line by line as it arrives. Once the first line has come, it is not retried."""

        def attempt(left: float) -> httpx.Response:
            return self._open(self._build("GET", path, None, user, left))

        response = self._patiently(attempt)
        last: dict[str, Any] = {}
        try:
            for line in _lines_of(response):
                last = json.loads(line)
                yield last
        except httpx.RequestError as cause:
            raise unreachable(cause, self._address) from cause
        finally:
            response.close()
        if last.get("type") != "end":
            raise ServerError(code="unavailable", message="The export broke off.", retryable=True)

    def _build(self, method: str, path: str, body: Mapping[str, Any] | None, user: str | None, left: float) -> httpx.Request:
        headers = dict(self._headers)
        if user is not None:
            headers["madang-as-user"] = user
        if body is not None:
            headers["content-type"] = "application/json"
        content = None if body is None else json.dumps(body, allow_nan=False).encode()
        url = f"{self._address}/api/v1{path}"
        return self._http.build_request(method, url, headers=headers, content=content, timeout=left)

    def _exchange(self, request: httpx.Request, until: float) -> tuple[httpx.Response, str]:
        """Reads the whole answer within the time limit, however slowly its parts arrive."""
        try:
            response = self._http.send(request, stream=True)
            try:
                parts = []
                for part in response.iter_bytes():
                    parts.append(part)
                    if time.monotonic() > until:
                        raise httpx.ReadTimeout("", request=request)
            finally:
                response.close()
        except httpx.RequestError as cause:
            raise unreachable(cause, self._address) from cause
        return response, b"".join(parts).decode(errors="replace")

    def _open(self, request: httpx.Request) -> httpx.Response:
        try:
            response = self._http.send(request, stream=True)
            if response.is_success:
                return response
            text = (response.read()).decode(errors="replace")
        except httpx.RequestError as cause:
            raise unreachable(cause, self._address) from cause
        raise error_in(response, text)

    def _patiently(self, attempt: Callable[[float], T]) -> T:
        until = time.monotonic() + self._timeout
        wait = _first_retry_seconds
        while True:
            try:
                return attempt(max(0.001, until - time.monotonic()))
            except ServerError as error:
                # The wait is jittered, so that many callers do not return at the same time.
                pause = max((error.retry_after_ms or 0) / 1_000, wait * random.uniform(0.5, 1))
                if not error.retryable or time.monotonic() + pause >= until:
                    raise
            time.sleep(pause)
            wait = min(wait * 2, _longest_retry_seconds)


def _lines_of(response: httpx.Response) -> Iterator[bytes]:
    """Splits lines at a line feed only, because texts may contain other separators of Unicode."""
    rest = b""
    for part in response.iter_bytes():
        *lines, rest = (rest + part).split(b"\n")
        for line in lines:
            yield line
