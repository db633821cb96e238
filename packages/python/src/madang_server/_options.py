"""The options of a client, which are checked before anything is sent."""

from __future__ import annotations

import re
from urllib.parse import urlsplit


def checked_address(url: object) -> str:
    """The cluster may begin below a path, such as ``https://example.com/chat``."""
    if isinstance(url, str):
        parts = urlsplit(url)
        if parts.scheme in ("http", "https") and parts.hostname:
            host = parts.netloc.rpartition("@")[2]
            return f"{parts.scheme}://{host}{parts.path.rstrip('/')}"
    raise TypeError(f"A server needs a url such as https://chat.example, not {url!r}.")


def checked_key(key: object) -> str:
    """Checks that a key can be sent. The error never shows the key."""
    if not isinstance(key, str):
        raise TypeError(f"A server needs a service key (mdk_…), not {type(key).__name__}.")
    if not re.fullmatch(r"mdk_[!-~]+", key):
        raise TypeError("A server needs a service key, which begins with mdk_ and has no spaces or line breaks.")
    return key
