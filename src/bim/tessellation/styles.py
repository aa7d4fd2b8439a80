"""Styles: which colour an item or a product has, as surface styles and materials say it."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from bim.tessellation.body import Refused
from bim.tessellation.instances import Ref, Typed
from bim.tessellation.source import Source

_RESULTS = ("IFCBOOLEANRESULT", "IFCBOOLEANCLIPPINGRESULT")
_GREY = 0.8


@dataclass(frozen=True, slots=True)
class Style:
    """A name and red, green, blue, opacity, each 0 to 1."""

    name: str
    rgba: tuple[float, float, float, float]


class Styles:
    """Styles of one file, looked up by item and by product."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self._known: dict[int, Style | None] = {}

    def of_item(self, item: int) -> Style | None:
        """The style on an item; that of its first operand where a boolean result has none."""
        for _ in range(1000):
            if item in self._styled:
                return self._first(self._styled[item])
            if self._source.class_of(item) not in _RESULTS:
                return None
            operand = self._source.args(item)[1]
            if not isinstance(operand, Ref):
                return None
            item = int(operand)
        return None

    def of_product(self, product: int) -> Style | None:
        """The style of the product's one material, or of its type's; None where it has none or several."""
        material = self._materials.get(product) or self._materials.get(self._types.get(product, 0))
        return self._of_material(material) if material else None

    def of_instance(self, style: int) -> Style | None:
        """A surface style by its id; None where it gives no colour."""
        if style not in self._known:
            try:
                self._known[style] = self._surface(style)
            except (Refused, TypeError, ValueError, IndexError, KeyError):
                self._known[style] = None
        return self._known[style]

    @cached_property
    def _styled(self) -> dict[int, list[Any]]:
        found: dict[int, list[Any]] = {}
        for id in self._source.instances.of("IFCSTYLEDITEM"):
            item, styles = self._source.args(id)[:2]
            if isinstance(item, Ref) and isinstance(styles, list):
                found.setdefault(int(item), styles)
        return found

    @cached_property
    def _types(self) -> dict[int, int]:
        return {product: kind for kind, product in self._related("IFCRELDEFINESBYTYPE")}

    @cached_property
    def _materials(self) -> dict[int, int]:
        return {product: material for material, product in self._related("IFCRELASSOCIATESMATERIAL")}

    def _related(self, relation: str) -> Iterator[tuple[int, int]]:
        """(relating, related) of an objectified relation whose related objects come before the relating one."""
        for id in self._source.instances.of(relation):
            args = self._source.args(id)
            if len(args) > 5 and isinstance(args[4], list) and isinstance(args[5], Ref):
                for related in args[4]:
                    yield int(args[5]), int(related)

    @cached_property
    def _of_materials(self) -> dict[int, int]:
        """Material -> its definition representation."""
        found = {}
        for id in self._source.instances.of("IFCMATERIALDEFINITIONREPRESENTATION"):
            args = self._source.args(id)
            if len(args) > 3 and isinstance(args[3], Ref):
                found[int(args[3])] = id
        return found

    def _of_material(self, material: int) -> Style | None:
        single = self._single(material)
        definition = self._of_materials.get(single or 0)
        if definition is None:
            return None
        for representation in self._source.args(definition)[2] or []:
            for item in self._source.args(representation)[3] or []:
                if self._source.class_of(item) == "IFCSTYLEDITEM" and (style := self._first(self._source.args(item)[1])) is not None:
                    return style
        return None

    def _single(self, material: int) -> int | None:
        """The material where there is one only: itself, or that of a set with one member."""
        source = self._source
        for _ in range(4):
            kind = source.class_of(material)
            if kind == "IFCMATERIAL":
                return material
            args = source.args(material)
            inner: Any = None
            if kind in ("IFCMATERIALLAYERSETUSAGE", "IFCMATERIALPROFILESETUSAGE"):
                inner = args[0]
            elif kind in ("IFCMATERIALLAYERSET", "IFCMATERIALLIST") and len(args[0] or []) == 1:
                inner = args[0][0]
            elif kind == "IFCMATERIALLAYER":
                inner = args[0]
            elif kind == "IFCMATERIALPROFILESET" and len(args[2] or []) == 1:
                inner = args[2][0]
            elif kind == "IFCMATERIALPROFILE":
                inner = args[2]
            if not isinstance(inner, Ref):
                return None
            material = int(inner)
        return None

    def _first(self, styles: Any) -> Style | None:
        """The first surface style of a list, assignments of IFC2X3 opened."""
        for style in styles if isinstance(styles, list) else []:
            kind = self._source.class_of(style)
            if kind == "IFCPRESENTATIONSTYLEASSIGNMENT":
                found = self._first(self._source.args(style)[0])
            else:
                found = self.of_instance(int(style)) if kind == "IFCSURFACESTYLE" else None
            if found is not None:
                return found
        return None

    def _surface(self, id: int) -> Style | None:
        name, _side, parts = self._source.args(id)[:3]
        for part in parts or []:
            kind = self._source.class_of(part)
            if kind in ("IFCSURFACESTYLERENDERING", "IFCSURFACESTYLESHADING"):
                args = self._source.args(part)
                transparency = args[1] if len(args) > 1 else None
                diffuse = args[2] if kind.endswith("RENDERING") and len(args) > 2 else None
                return Style(str(name or ""), (*self._colour(args[0], diffuse), _opacity(transparency)))
        return None

    def _colour(self, surface: Any, diffuse: Any) -> tuple[float, float, float]:
        """The diffuse colour: stated, or a share of the surface colour, or that colour."""
        given = diffuse if isinstance(diffuse, Ref) else surface
        share = float(diffuse.value) if isinstance(diffuse, Typed) else 1.0
        _name, *parts = self._source.args(int(given))
        red, green, blue = (_unit(part) for part in parts[:3])
        return red * share, green * share, blue * share


def _unit(value: Any) -> float:
    return min(max(float(value), 0.0), 1.0) if isinstance(value, int | float) and math.isfinite(value) else _GREY


def _opacity(transparency: Any) -> float:
    return 1.0 - _unit(transparency) if isinstance(transparency, int | float) else 1.0
