"""Sources that are one document, or a few that follow each other: DCAT in JSON-LD, and ISO 19139."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import urljoin

from csdi.catalogue.harvest.fetching import JSON, XML, fetched, json_of, xml_of
from csdi.catalogue.harvest.source import Found, Source, Watch
from csdi.catalogue.reading.dcat import Graph, read_dcat
from csdi.catalogue.reading.iso19139 import read_iso19139
from csdi.catalogue.reading.xml import all_of, local
from csdi.errors import SourceUnavailable, ValueInvalid
from csdi.outgoing import Outgoing


def read_dcat_documents(source: Source, asker: Outgoing, watch: Watch) -> Iterator[Found]:
    """Every dataset and service of a DCAT document and of those that its `next` leads to.

    Raises:
        SourceUnavailable: the first document cannot be read, or is not JSON.
        PathMissing, FileTooLarge, ValueInvalid: about its place.
    """
    place, seen = source.url, set[str]()
    while place and place not in seen:
        try:
            answer = fetched(place, asker, accept=JSON, named=not seen)
            graph = Graph(json_of(answer))
        except (SourceUnavailable, ValueInvalid) as error:
            if not seen:
                raise
            watch.miss(f"a part could not be read: {error.message}", place, cure="harvest again")
            return
        seen.add(place)
        for node in graph.datasets():
            parts = read_dcat(node, graph)
            url = str(node.get("id") or "")
            yield Found(str(parts["identifier"]), parts, url if url.startswith("http") else "")
        following = graph.next_page()
        place = urljoin(answer.url, following) if following else ""


def read_iso_document(source: Source, asker: Outgoing, watch: Watch) -> Iterator[Found]:  # noqa: ARG001
    """Every MD_Metadata in an XML document. Raises as `read_dcat_documents`."""
    root = xml_of(fetched(source.url, asker, accept=XML, named=True))
    elements = [root] if local(root) == "MD_Metadata" else all_of(root, ".//MD_Metadata")
    if not elements:
        raise SourceUnavailable(f"{source.url}: there is no ISO 19139 metadata in it", url=source.url)
    for element in elements:
        parts = read_iso19139(element)
        yield Found(str(parts["identifier"]), parts)
