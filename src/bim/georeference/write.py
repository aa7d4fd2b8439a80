"""Writing a resolved place back: the map conversion and its CRS as text, every other statement byte for byte as it was."""

from __future__ import annotations

import math
import os
import re
import tempfile
import uuid
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import ifcopenshell.guid
import numpy as np

from bim import step
from bim.georeference.resolve import Georeference
from bim.ifc import Entity, Model, value_of
from bim.units import project_units
from csdi.crs import crs
from csdi.errors import FileBroken, ValueInvalid

_DEFINITION = re.compile(rb"(?:\s*/\*.*?\*/)*+\s*#(\d+)\s*=\s*", re.DOTALL)
_END_OF_DATA = re.compile(rb"ENDSEC\s*;\s*END-ISO-10303-21\s*;\s*$")
_SETS = ("epsetmapconversion", "epsetprojectedcrs")
_SIMILAR = 1e-9


@dataclass(slots=True)
class _Edit:
    """What changes in a text: statements by instance id (None: taken out), and new ones at the end."""

    next_id: int
    changed: dict[int, str | None] = field(default_factory=dict)
    added: list[str] = field(default_factory=list)

    def add(self, statement: str) -> int:
        number, self.next_id = self.next_id, self.next_id + 1
        self.added.append(f"#{number}={statement};")
        return number


def write_back(source: Path, target: Path, model: Model, place: Georeference) -> None:
    """Writes the file at `source` to `target` with the resolved place as its only coordinate operation.

    IFC4 and later get one IfcMapConversion for each context and one IfcProjectedCRS; IFC2X3 the property sets
    `ePSet_MapConversion` and `ePSet_ProjectedCRS` on the project (buildingSMART, User Guide for Geo-referencing in IFC).
    `target` appears whole or not at all.

    Args:
        model: opened from `source`; the ids are those of the text.
        place: resolved from `model`.

    Raises:
        ValueInvalid: the model has no place, or one that a map conversion cannot say; `target` is the source.
        FileBroken: the text has no end of data.
    """
    if not place.placed:
        raise ValueInvalid(f"{model.name} has no place that could be written", field="georeference",
                           remedy="see the candidates, and name a witness with --witness")
    if not place.crs.startswith("EPSG:"):
        raise ValueInvalid(f"{model.name}: its CRS has no EPSG code, so that its operation stays as it is", field="crs",
                           value=place.crs[:80], remedy="keep the file; its well-known text says the CRS already")
    if target.exists() and source.exists() and target.samefile(source):
        raise ValueInvalid("the file itself is not overwritten", field="write", value=str(target), remedy="name another file")
    edit = _Edit(max((int(e.id()) for e in model.file), default=0) + 1)
    conversion = _Conversion.of(place, project_units(model).length)
    if model.schema == "IFC2X3":
        _property_sets(model, edit, conversion, place)
    else:
        _operations(model, edit, conversion, place)
    text = _edited(source.read_bytes(), edit, model.name)
    with tempfile.NamedTemporaryFile(dir=target.parent, prefix=f".{target.name}.", delete=False) as draft:
        draft.write(text)
    os.replace(draft.name, target)


@dataclass(frozen=True, slots=True)
class _Conversion:
    """The numbers of a map conversion in the unit of the CRS, `unit_m` metres."""

    eastings: float
    northings: float
    height: float
    abscissa: float
    ordinate: float
    scale: float
    factors: tuple[float, float, float]
    unit_m: float

    @classmethod
    def of(cls, place: Georeference, project_unit_m: float) -> _Conversion:
        unit_m = crs(place.crs).unit_to_metre
        axes = place.affine[:3, :3]
        lengths = np.linalg.norm(axes, axis=0)
        angle = axes / lengths
        upright = abs(angle[2, 2] - 1.0) < _SIMILAR and np.abs(angle.T @ angle - np.eye(3)).max() < 1e-6 and np.linalg.det(angle) > 0
        if not upright:
            raise ValueInvalid("this place is tilted or mirrored; a map conversion cannot say it", field="affine",
                               remedy="correct the placements in the model")
        factors = tuple(float(length / lengths[0]) for length in lengths)
        e, n, h = (float(v) / unit_m for v in place.affine[:3, 3])
        return cls(e, n, h, float(angle[0, 0]), float(angle[1, 0]), float(lengths[0]) * project_unit_m / unit_m,
                   (1.0, factors[1], factors[2]), unit_m)

    @property
    def is_similarity(self) -> bool:
        return all(abs(factor - 1.0) < _SIMILAR for factor in self.factors)

    @property
    def values(self) -> list[str]:
        """Eastings, Northings, OrthogonalHeight, XAxisAbscissa, XAxisOrdinate, Scale."""
        return [real(v) for v in (self.eastings, self.northings, self.height, self.abscissa, self.ordinate, self.scale)]


def real(value: float) -> str:
    """A STEP real (ISO 10303-21, 6.4.2) of 15 significant digits: 1e-9 m in eastings and northings.

    >>> real(812000.0), real(1e-05), real(0.945518576)
    ('812000.', '1.E-05', '0.945518576')
    """
    if value == 0:
        return "0."
    mantissa, _, exponent = f"{value:.15g}".partition("e")
    return (mantissa if "." in mantissa else f"{mantissa}.") + (f"E{exponent}" if exponent else "")


def _operations(model: Model, edit: _Edit, conversion: _Conversion, place: Georeference) -> None:
    contexts = [c for c in model.of("IfcGeometricRepresentationContext") if not c.is_a("IfcGeometricRepresentationSubContext")]
    if not contexts:
        raise ValueInvalid(f"{model.name} has no representation context to place", field="georeference", remedy="export it again")
    references = model.of("IfcCoordinateReferenceSystem")
    unit = _unit(edit, conversion.unit_m)
    vertical = f"'{place.vertical_crs}'" if place.vertical_crs else "$"
    statement = f"IFCPROJECTEDCRS('{place.crs}',{_string(crs(place.crs).name)},$,{vertical},$,$,#{unit})"
    target = references[0].id() if references else edit.add(statement)
    if references:
        edit.changed[target] = statement
    for extra in (*references[1:], *model.of("IfcWellKnownText")):
        edit.changed[extra.id()] = None
    for context in contexts:
        _operation(model, edit, context, target, conversion)


def _operation(model: Model, edit: _Edit, context: Entity, target: int, conversion: _Conversion) -> None:
    values = ",".join([f"#{context.id()}", f"#{target}", *conversion.values])
    if conversion.is_similarity:
        statement = f"IFCMAPCONVERSION({values})"
    elif model.schema.startswith("IFC4X3"):
        statement = f"IFCMAPCONVERSIONSCALED({values},{','.join(map(real, conversion.factors))})"
    else:
        raise ValueInvalid(f"{model.schema} cannot say different scales for x, y and z", field="affine", remedy="export as IFC4X3")
    existing = list(value_of(context, "HasCoordinateOperation") or ())
    for one in existing[1:]:
        edit.changed[one.id()] = None
    if existing:
        edit.changed[existing[0].id()] = statement
    else:
        edit.add(statement)


def _unit(edit: _Edit, unit_m: float) -> int:
    """A length unit of so many metres."""
    metre = edit.add("IFCSIUNIT(*,.LENGTHUNIT.,$,.METRE.)")
    if abs(unit_m - 1.0) < 1e-12:
        return metre
    exponents = edit.add("IFCDIMENSIONALEXPONENTS(1,0,0,0,0,0,0)")
    measure = edit.add(f"IFCMEASUREWITHUNIT(IFCLENGTHMEASURE({real(unit_m)}),#{metre})")
    return edit.add(f"IFCCONVERSIONBASEDUNIT(#{exponents},.LENGTHUNIT.,'{_unit_name(unit_m)}',#{measure})")


def _unit_name(unit_m: float) -> str:
    return next((name for known, name in ((1200 / 3937, "US SURVEY FOOT"), (0.3048, "FOOT"))
                 if math.isclose(unit_m, known, rel_tol=1e-9)), "MAP UNIT")


def _property_sets(model: Model, edit: _Edit, conversion: _Conversion, place: Georeference) -> None:
    if not conversion.is_similarity:
        raise ValueInvalid("IFC2X3 cannot say different scales for x, y and z", field="affine", remedy="export as IFC4X3")
    unit = _unit_name(conversion.unit_m) if abs(conversion.unit_m - 1.0) > 1e-12 else "METRE"
    if unit == "MAP UNIT":
        raise ValueInvalid("IFC2X3 cannot name the unit of this CRS", field="crs", value=place.crs, remedy="export as IFC4")
    _drop_property_sets(model, edit)
    names = ("Eastings", "Northings", "OrthogonalHeight", "XAxisAbscissa", "XAxisOrdinate", "Scale")
    kinds = ("IFCLENGTHMEASURE",) * 3 + ("IFCREAL",) * 3
    _property_set(model, edit, "ePSet_MapConversion", [(n, f"{k}({v})") for n, k, v in zip(names, kinds, conversion.values, strict=True)])
    texts = [("Name", place.crs), ("Description", crs(place.crs).name), ("VerticalDatum", place.vertical_crs), ("MapUnit", unit)]
    _property_set(model, edit, "ePSet_ProjectedCRS", [(n, f"IFCLABEL({_string(v)})") for n, v in texts if v])


def _property_set(model: Model, edit: _Edit, name: str, values: Iterable[tuple[str, str]]) -> None:
    project = model.project
    if project is None:
        raise ValueInvalid(f"{model.name} has no IfcProject", field="georeference", remedy="export it again")
    owner = value_of(project, "OwnerHistory")
    history = f"#{owner.id()}" if owner is not None else "$"
    properties = ",".join(f"#{edit.add(f'IFCPROPERTYSINGLEVALUE({_string(n)},$,{v},$)')}" for n, v in values)
    made = edit.add(f"IFCPROPERTYSET('{_guid(project, name)}',{history},'{name}',$,({properties}))")
    edit.add(f"IFCRELDEFINESBYPROPERTIES('{_guid(project, name + '/rel')}',{history},$,$,(#{project.id()}),#{made})")


def _drop_property_sets(model: Model, edit: _Edit) -> None:
    for rel in model.of("IfcRelDefinesByProperties"):
        definition = rel.RelatingPropertyDefinition
        name = re.sub(r"[^a-z]", "", (value_of(definition, "Name") or "").lower())
        if name in _SETS and definition.is_a("IfcPropertySet"):
            for one in (rel, definition, *(p for p in definition.HasProperties or () if model.file.get_total_inverses(p) == 1)):
                edit.changed[one.id()] = None


def _guid(project: Entity, name: str) -> str:
    """A GlobalId that is the same for the same project."""
    return str(ifcopenshell.guid.compress(uuid.uuid5(uuid.NAMESPACE_URL, f"{project.GlobalId}/{name}").hex))


def _string(text: str) -> str:
    """A STEP string (ISO 10303-21, 6.4.3) with everything outside ASCII as hexadecimal."""
    parts = re.split(r"([^\x20-\x7e]+)", text.replace("\\", "\\\\").replace("'", "''"))
    return "'" + "".join(f"\\X2\\{part.encode('utf-16-be').hex().upper()}\\X0\\" if i % 2 else part for i, part in enumerate(parts)) + "'"


def _edited(text: bytes, edit: _Edit, name: str) -> bytes:
    end = _END_OF_DATA.search(text)
    if end is None:
        raise FileBroken(f"{name}: no ENDSEC before END-ISO-10303-21", remedy="export it again", file=name)
    return b"".join(_statements(text[:end.start()], edit)) + "".join(f"{one}\n" for one in edit.added).encode() + text[end.start():]


def _statements(text: bytes, edit: _Edit) -> Iterator[bytes]:
    """The text with the changed statements in place; what stands between statements stays."""
    done = 0
    for found in step.STATEMENT.finditer(text):
        begin = _DEFINITION.match(text, found.start(), found.end())
        if begin is None or int(begin[1]) not in edit.changed:
            continue
        changed = edit.changed[int(begin[1])]
        yield text[done:begin.start(1) - 1]
        if changed is not None:
            yield f"#{int(begin[1])}={changed};".encode()
        done = found.end()
        if changed is None:  # its line end goes with it
            done += len(text[done:done + 2]) - len(text[done:done + 2].lstrip(b"\r\n"))
    yield text[done:]
