"""Which kind of catalogue is at an address: by the address, then by what it answers."""

from __future__ import annotations

import json
from typing import Any

from csdi.catalogue.harvest.ckan import api_root
from csdi.catalogue.harvest.fetching import fetched
from csdi.catalogue.reading.xml import local, one_of, parsed
from csdi.errors import FileBroken, SourceUnavailable, ValueInvalid
from csdi.outgoing import Answer, Outgoing

_ANY = "application/json, application/ld+json, application/xml;q=0.9, */*;q=0.5"


def kind_of(url: str, asker: Outgoing) -> str:
    """One of `KINDS`.

    Raises:
        ValueInvalid: it cannot be told, or the address lies inside this network.
        SourceUnavailable, PathMissing: there is nothing there.
    """
    lower = url.casefold()
    if "service=csw" in lower or lower.partition("?")[0].rstrip("/").endswith("/csw"):
        return "csw"
    if "/api/3" in lower:
        return "ckan"
    answer: Answer | None = None
    try:
        answer = fetched(url, asker, accept=_ANY, named=True)
    except SourceUnavailable:
        if _speaks_ckan(url, asker):
            return "ckan"
        raise
    found = _of_xml(answer.body) if answer.body.lstrip()[:1] == b"<" else _of_json(answer.body)
    if not found and _speaks_ckan(url, asker):
        return "ckan"
    if not found:
        raise ValueInvalid(f"{url}: it cannot be told what kind of catalogue this is", field="kind",
                           remedy="name it: records, csw, ckan, dcat or iso19139")
    return found


def _of_xml(body: bytes) -> str:
    try:
        root = parsed(body)
    except FileBroken:
        return ""
    if local(root) == "MD_Metadata" or one_of(root, ".//MD_Metadata") is not None:
        return "iso19139"
    return "csw" if local(root) == "Capabilities" and "/csw/" in root.tag else ""


def _of_json(body: bytes) -> str:
    try:
        document: Any = json.loads(body)
    except (ValueError, RecursionError):
        return ""
    if isinstance(document, list):
        return "dcat"
    if not isinstance(document, dict):
        return ""
    if "@context" in document or "@graph" in document or "dataset" in document or "dcat:dataset" in document:
        return "dcat"
    if document.get("type") in ("FeatureCollection", "Feature") or "links" in document:
        return "records"
    return "ckan" if "success" in document else ""


def _speaks_ckan(url: str, asker: Outgoing) -> bool:
    if "://" not in url:
        return False
    try:
        answer = fetched(f"{api_root(url)}/api/3/action/package_search", asker, {"rows": "0"})
    except SourceUnavailable:
        return False
    return b'"success"' in answer.body[:10_000]
