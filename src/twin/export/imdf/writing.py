"""Writing: the indoor map of models as a zip with a manifest and a file for each feature type."""

from __future__ import annotations

import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import orjson

from bim.indoor import Network
from bim.plans import STOREY_PLANS
from csdi.bootstrap import Services
from csdi.errors import BlobMissing, FeatureMissing, FileBroken, NotFound, ValueInvalid
from csdi.feature import Feature
from csdi.filter import Expression, Items, Literal, Op, Property
from csdi.query import Query
from csdi.store.base import has_collection, scan
from twin.export.imdf.archive import Archive, archive
from twin.export.imdf.checking import check
from twin.export.imdf.labels import labels
from twin.export.imdf.vocabulary import TYPES
from twin.wayfinding.keeping import network_of_model

_PARTS = ("buildings", "storeys", "spaces", "elements")
_SINCE_ZIP = (1980, 1, 1, 0, 0, 0)
MOST_MODELS = 50


def write_imdf(services: Services, models: Sequence[str], path: Path) -> dict[str, int]:
    """Writes the indoor map of models as one archive; returns how many features of each type are in it.

    Raises:
        FeatureMissing: no such model. ValueInvalid: none of them has spaces with a place, or there are more than 50.
        FileBroken: what was made would not pass `check`, which is a fault of ours.
    """
    made, manifest = imdf_of(services, models)
    found = {type: [one.to_dict() for one in parts] for type, parts in made.items()}
    faults = check(found)
    if faults:
        raise FileBroken(f"the indoor map is not right: {faults[0].message} ({faults[0].subject}), and {len(faults) - 1} more",
                         remedy="report it with the model", findings=[one.to_dict() for one in faults[:20]])
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as file:
        _put(file, "manifest.json", manifest)
        for type in TYPES:
            _put(file, f"{type}.geojson", {"type": "FeatureCollection", "features": found.get(type, [])})
    return {type: len(parts) for type, parts in made.items() if parts}


def _put(file: zipfile.ZipFile, name: str, document: Any) -> None:
    told = zipfile.ZipInfo(name, _SINCE_ZIP)
    told.compress_type = zipfile.ZIP_DEFLATED
    file.writestr(told, orjson.dumps(document))


def imdf_of(services: Services, models: Sequence[str]) -> tuple[Archive, Mapping[str, Any]]:
    """The features of models and the manifest; the same models give the same bytes. Raises as `write_imdf`."""
    if not 1 <= len(models) <= MOST_MODELS:
        raise ValueInvalid(f"an indoor map is made of 1 to {MOST_MODELS} models", field="model", value=len(models), limit=MOST_MODELS)
    known = [services.store.feature("models", model) for model in models]
    chosen = _any("model", models)
    rows = {name: list(scan(services.store, name, Query(filter=chosen))) for name in _PARTS}
    plans = list(scan(services.store, STOREY_PLANS, Query(filter=chosen))) if has_collection(services.store, STOREY_PLANS) else []
    buildings = [row for row in rows["buildings"] if row.properties["ifc_class"] == "IfcBuilding"]
    told = [row.properties for row in buildings or known]
    name = labels(told[0].get("name"), told[0].get("long_name")) or {"en": models[0]}
    country = "HK" if all(row.properties.get("crs") == "EPSG:2326" for row in known) else "ZZ"
    made = archive(rows, plans, _networks(services, models), name, country)
    created = max(str(row.properties.get("valid_from") or row.properties.get("added")) for row in known)
    return made, {"version": "1.0.0", "created": created, "generated_by": "CSDI Twin", "language": "en", "extensions": None}


def _any(name: str, values: Sequence[str]) -> Expression:
    return Op("in", (Property(name), Items(tuple(Literal(value) for value in values))))


def _networks(services: Services, models: Sequence[str]) -> list[Network]:
    """The ways of each model of which enough was kept."""
    found = []
    for model in models:
        try:
            found.append(network_of_model(services, model))
        except (BlobMissing, FileBroken, NotFound, FeatureMissing):
            continue
    return found


def models_with_rooms(services: Services) -> list[str]:
    """Ids of the models of which an indoor map can be made."""
    if not has_collection(services.store, "models"):
        return []
    found: list[Feature] = list(scan(services.store, "models", Query(geometry=False)))
    return sorted(row.id for row in found if row.properties.get("placement") == "georeferenced"
                  and (row.properties.get("counts") or {}).get("spaces"))
