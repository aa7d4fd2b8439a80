"""What a sample model says beside shape: values, materials, classification, asset particulars."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

from sample_models.ifc_step import Raw, Ref, encode, enum, typed
from sample_models.ifc_writer import Model, Properties

MANUFACTURERS = ("Kai Tak Machinery", "Lantau Air Systems", "Pearl Valve Works", "Victoria Electric")
_FIRST_INSTALLATION = date(2019, 3, 4)


def label(text: str) -> Raw:
    """IfcLabel."""
    return typed("IFCLABEL", text)


def identifier(text: str) -> Raw:
    """IfcIdentifier."""
    return typed("IFCIDENTIFIER", text)


def boolean(value: bool) -> Raw:
    """IfcBoolean."""
    return typed("IFCBOOLEAN", value)


def number(value: float) -> Raw:
    """IfcReal."""
    return typed("IFCREAL", float(value))


def count(value: int) -> Raw:
    """IfcInteger."""
    return typed("IFCINTEGER", value)


def power(watts: float) -> Raw:
    """IfcPowerMeasure."""
    return typed("IFCPOWERMEASURE", float(watts))


def calendar_day(model: Model, day: date) -> Raw:
    """IfcDate; a label in IFC2X3, which has no such type."""
    return typed("IFCLABEL" if model.schema == "IFC2X3" else "IFCDATE", day.isoformat())


def quantity_length(model: Model, metres: float) -> Raw:
    """A length for `Model.quantities`, in the unit of the file."""
    return Raw(f"IFCQUANTITYLENGTH({encode(model.length(metres))})")


def quantity_area(square_metres: float) -> Raw:
    """An area for `Model.quantities`."""
    return Raw(f"IFCQUANTITYAREA({encode(float(square_metres))})")


def quantity_volume(cubic_metres: float) -> Raw:
    """A volume for `Model.quantities`."""
    return Raw(f"IFCQUANTITYVOLUME({encode(float(cubic_metres))})")


def box_quantities(model: Model, length: float, width: float, height: float) -> Properties:
    """Length, width, height and gross volume of a wall or footing."""
    return {
        "Length": quantity_length(model, length), "Width": quantity_length(model, width),
        "Height": quantity_length(model, height), "GrossVolume": quantity_volume(length * width * height),
    }  # fmt: skip


def material(model: Model, name: str, category: str) -> Ref:
    """IfcMaterial."""
    more = () if model.schema == "IFC2X3" else (None, category)
    return model.shared("IFCMATERIAL", name, *more)


def layers(model: Model, name: str, rows: Sequence[tuple[str, str, float]], axis: str) -> Ref:
    """IfcMaterialLayerSetUsage of rows (material, category, thickness in metres) along AXIS2 (walls) or AXIS3.

    A layer belongs to one set, so each call writes its own: call once per build-up.
    """
    more = () if model.schema == "IFC2X3" else (None, None, None, None)
    made = [model.add("IFCMATERIALLAYER", material(model, m, c), model.length(t), None, *more) for m, c, t in rows]
    described = () if model.schema == "IFC2X3" else (None,)
    layer_set = model.add("IFCMATERIALLAYERSET", made, name, *described)
    total = sum(row[2] for row in rows)
    offset = model.length(-total / 2 if axis == "AXIS2" else 0.0)
    return model.add("IFCMATERIALLAYERSETUSAGE", layer_set, enum(axis), enum("POSITIVE"), offset, *described)


class Classification:
    """Uniclass references, each written once."""

    def __init__(self, model: Model) -> None:
        self._model = model
        self._references: dict[str, Ref] = {}
        if model.schema == "IFC2X3":
            self._system = model.add("IFCCLASSIFICATION", "NBS", "2015", None, "Uniclass 2015")
        else:
            self._system = model.add("IFCCLASSIFICATION", "NBS", "2015", None, "Uniclass 2015", None, None, None)

    def give(self, code: str, title: str, *objects: Ref) -> None:
        """Classifies the objects."""
        if code not in self._references:
            more = () if self._model.schema == "IFC2X3" else (None, None)
            values = (None, code, title, self._system, *more)
            self._references[code] = self._model.add("IFCCLASSIFICATIONREFERENCE", *values)
        self._model.relate("classified", self._references[code], *objects)


def asset(model: Model, code: str, serial: int, ref: Ref) -> None:
    """Gives a maintained element its particulars: serial number, installation, warranty, asset code."""
    installed = _FIRST_INSTALLATION + timedelta(days=serial % 1400)
    stop = installed.replace(day=1, year=installed.year + 5)
    model.properties("Pset_ManufacturerOccurrence", {
        "SerialNumber": identifier(f"SN-{serial:06d}"), "BarCode": identifier(code)}, ref)  # fmt: skip
    model.properties("Pset_Warranty", {
        "WarrantyIdentifier": identifier(f"W-{serial:06d}"), "WarrantyStartDate": calendar_day(model, installed),
        "WarrantyEndDate": calendar_day(model, stop)}, ref)  # fmt: skip
    model.properties("CSDI_Asset", {
        "AssetCode": identifier(code), "InstallationDate": calendar_day(model, installed),
        "Manufacturer": label(MANUFACTURERS[serial % len(MANUFACTURERS)])}, ref)  # fmt: skip
