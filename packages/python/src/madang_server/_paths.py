"""Builds paths and queries of the HTTP API from checked parts.

A URL drops ``.``, and drops ``..`` together with the part before it. With two dots as an id, a call about one thing would
become a call about the thing that contains it.
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
    """Returns an id of Madang's as a part of a path."""
    if isinstance(value, str) and _never_in_ids.search(value):
        raise invalid(f"{value!r} is no id.")
    return text_part(value)


def text_part(value: object) -> str:
    """Returns a text of the product's own, such as its id of a user, as a part of a path. The text may contain slashes."""
    if not isinstance(value, str):
        raise invalid(f"An id must be a string, not {type(value).__name__}.")
    if value == "" or _dot_segment.fullmatch(value):
        raise invalid(f"{value!r} is no id.")
    try:
        return quote(value, safe="!'()*")
    except UnicodeEncodeError:
        raise invalid(f"{value!r} is no id.") from None


def with_query(path: str, fields: Mapping[str, Any]) -> str:
    """Builds a query. A list becomes one parameter per item; None is left out."""
    pairs = [
        (name, _text(each))
        for name, value in fields.items()
        for each in (value if isinstance(value, list | tuple) else [value])
        if each is not None
    ]
    return f"{path}?{urlencode(pairs)}" if pairs else path


def _text(value: object) -> str:
    return ("true" if value else "false") if isinstance(value, bool) else str(value)
