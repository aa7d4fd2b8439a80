"""MapLibre styles as layers to draw: areas, lines, dots and letters of Features, and colours of the values of coverages."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from csdi.coverages.drawing import Colour, Kind, Layer, Mark
from csdi.coverages.look import Ramp
from csdi.errors import ValueInvalid
from ogc_api.expressions import Expressions, Reading, colour, text_of

Json = dict[str, Any]
_KINDS: dict[str, Kind] = {"fill": "fill", "fill-extrusion": "fill", "line": "line", "circle": "circle", "symbol": "symbol"}
"""What layers are drawn as; what has a height is drawn as it lies on the ground."""
_BLACK: Colour = (0.0, 0.0, 0.0, 1.0)
_DRAWN = "a map draws layers of fill, line, circle, symbol, fill-extrusion, raster and color-relief"


@dataclass(frozen=True, slots=True)
class RasterLook:
    """How a coverage is drawn.

    Attributes:
        ramp: colours of its values; None for those that it has by itself.
        opacity: 0 to 1.
    """

    ramp: Ramp | None = None
    opacity: float = 1.0


def drawn_layers(style: Json, id: str) -> list[Layer]:
    """The layers of a style that draw the Features of this Collection.

    Raises:
        ValueInvalid: there are none, or one cannot be read; names the layer and the property.
    """
    chosen = [layer for layer in _of(style, id) if layer["type"] in _KINDS]
    if not chosen:
        raise ValueInvalid(f"the style has no layer that draws Features of '{id}'", field="layers", remedy=_DRAWN)
    return [_layer(one) for one in chosen if _property(one, "layout", "visibility", "visible") != "none"]


def raster_look(style: Json, id: str) -> RasterLook:
    """How the style draws the values of this coverage. Raises ValueInvalid as `drawn_layers`."""
    chosen = [layer for layer in _of(style, id) if layer["type"] in ("raster", "color-relief")]
    if not chosen:
        raise ValueInvalid(f"the style has no layer that draws the coverage '{id}'", field="layers", remedy=_DRAWN)
    opacity, ramp = 1.0, None
    for one in chosen:
        kind = one["type"]
        opacity = _number(_compiled(one, Expressions(f"{one['id']}.{kind}-opacity"), "paint", f"{kind}-opacity", 1.0)({}, 0.0), 1.0)
        said = _property(one, "paint", "color-relief-color", None)
        ramp = ramp if said is None else ramp_of(said, f"{one['id']}.color-relief-color")
    return RasterLook(ramp, min(max(opacity, 0.0), 1.0))


def ramp_of(said: Any, where: str) -> Ramp:
    """The colours of an expression over `["elevation"]`: interpolated linearly, or in steps. Raises ValueInvalid."""
    wrong = ValueInvalid(f"{where}: no colours of values", field=where,
                         remedy='["interpolate", ["linear"], ["elevation"], value, colour, ...], or step with one colour more')
    if not isinstance(said, list) or len(said) < 3:
        raise wrong
    steps = said[0] == "step" and said[1] == ["elevation"]
    if not steps and said[:3] != ["interpolate", ["linear"], ["elevation"]]:
        raise wrong
    flat = said[3:]
    numbers = [stop for stop in flat[::2] if isinstance(stop, (int, float)) and not isinstance(stop, bool)]
    colours = [colour(value) for value in ([said[2]] if steps else []) + flat[1::2]]
    known = [one for one in colours if one is not None]
    rising = sorted(set(numbers)) == numbers
    if not numbers or len(numbers) * 2 != len(flat) or len(known) != len(colours) or not rising:
        raise wrong
    return Ramp(tuple(map(float, numbers)), tuple(known), steps)


def _of(style: Json, id: str) -> list[Json]:
    """The layers that speak of a Collection: those from its tiles, where any are; else all."""
    layers: list[Json] = style["layers"]
    own = [layer for layer in layers if layer.get("source-layer") == id]
    return own or layers


def _property(layer: Json, group: str, name: str, other: Any) -> Any:
    held = layer.get(group)
    found = held.get(name) if isinstance(held, Mapping) else None
    return other if found is None else found


def _compiled(layer: Json, expressions: Expressions, group: str, name: str, other: Any) -> Reading:
    expressions.where = f"{layer['id']}.{name}"
    return expressions.reading(_property(layer, group, name, other))


def _layer(layer: Json) -> Layer:
    kind, said = _KINDS[layer["type"]], Expressions(f"{layer['id']}.filter")
    condition = said.condition(layer["filter"]) if layer.get("filter") is not None else None
    paint = _Paint(layer, said)
    mark = {"fill": paint.area, "line": paint.line, "circle": paint.dot, "symbol": paint.letters}[kind]()
    least, most = (_number(layer.get(name), other) for name, other in (("minzoom", -100.0), ("maxzoom", 100.0)))

    def made(one: Mapping[str, Any], zoom: float) -> Mark | None:
        return mark(one, zoom) if least <= zoom < most and (condition is None or condition(one, zoom)) else None
    return Layer(kind, made, frozenset(said.fields))


class _Paint:
    """Reads how a layer paints."""

    def __init__(self, layer: Json, expressions: Expressions) -> None:
        self._layer, self._said = layer, expressions

    def area(self) -> Any:
        """Areas with an edge of a pixel."""
        kind = self._layer["type"]
        fill, edge = self._read(f"{kind}-color", _BLACK), self._read("fill-outline-color", None)
        opacity = self._read(f"{kind}-opacity", 1.0)

        def mark(one: Mapping[str, Any], zoom: float) -> Mark:
            share = _number(opacity(one, zoom), 1.0)
            outline = edge(one, zoom)
            return Mark(_faded(fill(one, zoom), share), edge=None if outline is None else _faded(outline, share))
        return mark

    def line(self) -> Any:
        """Lines, and the outlines of areas."""
        stroke, width, opacity = self._read("line-color", _BLACK), self._read("line-width", 1.0), self._read("line-opacity", 1.0)
        return lambda one, zoom: Mark(_faded(stroke(one, zoom), _number(opacity(one, zoom), 1.0)), _number(width(one, zoom), 1.0))

    def dot(self) -> Any:
        """Dots with an edge."""
        fill, radius, opacity = self._read("circle-color", _BLACK), self._read("circle-radius", 5.0), self._read("circle-opacity", 1.0)
        edge, edge_size = self._read("circle-stroke-color", _BLACK), self._read("circle-stroke-width", 0.0)
        edge_opacity = self._read("circle-stroke-opacity", 1.0)

        def mark(one: Mapping[str, Any], zoom: float) -> Mark:
            outline = _faded(edge(one, zoom), _number(edge_opacity(one, zoom), 1.0))
            return Mark(_faded(fill(one, zoom), _number(opacity(one, zoom), 1.0)), _number(radius(one, zoom), 5.0), outline,
                        _number(edge_size(one, zoom), 0.0))
        return mark

    def letters(self) -> Any:
        """Texts with a halo; pictures are not drawn."""
        text, size = self._read("text-field", "", "layout"), self._read("text-size", 16.0, "layout")
        ink, opacity = self._read("text-color", _BLACK), self._read("text-opacity", 1.0)
        halo, halo_size = self._read("text-halo-color", (0.0, 0.0, 0.0, 0.0)), self._read("text-halo-width", 0.0)

        def mark(one: Mapping[str, Any], zoom: float) -> Mark:
            share = _number(opacity(one, zoom), 1.0)
            return Mark(_faded(ink(one, zoom), share), _number(size(one, zoom), 16.0), _faded(halo(one, zoom), share),
                        _number(halo_size(one, zoom), 0.0), text_of(text(one, zoom)))
        return mark

    def _read(self, name: str, other: Any, group: str = "paint") -> Reading:
        said = _property(self._layer, group, name, other)
        if name == "text-field" and isinstance(said, str):
            said = tokens(said)
        self._said.where = f"{self._layer['id']}.{name}"
        return self._said.reading(said)


def tokens(text: str) -> Any:
    """`{name} text` of the older styles as an expression."""
    parts: list[Any] = []
    while text:
        before, opened, rest = text.partition("{")
        name, closed, after = rest.partition("}")
        if not opened or not closed:
            parts.append(text)
            break
        parts += ([before] if before else []) + [["to-string", ["get", name]]]
        text = after
    return parts[0] if len(parts) == 1 else ["concat", *parts] if parts else ""


def _number(value: Any, other: float) -> float:
    return float(value) if isinstance(value, (int, float)) and not isinstance(value, bool) and value == value else other


def _faded(value: Any, opacity: float) -> Colour:
    red, green, blue, own = colour(value) or _BLACK
    return (red, green, blue, min(max(own * opacity, 0.0), 1.0))
