"""SLD 1.0 read: each symbol of a Styled Layer Descriptor as a layer of a MapLibre style."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from xml.etree.ElementTree import Element

from csdi.errors import ValueInvalid

Json = dict[str, Any]
SLD, OGC = "http://www.opengis.net/sld", "http://www.opengis.net/ogc"
SCALE_AT_0 = 2 * math.pi * 6378137 / 512 / 0.00028
"""The denominator of scale at zoom 0 of web maps, of pixels of 0.28 mm (OGC 05-077r4) and tiles of 512 pixels."""
SYMBOLS = {"PolygonSymbolizer", "LineSymbolizer", "PointSymbolizer", "TextSymbolizer", "RasterSymbolizer"}
COMPARISONS = {"PropertyIsEqualTo": "==", "PropertyIsNotEqualTo": "!=", "PropertyIsLessThan": "<", "PropertyIsLessThanOrEqualTo": "<=",
               "PropertyIsGreaterThan": ">", "PropertyIsGreaterThanOrEqualTo": ">="}
_LOGIC = {"And": "all", "Or": "any"}
_CALCULATED = {"Add": "+", "Sub": "-", "Mul": "*", "Div": "/"}
_LIKE = {"", "*", "%"}


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule: what it is for, between which zooms, and its symbols."""

    condition: Any
    otherwise: bool
    zooms: tuple[float | None, float | None]
    symbols: Sequence[Element]


def layers_of(root: Element, id: str, types: Mapping[str, str]) -> list[Json]:
    """Layers of a MapLibre style over one source named `id`, in the order in which an SLD paints.

    Args:
        types: of the Collection's properties, as `FieldType` names them; literals are read as these.

    Raises:
        ValueInvalid: names what of the SLD a MapLibre style cannot say.
    """
    reader = _Reader(types)
    found: list[Json] = []
    for sheet in root.iter(_tag("FeatureTypeStyle")):
        rules = [reader.rule(one) for one in sheet.findall(_tag("Rule"))]
        every = ["any", *(True if rule.condition is None else rule.condition for rule in rules if not rule.otherwise)]
        for rule in rules:
            condition = ["!", every] if rule.otherwise else rule.condition
            found += [{"id": "", "source": id, "source-layer": id} | _about(layer, condition, rule)
                      for symbol in rule.symbols for layer in reader.symbol(symbol)]
    return [layer | {"id": f"{id}-{number}"} for number, layer in enumerate(found, 1)]


def _about(layer: Json, condition: Any, rule: Rule) -> Json:
    tests = [test for test in (condition, layer.get("filter")) if test is not None]
    zooms = {name: round(zoom, 4) for name, zoom in zip(("minzoom", "maxzoom"), rule.zooms, strict=True) if zoom is not None}
    return layer | zooms | ({"filter": tests[0] if len(tests) == 1 else ["all", *tests]} if tests else {})


def _tag(name: str) -> str:
    return f"{{{SLD}}}{name}"


def _local(element: Element) -> str:
    return str(element.tag).rpartition("}")[2]


def cannot(what: str) -> ValueInvalid:
    """The error of an SLD that says more than a MapLibre style can."""
    return ValueInvalid(f"{what}: a MapLibre style cannot say this, nor a map draw it"[:300], field=what[:100],
                        remedy="use plain fills, strokes, marks, labels and colour maps, or put the style as MapLibre too")


class _Reader:
    """Reads rules and symbols of one Collection's SLD."""

    def __init__(self, types: Mapping[str, str]) -> None:
        self._types = types

    def rule(self, rule: Element) -> Rule:
        """A rule with its filter as an expression and its scales as zooms."""
        least, most = (_scale(rule.findtext(_tag(name))) for name in ("MaxScaleDenominator", "MinScaleDenominator"))
        given = rule.find(f"{{{OGC}}}Filter")
        condition = None if given is None else self._every([self.test(one) for one in given], "all")
        return Rule(condition, rule.find(_tag("ElseFilter")) is not None, (least, most), [one for one in rule if _local(one) in SYMBOLS])

    def test(self, said: Element) -> Any:
        """A test of a filter as an expression."""
        name, parts = _local(said), list(said)
        if name in _LOGIC:
            return self._every([self.test(one) for one in parts], _LOGIC[name])
        if name == "Not":
            return ["!", self.test(parts[0])]
        if name == "PropertyIsNull":
            return ["!", ["has", self._name(parts[0])]]
        if name in COMPARISONS and len(parts) == 2:
            return [COMPARISONS[name], *self._pair(parts)]
        if name == "PropertyIsBetween" and len(parts) == 3:
            value, low, high = parts
            return ["all", [">=", *self._pair([value, low[0]])], ["<=", *self._pair([value, high[0]])]]
        if name == "PropertyIsLike" and len(parts) == 2:
            return self._like(said, *parts)
        raise cannot(f"the filter {name}")

    def _every(self, tests: list[Any], join: str) -> Any:
        return tests[0] if len(tests) == 1 else [join, *tests]

    def _pair(self, parts: list[Element]) -> list[Any]:
        names = [self._name(one) for one in parts if _local(one) == "PropertyName"]
        kind = self._types.get(names[0], "") if names else ""
        return [self.value(one, kind) for one in parts]

    def value(self, said: Element, kind: str = "") -> Any:
        """A property, a literal or a sum of them as an expression."""
        name, text = _local(said), (said.text or "").strip()
        if name == "PropertyName":
            return ["get", self._name(said)]
        if name == "Literal":
            return _literal(text, kind)
        if name in _CALCULATED and len(said) == 2:
            return [_CALCULATED[name], *(self.value(one, "number") for one in said)]
        raise cannot(f"the expression {name}")

    def _name(self, said: Element) -> str:
        text = (said.text or "").strip()
        return text if text in self._types else text.rpartition(":")[2]

    def _like(self, said: Element, name: Element, literal: Element) -> Any:
        wild, text = said.get("wildCard", "*"), (literal.text or "").strip()
        single, escape = said.get("singleChar", ""), said.get("escape", said.get("escapeChar", ""))
        middle = text.strip(wild)
        if wild in middle or any(sign and sign in middle for sign in (single, escape)):
            raise cannot("the filter PropertyIsLike with a wild card inside")
        held = ["to-string", ["get", self._name(name)]]
        before, after = text.startswith(wild), text.endswith(wild)
        if before and after:
            return ["in", middle, held]
        if after:
            return ["==", ["slice", held, 0, len(middle)], middle]
        return ["==", ["slice", held, -len(middle)], middle] if before else ["==", held, middle]

    def symbol(self, said: Element) -> Iterator[Json]:
        """The layers of one symbol."""
        return _SYMBOLS[_local(said)](self, said)

    def polygon(self, said: Element) -> Iterator[Json]:
        """A fill, and a line around areas."""
        fill, stroke = said.find(_tag("Fill")), said.find(_tag("Stroke"))
        if fill is not None:
            css = self._css(fill, "fill")
            yield {"type": "fill", "paint": _kept({"fill-color": css.get("fill", "#808080"), "fill-opacity": css.get("fill-opacity")})}
        if stroke is not None:
            yield {"type": "line", "paint": self._line(stroke), "filter": ["==", ["geometry-type"], "Polygon"]}

    def stroke(self, said: Element) -> Iterator[Json]:
        """A line."""
        found = said.find(_tag("Stroke"))
        if found is not None:
            dashes = self._css(found, "stroke").get("stroke-dasharray")
            more = {"line-dasharray": [float(part) for part in str(dashes).replace(",", " ").split()]} if dashes else {}
            yield {"type": "line", "paint": self._line(found) | more}

    def point(self, said: Element) -> Iterator[Json]:
        """A dot; marks of every shape are dots."""
        graphic = said.find(_tag("Graphic"))
        if graphic is None:
            return
        mark = graphic.find(_tag("Mark"))
        if mark is None:
            raise cannot("a Graphic without a Mark")
        fill, stroke = mark.find(_tag("Fill")), mark.find(_tag("Stroke"))
        inside, around = ({} if one is None else self._css(one, kind) for one, kind in ((fill, "fill"), (stroke, "stroke")))
        size, opacity = self._parameter(graphic, "Size", 6.0), self._parameter(graphic, "Opacity", None)
        radius = size / 2 if isinstance(size, (int, float)) else ["/", size, 2]
        edge = {} if stroke is None else {"circle-stroke-color": around.get("stroke", "#000000"),
                                          "circle-stroke-width": around.get("stroke-width", 1.0),
                                          "circle-stroke-opacity": around.get("stroke-opacity")}
        yield {"type": "circle", "paint": _kept({"circle-color": inside.get("fill", "#808080"), "circle-radius": radius,
                                                "circle-opacity": inside.get("fill-opacity", opacity)} | edge)}

    def text(self, said: Element) -> Iterator[Json]:
        """A label with its halo."""
        font, fill, halo = (said.find(_tag(name)) for name in ("Font", "Fill", "Halo"))
        size = {} if font is None else self._css(font, "font")
        ink = {} if fill is None else self._css(fill, "fill")
        paint: Json = {"text-color": ink.get("fill", "#000000"), "text-opacity": ink.get("fill-opacity")}
        if halo is not None:
            around = halo.find(_tag("Fill"))
            css = {} if around is None else self._css(around, "fill")
            paint |= {"text-halo-color": css.get("fill", "#ffffff"), "text-halo-width": self._parameter(halo, "Radius", 1.0)}
        label = said.find(_tag("Label"))
        layout = {"text-field": "" if label is None else self._mixed(label), "text-size": size.get("font-size", 10.0)}
        yield {"type": "symbol", "layout": layout, "paint": _kept(paint)}

    def raster(self, said: Element) -> Iterator[Json]:
        """A coverage in its own colours or in those of a colour map."""
        opacity, ramp = self._parameter(said, "Opacity", None), said.find(_tag("ColorMap"))
        if ramp is None:
            yield {"type": "raster", "paint": _kept({"raster-opacity": opacity})}
        else:
            yield {"type": "color-relief", "paint": _kept({"color-relief-color": _ramp(ramp), "color-relief-opacity": opacity})}

    def _line(self, stroke: Element) -> Json:
        css = self._css(stroke, "stroke")
        return _kept({"line-color": css.get("stroke", "#000000"), "line-width": css.get("stroke-width", 1.0),
                      "line-opacity": css.get("stroke-opacity")})

    def _css(self, said: Element, kind: str) -> Json:
        if said.find(_tag("GraphicFill")) is not None or said.find(_tag("GraphicStroke")) is not None:
            raise cannot(f"a {kind} of pictures")
        return {str(one.get("name")): self._mixed(one) if one.get("name") in _WORDS else _as_number(self._mixed(one))
                for one in said.findall(_tag("CssParameter"))}

    def _parameter(self, said: Element, name: str, other: Any) -> Any:
        found = said.find(_tag(name))
        return other if found is None else _as_number(self._mixed(found))

    def _mixed(self, said: Element) -> Any:
        """Words and properties among each other."""
        words = _spaced(said.text)
        parts: list[Any] = [words.lstrip()] if words.strip() else []
        for one in said:
            held = self.value(one)
            parts.append(["to-string", held] if _local(one) == "PropertyName" and _local(said) == "Label" else held)
            parts += [_spaced(one.tail)] if _spaced(one.tail).strip() else []
        if parts and isinstance(parts[-1], str):
            parts[-1] = parts[-1].rstrip()
        return parts[0] if len(parts) == 1 else ["concat", *parts] if parts else ""


_WORDS = {"fill", "stroke", "font-family", "font-style", "font-weight", "stroke-dasharray", "stroke-linejoin", "stroke-linecap"}
_SYMBOLS: dict[str, Callable[[_Reader, Element], Iterator[Json]]] = {
    "PolygonSymbolizer": _Reader.polygon, "LineSymbolizer": _Reader.stroke, "PointSymbolizer": _Reader.point,
    "TextSymbolizer": _Reader.text, "RasterSymbolizer": _Reader.raster}


def _spaced(text: str | None) -> str:
    """Text with a single space for each run of them, which is all that the layout of an XML document means."""
    return re.sub(r"\s+", " ", text or "")


def _kept(paint: Json) -> Json:
    return {name: value for name, value in paint.items() if value is not None}


def _as_number(value: Any) -> Any:
    try:
        return float(value) if isinstance(value, str) else value
    except ValueError:
        raise cannot(f"the number '{value}'") from None


def _literal(text: str, kind: str) -> Any:
    if kind == "boolean":
        return text.lower() in ("true", "1")
    if kind not in ("", "number", "integer"):
        return text
    try:
        value = float(text)
    except ValueError:
        return text
    return int(value) if value.is_integer() and "." not in text else value if math.isfinite(value) else text


def _scale(text: str | None) -> float | None:
    if text is None:
        return None
    value = _as_number(text.strip())
    if not 0 < value < math.inf:
        raise cannot(f"the scale {text}")
    return math.log2(SCALE_AT_0 / value)


def _ramp(said: Element) -> list[Any]:
    """Colours of values: mixed in between, or in steps where `type` is `intervals` (each value is the end of its step)."""
    kind = said.get("type", "ramp")
    if kind not in ("ramp", "intervals"):
        raise cannot(f"a ColorMap of type {kind}")
    entries = [(_as_number(one.get("quantity", "")), _css_colour(one)) for one in said.findall(_tag("ColorMapEntry"))]
    if not entries:
        raise cannot("a ColorMap without entries")
    if kind == "ramp":
        return ["interpolate", ["linear"], ["elevation"], *(part for entry in entries for part in entry)]
    values, colours = [value for value, _ in entries], [*(colour for _, colour in entries), "rgba(0,0,0,0)"]
    return ["step", ["elevation"], colours[0], *(part for pair in zip(values, colours[1:], strict=True) for part in pair)]


def _css_colour(entry: Element) -> str:
    text, opacity = entry.get("color", "#000000"), float(entry.get("opacity", "1"))
    if opacity == 1:
        return text
    number = text.lstrip("#")
    red, green, blue = (int(number[at:at + 2], 16) for at in (0, 2, 4))
    return f"rgba({red},{green},{blue},{opacity:g})"
