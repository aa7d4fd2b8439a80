"""Styles as documents: the default look of a Collection as a MapLibre style and as SLD 1.0, and checks of what people send."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from xml.etree import ElementTree
from xml.sax.saxutils import escape

import orjson

from csdi.collection import Collection
from csdi.errors import ValueInvalid
from ogc_api.coverage_documents import is_raster
from ogc_api.sld_read import layers_of
from ogc_api.sld_write import written
from ogc_api.style import layer_style

Json = dict[str, Any]
DEFAULT = "default"
MEDIA = {"mapbox": "application/vnd.mapbox.style+json", "sld": "application/vnd.ogc.sld+xml;version=1.0"}
"""Media types of the forms of styles, by the value of `f`."""
_SLD = "http://www.opengis.net/sld"
_LAYERS = frozenset({"background", "fill", "line", "symbol", "raster", "circle", "fill-extrusion", "heatmap", "hillshade", "sky",
                     "color-relief"})
_OUTLINE, _WIDTH, _SIZE, _OPACITY = "#1f2937", 1.5, 8, 0.6


def maplibre(collection: Collection, base: str) -> Json:
    """The default look as a MapLibre style (version 8) over the tiles of this server."""
    id = collection.id
    layers: list[Json] = [{"id": id, "type": "raster", "source": id}] if is_raster(collection) else [
        {"source": id, "source-layer": id} | layer for layer in _drawn(collection)]
    return {"version": 8, "name": collection.title_in("en"), "sources": _sources(collection, base), "layers": layers}


def _sources(collection: Collection, base: str, style: str = "") -> Json:
    """The tiles of a Collection: pictures, drawn in a style where it is named, or features."""
    root = f"{base}/collections/{collection.id}"
    if is_raster(collection):
        drawn = f"{root}/styles/{style}/map" if style else f"{root}/map"
        source: Json = {"type": "raster", "tiles": [f"{drawn}/tiles/WebMercatorQuad/{{z}}/{{y}}/{{x}}.png"], "tileSize": 256}
    else:
        source = {"type": "vector", "tiles": [f"{root}/tiles/WebMercatorQuad/{{z}}/{{y}}/{{x}}?f=mvt"], "minzoom": 0, "maxzoom": 22}
    if collection.extent.bbox:
        source["bounds"] = list(collection.extent.bbox.xy)
    return {collection.id: source}


def _drawn(collection: Collection) -> list[Json]:
    look = layer_style(collection)
    color, extrude, id = look["color"], look["extrude"], collection.id
    kinds = {"Polygon": ("fill", {"fill-color": color, "fill-opacity": _OPACITY, "fill-outline-color": _OUTLINE}),
             "LineString": ("line", {"line-color": color, "line-width": _WIDTH}),
             "Point": ("circle", {"circle-color": color, "circle-radius": _SIZE / 2, "circle-stroke-color": _OUTLINE,
                                  "circle-stroke-width": 1})}
    layers: list[Json] = [
        {"id": f"{id}-{kind}", "type": kind, "filter": ["==", ["geometry-type"], shape], "paint": paint}
        for shape, (kind, paint) in kinds.items() if _may_be(collection, shape)]
    if extrude:
        layers.append({"id": f"{id}-fill-extrusion", "type": "fill-extrusion", "filter": ["==", ["geometry-type"], "Polygon"], "paint": {
            "fill-extrusion-color": color, "fill-extrusion-base": ["to-number", ["get", extrude["base"]], 0],
            "fill-extrusion-height": ["to-number", ["get", extrude["top"]], 0]}})
    return layers


def _may_be(collection: Collection, shape: str) -> bool:
    kind = collection.schema.geometry
    return kind in ("geometry", "geometrycollection") or shape.casefold() in kind


def site_maplibre(collections: Sequence[Collection], base: str, title: str) -> Json:
    """All Collections in their default looks as one MapLibre style: pictures lowest, then the others in their order."""
    drawn = [maplibre(one, base) for one in sorted(collections, key=lambda one: not is_raster(one))]
    return {"version": 8, "name": title, "sources": {id: source for one in drawn for id, source in one["sources"].items()},
            "layers": [layer for one in drawn for layer in one["layers"]]}


def sld(*collections: Collection) -> str:
    """The default looks as a Styled Layer Descriptor 1.0 (OGC 02-070)."""
    layers = "".join(map(_named_layer, collections))
    return (f'<?xml version="1.0" encoding="UTF-8"?>\n<StyledLayerDescriptor version="1.0.0" xmlns="{_SLD}" '
            f'xmlns:ogc="http://www.opengis.net/ogc">{layers}</StyledLayerDescriptor>\n')


def _named_layer(collection: Collection) -> str:
    color = layer_style(collection)["color"]
    stroke = _stroke(_OUTLINE, 1)
    symbols = {
        "Polygon": f"<PolygonSymbolizer><Fill>{_css('fill', color)}{_css('fill-opacity', _OPACITY)}</Fill>{stroke}</PolygonSymbolizer>",
        "LineString": f"<LineSymbolizer>{_stroke(color, _WIDTH)}</LineSymbolizer>",
        "Point": f"<PointSymbolizer><Graphic><Mark><WellKnownName>circle</WellKnownName><Fill>{_css('fill', color)}</Fill>{stroke}</Mark>"
                 f"<Size>{_SIZE}</Size></Graphic></PointSymbolizer>"}
    chosen = ["<RasterSymbolizer/>"] if is_raster(collection) else [
        symbol for shape, symbol in symbols.items() if _may_be(collection, shape)]
    rules = "".join(f"<Rule>{symbol}</Rule>" for symbol in chosen)
    return (f"<NamedLayer><Name>{escape(collection.id)}</Name><UserStyle><Name>{DEFAULT}</Name><Title>{escape(collection.title_in('en'))}"
            f"</Title><FeatureTypeStyle>{rules}</FeatureTypeStyle></UserStyle></NamedLayer>")


def _css(name: str, value: str | float) -> str:
    return f'<CssParameter name="{name}">{value}</CssParameter>'


def _stroke(color: str, width: float) -> str:
    return f"<Stroke>{_css('stroke', color)}{_css('stroke-width', width)}</Stroke>"


def parsed(body: bytes, form: str, collection: Collection) -> Json:
    """A style that was checked, as a MapLibre style; without sources where it was SLD.

    Raises:
        ValueInvalid: names what of an SLD a MapLibre style cannot say.
    """
    if form == "mapbox":
        document: Json = orjson.loads(body)
        return document
    types = {field.name: str(field.type) for field in collection.schema}
    root = ElementTree.fromstring(body, ElementTree.XMLParser(encoding="utf-8"))
    layers = layers_of(root, collection.id, types)
    return {"version": 8, "name": collection.title_in("en"), "sources": {}, "layers": layers}


def translated(body: bytes, form: str, id: str, collection: Collection, base: str) -> bytes:
    """A style of this form in the other form.

    Raises:
        ValueInvalid: names what the other form cannot say.
    """
    style = parsed(body, form, collection)
    if form == "mapbox":
        own = [layer for layer in style["layers"] if layer["type"] != "background"]
        return written(style | {"layers": own}, id, collection.id, collection.title_in("en")).encode()
    if is_raster(collection):  # colours of values are drawn here: web maps have no layer of them over pictures
        style["layers"] = [{"id": collection.id, "type": "raster", "source": collection.id}]
    return orjson.dumps(style | {"sources": _sources(collection, base, id)})


def check_style(body: bytes, form: str) -> None:
    """Do nothing where the body is a style in this form, as far as its frame goes. Raises ValueInvalid naming what is wrong."""
    if form == "mapbox":
        _check_maplibre(body)
    else:
        _check_sld(body)


def _check_maplibre(body: bytes) -> None:
    try:
        document = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise ValueInvalid(f"the style is not JSON: {error}", field="body") from None
    if not isinstance(document, dict) or document.get("version") != 8:
        raise ValueInvalid("the style has no version 8", field="version", remedy="send a MapLibre style")
    sources, layers = document.get("sources"), document.get("layers")
    if not isinstance(sources, dict) or not isinstance(layers, list):
        raise ValueInvalid("the style has no mapping of sources, or no list of layers",
                           field="layers" if isinstance(sources, dict) else "sources")
    seen: set[str] = set()
    for at, layer in enumerate(layers):
        kind, id = (layer.get("type"), layer.get("id")) if isinstance(layer, dict) else (None, None)
        if not isinstance(id, str) or id in seen:
            raise ValueInvalid(f"layers[{at}] has no id of its own", field=f"layers[{at}].id")
        if not isinstance(kind, str) or kind not in _LAYERS:
            raise ValueInvalid(f"layer '{id}' is of no kind that there is: {kind!r}"[:200], field=f"layers[{at}].type",
                               remedy=", ".join(sorted(_LAYERS)))
        if kind != "background" and kind != "sky" and layer.get("source") not in sources:
            raise ValueInvalid(f"layer '{id}' is drawn from a source that there is not: {layer.get('source')!r}",
                               field=f"layers[{at}].source")
        seen.add(id)


def _check_sld(body: bytes) -> None:
    if b"\x00" in body or b"<!" in body.replace(b"<!--", b"").replace(b"<![CDATA[", b""):
        raise ValueInvalid("a style has no document type and no entities of its own", field="body")
    try:
        root = ElementTree.fromstring(body, ElementTree.XMLParser(encoding="utf-8"))  # whatever it declares: see the test above
    except (ElementTree.ParseError, ValueError, LookupError) as error:
        raise ValueInvalid(f"the style is not XML: {error}", field="body") from None
    if root.tag != f"{{{_SLD}}}StyledLayerDescriptor":
        raise ValueInvalid(f"the style is no StyledLayerDescriptor but {root.tag}"[:200], field="body")
    if root.get("version") != "1.0.0":
        raise ValueInvalid(f"SLD 1.0.0 is read, not {root.get('version')}", field="version")
