"""Converts between the wire, which uses camel case, and the types of this package.

The product's own objects stay as they are.
"""

from __future__ import annotations

import dataclasses
import functools
import re
import types
import typing
from collections.abc import Mapping
from typing import Any, TypeVar

T = TypeVar("T")


def camel(name: str) -> str:
    return re.sub(r"_([a-z])", lambda match: match[1].upper(), name)


def to_wire(fields: Mapping[str, Any]) -> dict[str, Any]:
    """Converts the names of an input's fields.

    Their values are the caller's and stay as they are, except lists of inputs.
    """
    return {camel(name): value for name, value in fields.items()}


def from_wire(form: type[T], value: Any) -> T:
    """Creates a value of a type. Fields that this version does not know are left out."""
    return typing.cast(T, _read(form, value))


def _read(form: Any, value: Any) -> Any:
    if value is None:
        return None
    if dataclasses.is_dataclass(form) and isinstance(form, type):
        return form(**{to: _read(of, value[name]) for name, to, of in _fields(form) if name in value})
    origin = typing.get_origin(form)
    if origin in (typing.Union, types.UnionType):
        return _read(next(each for each in typing.get_args(form) if each is not type(None)), value)
    if origin is list:
        return [_read(typing.get_args(form)[0], each) for each in value]
    return value


@functools.cache
def _fields(form: type[Any]) -> list[tuple[str, str, Any]]:
    hints = typing.get_type_hints(form)
    return [(camel(field.name), field.name, hints[field.name]) for field in dataclasses.fields(form)]
