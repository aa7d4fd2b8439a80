"""OData v4 as BCF clients use it: `$filter` becomes our filter tree, `$orderby`, `$top` and `$skip` the rest of a question."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import NamedTuple

from csdi.errors import FilterInvalid, PropertyUnknown, ValueInvalid
from csdi.extent import rfc3339
from csdi.feature import FieldType, Schema
from csdi.filter import Expression, Instant, Items, Literal, Op, Property
from csdi.query import MAX_LIMIT, Sort

LONGEST = 10_000
"""Characters of a filter."""
DEEPEST = 50

_TOKEN = re.compile(r"""\s*(?:
    (?P<moment>\d{4}-\d\d-\d\d(?:T\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+\- ]\d\d:?\d\d)?)?)
  | (?P<number>-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)
  | (?P<text>'(?:''|[^'])*')
  | (?P<name>[A-Za-z_][A-Za-z0-9_]*(?:/any)?)
  | (?P<sign>[(),:])
)""", re.VERBOSE)
_COMPARE = {"eq": "=", "ne": "<>", "gt": ">", "ge": ">=", "lt": "<", "le": "<="}
_LIKE = {"contains": "%{}%", "startswith": "{}%", "endswith": "%{}"}


@dataclass(frozen=True, slots=True)
class Question:
    """What a client asks of a list: a condition or none, an order, how many, and how many to leave out before."""

    where: Expression | None
    sort: tuple[Sort, ...]
    top: int
    skip: int


def read_question(parameters: Mapping[str, str], schema: Schema, names: tuple[str, ...]) -> Question:
    """The question in `$filter`, `$orderby`, `$top` and `$skip`, over these fields of the schema.

    Raises:
        FilterInvalid: `$filter` is not OData, with the place.
        PropertyUnknown: a field that cannot be asked for.
        ValueInvalid: another parameter is not what it must be.
    """
    text = parameters.get("$filter", "").strip()
    where = _Parser(text, schema, names).whole() if text else None
    sort = tuple(_sort(part, names) for part in parameters.get("$orderby", "").split(",") if part.strip())
    return Question(where, sort, _count(parameters, "$top", MAX_LIMIT), _count(parameters, "$skip", 0))


def _count(parameters: Mapping[str, str], name: str, otherwise: int) -> int:
    text = parameters.get(name, "")
    if not text:
        return otherwise
    if not re.fullmatch(r"\d{1,9}", text):
        raise ValueInvalid(f"{name} is a whole number, not '{text}'", field=name, value=text)
    return min(int(text), MAX_LIMIT) if name == "$top" else int(text)


def _sort(part: str, names: tuple[str, ...]) -> Sort:
    words = part.split()
    if len(words) > 2 or words[0] not in names or (len(words) == 2 and words[1] not in ("asc", "desc")):
        raise ValueInvalid(f"$orderby cannot be '{part.strip()}'", field="$orderby", value=part,
                           remedy=f"one of {', '.join(names)}, then asc or desc")
    return Sort(words[0], descending=words[-1] == "desc")


class _Token(NamedTuple):
    kind: str
    text: str
    at: int


class _Parser:
    """One filter: `or` over `and` over `not` over comparisons."""

    def __init__(self, text: str, schema: Schema, names: tuple[str, ...]) -> None:
        if len(text) > LONGEST:
            raise FilterInvalid(f"$filter has more than {LONGEST} characters", field="$filter")
        self._text = text
        self._schema = schema
        self._names = names
        self._tokens = self._scan()
        self._next = 0
        self._depth = 0

    def whole(self) -> Expression:
        found = self._or()
        if self._peek().kind != "end":
            raise self._fault(self._peek(), "nothing more")
        return found

    def _scan(self) -> list[_Token]:
        tokens, at = [], 0
        while self._text[at:].strip():
            match = _TOKEN.match(self._text, at)
            if match is None:
                raise FilterInvalid(f"$filter cannot be read at character {at + 1}: '{self._text[at:at + 20]}'", field="$filter")
            kind = str(match.lastgroup)
            tokens.append(_Token(kind, match[kind], match.start(kind)))
            at = match.end()
        return [*tokens, _Token("end", "", at)]

    def _peek(self) -> _Token:
        return self._tokens[self._next]

    def _take(self, text: str = "") -> _Token:
        token = self._peek()
        if text and token.text.lower() != text:
            raise self._fault(token, f"'{text}'")
        self._next += token.kind != "end"
        return token

    def _is(self, word: str) -> bool:
        token = self._peek()
        return token.kind in ("name", "sign") and token.text.lower() == word

    def _fault(self, token: _Token, wanted: str) -> FilterInvalid:
        found = f"'{token.text}'" if token.text else "the end"
        return FilterInvalid(f"$filter at character {token.at + 1}: {wanted} is expected, not {found}", field="$filter",
                             value=self._text[:200])

    def _or(self) -> Expression:
        return self._joined("or", self._and)

    def _and(self) -> Expression:
        return self._joined("and", self._not)

    def _joined(self, word: str, inner: Callable[[], Expression]) -> Expression:
        parts = [inner()]
        while self._is(word):
            self._take()
            parts.append(inner())
        return parts[0] if len(parts) == 1 else Op(word, tuple(parts))

    def _not(self) -> Expression:
        self._depth += 1
        if self._depth > DEEPEST:
            raise FilterInvalid(f"$filter is nested deeper than {DEEPEST}", field="$filter")
        try:
            if self._is("not"):
                self._take()
                return Op("not", (self._not(),))
            if self._is("("):
                self._take()
                inner = self._or()
                self._take(")")
                return inner
            return self._condition()
        finally:
            self._depth -= 1

    def _condition(self) -> Expression:
        token = self._take()
        if token.kind != "name":
            raise self._fault(token, "a property")
        name = token.text
        if name.endswith("/any"):
            return self._any(self._field(name.removesuffix("/any"), token))
        if name.lower() in _LIKE and self._is("("):
            return self._like(name.lower())
        if name.lower() in ("tolower", "toupper") and self._is("("):
            self._take("(")
            field = self._field(self._take().text, token)
            self._take(")")
            return self._compared(Op("casei", (field,)), field, folded=True)
        field = self._field(name, token)
        return self._compared(field, field)

    def _compared(self, left: Expression, field: Property, *, folded: bool = False) -> Expression:
        token = self._take()
        word = token.text.lower()
        if word == "in":
            return self._in(left, field)
        if word not in _COMPARE:
            raise self._fault(token, ", ".join(_COMPARE))
        if self._is("null"):
            self._take()
            empty = Op("isnull", (left,))
            return empty if word == "eq" else Op("not", (empty,))
        value = self._value(field)
        compared = Op(_COMPARE[word], (left, Op("casei", (value,)) if folded else value))
        return Op("or", (Op("isnull", (left,)), compared)) if word == "ne" else compared

    def _in(self, left: Expression, field: Property) -> Expression:
        self._take("(")
        items = [self._value(field)]
        while self._is(","):
            self._take()
            items.append(self._value(field))
        self._take(")")
        return Op("in", (left, Items(tuple(items))))

    def _any(self, field: Property) -> Expression:
        """`labels/any(label: label eq 'x')`."""
        self._take("(")
        variable = self._take().text
        self._take(":")
        self._take(variable.lower())
        self._take("eq")
        value = self._take()
        self._take(")")
        return Op("a_contains", (field, Items((self._text_of(value),))))

    def _like(self, name: str) -> Expression:
        self._take("(")
        token = self._take()
        field = self._field(token.text, token)
        self._take(",")
        value = self._text_of(self._take())
        self._take(")")
        if self._schema.field(field.name).type is FieldType.JSON:
            return Op("a_contains", (field, Items((value,))))
        plain = re.sub(r"([%_\\])", r"\\\1", str(value.value))
        return Op("like", (field, Literal(_LIKE[name].format(plain))))

    def _field(self, name: str, token: _Token) -> Property:
        if name not in self._names:
            raise PropertyUnknown(f"there is no property '{name}' to filter by", remedy=f"one of {', '.join(self._names)}", field=name,
                                  at=token.at + 1)
        return Property(name)

    def _text_of(self, token: _Token) -> Literal:
        if token.kind != "text":
            raise self._fault(token, "a text in quotes")
        return Literal(token.text[1:-1].replace("''", "'"))

    def _value(self, field: Property) -> Expression:
        token = self._take()
        if self._schema.field(field.name).type is FieldType.DATETIME:
            return self._moment(token)
        if token.kind == "text":
            return self._text_of(token)
        if token.kind == "number":
            return Literal(float(token.text) if re.search("[.eE]", token.text) else int(token.text))
        if token.kind == "name" and token.text in ("true", "false"):
            return Literal(token.text == "true")
        raise self._fault(token, "a value")

    def _moment(self, token: _Token) -> Instant:
        """A moment; the `+` of its offset may have become a space on its way."""
        text = token.text.strip("'").strip().replace(" ", "+")
        try:
            moment = datetime.fromisoformat(text)
            return Instant(rfc3339(moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment))
        except (ValueError, OverflowError):
            raise self._fault(token, "a date") from None
