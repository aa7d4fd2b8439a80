"""SLD 1.0 written: a MapLibre style as a Styled Layer Descriptor (OGC 02-070), where that can say the same."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from xml.sax.saxutils import escape, quoteattr

from csdi.coverages.drawing import Colour
from csdi.errors import ValueInvalid
from ogc_api.expressions import colour, modern
from ogc_api.sld_read import COMPARISONS, OGC, SCALE_AT_0, SLD
from ogc_api.style_layers import ramp_of, tokens

Json = dict[str, Any]
MOST = 500
"""Rules that one layer may become."""
_NAMES = {sign: name for name, sign in COMPARISONS.items()}
_AGAINST = {"==": "==", "!=": "!=", "<": ">", "<=": ">=", ">": "<", ">=": "<="}
"""A comparison with its sides exchanged."""
_LOGIC = {"all": "And", "any": "Or"}
_FAMILY = {"fill": "Polygon", "line": "LineString", "circle": "Point"}
_READ: dict[str, dict[str, Any]] = {
    "fill": {"fill-color": "#000000", "fill-opacity": 1.0, "fill-outline-color": None},
    "line": {"line-color": "#000000", "line-width": 1.0, "line-opacity": 1.0, "line-dasharray": None},
    "circle": {"circle-color": "#000000", "circle-radius": 5.0, "circle-opacity": 1.0, "circle-stroke-color": "#000000",
               "circle-stroke-width": 0.0, "circle-stroke-opacity": 1.0},
    "symbol": {"text-color": "#000000", "text-opacity": 1.0, "text-halo-color": None, "text-halo-width": 0.0},
    "raster": {"raster-opacity": 1.0}, "color-relief": {"color-relief-opacity": 1.0}}
"""Properties of paint that an SLD can say, with what they are when nothing is said."""
_DRAWN_ALIKE = {"fill-antialias", "line-cap", "line-join", "text-font", "text-anchor", "text-allow-overlap", "visibility",
                "raster-resampling", "raster-fade-duration", "text-field", "text-size", "color-relief-color", "circle-pitch-alignment",
                "text-max-width", "symbol-placement", "line-miter-limit", "line-round-limit", "text-ignore-placement", "text-optional"}
"""Properties that change little of what is seen, or are read elsewhere."""


@dataclass(frozen=True, slots=True)
class Rule:
    """Values of paint under a filter that is ready as XML; "" where it holds for all."""

    tests: tuple[str, ...]
    paint: Mapping[str, Any]


def written(style: Json, name: str, id: str, title: str) -> str:
    """The style as SLD 1.0 of the layer `id`.

    Raises:
        ValueInvalid: names the layer and the property that SLD 1.0 cannot say.
    """
    sheets = "".join(f"<FeatureTypeStyle>{''.join(_rules(layer))}</FeatureTypeStyle>" for layer in style["layers"]
                     if _held(layer, "layout").get("visibility") != "none")
    return (f'<?xml version="1.0" encoding="UTF-8"?>\n<StyledLayerDescriptor version="1.0.0" xmlns="{SLD}" xmlns:ogc="{OGC}"><NamedLayer>'
            f"<Name>{escape(id)}</Name><UserStyle><Name>{escape(name)}</Name><Title>{escape(title)}</Title>{sheets}</UserStyle>"
            f"</NamedLayer></StyledLayerDescriptor>\n")


def _cannot(layer: Json, what: str) -> ValueInvalid:
    where = f"{layer.get('id', '')}.{what}"[:150]
    return ValueInvalid(f"{where}: SLD 1.0 cannot say this", field=where,
                        remedy="use plain values, match, step or case over a property, or put the style as SLD too")


def _held(layer: Json, group: str) -> Mapping[str, Any]:
    found = layer.get(group)
    return found if isinstance(found, Mapping) else {}


def _rules(layer: Json) -> Iterator[str]:
    kind = layer["type"]
    if kind not in _READ:
        raise _cannot(layer, f"type {kind}")
    said = {**_held(layer, "paint"), **_held(layer, "layout")}
    if unknown := sorted(set(said) - set(_READ[kind]) - _DRAWN_ALIKE):
        raise _cannot(layer, unknown[0])
    shape, tests = _filter(layer)
    branches = [Rule(tests, {})]
    for name, usual in _READ[kind].items():
        value = said.get(name)
        branches = [Rule((*one.tests, *more), {**one.paint, name: chosen}) for one in branches
                    for more, chosen in _branches(layer, name, usual if value is None else value)]
        if len(branches) > MOST:
            raise _cannot(layer, f"{name} in so many combinations")
    for rule in branches:
        test = "" if not rule.tests else f"<ogc:Filter>{_joined('And', rule.tests)}</ogc:Filter>"
        yield f"<Rule>{test}{_scales(layer)}{_symbol(layer, shape, rule.paint)}</Rule>"


def _scales(layer: Json) -> str:
    ends = [(name, layer.get(zoom)) for name, zoom in (("MinScaleDenominator", "maxzoom"), ("MaxScaleDenominator", "minzoom"))]
    return "".join(f"<{name}>{SCALE_AT_0 / 2**zoom:.6g}</{name}>" for name, zoom in ends if isinstance(zoom, (int, float)))


def _filter(layer: Json) -> tuple[str, tuple[str, ...]]:
    """The kind of geometry that the filter asks for, which the symbol says in SLD, and its other tests."""
    said = layer.get("filter")
    if said is None:
        return "", ()
    known = modern(said)
    tests = known[1:] if known and known[0] == "all" else [known]
    shapes = [test[2] for test in tests if test[:2] == ["==", ["geometry-type"]]]
    rest = tuple(_test(layer, test) for test in tests if test[:2] != ["==", ["geometry-type"]])
    return (str(shapes[0]) if shapes else ""), rest


def _joined(name: str, tests: tuple[str, ...]) -> str:
    return tests[0] if len(tests) == 1 else f"<ogc:{name}>{''.join(tests)}</ogc:{name}>"


def _test(layer: Json, said: Any) -> str:
    """A filter as XML."""
    if not isinstance(said, list) or not said:
        raise _cannot(layer, f"filter {said}")
    name, args = said[0], said[1:]
    if name in _LOGIC and args:
        return _joined(_LOGIC[name], tuple(_test(layer, modern(arg)) for arg in args))
    if name == "!" and len(args) == 1:
        inner = modern(args[0])
        if isinstance(inner, list) and inner[:1] == ["has"]:
            return f"<ogc:PropertyIsNull>{_property(str(inner[1]))}</ogc:PropertyIsNull>"
        return f"<ogc:Not>{_test(layer, inner)}</ogc:Not>"
    if name == "has" and len(args) == 1:
        return f"<ogc:Not><ogc:PropertyIsNull>{_property(str(args[0]))}</ogc:PropertyIsNull></ogc:Not>"
    if name in _NAMES and len(args) >= 2:
        return _comparison(layer, name, args[0], args[1])
    if name == "in" and len(args) == 2:
        return _membership(layer, *args)
    raise _cannot(layer, f"filter {name}")


def _comparison(layer: Json, sign: str, left: Any, right: Any) -> str:
    if not isinstance(left, list):
        sign, left, right = _AGAINST[sign], right, left
    if right is None and sign in ("==", "!="):
        null = f"<ogc:PropertyIsNull>{_value(layer, left)}</ogc:PropertyIsNull>"
        return null if sign == "==" else f"<ogc:Not>{null}</ogc:Not>"
    return f"<ogc:{_NAMES[sign]}>{_value(layer, left)}{_value(layer, right)}</ogc:{_NAMES[sign]}>"


def _membership(layer: Json, needle: Any, hay: Any) -> str:
    if isinstance(hay, list) and hay[:1] == ["literal"] and isinstance(hay[1], list) and hay[1]:
        return _joined("Or", tuple(_comparison(layer, "==", needle, one) for one in hay[1]))
    if isinstance(needle, str) and isinstance(hay, list) and not set(needle) & set("*?\\"):
        return (f'<ogc:PropertyIsLike wildCard="*" singleChar="?" escape="\\">{_value(layer, hay)}'
                f"<ogc:Literal>*{escape(needle)}*</ogc:Literal></ogc:PropertyIsLike>")
    raise _cannot(layer, "filter in")


def _property(name: str) -> str:
    return f"<ogc:PropertyName>{escape(name)}</ogc:PropertyName>"


def _value(layer: Json, said: Any) -> str:
    if isinstance(said, bool):
        return f"<ogc:Literal>{'true' if said else 'false'}</ogc:Literal>"
    if isinstance(said, (int, float)):
        return f"<ogc:Literal>{said!r}</ogc:Literal>"
    if isinstance(said, str):
        return f"<ogc:Literal>{escape(said)}</ogc:Literal>"
    if isinstance(said, list) and len(said) >= 2 and said[0] in ("to-number", "to-string", "string", "number"):
        return _value(layer, said[1])
    if isinstance(said, list) and len(said) == 2 and said[0] == "get" and isinstance(said[1], str):
        return _property(said[1])
    raise _cannot(layer, f"expression {str(said)[:60]}")


def _branches(layer: Json, name: str, said: Any) -> Iterator[tuple[tuple[str, ...], Any]]:
    """(tests, value) of each case of a property of paint, of which exactly one holds for a Feature."""
    kind = said[0] if isinstance(said, list) and said and isinstance(said[0], str) else ""
    if isinstance(said, dict):
        raise _cannot(layer, name)
    if kind not in ("match", "case", "step"):
        if isinstance(said, list) and name != "line-dasharray":
            raise _cannot(layer, name)
        yield (), said
        return
    before: list[str] = []
    for test, value in _cases(layer, kind, said[1:]):
        written_test = None if test is None else _test(layer, test)
        own = [] if written_test is None else [written_test]
        others = [f"<ogc:Not>{_joined('Or', tuple(before))}</ogc:Not>"] if before and kind != "step" and (kind == "case" or not own) else []
        for more, chosen in _branches(layer, name, value):
            yield (*others, *own, *more), chosen
        before += own


def _cases(layer: Json, kind: str, args: list[Any]) -> Iterator[tuple[Any, Any]]:
    """(test, value) in the order in which they are tried; the test of the last one is None."""
    if kind == "step":
        source, at = args[0], [None, *args[2::2]]
        if source == ["zoom"]:
            raise _cannot(layer, "step over zoom")
        for low, high, value in zip(at, [*at[1:], None], [args[1], *args[3::2]], strict=True):
            ends = ([] if low is None else [[">=", source, low]]) + ([] if high is None else [["<", source, high]])
            yield (["all", *ends] if len(ends) > 1 else ends[0] if ends else None), value
        return
    tests = args[:-1:2] if kind == "case" else [["in", args[0], ["literal", label if isinstance(label, list) else [label]]]
                                                for label in args[1:-1:2]]
    yield from zip((modern(test) for test in tests), args[1:-1:2] if kind == "case" else args[2:-1:2], strict=True)
    yield None, args[-1]


def _symbol(layer: Json, shape: str, paint: Mapping[str, Any]) -> str:
    kind = layer["type"]
    if shape and kind in _FAMILY and shape != _FAMILY[kind] and not (kind == "line" and shape == "Polygon"):
        raise _cannot(layer, f"filter {shape} of a {kind}")
    if kind == "fill":
        inside = _fill(layer, paint["fill-color"], paint["fill-opacity"])
        edge = "" if paint["fill-outline-color"] is None else _stroke(layer, paint["fill-outline-color"], 1, paint["fill-opacity"])
        return f"<PolygonSymbolizer>{inside}{edge}</PolygonSymbolizer>"
    if kind == "line":
        stroke = _stroke(layer, paint["line-color"], paint["line-width"], paint["line-opacity"], paint["line-dasharray"])
        name = "PolygonSymbolizer" if shape == "Polygon" else "LineSymbolizer"
        return f"<{name}>{stroke}</{name}>"
    if kind == "circle":
        return _dot(layer, paint)
    return _label(layer, paint) if kind == "symbol" else _raster(layer, paint)


def _dot(layer: Json, paint: Mapping[str, Any]) -> str:
    width = _plain(layer, paint["circle-stroke-width"])
    edge = _stroke(layer, paint["circle-stroke-color"], width, paint["circle-stroke-opacity"]) if width else ""
    return (f"<PointSymbolizer><Graphic><Mark><WellKnownName>circle</WellKnownName>"
            f"{_fill(layer, paint['circle-color'], paint['circle-opacity'])}{edge}</Mark>"
            f"<Size>{2 * _plain(layer, paint['circle-radius']):g}</Size></Graphic></PointSymbolizer>")


def _label(layer: Json, paint: Mapping[str, Any]) -> str:
    layout = _held(layer, "layout")
    said = layout.get("text-field", "")
    text = tokens(said) if isinstance(said, str) else said
    parts = text[1:] if isinstance(text, list) and text[:1] == ["concat"] else [text]
    label = "".join(escape(part) if isinstance(part, str) else _value(layer, part) for part in parts)
    width = _plain(layer, paint["text-halo-width"])
    around = paint["text-halo-color"]
    halo = f"<Halo><Radius>{width:g}</Radius>{_fill(layer, around, 1.0)}</Halo>" if width and around else ""
    return (f"<TextSymbolizer><Label>{label}</Label><Font>{_css('font-size', _plain(layer, layout.get('text-size', 16)))}</Font>{halo}"
            f"{_fill(layer, paint['text-color'], paint['text-opacity'])}</TextSymbolizer>")


def _raster(layer: Json, paint: Mapping[str, Any]) -> str:
    opacity = _plain(layer, paint[f"{layer['type']}-opacity"])
    said = f"<Opacity>{opacity:g}</Opacity>" if opacity != 1 else ""
    ramp = _held(layer, "paint").get("color-relief-color")
    return f"<RasterSymbolizer>{said}{'' if ramp is None else _colour_map(layer, ramp)}</RasterSymbolizer>"


def _colour_map(layer: Json, said: Any) -> str:
    ramp = ramp_of(said, f"{layer['id']}.color-relief-color")
    if ramp.steps and ramp.colours[-1][3] > 0:
        ramp_stops: tuple[float, ...] = (*ramp.stops, 1e38)
    else:
        ramp_stops = ramp.stops
    entries = "".join(f'<ColorMapEntry color="{_hex(one)}" quantity="{stop!r}"{_opaque(one)}/>' for stop, one in
                      zip(ramp_stops, ramp.colours, strict=False))
    return f"<ColorMap{' type=' + quoteattr('intervals') if ramp.steps else ''}>{entries}</ColorMap>"


def _opaque(one: Colour) -> str:
    return "" if one[3] == 1 else f' opacity="{one[3]:g}"'


def _plain(layer: Json, value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not math.isfinite(value):
        raise _cannot(layer, f"number {value}")
    return float(value)


def _hex(one: Colour) -> str:
    return "#" + "".join(f"{round(part):02x}" for part in one[:3])


def _paint(layer: Json, kind: str, value: Any, opacity: Any) -> str:
    found = colour(value)
    if found is None:
        raise _cannot(layer, f"colour {value}")
    share = found[3] * _plain(layer, opacity)
    return _css(kind, _hex(found)) + ("" if share == 1 else _css(f"{kind}-opacity", share))


def _fill(layer: Json, value: Any, opacity: Any) -> str:
    return f"<Fill>{_paint(layer, 'fill', value, opacity)}</Fill>"


def _stroke(layer: Json, value: Any, width: Any, opacity: Any, dashes: Any = None) -> str:
    drawn = "" if dashes is None else _css("stroke-dasharray", " ".join(f"{_plain(layer, part):g}" for part in dashes))
    return f"<Stroke>{_paint(layer, 'stroke', value, opacity)}{_css('stroke-width', _plain(layer, width))}{drawn}</Stroke>"


def _css(name: str, value: str | float) -> str:
    return f'<CssParameter name="{name}">{escape(value) if isinstance(value, str) else format(value, "g")}</CssParameter>'
