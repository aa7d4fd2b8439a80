"""Rewriting a file's instances from the order of one schema into that of another."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from bim import step
from bim.dialects import recipes
from bim.dialects.facts import GONE, Dialect, Order
from bim.dialects.values import Attribute, abstract_classes, attributes, classes, fits, kind, split
from bim.finding import Finding, Severity

_NUMBER = re.compile(rb"#(\d+)\s*=")
_SKIPPED = rb"'(?:[^']|'')*+'|/\*.*?\*/"
_ENUMERATOR = re.compile(rb"[A-Za-z][A-Za-z0-9_]*\s*\(\s*(\.[A-Za-z0-9_]+\.)\s*\)")
_CLASS = re.compile(rb"=\s*([A-Za-z][A-Za-z0-9_]*)\s*\(")


@dataclass(slots=True)
class _Report:
    """What was done, by class."""

    reordered: Counter[str] = field(default_factory=Counter)
    renamed: Counter[tuple[str, str]] = field(default_factory=Counter)
    lost: Counter[str] = field(default_factory=Counter)
    values: Counter[tuple[str, str]] = field(default_factory=Counter)
    enumerators: Counter[tuple[str, str, str]] = field(default_factory=Counter)
    misfits: Counter[str] = field(default_factory=Counter)


def classes_of(dialect: Dialect) -> frozenset[str]:
    """Upper-case names of the classes that a file of the dialect may have."""
    extra = {*dialect.classes, *dialect.lost, *dialect.orders, *recipes.SOURCES, *recipes.TAKEN_UP}
    return frozenset(classes(dialect.target)) | {name.upper() for name in extra}


def rewritten(text: bytes, dialect: Dialect, *, name: str = "") -> tuple[bytes, tuple[Finding, ...]]:
    """The DATA section's instances in the target's order, and what was done, class by class.

    The header is left as it is. Instances that already follow the target (tools often write the newer order under the
    older schema's id) are recognised by the kinds of their values and left alone.
    """
    return _Rewriting(text, dialect).run(name)


class _Rewriting:
    """One file on its way from one schema to another."""

    def __init__(self, text: bytes, dialect: Dialect) -> None:
        self._text, self._dialect = text, dialect
        self._target = dialect.target
        self._report = _Report()
        self._orders = {key.upper(): order for key, order in dialect.orders.items()}
        self._renamed = {key.upper(): value for key, value in dialect.classes.items()}
        self._lost = {key.upper() for key in dialect.lost}
        self._names = {one.upper(): one for one in (*dialect.orders, *dialect.classes, *dialect.lost, *recipes.SOURCES,
                                                       *recipes.TAKEN_UP)}

    def run(self, name: str) -> tuple[bytes, tuple[Finding, ...]]:
        touched = self._touched()
        if not touched:
            return self._text, ()
        self._context = recipes.Context(self._looked_up(touched), self._free_number())
        made = self._replaced(touched, self._one)
        if self._context.added:
            at = made.rfind(b"ENDSEC")
            made = made[:at] + b"".join(one.text() + b"\n" for one in self._context.added) + made[at:]
        return made, tuple(_findings(name, self._report, self._dialect))

    def _touched(self) -> set[str]:
        """Upper-case classes of the file whose instances have to be looked at."""
        present = {found.upper().decode() for found in set(_CLASS.findall(self._text))}
        touched = present & {one.upper() for one in self._names}
        if "IFCPRESENTATIONSTYLEASSIGNMENT" not in touched:
            touched.discard("IFCSTYLEDITEM")
        touched |= {one for one in present - touched if self._has_old_enumerator(one) or self._count_differs(one)}
        return touched

    def _has_old_enumerator(self, name: str) -> bool:
        """Whether the class takes an enumeration that has changed, or a choice that has become an enumeration."""
        return any(a.enumeration in self._dialect.enumerators or (self._dialect.draft and a.name == "PredefinedType")
                   for a in attributes(self._target, name))

    def _count_differs(self, name: str) -> bool:
        """Whether the first instance of a class has another number of values than the target's class."""
        found = re.search(rb"=\s*" + name.encode() + rb"\s*\(", self._text, re.IGNORECASE)
        statement = step.STATEMENT.match(self._text, found.start()) if found else None
        if found is None or statement is None or name not in classes(self._target):
            return False
        return len(split(_inside(self._text[found.end() - 1:statement.end()]))) != len(attributes(self._target, name))

    def _looked_up(self, touched: set[str]) -> dict[int, recipes.Instance]:
        """The instances that others are made from."""
        found: dict[int, recipes.Instance] = {}

        def keep(instance: recipes.Instance) -> None:
            found[instance.number] = instance

        self._replaced(recipes.looked_up(touched), keep)
        return found

    def _free_number(self) -> int:
        return max((int(number) for number in _NUMBER.findall(self._text)), default=0) + 1

    def _replaced(self, wanted: Iterable[str], change: Callable[[recipes.Instance], bytes | None]) -> bytes:
        """The text with every instance of these classes replaced by what `change` says; None keeps it."""
        names = "|".join(sorted(wanted, key=len, reverse=True)).encode()
        pattern = re.compile(_SKIPPED + rb"|#(\d+)\s*=\s*(" + names + rb")\s*(?=\()", re.IGNORECASE | re.DOTALL)
        parts: list[bytes] = []
        done = at = 0
        while (found := pattern.search(self._text, at)) is not None:
            at = found.end()
            if found[1] is None:
                continue
            statement = step.STATEMENT.match(self._text, at)
            if statement is None:
                break
            new = change(recipes.Instance(int(found[1]), found[2].decode().upper(), split(_inside(statement[0]))))
            at = statement.end()
            if new is not None:
                parts += (self._text[done:found.start()], new)
                done = at
        return b"".join((*parts, self._text[done:]))

    def _one(self, instance: recipes.Instance) -> bytes | None:
        source = self._names.get(instance.name) or classes(self._target).get(instance.name, instance.name)
        if source in recipes.TAKEN_UP:
            return b""
        if instance.name in self._lost:
            self._report.lost[source] += 1
            return b""
        target = self._renamed.get(instance.name) or classes(self._target).get(instance.name, "")
        names = self._in_order(instance, target)
        made = recipes.applied(source, target, dict(zip(names, instance.values, strict=False)), instance, self._context)
        complete = self._completed(*made) if made is not None else None
        if made is None or complete is None:
            self._report.misfits[source] += 1
            return b""
        self._count(instance, source, made[0], complete, names)
        return recipes.Instance(instance.number, made[0].upper(), complete).text()

    def _in_order(self, instance: recipes.Instance, target: str) -> list[str]:
        """The target's names of the values, in their order."""
        wanted = attributes(self._target, target)
        order = self._orders.get(instance.name)
        names = [a.name for a in wanted]
        return [*names[:order[0]], *order[1]] if order is not None and _follows(order, wanted, instance.values) else names

    def _count(self, instance: recipes.Instance, source: str, target: str, complete: list[bytes], names: list[str]) -> None:
        """Notes what became of an instance."""
        known = {a.name for a in attributes(self._target, target)} | set(recipes.USES.get(source, ()))
        for name, value in zip(names, instance.values, strict=False):
            if name not in known and kind(value):
                self._report.values[source, name] += 1
        if len(instance.values) > len(names):
            self._report.values[source, "what follows the last attribute"] += 1
        if target != source:
            self._report.renamed[source, target] += 1
        elif complete != instance.values:
            self._report.reordered[source] += 1

    def _completed(self, target: str, given: dict[str, bytes]) -> list[bytes] | None:
        """The values in the target's order, enumerators in its words; None where one cannot stand where it would."""
        wanted = attributes(self._target, target)
        if not wanted or target.upper() in abstract_classes(self._target):
            return None
        values = [given.get(a.name) or recipes.DEFAULTS.get((target, a.name), b"$") for a in wanted]
        for at, attribute in enumerate(wanted):
            if attribute.members and kind(values[at]) in ("enumeration", "typed", "logical"):
                values[at] = self._enumerator(target, wanted, values, at)
            elif not fits(values[at], attribute):
                return None
        return values

    def _enumerator(self, target: str, wanted: tuple[Attribute, ...], values: list[bytes], at: int) -> bytes:
        attribute = wanted[at]
        typed = _ENUMERATOR.fullmatch(values[at])
        old = (typed[1] if typed else values[at]).decode("ascii", "replace").strip(".").upper()
        if old in attribute.members:
            return b"." + old.encode() + b"."
        new = self._dialect.enumerators.get(attribute.enumeration, {}).get(old, "")
        if new not in attribute.members:
            new = "USERDEFINED" if "USERDEFINED" in attribute.members and kind(values[at]) != "logical" else ""
        if new == "USERDEFINED":
            _say_in_words(wanted, values, old)
        self._report.enumerators[target, old, new] += 1
        return b"." + new.encode() + b"." if new else b"$"


def _follows(order: Order, wanted: tuple[Attribute, ...], values: list[bytes]) -> bool:
    """Whether values are in the source's order, by their number and kinds."""
    shared, names = order
    if len(values) != shared + len(names):
        return False
    by_name = {a.name: a for a in wanted}
    return all(fits(value, by_name[name]) if name in by_name else kind(value) in ("", GONE[name], "typed")
               for name, value in zip(names, values[shared:], strict=True))


def _say_in_words(wanted: tuple[Attribute, ...], values: list[bytes], word: str) -> None:
    """A USERDEFINED type says its own name in ObjectType or ElementType, where that is free."""
    for at, attribute in enumerate(wanted):
        if attribute.name in ("ObjectType", "ElementType") and not kind(values[at]):
            values[at] = b"'" + word.encode() + b"'"


def _inside(statement: bytes) -> bytes:
    """What stands between the outer brackets of ` (...);`."""
    return statement[statement.index(b"(") + 1:statement.rindex(b")")]


def _findings(name: str, report: _Report, dialect: Dialect) -> Iterable[Finding]:
    for source, count in sorted(report.reordered.items()):
        yield _finding("SCH-003", "note", f"{count} {source} put into the order of {dialect.target}", name, source, count)
    for (source, target), count in sorted(report.renamed.items()):
        yield _finding("SCH-003", "note", f"{count} {source} read as {target}", name, source, count)
    for source, count in sorted(report.lost.items()):
        yield _finding("SCH-004", "warning", f"{count} {source} left out: {dialect.target} has no counterpart", name, source, count)
    for source, count in sorted(report.misfits.items()):
        yield _finding("SCH-004", "warning", f"{count} {source} left out: their values fit neither the stated schema nor {dialect.target}",
                       name, source, count)
    for (source, attribute), count in sorted(report.values.items()):
        yield _finding("SCH-005", "warning", f"{attribute} of {count} {source} is not kept: {dialect.target} has no place for it", name,
                       source, count)
    for (source, old, new), count in sorted(report.enumerators.items()):
        said = f"read as {new}" if new else "not kept"
        yield _finding("SCH-005", "note", f"{old} of {count} {source} is {said}", name, source, count)


def _finding(code: str, severity: Severity, message: str, name: str, subject: str, count: int) -> Finding:
    cure = "" if severity == "note" else "export with the released schema IFC4X3_ADD2"
    return Finding(code, severity, message, subject=name, measured=str(count), cure=cure, data={"class": subject, "count": count})
