"""Shapes of a sample model: profiles, solids, mapped shapes, colours. All lengths are metres."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

from sample_models.ifc_step import Ref, enum
from sample_models.ifc_writer import Model, Vector
from sample_models.layout import Point

Z: Vector = (0.0, 0.0, 1.0)
COLOURS: dict[str, tuple[float, float, float, float]] = {
    "concrete": (0.72, 0.71, 0.69, 0.0),
    "plaster": (0.93, 0.92, 0.89, 0.0),
    "glass": (0.55, 0.75, 0.85, 0.6),
    "aluminium": (0.75, 0.77, 0.80, 0.0),
    "roof": (0.86, 0.88, 0.90, 0.0),
    "steel": (0.45, 0.52, 0.60, 0.0),
    "timber": (0.66, 0.49, 0.32, 0.0),
    "space": (0.45, 0.65, 0.95, 0.85),
    "door": (0.35, 0.45, 0.55, 0.0),
    "stair": (0.60, 0.60, 0.62, 0.0),
    "transport": (0.30, 0.32, 0.36, 0.0),
    "furniture": (0.20, 0.38, 0.55, 0.0),
    "bridge": (0.90, 0.90, 0.93, 0.0),
    "duct": (0.62, 0.72, 0.78, 0.0),
    "chilled supply": (0.10, 0.35, 0.80, 0.0),
    "chilled return": (0.45, 0.65, 0.95, 0.0),
    "equipment": (0.25, 0.50, 0.45, 0.0),
    "electrical": (0.90, 0.65, 0.15, 0.0),
    "light": (1.0, 0.97, 0.80, 0.0),
    "valve": (0.80, 0.15, 0.15, 0.0),
    "asphalt": (0.28, 0.28, 0.29, 0.0),
    "marking": (0.95, 0.80, 0.15, 0.0),
}
"""Red, green, blue and transparency by name."""


class Shapes:
    """Writes shapes into one model; what is equal is written once."""

    def __init__(self, model: Model) -> None:
        self.model = model
        self._styles: dict[str, Ref] = {}
        self._maps: dict[object, Ref] = {}

    # --- profiles ---------------------------------------------------------------------------------------------

    def rectangle(self, x: float, y: float) -> Ref:
        """Rectangle about its centre."""
        m = self.model
        return m.shared("IFCRECTANGLEPROFILEDEF", enum("AREA"), None, self._centred(), m.length(x), m.length(y))

    def hollow(self, x: float, y: float, wall: float, fillet: float | None = None) -> Ref:
        """Rectangular hollow section about its centre, `fillet` its outer corner radius."""
        m = self.model
        outer = None if fillet is None else m.length(fillet)
        inner = None if fillet is None else m.length(fillet - wall)
        return m.shared("IFCRECTANGLEHOLLOWPROFILEDEF", enum("AREA"), None, self._centred(), m.length(x), m.length(y),
                        m.length(wall), inner, outer)  # fmt: skip

    def circle(self, radius: float) -> Ref:
        """Full circle."""
        m = self.model
        return m.shared("IFCCIRCLEPROFILEDEF", enum("AREA"), None, self._centred(), m.length(radius))

    def i_shape(self, width: float, depth: float, web: float, flange: float) -> Ref:
        """I section about its centre, flanges along x."""
        m = self.model
        more = () if m.schema == "IFC2X3" else (None, None)
        return m.shared("IFCISHAPEPROFILEDEF", enum("AREA"), None, self._centred(), m.length(width), m.length(depth),
                        m.length(web), m.length(flange), None, *more)  # fmt: skip

    def polygon(self, ring: Sequence[Point], holes: Iterable[Sequence[Point]] = ()) -> Ref:
        """Polygon with holes; rings are not closed."""
        inner = [self._polyline(hole) for hole in holes]
        if not inner:
            return self.model.shared("IFCARBITRARYCLOSEDPROFILEDEF", enum("AREA"), None, self._polyline(ring))
        return self.model.shared("IFCARBITRARYPROFILEDEFWITHVOIDS", enum("AREA"), None, self._polyline(ring), inner)

    def _polyline(self, ring: Sequence[Point]) -> Ref:
        return self.model.shared("IFCPOLYLINE", [self.model.point(*p) for p in (*ring, ring[0])])

    def _centred(self) -> Ref:
        return self.model.shared("IFCAXIS2PLACEMENT2D", self.model.point(0.0, 0.0), None)

    # --- solids -----------------------------------------------------------------------------------------------

    def extrude(
        self, profile: Ref, depth: float, at: Vector = (0.0, 0.0, 0.0), z: Vector | None = None,
        x: Vector | None = None, colour: str | None = None,
    ) -> Ref:  # fmt: skip
        """Extrusion along its own z from a placement in the shape's frame."""
        m = self.model
        solid = m.add("IFCEXTRUDEDAREASOLID", profile, m.axes(at, z, x), m.direction(*Z), m.length(depth))
        return self.paint(solid, colour)

    def box(self, size: Vector, at: Vector = (0.0, 0.0, 0.0), colour: str | None = None) -> Ref:
        """Box of `size` standing on the point `at`, the middle of its base."""
        return self.extrude(self.rectangle(size[0], size[1]), size[2], at, colour=colour)

    def brep(self, points: Sequence[Vector], faces: Sequence[Sequence[int]], colour: str | None = None) -> Ref:
        """Closed polyhedron: faces are 0-based rings, counter-clockwise seen from outside."""
        m = self.model
        if m.schema == "IFC2X3":
            return self.paint(self._faceted(points, faces), colour)
        coordinates = [tuple(m.length(c) for c in p) for p in points]
        more = (None,) if m.schema == "IFC4X3_ADD2" else ()
        listed = m.add("IFCCARTESIANPOINTLIST3D", coordinates, *more)
        rings = [m.add("IFCINDEXEDPOLYGONALFACE", [i + 1 for i in face]) for face in faces]
        return self.paint(m.add("IFCPOLYGONALFACESET", listed, True, rings, None), colour)

    def _faceted(self, points: Sequence[Vector], faces: Sequence[Sequence[int]]) -> Ref:
        m = self.model
        refs = [m.point(*p) for p in points]
        made = []
        for face in faces:
            loop = m.add("IFCPOLYLOOP", [refs[i] for i in face])
            made.append(m.add("IFCFACE", [m.add("IFCFACEOUTERBOUND", loop, True)]))
        return m.add("IFCFACETEDBREP", m.add("IFCCLOSEDSHELL", made))

    def pipe(self, start: Vector, end: Vector, radius: float, colour: str | None = None) -> Ref:
        """Cylinder between two points."""
        dx, dy, dz = (b - a for a, b in zip(start, end, strict=True))
        span = math.sqrt(dx * dx + dy * dy + dz * dz)
        z = (dx / span, dy / span, dz / span)
        x = (0.0, 1.0, 0.0) if abs(z[2]) > 0.99 or abs(z[0]) > 0.99 else (0.0, 0.0, 1.0)
        return self.extrude(self.circle(radius), span, start, z, x, colour)

    # --- representations --------------------------------------------------------------------------------------

    def product(self, *items: Ref, kind: str = "SweptSolid") -> Ref:
        """IfcProductDefinitionShape with one body."""
        return self.shape(self.body(*items, kind=kind))

    def body(self, *items: Ref, kind: str = "SweptSolid") -> Ref:
        """The body representation."""
        return self.model.add("IFCSHAPEREPRESENTATION", self.model.body, "Body", kind, list(items))

    def shape(self, *representations: Ref) -> Ref:
        """IfcProductDefinitionShape of representations."""
        return self.model.add("IFCPRODUCTDEFINITIONSHAPE", None, None, list(representations))

    def map(self, *items: Ref, kind: str = "SweptSolid") -> Ref:
        """IfcRepresentationMap to be placed many times."""
        return self.model.add("IFCREPRESENTATIONMAP", self.model.axes((0.0, 0.0, 0.0)), self.body(*items, kind=kind))

    def mapped(self, source: Ref) -> Ref:
        """IfcProductDefinitionShape that places a map where the product is."""
        m = self.model
        target = m.shared("IFCCARTESIANTRANSFORMATIONOPERATOR3D", None, None, m.point(0.0, 0.0, 0.0), None, None)
        item = m.add("IFCMAPPEDITEM", source, target)
        return self.product(item, kind="MappedRepresentation")

    def box_map(self, size: Vector, colour: str) -> Ref:
        """The map of one box standing on its origin; the same box is written once."""
        key = ("box", size, colour)
        if key not in self._maps:
            self._maps[key] = self.map(self.box(size, colour=colour))
        return self._maps[key]

    # --- colours ----------------------------------------------------------------------------------------------

    def paint(self, item: Ref, colour: str | None) -> Ref:
        """Styles the item with a named colour and returns it."""
        if colour is not None:
            self.model.add("IFCSTYLEDITEM", item, [self._style(colour)], None)
        return item

    def _style(self, colour: str) -> Ref:
        if colour not in self._styles:
            self._styles[colour] = self._new_style(colour)
        return self._styles[colour]

    def _new_style(self, colour: str) -> Ref:
        m = self.model
        red, green, blue, transparency = COLOURS[colour]
        rgb = m.add("IFCCOLOURRGB", None, red, green, blue)
        shading = m.add("IFCSURFACESTYLERENDERING", rgb, transparency, None, None, None, None, None, None, enum("FLAT"))
        style = m.add("IFCSURFACESTYLE", colour, enum("BOTH"), [shading])
        return m.add("IFCPRESENTATIONSTYLEASSIGNMENT", [style]) if m.schema == "IFC2X3" else style
