"""Specs: the functions that filters may use beside those of CQL2, with their arguments and units."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Argument:
    """One argument: its name, CQL2 types, what it is, and whether it may be left out."""

    title: str
    types: tuple[str, ...]
    description: str
    optional: bool = False


@dataclass(frozen=True, slots=True)
class Spec:
    """A function that says of a Feature whether it is so.

    Attributes:
        top: it stands only among the conditions that are joined by AND outermost.
    """

    name: str
    description: str
    arguments: tuple[Argument, ...]
    top: bool = False

    @property
    def least(self) -> int:
        """How many arguments there are at least."""
        return sum(not argument.optional for argument in self.arguments)


_FEATURE = "the id or tag of a Feature of the same Collection or an Asset, or a point: POINT Z(longitude latitude level), HKPD metres"
_PLACE = Argument("place", ("string", "geometry"), _FEATURE)
_NAME = Argument("name", ("string",), "its id, GlobalId or name")
_METRES = Argument("metres", ("number",), "in space, from box to box")

SPECS = {spec.name: spec for spec in (
    Spec("near", "Whether a Feature is within a distance of a place: NEAR('T1-PMP-0007', 50), "
         "or NEAR(geometry, POINT Z(114.2 22.3 5.5), 50).",
         (_PLACE, _METRES)),
    Spec("nearest_to", "Whether a Feature is one of the nearest that fulfil all other conditions.",
         (_PLACE, Argument("count", ("integer",), "how many, 1 to 1000")), top=True),
    Spec("along", "Whether a Feature is within a distance of a line, seen from above; "
         "where the line has heights, also within it in height.",
         (Argument("line", ("geometry",), "LINESTRING or LINESTRING Z, levels in HKPD metres"),
          Argument("metres", ("number",), "to each side"))),
    Spec("sees", "Whether nothing stands between a place and the middle of a Feature: elements hide what is behind them, glass does not.",
         (_PLACE, Argument("metres", ("number",), "how far one looks, up to 200")), top=True),
    Spec("in_storey", "Whether a Feature is on a storey.", (_NAME,)),
    Spec("in_space", "Whether a Feature is in a space.", (_NAME,)),
    Spec("in_building", "Whether a Feature is in a building.", (_NAME,)),
    Spec("in_zone", "Whether a Feature, or the space that it is in, belongs to a zone.", (_NAME,)),
    Spec("in_lot", "Whether a Feature meets the area of a lot of the layer lots.", (_NAME,)),
    Spec("in_place", "Whether an Asset is at a location of the register or below it.", (_NAME,)),
    Spec("inside", "Whether a Feature meets the area of a Feature of another Collection, such as a lot or a district.",
         (Argument("collection", ("string",), "id of the Collection"), Argument("feature", ("string",), "id of the Feature"))),
    Spec("same_system", "Whether a Feature shares a system with another.", (Argument("feature", ("string",), "its id or tag"),)),
    Spec("has_finding", "Whether checks of its model found something about a Feature.",
         (Argument("severity", ("string",), "error, warning or note", optional=True),)),
    Spec("says", "Whether all words occur in the full text of a Feature: SAYS('水泵'), traditional or simplified, as the parameter q.",
         (Argument("words", ("string",), "words in any language"),), top=True),
    Spec("selected", "Whether IfcOpenShell's selector syntax selects a Feature: SELECTED('IfcPump, Pset_Duty.Duty=standby').",
         (Argument("selector", ("string",), "classes, GlobalIds, attributes, properties, location, system ..."),)),
)}
_CALLS = re.compile(r"\b(" + "|".join(SPECS) + r")\b", re.IGNORECASE)


def mentions(text: str) -> bool:
    """Whether a filter, as text, may use one of the functions."""
    return _CALLS.search(text) is not None


def described() -> list[dict[str, Any]]:
    """Each function as OGC API - Features Part 3 describes functions."""
    return [{"name": spec.name, "description": spec.description, "returns": ["boolean"],
             "arguments": [{"title": one.title, "description": one.description, "type": list(one.types)} for one in spec.arguments]}
            for spec in SPECS.values()]
