"""OData filters as trees."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bim.bcf.keeping import TOPIC_SCHEMA
from csdi.errors import CsdiError
from csdi.filter import Instant, Items, Literal, Op, Property, bind
from ogc_api.bcf_api import TOPIC_NAMES
from ogc_api.odata import Question, read_question

TITLE, LABELS = Property("title"), Property("labels")


def asked(**parameters: str) -> Question:
    return read_question({f"${name}": text for name, text in parameters.items()}, TOPIC_SCHEMA, TOPIC_NAMES)


@pytest.mark.parametrize(("text", "tree"), [
    ("title eq 'it''s'", Op("=", (TITLE, Literal("it's")))),
    ("not title eq 'a' and index le -2", Op("and", (Op("not", (Op("=", (TITLE, Literal("a"))),)), Op("<=", (Property("index"), Literal(-2)))))),
    ("title eq 'a' or title eq 'b' and title eq 'c'", Op("or", (Op("=", (TITLE, Literal("a"))), Op("and", (
        Op("=", (TITLE, Literal("b"))), Op("=", (TITLE, Literal("c")))))))),
    ("startswith(title, '50%_')", Op("like", (TITLE, Literal("50\\%\\_%")))),
    ("labels/any(l: l eq 'x')", Op("a_contains", (LABELS, Items((Literal("x"),))))),
    ("due_date gt 2015-12-05T00:00:00 01:00", Op(">", (Property("due_date"), Instant("2015-12-04T23:00:00Z")))),
    ("due_date gt '2015-12-05'", Op(">", (Property("due_date"), Instant("2015-12-05T00:00:00Z")))),
])
def test_a_filter_is_read_as_it_binds(text: str, tree: Op) -> None:
    assert asked(filter=text).where == tree
    bind(tree, TOPIC_SCHEMA)


def test_without_parameters_everything_is_asked_for() -> None:
    assert asked() == Question(None, (), 100_000, 0)


@given(st.text(alphabet=" ()',:/abeginortldTZ0123456789-+.%", max_size=60) | st.text(max_size=40))
def test_whatever_is_sent_is_read_or_refused(text: str) -> None:
    try:
        asked(filter=text)
    except CsdiError as error:
        assert error.message
