"""Paths and queries of the HTTP API, from parts that were checked.

A URL drops ``.`` and ``..`` and whatever precedes the latter. So a call about one thing, given two dots for its id, would
become a call about the thing around it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote, urlencode

from .errors import invalid

_dot_segment = re.compile(r"(?:\.|%2e){1,2}", re.IGNORECASE)
_never_in_ids = re.compile(r"[/\\\x00-\x1f\x7f-\x9f]")


def id_part(value: object) -> str:
    """An id that Madang gave."""
    if isinstance(value, str) and _never_in_ids.search(value):
        raise invalid(f"{value!r} is no id.")
    return text_part(value)


def text_part(value: object) -> str:
    """A text of the product's own, such as its id of a user; it may hold slashes."""
    if not isinstance(value, str):
        raise invalid(f"An id must be a string, not {type(value).__name__}.")
    if value == "" or _dot_segment.fullmatch(value):
        raise invalid(f"{value!r} is no id.")
    try:
        return quote(value, safe="!'()*")
    except UnicodeEncodeError:
        raise invalid(f"{value!r} is no id.") from None


def with_query(path: str, fields: Mapping[str, Any]) -> str:
    """Repeats lists, and leaves out what is None."""
    pairs = [
        (name, _text(each))
        for name, value in fields.items()
        for each in (value if isinstance(value, list | tuple) else [value])
        if each is not None
    ]
    return f"{path}?{urlencode(pairs)}" if pairs else path


def _text(value: object) -> str:
    return ("true" if value else "false") if isinstance(value, bool) else str(value)
