"""STEP text: values and instances of ISO 10303-21, written as they come."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from functools import lru_cache
from pathlib import Path
from types import TracebackType
from typing import Any, Self

TIMESTAMP = "2026-01-01T00:00:00"
"""Fixed, so that the same scale gives the same bytes."""
_FLUSH_LINES = 20_000


class Ref(int):
    """The number of an instance; written `#n`."""


class Raw(str):
    """Text that is STEP already: an enumeration or a typed value."""

    __slots__ = ()


DERIVED = Raw("*")


def enum(name: str) -> Raw:
    """An enumeration value, `.NAME.`."""
    return Raw(f".{name}.")


def typed(name: str, value: Any) -> Raw:
    """A value of a select type, such as `IFCLABEL('x')`."""
    return Raw(f"{name}({encode(value)})")


def encode(value: Any) -> str:
    """One value as STEP text: None is `$`, an int an integer, a float a real, a tuple or list an aggregate."""
    return _ENCODERS[type(value)](value)


@lru_cache(maxsize=65536)
def string(text: str) -> str:
    """A quoted string; what is not printable ASCII is written as `\\X2\\` or `\\X4\\` runs."""
    plain = text.replace("\\", "\\\\").replace("'", "''")
    return "'" + _NOT_ASCII.sub(_hex_run, plain) + "'"


def real(value: float) -> str:
    """A real with nine decimals at most and always a point."""
    shown = repr(round(value, 9) + 0.0)
    if "e" not in shown:
        return shown
    mantissa, exponent = shown.split("e")
    return f"{mantissa if '.' in mantissa else mantissa + '.'}E{int(exponent)}"


class StepFile:
    """A STEP file being written; appears at `path` only when all of it is there.

    >>> with StepFile(path, "IFC4") as step:
    ...     origin = step.shared("IFCCARTESIANPOINT", (0.0, 0.0, 0.0))
    """

    def __init__(self, path: Path, schema: str, view: str) -> None:
        self.path = path
        self._part = path.with_name(path.name + ".part")
        self._stream = self._part.open("w", encoding="ascii", newline="\n")
        self._lines: list[str] = [*_header(path.name, schema, view)]
        self._shared: dict[str, Ref] = {}
        self.count = 0

    def add(self, entity: str, *values: Any) -> Ref:
        """Writes one instance and gives its number."""
        return self._append(f"{entity}({','.join([_ENCODERS[type(v)](v) for v in values])})")

    def shared(self, entity: str, *values: Any) -> Ref:
        """As `add`, but an equal instance is written once."""
        text = f"{entity}({','.join([_ENCODERS[type(v)](v) for v in values])})"
        found = self._shared.get(text)
        if found is None:
            found = self._shared[text] = self._append(text)
        return found

    def _append(self, text: str) -> Ref:
        self.count += 1
        self._lines.append(f"#{self.count}={text};\n")
        if len(self._lines) >= _FLUSH_LINES:
            self._flush()
        return Ref(self.count)

    def _flush(self) -> None:
        self._stream.writelines(self._lines)
        self._lines.clear()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, _: BaseException | None, __: TracebackType | None) -> None:
        if kind is None:
            self._lines.append("ENDSEC;\nEND-ISO-10303-21;\n")
            self._flush()
        self._stream.close()
        if kind is None:
            self._part.replace(self.path)
        else:
            self._part.unlink(missing_ok=True)


def _header(name: str, schema: str, view: str) -> Iterable[str]:
    return (
        "ISO-10303-21;\nHEADER;\n",
        f"FILE_DESCRIPTION(({string(f'ViewDefinition [{view}]')}),'2;1');\n",
        f"FILE_NAME({string(name)},'{TIMESTAMP}',('Sample site'),('CSDI'),'csdi sample_models','csdi','');\n",
        f"FILE_SCHEMA(('{schema}'));\nENDSEC;\nDATA;\n",
    )


_NOT_ASCII = re.compile(r"[^\x20-\x7e]+")


def _hex_run(match: re.Match[str]) -> str:
    run = match.group()
    if all(ord(c) <= 0xFFFF for c in run):
        return "\\X2\\" + run.encode("utf-16-be").hex().upper() + "\\X0\\"
    return "\\X4\\" + run.encode("utf-32-be").hex().upper() + "\\X0\\"


def _aggregate(values: Iterable[Any]) -> str:
    return "(" + ",".join([_ENCODERS[type(v)](v) for v in values]) + ")"


_ENCODERS: dict[type, Callable[[Any], str]] = {
    Ref: lambda ref: f"#{int(ref)}",
    Raw: str,
    str: string,
    float: real,
    int: str,
    bool: lambda value: ".T." if value else ".F.",
    type(None): lambda _: "$",
    tuple: _aggregate,
    list: _aggregate,
}
