"""Remote layers: read page by page into a file that outlives a break, then published as any other file."""

from __future__ import annotations

import hashlib
import re
import time
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import orjson

from csdi.blobs import Blobs
from csdi.errors import CsdiError, FileTooLarge, SourceUnavailable
from csdi.finding import Finding
from csdi.formats import vector
from csdi.formats.intake import Source
from csdi.layers.publish import LayerOptions, LayerResult, Progress, publish, silent, slug
from csdi.layers.services import arcgis, oapif, wfs
from csdi.layers.services.page import Page, Service
from csdi.outgoing import Outgoing
from csdi.store.base import Store

_ID = "csdi:id"
"""The property of a kept row that holds the id which the server gives it."""
_STALE_S = 86_400.0
"""Pages kept longer than a day are not continued: the layer may be another one by now."""


@dataclass(slots=True)
class _State:
    """How far a layer is read: `next` page, rows, and bytes of the file; what lies behind them is of a page that broke."""

    next: str = ""
    rows: int = 0
    bytes: int = 0
    total: int | None = None
    crs: str = ""
    begun: float = 0.0
    done: bool = False
    again: int = 0


def services(outgoing: Outgoing, url: str) -> list[Service]:
    """The layers at a URL, by the protocol that its form tells: ArcGIS, WFS, else OGC API Features.

    Raises:
        ValueInvalid: no URL, or one inside this network that no setting opens.
        SourceUnavailable: there is no layer.
    """
    if re.search(r"/(Feature|Map)Server(/\d+)?(/query)?/?(\?|$)", url):
        return list(arcgis.find(outgoing, url))
    if re.search(r"[?&]service=wfs", url, re.IGNORECASE) or re.search(r"/(wfs|ows)/?(\?|$)", url, re.IGNORECASE):
        return list(wfs.find(outgoing, url))
    return list(oapif.find(outgoing, url))


def add_remote(store: Store, blobs: Blobs, url: str, spool: Path, options: LayerOptions | None = None,
               progress: Progress | None = None, *, internal: bool = False) -> Iterator[LayerResult]:
    """Publish every layer at a URL; as `add_layers`.

    Args:
        spool: a folder that stays; when reading breaks, the next call goes on after the last whole page.
        internal: whether addresses inside this network may be asked.
    """
    options, begin = options or LayerOptions(), time.perf_counter()
    with Outgoing(internal=internal) as outgoing:
        try:
            found = services(outgoing, url)
        except CsdiError as error:
            yield LayerResult(url, options.id, "refused", error=error, seconds=time.perf_counter() - begin)
            return
        for service in found:
            yield _add(store, blobs, outgoing, service, spool, options, progress or silent, alone=len(found) == 1)


def _add(store: Store, blobs: Blobs, outgoing: Outgoing, service: Service, spool: Path, options: LayerOptions,
         progress: Progress, alone: bool) -> LayerResult:
    begin, id = time.perf_counter(), options.id if alone and options.id else slug(service.name)
    folder = spool / hashlib.sha256(f"{service.url} {service.name}".encode()).hexdigest()[:20]
    try:
        state = fetch(outgoing, service, folder, limit_mb=options.limit_mb, progress=progress)
        source = _source(service, folder, state, options.crs)
        asked = replace(options, title=options.title or ({"en": service.title} if service.title else {}),
                        provenance={**options.provenance, "source": service.source, "layer": service.name})
        result = publish(store, blobs, source, id, _digest(folder), asked, progress, begin)
        _forget(folder)
        return replace(result, file=service.url)
    except CsdiError as error:
        return LayerResult(service.url, id, "refused", error=error, seconds=time.perf_counter() - begin)


def fetch(outgoing: Outgoing, service: Service, folder: Path, *, limit_mb: int = 2048, progress: Progress = lambda *_: None) -> _State:
    """Reads all pages that are not read yet into `rows.geojsons` of the folder.

    Raises:
        SourceUnavailable: it broke; what was read stays for the next time.
        FileTooLarge: more than the limit; nothing is kept.
    """
    folder.mkdir(parents=True, exist_ok=True)
    state = _kept(folder)
    seen = _ids(folder, state)
    with (folder / "rows.geojsons").open("r+b" if state.rows else "wb") as out:
        out.truncate(state.bytes)
        out.seek(state.bytes)
        while not state.done:
            page = service.page(outgoing, state.next)
            _take(state, page, seen, out)
            if state.bytes > limit_mb << 20:
                _forget(folder)
                raise FileTooLarge(f"{service.url}: the layer is over the limit of {limit_mb} MB", url=service.url, limit=limit_mb,
                                   remedy="raise CSDI_UPLOAD_LIMIT_MB")
            _keep(folder, state)
            progress("fetch", state.rows, state.total or 0)
    return state


def _take(state: _State, page: Page, seen: set[str], out: Any) -> None:
    """One page into the file; a row that came before, because rows moved between pages, is left out."""
    fresh = 0
    for row in page.features:
        id = str(row["id"]) if row.get("id") is not None else str(state.rows + 1)
        if id in seen:
            state.again += 1
            continue
        seen.add(id)
        fresh += 1
        state.rows += 1
        line = {"type": "Feature", "geometry": row["geometry"], "properties": {_ID: f"{id}", **row["properties"]}}
        state.bytes += out.write(orjson.dumps(line) + b"\n")
    out.flush()
    state.total = page.total if page.total is not None else state.total
    state.crs = page.crs or state.crs
    state.done = not page.next
    if not state.done and (page.next == state.next or not fresh):
        raise SourceUnavailable("the server gives the same page again and again", value=page.next, remedy="tell its operator")
    state.next = page.next


def _source(service: Service, folder: Path, state: _State, crs: str) -> Source:
    path = folder / "rows.geojsons"
    findings = []
    if state.total is not None and state.total != state.rows:
        findings.append(Finding("source-count-differs", "warning", f"the server promises {state.total} features and gives {state.rows}",
                                service.url, measured=str(state.rows), expected=str(state.total), cure="add it again"))
    if state.again:
        findings.append(Finding("source-repeats", "note", f"{state.again} features came on more than one page", service.url))
    if not state.rows:
        raise SourceUnavailable(f"{service.url}: the layer is empty", url=service.url, remedy="nothing is published without features")
    layer = vector.open_layer(str(path), vector.layer_names(str(path))[0])
    placed = vector.located(layer, (crs or state.crs) if layer.geometry else "", layer.geometry)
    return Source(path, service.name, layer=vector.identified(placed, _ID), findings=tuple(findings))


def _kept(folder: Path) -> _State:
    """What an earlier call left, when it is still good."""
    try:
        state = _State(**orjson.loads((folder / "state.json").read_bytes()))
        if time.time() - state.begun < _STALE_S and (folder / "rows.geojsons").stat().st_size >= state.bytes:
            return state
    except (OSError, ValueError, TypeError):
        pass
    return _State(begun=time.time())


def _keep(folder: Path, state: _State) -> None:
    part = folder / "state.part"
    part.write_bytes(orjson.dumps(asdict(state)))
    part.replace(folder / "state.json")


def _ids(folder: Path, state: _State) -> set[str]:
    """Ids of the rows that are kept."""
    if not state.rows:
        return set()
    found, left = set(), state.bytes
    with (folder / "rows.geojsons").open("rb") as source:
        for line in source:
            left -= len(line)
            if left < 0:
                break
            row: Mapping[str, Any] = orjson.loads(line)
            found.add(str(row["properties"][_ID]))
    return found


def _forget(folder: Path) -> None:
    for name in ("state.json", "state.part", "rows.geojsons"):
        (folder / name).unlink(missing_ok=True)
    folder.rmdir()


def _digest(folder: Path) -> str:
    with (folder / "rows.geojsons").open("rb") as source:
        return hashlib.file_digest(source, "sha256").hexdigest()
