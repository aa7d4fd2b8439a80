"""Whether the values of an IDS can be what they are for: well-formed restrictions of a base that fits."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from bim.finding import Finding, Severity
from bim.ids.document import Value
from bim.ids.pattern import PatternInvalid, pattern
from bim.ids.values import BOUNDS, LENGTHS, bases, is_written_as

_TEXTUAL = ("string", "anyURI")
_NUMERIC = ("double", "integer")
_DIGITS = ("totalDigits", "fractionDigits")
_SAME_SPACE = {("double", "decimal"), ("double", "float")}
"""Bases that hold the same numbers: wanted, stated."""

_EXAMPLES = {"boolean": "true or false", "integer": "42", "double": "42.5, with a point and without separators of thousands",
             "date": "2026-01-31", "dateTime": "2026-01-31T12:00:00", "duration": "P1DT2H", "time": "12:00:00"}
_SHOWN = 80
_LISTED = 400


@dataclass(frozen=True, slots=True)
class Place:
    """Where a value stands, for the Findings on it: the file, the specification, and what the value is (`property baseName`)."""

    file: str
    specification: str
    called: str

    def named(self, part: str) -> Place:
        """The place of a part of this one."""
        return replace(self, called=f"{self.called} {part}")

    def finding(self, code: str, severity: Severity, why: str, line: int, *, measured: str = "", should: str = "",
                cure: str = "") -> Finding:
        """A Finding at this place; `why` goes on from its name."""
        subject = f"{self.file} > {self.specification} > line {line}"
        return Finding(code, severity, f"line {line}: {self.called} {why}", subject, measured[:_SHOWN], should[:_LISTED], cure,
                       {"line": line})


def value_findings(value: Value, wanted: Iterable[str], place: Place) -> Iterator[Finding]:
    """Faults in one value, whose XML base type must be one of those wanted; of none wanted, any."""
    fitting = tuple(dict.fromkeys(base for base in wanted if base))
    if value.simple is not None:
        if fitting and not any(is_written_as(value.simple, base) for base in fitting):
            yield place.finding("IDS-008", "error", f"is not written as {_spoken(fitting)}", value.line, measured=value.simple,
                                should=_spoken(fitting), cure=_how(fitting))
        return
    yield from _restriction(value, fitting, place)


def _restriction(value: Value, fitting: tuple[str, ...], place: Place) -> Iterator[Finding]:
    known = {base.lower(): base for base in (*bases(), "decimal", "float")}
    base = known.get(value.base.lower(), value.base) if value.base.lower() == "anyuri" else value.base
    if not value.constraints:
        yield place.finding("IDS-009", "error", "has an empty restriction", value.line, should="an enumeration, pattern, range or length",
                            cure="say what is allowed, or leave the value out")
    if not value.base:
        yield place.finding("IDS-009", "warning", "has a restriction without a base", value.line, should=_spoken(fitting) or "xs:string",
                            cure="state the base")
        base = fitting[0] if fitting else "string"
    elif base not in known.values():
        yield place.finding("IDS-009", "error", f"has a restriction of base {value.base}, which IDS does not have", value.line,
                            measured=value.base, should=_spoken(fitting or bases()), cure="state one of these bases")
        return
    elif fitting and base not in fitting:
        same = any((want, base) in _SAME_SPACE for want in fitting)
        yield place.finding("IDS-009", "warning" if same else "error", f"has a restriction of base xs:{base}", value.line,
                            measured=f"xs:{base}", should=_spoken(fitting), cure=f"state the base {_spoken(fitting)}")
    yield from _constraints(value, "double" if base in ("decimal", "float") else base, place)


def _constraints(value: Value, base: str, place: Place) -> Iterator[Finding]:
    for kind, limit in value.constraints:
        if not _can_have(base, kind):
            cure = "use an enumeration or a range" if kind == "pattern" else f"use what xs:{base} can have"
            yield place.finding("IDS-009", "error", f"restricts xs:{base} with {kind}", value.line, measured=kind, cure=cure)
        elif kind == "pattern":
            yield from _pattern(limit, value.line, place)
        elif kind in (*LENGTHS, *_DIGITS):
            if not (limit.isascii() and limit.isdigit()):
                yield place.finding("IDS-008", "error", f"has a {kind} that is no whole number", value.line, measured=limit)
        elif kind != "whiteSpace" and not is_written_as(limit, base):
            yield place.finding("IDS-008", "error", f"has a {kind} that is not written as xs:{base}", value.line, measured=limit,
                                should=f"xs:{base}", cure=_how((base,)))
    yield from _contradictions(value, place)


def _can_have(base: str, kind: str) -> bool:
    """Whether a base can be restricted so; patterns are for what a model states as text."""
    if base in _TEXTUAL:
        return kind in ("pattern", "enumeration", "whiteSpace", *LENGTHS)
    if base == "boolean":
        return kind == "whiteSpace"
    return kind in ("enumeration", "whiteSpace", *BOUNDS, *(_DIGITS if base in _NUMERIC else ("pattern",)))


def _pattern(text: str, line: int, place: Place) -> Iterator[Finding]:
    try:
        pattern(text)
    except PatternInvalid as error:
        yield place.finding("IDS-010", "error", f"has a pattern that is none of XML Schema: {error} (at {error.position + 1})", line,
                            measured=text, cure="write it as XML Schema has it: the whole value must match, and there are no anchors")


def _contradictions(value: Value, place: Place) -> Iterator[Finding]:
    """Constraints that can be there once only, and pairs that nothing can keep."""
    counts = Counter(kind for kind, _ in value.constraints)
    twice = [kind for kind, count in counts.items() if count > 1 and kind not in ("enumeration", "pattern")]
    both = [f"{side}Inclusive and {side}Exclusive" for side in ("min", "max") if counts[f"{side}Inclusive"] and counts[f"{side}Exclusive"]]
    if counts["length"] and (counts["minLength"] or counts["maxLength"]):
        both.append("length and another length")
    for said in (*twice, *both):
        yield place.finding("IDS-009", "error", f"has {said} more than once or against another", value.line, measured=str(value),
                            cure="state each limit once")
    limits = {kind: float(limit) for kind, limit in value.constraints if is_written_as(limit, "double")}
    least, most = _first(limits, "minInclusive", "minExclusive", "minLength"), _first(limits, "maxInclusive", "maxExclusive", "maxLength")
    open_end = "minExclusive" in limits or "maxExclusive" in limits
    if least is not None and most is not None and (least > most or (least == most and open_end)):
        yield place.finding("IDS-009", "error", "has a range in which nothing lies", value.line, measured=str(value),
                            cure="exchange the limits")


def _first(limits: dict[str, float], *kinds: str) -> float | None:
    return next((limits[kind] for kind in kinds if kind in limits), None)


def _spoken(wanted: Iterable[str]) -> str:
    return " or ".join(f"xs:{base}" for base in wanted)


def _how(wanted: Iterable[str]) -> str:
    return "write it as " + " or ".join(_EXAMPLES.get(base, f"xs:{base}") for base in wanted)
