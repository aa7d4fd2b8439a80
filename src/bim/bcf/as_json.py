"""The model as JSON and back, for keeping: every attribute under its own name, those that say nothing left out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields, is_dataclass
from functools import cache
from types import UnionType
from typing import Any, TypeVar, Union, get_args, get_origin, get_type_hints

from csdi.errors import ValueInvalid

T = TypeVar("T")


def to_json(value: Any) -> Any:
    """A dataclass of the model as JSON values."""
    if is_dataclass(value):
        return {one.name: to_json(held) for one in fields(value) if (held := getattr(value, one.name)) not in (None, "", ())}
    if isinstance(value, tuple):
        return [to_json(one) for one in value]
    return value


def from_json(kind: type[T], document: Any) -> T:
    """The dataclass in a JSON document; what it does not say is as by default. Raises ValueInvalid where a type does not fit."""
    if not isinstance(document, dict):
        raise ValueInvalid(f"{kind.__name__} is a JSON object, not {document!r}"[:200], field=kind.__name__)
    made: Any = kind
    readers = _readers(made)
    return kind(**{name: readers[name](value, name) for name, value in document.items() if name in readers and value is not None})


@cache
def _readers(kind: Any) -> dict[str, Callable[[Any, str], Any]]:
    hints = get_type_hints(kind)
    return {one.name: _reader(hints[one.name]) for one in fields(kind)}


def _reader(hint: Any) -> Callable[[Any, str], Any]:
    if get_origin(hint) in (Union, UnionType):
        hint = next(one for one in get_args(hint) if one is not type(None))
    if is_dataclass(hint):
        return lambda value, _: from_json(hint, value)  # type: ignore[arg-type]
    if get_origin(hint) is tuple:
        return _tuple_reader(get_args(hint))
    return lambda value, name: _plain(hint, value, name)


def _tuple_reader(args: tuple[Any, ...]) -> Callable[[Any, str], Any]:
    inner, many = _reader(args[0]), args[-1] is Ellipsis

    def read(value: Any, name: str) -> Any:
        if not isinstance(value, list | tuple) or (not many and len(value) != len(args)):
            raise ValueInvalid(f"'{name}' is a list{'' if many else f' of {len(args)}'}, not {value!r}"[:200], field=name)
        return tuple(inner(one, name) for one in value)

    return read


def _plain(kind: type[Any], value: Any, name: str) -> Any:
    if kind is float and isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
        raise ValueInvalid(f"'{name}' is {_WORDS[kind]}, not {value!r}"[:200], field=name)
    return value


_WORDS = {str: "text", int: "a whole number", float: "a number", bool: "true or false"}
