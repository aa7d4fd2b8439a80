"""Documents of a source: fetched from its server, or read from its file, and opened as JSON or XML."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import Element

from csdi.catalogue.reading.xml import local, parsed, words_at
from csdi.errors import FileBroken, FileTooLarge, PathMissing, SourceUnavailable
from csdi.outgoing import Answer, Outgoing

JSON = "application/geo+json, application/json;q=0.9, application/ld+json;q=0.5"
XML = "application/xml, text/xml"
LARGEST_FILE = 512 * 2**20


def is_url(place: str) -> bool:
    """Whether a place is on a server, not a file."""
    return place.partition("://")[0].lower() in ("http", "https")


def fetched(place: str, asker: Outgoing, params: Mapping[str, str] | None = None, accept: str = "*/*", *, named: bool = False) -> Answer:
    """What is at a place: a URL, or the path of a file where a person `named` it. No document leads to a file.

    Raises:
        SourceUnavailable, ValueInvalid: as `Outgoing.get`.
        PathMissing, FileTooLarge: about the file.
    """
    if not named or is_url(place):
        return asker.get(place, params, accept=accept)
    path = Path(place.removeprefix("file://"))
    if not path.is_file():
        raise PathMissing(f"there is no file {path}", file=str(path))
    if path.stat().st_size > LARGEST_FILE:
        raise FileTooLarge(f"{path.name} is larger than {LARGEST_FILE} bytes", file=str(path), limit=LARGEST_FILE)
    return Answer(place, 200, {}, path.read_bytes())


def json_of(answer: Answer) -> Any:
    """The JSON document in an answer. Raises SourceUnavailable when it is none."""
    try:
        return json.loads(answer.body)
    except (ValueError, RecursionError) as error:
        raise SourceUnavailable(f"{answer.url}: the answer is not JSON: {str(error)[:100]}", url=answer.url) from None


def xml_of(answer: Answer) -> Element:
    """The XML document in an answer. Raises SourceUnavailable when it is none, or is an OGC exception."""
    try:
        root = parsed(answer.body, answer.url)
    except FileBroken as error:
        raise SourceUnavailable(f"the answer is not XML that can be read: {error.message}", url=answer.url) from None
    if local(root) in ("ExceptionReport", "ServiceExceptionReport"):
        said = "; ".join(words_at(root, ".//ExceptionText")) or "no reason given"
        raise SourceUnavailable(f"{answer.url}: {said[:300]}", url=answer.url)
    return root
