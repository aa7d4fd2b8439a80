"""WFS 2.0 and 1.1: feature types page by page, as GeoJSON where the server writes it, as GML otherwise."""

from __future__ import annotations

import re
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit
from xml.etree.ElementTree import Element

import orjson
from shapely.geometry import mapping

from csdi.catalogue.reading.xml import all_of, local, parsed
from csdi.crs import crs as known_crs
from csdi.errors import CrsError, CsdiError, SourceUnavailable
from csdi.formats import vector
from csdi.layers.services.page import Json, Page
from csdi.outgoing import Outgoing

_COUNT = 1000
_OWN = frozenset({"service", "request", "version", "typenames", "typename", "startindex", "count", "maxfeatures", "outputformat"})
_JSON = re.compile(r"geo\+?json|application/json", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class WfsLayer:
    """One feature type.

    Attributes:
        url: of the service; `extra` are the parameters that it needs besides those of WFS, such as MapServer's `map`.
        form: the output format to ask for, "" for the server's own GML.
        crs: the CRS that the server keeps it in, as the capabilities state it.
    """

    url: str
    extra: tuple[tuple[str, str], ...]
    version: str
    type: str
    title: str
    form: str
    crs: str

    @property
    def name(self) -> str:
        """See `Service`."""
        return self.type.rpartition(":")[2]

    @property
    def source(self) -> str:
        """See `Service`."""
        return f"{self.url}?{urlencode([*self.extra, ('service', 'WFS'), ('typeNames', self.type)])}"

    def page(self, outgoing: Outgoing, at: str) -> Page:
        """See `Service`; the place is the number of rows before the page."""
        start, two = int(at or 0), self.version.startswith("2")
        asked = dict(self.extra) | {"service": "WFS", "version": self.version, "request": "GetFeature",
                                    "typeNames" if two else "typeName": self.type, "startIndex": str(start),
                                    "count" if two else "maxFeatures": str(_COUNT)}
        answer = outgoing.get(self.url, asked | ({"outputFormat": self.form} if self.form else {}))
        rows, total, crs = _from_json(answer.body, self.url) if self.form else _from_gml(answer.body, self.url)
        seen = start + len(rows)
        more = bool(rows) and (seen < total if total is not None else len(rows) >= _COUNT)
        return Page(rows, str(seen) if more else "", total, crs or _code(self.crs))


def find(outgoing: Outgoing, url: str) -> list[WfsLayer]:
    """The feature types of a service, or those that the URL names with `typeNames`.

    Raises:
        SourceUnavailable: it is no WFS, or has no such type.
    """
    parts = urlsplit(url)
    said = {name.lower(): value for name, value in parse_qsl(parts.query)}
    extra = tuple((name, value) for name, value in parse_qsl(parts.query) if name.lower() not in _OWN)
    base = parts._replace(query="", fragment="").geturl()
    asked = dict(extra) | {"service": "WFS", "request": "GetCapabilities", "version": said.get("version", "2.0.0")}
    root = _tree(outgoing.get(base, asked).body, url)
    if local(root) != "WFS_Capabilities":
        raise SourceUnavailable(f"{url}: the answer is no capabilities of WFS but {local(root)}", url=url, remedy="is it a WFS?")
    version, form = root.get("version", "2.0.0"), _form(root)
    found = [WfsLayer(base, extra, version, _text(one, "Name"), _text(one, "Title"), form,
                      _text(one, "DefaultCRS") or _text(one, "DefaultSRS")) for one in root.iter() if local(one) == "FeatureType"]
    wanted = {name for name in (said.get("typenames") or said.get("typename") or "").split(",") if name}
    layers = [one for one in found if not wanted or one.type in wanted or one.name in wanted]
    if not layers:
        raise SourceUnavailable(f"{url}: there is no such feature type", url=url, value=", ".join(sorted(wanted)),
                                remedy=f"it has {', '.join(one.type for one in found[:20])}")
    return layers


def _form(root: Element) -> str:
    """The name of GeoJSON among the output formats of GetFeature, "" when there is none."""
    for operation in (one for one in root.iter() if local(one) == "Operation" and one.get("name") == "GetFeature"):
        for parameter in (one for one in operation.iter() if local(one) == "Parameter" and one.get("name") == "outputFormat"):
            values = [(one.text or "").strip() for one in parameter.iter() if local(one) == "Value"]
            return min((value for value in values if _JSON.search(value)), key=lambda v: ("geo" not in v.lower(), len(v)), default="")
    return ""


def _tree(body: bytes, url: str) -> Element:
    try:
        root = parsed(body, url)
    except CsdiError as error:
        raise SourceUnavailable(f"{url}: the answer is no XML ({error.message})", url=url) from None
    if local(root) in ("ExceptionReport", "ServiceExceptionReport"):
        text = " ".join("".join(root.itertext()).split())[:300]
        raise SourceUnavailable(f"{url}: the server says: {text}", url=url)
    return root


def _text(element: Element, name: str) -> str:
    found = all_of(element, name)
    return (found[0].text or "").strip() if found else ""


def _from_json(body: bytes, url: str) -> tuple[list[Json], int | None, str]:
    try:
        said = orjson.loads(body)
    except ValueError:
        _tree(body, url)
        raise SourceUnavailable(f"{url}: the answer is no GeoJSON", url=url) from None
    total = next((said[name] for name in ("numberMatched", "totalFeatures") if isinstance(said.get(name), int)), None)
    stated = ((said.get("crs") or {}).get("properties") or {}).get("name", "")
    rows = [{"type": "Feature", "id": one.get("id"), "geometry": one.get("geometry"), "properties": one.get("properties") or {}}
            for one in said.get("features", [])]
    return rows, total, _code(str(stated))


def _from_gml(body: bytes, url: str) -> tuple[list[Json], int | None, str]:
    """Rows by GDAL, which knows the axis order of every CRS of GML."""
    root = _tree(body, url)
    matched = root.get("numberMatched") or root.get("numberOfFeatures") or ""
    total = int(matched) if matched.isdigit() and root.get("numberMatched") else None
    if not any(local(one) in ("member", "featureMember", "featureMembers") for one in root):
        return [], total, ""
    with tempfile.TemporaryDirectory(prefix="csdi-wfs-") as folder:
        path = Path(folder) / "page.gml"
        path.write_bytes(body)
        names = vector.layer_names(str(path))
        layer = vector.open_layer(str(path), names[0], vector.GML_OPTIONS)
        rows = [_row(one.id, one.geometry, dict(one.properties)) for one in vector.features(layer, repair=False)]
    return rows, total, layer.crs


def _row(id: str, geometry: Any, properties: Json) -> Json:
    return {"type": "Feature", "id": properties.pop("gml_id", None) or id, "geometry": None if geometry is None else mapping(geometry),
            "properties": properties}


def _code(stated: str) -> str:
    try:
        return known_crs(stated).code if stated else ""
    except CrsError:
        return ""
