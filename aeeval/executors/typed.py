"""Dataclasses from parsed JSON, every field held against its type."""

import dataclasses
import types
import typing
from collections.abc import Mapping
from typing import Any, TypeVar

T = TypeVar("T")


def typed(kind: type[T], value: Any) -> T:
    """The value of a type made of dataclasses, unions, mappings of str, tuples and plain values.

    Raises `TypeError` where the value is of another type, `KeyError` where a field is missing.

    >>> typed(tuple[int, ...], [1, 2])
    (1, 2)
    """
    made: T = _made(kind, value)
    return made


def _made(kind: Any, value: Any) -> Any:
    origin, inner = typing.get_origin(kind), typing.get_args(kind)
    if origin in (types.UnionType, typing.Union):
        return _first_that_fits(inner, value)
    if dataclasses.is_dataclass(kind) and isinstance(kind, type):
        hints = typing.get_type_hints(kind)
        return kind(**{field.name: _made(hints[field.name], value[field.name]) for field in dataclasses.fields(kind)})
    if origin is Mapping or origin is dict:
        return {_made(inner[0], key): _made(inner[1], one) for key, one in value.items()}
    if origin is tuple:
        parts = [inner[0]] * len(value) if inner[-1] is Ellipsis else inner
        return tuple(_made(part, one) for part, one in zip(parts, value, strict=True))
    if kind is float and type(value) is int:
        return float(value)
    if kind is not Any and type(value) is not kind:
        raise TypeError(f"{getattr(kind, '__name__', kind)} instead of {type(value).__name__}")
    return value


def _first_that_fits(kinds: tuple[Any, ...], value: Any) -> Any:
    for kind in kinds:
        try:
            return _made(kind, value)
        except (TypeError, KeyError, ValueError, AttributeError):
            continue
    raise TypeError(f"none of {kinds} instead of {type(value).__name__}")
