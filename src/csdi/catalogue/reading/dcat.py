"""DCAT in JSON-LD as parts of Records, however its terms are shortened; and data.json of Project Open Data, which grew from it.

Terms are told apart by their local name, after the aliases of the document's own context: `dct:title`, `title` and the whole IRI
are the same. A context that lies elsewhere is not fetched.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from csdi.catalogue.codes import TOPICS
from csdi.catalogue.language import language_of, tag_of
from csdi.catalogue.reading.values import box_of, first, frequency_of, sides, span_of
from csdi.crs import crs
from csdi.errors import CrsError

Json = dict[str, Any]
Node = Mapping[str, Any]

DEEPEST = 60
"""Nodes inside nodes."""
_DATA = frozenset({"dataset", "dataservice", "datasetseries"})


class Graph:
    """A JSON-LD document as nodes with plain names, which find each other by their ids."""

    def __init__(self, document: Any) -> None:
        self._aliases = _aliases(document.get("@context")) if isinstance(document, dict) else {}
        self._by_id: dict[str, Json] = {}
        self._nodes: list[Json] = []
        self._plain(document, 0)

    def datasets(self) -> list[Node]:
        """Every dataset and service, once, in the order in which they are first met."""
        listed = [self.node(one) for node in self._nodes for name in ("dataset", "service") for one in _listed(node.get(name))]
        typed = [node for node in self._nodes if _DATA & {_local(one).casefold() for one in _listed(node.get("type"))}]
        found = {id(node): node for node in (*typed, *(one for one in listed if one is not None and first([one.get("title")])))}
        return [node for node in self._nodes if id(node) in found]

    def next_page(self) -> str:
        """Where the next part of a paged catalogue is (Hydra), "" when there is none."""
        return next((_id(one) for node in self._nodes for name in ("next", "nextPage") for one in _listed(node.get(name)) if _id(one)), "")

    def node(self, value: Any) -> Json | None:
        """The node that a value is, or refers to."""
        if isinstance(value, dict):
            return self._by_id.get(_id(value), value)
        return self._by_id.get(value) if isinstance(value, str) else None

    def _plain(self, value: Any, depth: int) -> Any:
        """The value with plain names; nodes are put down on the way, and those with the same id are one."""
        if depth > DEEPEST:
            return None
        if isinstance(value, list):
            return [self._plain(one, depth + 1) for one in value]
        if not isinstance(value, dict):
            return value
        plain: Json = {}
        if "@value" not in value:
            known = self._by_id.get(_id(value)) if _id(value) else None
            plain = plain if known is None else known
            if known is None:
                self._nodes.append(plain)
                if _id(value):
                    self._by_id[_id(value)] = plain
        for name, inner in value.items():
            if name != "@context":
                plain.setdefault(self._named(name), self._plain(inner, depth + 1))
        return plain

    def _named(self, name: str) -> str:
        if name in ("@value", "@language"):
            return name
        return _local({"@id": "id", "@type": "type", "@graph": "graph"}.get(name) or self._aliases.get(name, name))


def read_dcat(node: Node, graph: Graph) -> Json:
    """The parts of a dataset or service of the graph."""
    kind = {_local(one).casefold() for one in _listed(node.get("type"))}
    shares = [one for value in _listed(node.get("distribution")) if (one := graph.node(value)) is not None]
    return {
        "identifier": str(first([_word(node.get("identifier")), _id(node)]) or ""),
        "type": "service" if "dataservice" in kind else "dataset",
        "title": _texts(node.get("title")), "description": _texts(node.get("description")), "keywords": _keywords(node.get("keyword")),
        "topics": _topics(node, graph), "licence": _licence(node, shares, graph), "rights": _labels(node.get("rights"), graph),
        "lineage": _labels(node.get("provenance"), graph), "contacts": _contacts(node, graph),
        "update_frequency": frequency_of(first(_word(one) or _id(one) for one in _listed(node.get("accrualPeriodicity")))),
        "extent": {"bbox": _box(node, graph), "place": _place(node, graph), "time": _time(node, graph)},
        "crs": _crs(node, graph), "created": _word(node.get("issued")), "updated": _word(first([node.get("modified"), node.get("issued")])),
        "links": [*_links(shares), *_pages(node)],
    }


def _contacts(node: Node, graph: Graph) -> list[Json]:
    found: list[Json] = []
    for name, role in (("publisher", "publisher"), ("creator", "author"), ("contactPoint", "pointOfContact")):
        for value in _listed(node.get(name)):
            who = graph.node(value) or ({"name": value} if isinstance(value, str) else {})
            called, org = _texts(first([who.get("fn"), who.get("name")])), _texts(who.get("organization-name"))
            mail = first(_id(one) or _word(one) for part in ("hasEmail", "mbox", "email") for one in _listed(who.get(part)))
            phone = first(_id(one) or _word(one) for part in ("hasTelephone", "tel", "phone") for one in _listed(who.get(part)))
            url = first(_id(one) or _word(one) for part in ("hasURL", "homepage", "url") for one in _listed(who.get(part)))
            found.append({"organisation": org or called, "name": _first_text(called) if org else "", "role": role, "url": url,
                          "email": str(mail or "").removeprefix("mailto:"), "phone": str(phone or "").removeprefix("tel:")})
    return found


def _links(shares: list[Json]) -> Iterator[Json]:
    for share in shares:
        for name, rel in (("downloadURL", "enclosure"), ("accessURL", "item")):
            href = first(_id(one) or _word(one) for one in _listed(share.get(name)))
            if href:
                media = str(first(_id(one) or _word(one) for one in _listed(share.get("mediaType"))) or "").partition("media-types/")
                yield {"href": href, "rel": rel, "type": media[2] or media[0], "title": _texts(share.get("title")),
                       "format": _format(share)}
                break


def _format(share: Node) -> str:
    value = first([share.get("format")])
    if isinstance(value, dict):
        return _first_text(_texts(value.get("label"))) or _local(_id(value))
    return _local(str(value)) if str(value or "").startswith("http") else str(value or "")


def _pages(node: Node) -> Iterator[Json]:
    for name, rel in (("landingPage", "about"), ("endpointURL", "service")):
        for one in _listed(node.get(name)):
            if href := _id(one) or _word(one):
                yield {"href": href, "rel": rel}


def _licence(node: Node, shares: list[Json], graph: Graph) -> str:
    for value in (*_listed(node.get("license")), *(one for share in shares for one in _listed(share.get("license")))):
        found = graph.node(value) or {}
        stated = _id(value) or _word(value) or _first_text(_texts(first([found.get("label"), found.get("title")])))
        if stated and not stated.startswith("_:"):
            return stated
    return ""


def _topics(node: Node, graph: Graph) -> list[str]:
    words = [_word(one) or _id(one) for name in ("subject", "theme", "topicCategory") for one in _listed(node.get(name))]
    words += [_word((graph.node(one) or {}).get("notation")) for one in _listed(node.get("subject"))]
    return [topic for word in words if (topic := _local(word)) in TOPICS]


def _box(node: Node, graph: Graph) -> list[float] | None:
    for value in _listed(node.get("spatial")):
        place = graph.node(value) or {}
        geo = graph.node(place.get("geo")) or {}
        stated = [place.get("bbox"), place.get("geometry"), place.get("asWKT"), place.get("centroid"), value, _word(geo.get("box"))]
        for one in (inner for part in stated for inner in _listed(part)):
            if found := box_of(one) or box_of(_word(one)):
                return found
        limits = [_word(place.get(f"{side}BoundingCoordinate")) for side in ("west", "south", "east", "north")]
        if all(limits) and (found := sides(*limits)):
            return found
    return None


def _place(node: Node, graph: Graph) -> dict[str, str]:
    for value in _listed(node.get("spatial")):
        place = graph.node(value) or {}
        if found := _texts(first([place.get("prefLabel"), place.get("label"), place.get("name")])):
            return found
    return {}


def _time(node: Node, graph: Graph) -> str | None:
    for value in _listed(node.get("temporal")):
        span = graph.node(value)
        if isinstance(value, str):
            start, _, end = value.partition("/")
            return span_of(start, end or start)
        if span:
            moments = [_word(first([span.get(f"{side}Date"), span.get(side)])) for side in ("start", "end")]
            return span_of(*moments)
    return None


def _crs(node: Node, graph: Graph) -> str | None:
    """The first thing that the data conform to that is a CRS with a place on the Earth."""
    for value in _listed(node.get("conformsTo")):
        try:
            found = crs(_id(value) or _id(graph.node(value) or {}) or _word(value))
        except CrsError:
            continue
        if not found.is_vertical:
            return found.code
    return None


def _labels(value: Any, graph: Graph) -> dict[str, str]:
    """A text that is a literal, or the label of a node."""
    found: dict[str, str] = {}
    for one in _listed(value):
        node = graph.node(one) if isinstance(one, dict) and "@value" not in one else None
        found |= _texts(first([node.get("label"), node.get("description"), node.get("title")]) if node else one)
    return found


def _texts(value: Any) -> dict[str, str]:
    """Literals by language: plain, tagged, or a map from languages."""
    found: dict[str, str] = {}
    for one in _listed(value):
        for tag, words in _tagged(one):
            found.setdefault(tag, words)
    return found


def _keywords(value: Any) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for one in _listed(value):
        for tag, words in _tagged(one):
            found.setdefault(tag, []).append(words)
    return found


def _tagged(value: Any) -> Iterator[tuple[str, str]]:
    if isinstance(value, dict) and "@value" in value:
        words = str(value["@value"]).strip()
        yield tag_of(str(value.get("@language", "")), words) or language_of(words), words
    elif isinstance(value, dict):
        for name, inner in value.items():
            for words in _listed(inner):
                if isinstance(words, str) and (tag := tag_of(name, words)) and name not in ("id", "type"):
                    yield tag, words.strip()
    elif isinstance(value, str | int | float) and str(value).strip():
        yield language_of(str(value)), str(value).strip()


def _first_text(text: Mapping[str, str]) -> str:
    return next(iter(text.values()), "")


def _word(value: Any) -> str:
    """A plain value, of the first of several."""
    one = first(_listed(value))
    if isinstance(one, dict):
        one = one.get("@value")
    return str(one).strip() if isinstance(one, str | int | float) else ""


def _id(value: Any) -> str:
    if isinstance(value, dict):
        found = value.get("@id", value.get("id"))
        return found if isinstance(found, str) else ""
    return value if isinstance(value, str) and re.match(r"^(https?|urn|mailto|tel):", value) else ""


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [] if value is None else [value]


def _local(name: Any) -> str:
    """What comes last in an IRI or a prefixed name."""
    return re.split(r"[/#:]", str(name).rstrip("/#"))[-1]


def _aliases(context: Any) -> dict[str, str]:
    """Names that the document's own context gives to terms."""
    found: dict[str, str] = {}
    for one in _listed(context):
        for name, meaning in one.items() if isinstance(one, dict) else ():
            iri = meaning.get("@id") if isinstance(meaning, dict) else meaning
            if isinstance(iri, str) and not iri.endswith(("#", "/")) and not name.startswith("@"):
                found[name] = {"@id": "id", "@type": "type", "@graph": "graph"}.get(iri, iri)
    return found
