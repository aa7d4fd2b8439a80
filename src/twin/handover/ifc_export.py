"""IFC for facility management: a model as it was loaded, with what the register says of its elements written into it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from bim.write_back import WrittenBack, write_back
from csdi.blobs import Blobs
from csdi.errors import FormatUnknown, NotFound
from csdi.store.base import Store
from twin.register.keeping import Register, equals
from twin.register.schemas import ASSETS

SET = "CSDI_Asset"
NAMES = {"tag": "AssetCode", "name": "AssetName", "name_zh": "AssetNameChinese", "asset_class": "AssetClass", "status": "Status",
         "condition": "Condition",
         "criticality": "Criticality", "location_path": "LocationPath", "space_name": "Space", "installed_on": "InstallationDate",
         "commissioned_on": "CommissioningDate", "warranty_end": "WarrantyEndDate", "expected_life_years": "ExpectedLifeYears",
         "cost": "ReplacementCost",
         "currency": "Currency", "manufacturer": "Manufacturer", "product": "ModelNumber", "serial": "SerialNumber", "supplier": "Supplier",
         "uniclass": "Uniclass", "omniclass": "OmniClass", "revision": "RegisterRevision"}
"""Field of the register -> property of the set."""


def export_ifc(store: Store, blobs: Blobs, model: str, path: Path) -> WrittenBack:
    """Write the file of a model, with a property set of each element that is an Asset; all else of it stays as it is.

    Raises:
        NotFound: there is no such model, or the register has no Assets of it.
        FormatUnknown: its file is no STEP text.
    """
    row = store.feature("models", model)
    found = [one for one in Register(store).every(ASSETS, equals("model", model)) if one.properties.get("global_id")]
    if not found:
        raise NotFound(f"the register has no assets of a model '{model}'", model=model, remedy=f"csdi assets build {model}")
    text = blobs.get(str(row.properties["sha256"]))
    if not text.lstrip()[:13].upper().startswith(b"ISO-10303-21"):
        raise FormatUnknown(f"the file of '{model}' is no STEP text", model=model, remedy="load the model as .ifc")
    done = write_back(text, SET, {str(one.properties["global_id"]): _said(one.id, one.properties) for one in found})
    path.write_bytes(done.text)
    return done


def _said(id: str, properties: Mapping[str, Any]) -> dict[str, Any]:
    """What the set says of an Asset: the fields that have a value, and the attributes of its template."""
    made = {"AssetId": id} | {name: properties[field] for field, name in NAMES.items() if properties.get(field) is not None}
    for key, value in (properties.get("properties") or {}).items():
        if isinstance(value, (str, int, float)) and value != "":
            made.setdefault("".join(part[:1].upper() + part[1:] for part in key.split("_")), value)
    return made
