"""Regular expressions of XML Schema, matched in time that grows with the text alone: no pattern of a stranger can hang it.

The grammar is that of XML Schema Part 2, appendix F: the whole text must match; there are no anchors, groups that capture, lazy
quantifiers or references back. A pattern becomes a nondeterministic automaton (Thompson's construction), whose sets of states are
the states of a deterministic one that is made as texts need it.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import lru_cache

Holds = Callable[[str], bool]
"""Whether a class of characters holds one."""

_STATES = 5_000
_DEEP = 100
_REMEMBERED = 1_000_000
"""States in all sets that are remembered; more, and they are forgotten."""

_ESCAPED = {"n": "\n", "r": "\r", "t": "\t"}
_META = ".\\?*+{}()[]|"
_CATEGORIES = frozenset(["L", "Lu", "Ll", "Lt", "Lm", "Lo", "M", "Mn", "Mc", "Me", "N", "Nd", "Nl", "No", "P", "Pc", "Pd", "Ps", "Pe",
                         "Pi", "Pf", "Po", "Z", "Zs", "Zl", "Zp", "S", "Sm", "Sc", "Sk", "So", "C", "Cc", "Cf", "Co", "Cn", "Cs"])
_BLOCKS = {
    "BasicLatin": (0x0, 0x7F), "Latin-1Supplement": (0x80, 0xFF), "LatinExtended-A": (0x100, 0x17F), "LatinExtended-B": (0x180, 0x24F),
    "IPAExtensions": (0x250, 0x2AF), "SpacingModifierLetters": (0x2B0, 0x2FF), "CombiningDiacriticalMarks": (0x300, 0x36F),
    "Greek": (0x370, 0x3FF), "GreekandCoptic": (0x370, 0x3FF), "Cyrillic": (0x400, 0x4FF), "Armenian": (0x530, 0x58F),
    "Hebrew": (0x590, 0x5FF), "Arabic": (0x600, 0x6FF), "Devanagari": (0x900, 0x97F), "Thai": (0xE00, 0xE7F),
    "HangulJamo": (0x1100, 0x11FF), "LatinExtendedAdditional": (0x1E00, 0x1EFF), "GreekExtended": (0x1F00, 0x1FFF),
    "GeneralPunctuation": (0x2000, 0x206F), "SuperscriptsandSubscripts": (0x2070, 0x209F), "CurrencySymbols": (0x20A0, 0x20CF),
    "LetterlikeSymbols": (0x2100, 0x214F), "NumberForms": (0x2150, 0x218F), "Arrows": (0x2190, 0x21FF),
    "MathematicalOperators": (0x2200, 0x22FF), "MiscellaneousTechnical": (0x2300, 0x23FF), "EnclosedAlphanumerics": (0x2460, 0x24FF),
    "BoxDrawing": (0x2500, 0x257F), "GeometricShapes": (0x25A0, 0x25FF), "MiscellaneousSymbols": (0x2600, 0x26FF),
    "CJKRadicalsSupplement": (0x2E80, 0x2EFF), "KangxiRadicals": (0x2F00, 0x2FDF), "CJKSymbolsandPunctuation": (0x3000, 0x303F),
    "Hiragana": (0x3040, 0x309F), "Katakana": (0x30A0, 0x30FF), "Bopomofo": (0x3100, 0x312F),
    "HangulCompatibilityJamo": (0x3130, 0x318F), "BopomofoExtended": (0x31A0, 0x31BF), "EnclosedCJKLettersandMonths": (0x3200, 0x32FF),
    "CJKCompatibility": (0x3300, 0x33FF), "CJKUnifiedIdeographsExtensionA": (0x3400, 0x4DBF), "CJKUnifiedIdeographs": (0x4E00, 0x9FFF),
    "HangulSyllables": (0xAC00, 0xD7A3), "PrivateUse": (0xE000, 0xF8FF), "CJKCompatibilityIdeographs": (0xF900, 0xFAFF),
    "AlphabeticPresentationForms": (0xFB00, 0xFB4F), "CJKCompatibilityForms": (0xFE30, 0xFE4F), "SmallFormVariants": (0xFE50, 0xFE6F),
    "HalfwidthandFullwidthForms": (0xFF00, 0xFFEF), "CJKUnifiedIdeographsExtensionB": (0x20000, 0x2A6DF),
    "CJKCompatibilityIdeographsSupplement": (0x2F800, 0x2FA1F),
}
_NAME_START = ((0x3A, 0x3A), (0x41, 0x5A), (0x5F, 0x5F), (0x61, 0x7A), (0xC0, 0xD6), (0xD8, 0xF6), (0xF8, 0x2FF), (0x370, 0x37D),
               (0x37F, 0x1FFF), (0x200C, 0x200D), (0x2070, 0x218F), (0x2C00, 0x2FEF), (0x3001, 0xD7FF), (0xF900, 0xFDCF),
               (0xFDF0, 0xFFFD), (0x10000, 0xEFFFF))
_NAME = (*_NAME_START, (0x2D, 0x2E), (0x30, 0x39), (0xB7, 0xB7), (0x300, 0x36F), (0x203F, 0x2040))
"""NameStartChar and NameChar of XML 1.0, fifth edition."""


class PatternInvalid(ValueError):
    """The text is no regular expression of XML Schema; the message says why, `position` where, from 0."""

    def __init__(self, why: str, position: int) -> None:
        super().__init__(why)
        self.position = position


@dataclass(frozen=True, slots=True)
class _Sequence:
    parts: tuple[_Node, ...]


@dataclass(frozen=True, slots=True)
class _Choice:
    options: tuple[_Node, ...]


@dataclass(frozen=True, slots=True)
class _Repeat:
    part: _Node
    least: int
    most: int | None


_Node = _Sequence | _Choice | _Repeat | Holds


class Pattern:
    """One regular expression.

    Raises:
        PatternInvalid: it does not parse, or becomes too large.
    """

    def __init__(self, text: str) -> None:
        self.text = text
        self._automaton = _Automaton()
        self._end = self._automaton.add(_Parser(text).parsed(), self._automaton.state())
        self._start = self._automaton.closure([0])
        self._moves: dict[tuple[frozenset[int], str], frozenset[int]] = {}
        self._remembered = 0

    def matches(self, text: str) -> bool:
        """Whether the whole text is one of those that the pattern describes."""
        return self._end in self._after(text)

    def can_begin(self, text: str) -> bool:
        """Whether some text that the pattern describes begins with this one."""
        return bool(self._after(text))

    def _after(self, text: str) -> frozenset[int]:
        at, moves = self._start, self._moves
        for sign in text:
            following = moves.get((at, sign))
            if following is None:
                if self._remembered > _REMEMBERED:
                    moves.clear()
                    self._remembered = 0
                following = moves[at, sign] = self._automaton.step(at, sign)
                self._remembered += len(following) + 1
            if not following:
                return following
            at = following
        return at


@lru_cache(maxsize=4096)
def pattern(text: str) -> Pattern:
    """The pattern, made once.

    Raises:
        PatternInvalid: it does not parse.
    """
    return Pattern(text)


@dataclass(slots=True)
class _Automaton:
    """States by number; from each, classes of characters with where they lead, and states that are reached for nothing."""

    steps: list[list[tuple[Holds, int]]] = field(default_factory=list)
    free: list[list[int]] = field(default_factory=list)

    def state(self) -> int:
        if len(self.steps) >= _STATES:
            raise PatternInvalid("it is too large", 0)
        self.steps.append([])
        self.free.append([])
        return len(self.steps) - 1

    def add(self, node: _Node, start: int) -> int:
        """The state in which the node, begun in `start`, ends."""
        if isinstance(node, _Sequence):
            for part in node.parts:
                start = self.add(part, start)
            return start
        if isinstance(node, _Choice):
            end = self.state()
            for option in node.options:
                own = self.state()
                self.free[start].append(own)
                self.free[self.add(option, own)].append(end)
            return end
        if isinstance(node, _Repeat):
            return self._repeated(node, start)
        end = self.state()
        self.steps[start].append((node, end))
        return end

    def _repeated(self, node: _Repeat, start: int) -> int:
        for _ in range(node.least):
            start = self.add(node.part, start)
        if node.most is None:
            again = self.state()
            self.free[start].append(again)
            self.free[self.add(node.part, again)].append(again)
            return self._joined([again])
        ends = [start]
        for _ in range(node.most - node.least):
            ends.append(self.add(node.part, ends[-1]))
        return self._joined(ends)

    def _joined(self, ends: list[int]) -> int:
        last = self.state()
        for end in ends:
            self.free[end].append(last)
        return last

    def closure(self, states: list[int]) -> frozenset[int]:
        found, todo = set(states), list(states)
        while todo:
            for following in self.free[todo.pop()]:
                if following not in found:
                    found.add(following)
                    todo.append(following)
        return frozenset(found)

    def step(self, states: frozenset[int], sign: str) -> frozenset[int]:
        return self.closure([end for at in states for holds, end in self.steps[at] if holds(sign)])


class _Parser:
    """Recursive descent over the grammar of appendix F."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0
        self._depth = 0

    def parsed(self) -> _Node:
        node = self._choice()
        if self._at < len(self._text):
            raise self._fault("a closing bracket has no opening one")
        return node

    def _fault(self, why: str) -> PatternInvalid:
        return PatternInvalid(why, self._at)

    def _peek(self) -> str:
        return self._text[self._at] if self._at < len(self._text) else ""

    def _take(self) -> str:
        sign = self._peek()
        if not sign:
            raise self._fault("it ends too early")
        self._at += 1
        return sign

    def _taken(self, sign: str) -> bool:
        if self._text.startswith(sign, self._at):
            self._at += len(sign)
            return True
        return False

    def _choice(self) -> _Node:
        self._depth += 1
        if self._depth > _DEEP:
            raise self._fault("its brackets are nested too deep")
        options = [self._sequence()]
        while self._taken("|"):
            options.append(self._sequence())
        self._depth -= 1
        return options[0] if len(options) == 1 else _Choice(tuple(options))

    def _sequence(self) -> _Node:
        parts: list[_Node] = []
        while self._peek() not in ("", "|", ")"):
            parts.append(self._counted(self._atom()))
        return _Sequence(tuple(parts))

    def _counted(self, atom: _Node) -> _Node:
        sign = self._peek()
        if sign == "{":
            self._at += 1
            counted = _Repeat(atom, *self._counts())
        elif sign and sign in "?*+":
            self._at += 1
            counted = _Repeat(atom, 1 if sign == "+" else 0, 1 if sign == "?" else None)
        else:
            return atom
        if self._peek() and self._peek() in "?*+{":
            raise self._fault("a quantifier follows another; lazy and possessive ones are not in XML Schema")
        return counted

    def _counts(self) -> tuple[int, int | None]:
        least = self._number()
        most: int | None = least
        if self._taken(","):
            most = None if self._peek() == "}" else self._number()
        if not self._taken("}"):
            raise self._fault("a count is not closed with }")
        if most is not None and most < least:
            raise self._fault(f"a count ends at {most}, before it begins at {least}")
        return least, most

    def _number(self) -> int:
        start = self._at
        while self._peek() in tuple("0123456789"):
            self._at += 1
        if start == self._at or self._at - start > 6:
            raise self._fault("a count must be a number of at most six digits")
        return int(self._text[start:self._at])

    def _atom(self) -> _Node:
        sign = self._take()
        if sign == "(":
            return self._bracketed()
        if sign == "[":
            return self._class()
        if sign == "\\":
            return self._escape()
        if sign == ".":
            return lambda one: one not in "\n\r"
        if sign in _META:
            self._at -= 1
            raise self._fault(f"{sign} stands where nothing is to repeat or close; write \\{sign} for the sign itself")
        return _same(sign)

    def _bracketed(self) -> _Node:
        if self._peek() == "?":
            raise self._fault("(? is not in XML Schema: there is no look-around and no group of another kind")
        inner = self._choice()
        if not self._taken(")"):
            raise self._fault("a bracket is not closed")
        return inner

    def _escape(self) -> Holds:
        sign = self._take()
        if plain := _plain(sign):
            return _same(plain)
        if sign in "pP":
            return _but(self._category(), sign == "P")
        known = _multi(sign.lower()) if sign.lower() in tuple("sicdw") else None
        if known is None:
            raise self._fault(f"\\{sign} is not in XML Schema")
        return _but(known, sign.isupper())

    def _category(self) -> Holds:
        start = self._at
        end = self._text.find("}", start)
        if not self._taken("{") or end < 0:
            raise self._fault("\\p needs a category in braces, such as \\p{L}")
        name, self._at = self._text[start + 1:end], end + 1
        if name in _CATEGORIES:
            return lambda one: unicodedata.category(one).startswith(name)
        if name.startswith("Is") and name[2:] in _BLOCKS:
            return _within((_BLOCKS[name[2:]],))
        raise self._fault(f"\\p{{{name}}} is no category or block that is known")

    def _class(self) -> Holds:
        self._depth += 1
        if self._depth > _DEEP:
            raise self._fault("its classes are nested too deep")
        negative = self._taken("^")
        held = list(self._members())
        if not held:
            raise self._fault("a class of characters is empty")
        without = self._class() if self._taken("-[") else None
        if not self._taken("]"):
            raise self._fault("a class of characters is not closed")
        self._depth -= 1
        found = _but(lambda one: any(holds(one) for holds in held), negative)
        return found if without is None else lambda one: found(one) and not without(one)

    def _members(self) -> Iterator[Holds]:
        while self._peek() not in ("", "]") and not self._text.startswith("-[", self._at):
            if self._peek() == "[":
                raise self._fault("[ inside a class must be written \\[")
            first = self._member()
            if not isinstance(first, str):
                yield first
            elif self._is_range():
                self._at += 1
                last = self._member()
                if not isinstance(last, str) or last < first:
                    raise self._fault("a range of characters ends before it begins")
                yield _within(((ord(first), ord(last)),))
            else:
                yield _same(first)

    def _is_range(self) -> bool:
        return self._peek() == "-" and self._text[self._at + 1:self._at + 2] not in ("", "]", "[")

    def _member(self) -> str | Holds:
        """A character, or a class of them."""
        sign = self._take()
        if sign != "\\":
            return sign
        if plain := _plain(self._peek()):
            self._at += 1
            return plain
        return self._escape()


def _plain(sign: str) -> str:
    """What a sign after a backslash stands for; empty where it has a meaning of its own.

    Any other sign than a letter or digit stands for itself: authors write \\/ too, and it can mean nothing else.
    """
    return _ESCAPED.get(sign) or ("" if sign.isalnum() else sign)


def _same(sign: str) -> Holds:
    return sign.__eq__


def _but(holds: Holds, negative: bool) -> Holds:
    return (lambda one: not holds(one)) if negative else holds


def _within(ranges: tuple[tuple[int, int], ...]) -> Holds:
    return lambda one: any(first <= ord(one) <= last for first, last in ranges)


def _multi(sign: str) -> Holds:
    """The classes s, i, c, d and w."""
    if sign == "s":
        return lambda one: one in " \t\n\r"
    if sign == "d":
        return lambda one: unicodedata.category(one) == "Nd"
    if sign == "w":
        return lambda one: unicodedata.category(one)[0] not in "PZC"
    return _within(_NAME_START if sign == "i" else _NAME)
