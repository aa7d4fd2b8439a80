"""References inside an archive that lead to nothing: readers show less than the archive says."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator

from bim.bcf.findings import dangling
from bim.bcf.model import Bcf, Topic, Viewpoint
from csdi.finding import Finding


def loose_ends(bcf: Bcf) -> list[Finding]:
    """Viewpoints, pictures, snippets, documents and topics that something refers to, and that are not in the archive."""
    guids = {topic.guid.lower() for topic in bcf.topics}
    found = []
    for topic in bcf.topics:
        subject = topic.path("markup.bcf")
        found += [dangling(subject, what, name) for what, name in (*_of_topic(bcf, topic), *_of_viewpoints(bcf, topic))]
        found += [dangling(subject, "related topic", one) for one in topic.related_topics if one.lower() not in guids]
    return found


def _of_topic(bcf: Bcf, topic: Topic) -> Iterator[tuple[str, str]]:
    known = {one.guid.lower() for one in topic.viewpoints}
    yield from (("viewpoint of a comment", one.viewpoint) for one in topic.comments if one.viewpoint and one.viewpoint.lower() not in known)
    snippet = topic.bim_snippet
    if snippet is not None and not snippet.is_external and "://" not in snippet.reference:
        yield from (("snippet", name) for name in [snippet.reference] if topic.path(name) not in bcf.members)
    for one in topic.document_references:
        if one.document_guid and f"documents/{one.document_guid}" not in bcf.members:
            yield "document", one.document_guid
        inside = bcf.version != "3.0" and one.url and not one.is_external and "://" not in one.url
        if inside and posixpath.normpath(topic.path(one.url.strip())) not in bcf.members:
            yield "document", one.url


def _of_viewpoints(bcf: Bcf, topic: Topic) -> Iterator[tuple[str, str]]:
    for one in topic.viewpoints:
        if one.viewpoint and one.view is None:
            yield "viewpoint", one.viewpoint
        if one.snapshot and topic.path(one.snapshot) not in bcf.members:
            yield "snapshot", one.snapshot
        yield from (("bitmap", name) for name in _bitmaps(one) if topic.path(name) not in bcf.members)


def _bitmaps(viewpoint: Viewpoint) -> list[str]:
    return [one.reference for one in viewpoint.view.bitmaps] if viewpoint.view else []
