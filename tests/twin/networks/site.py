"""Models of the small sample in a store, without tiles."""

from __future__ import annotations

from pathlib import Path

from bim.intake import intake
from bim.schemas import bim_collections
from csdi.bootstrap import Services
from csdi.feature import Feature
from csdi.store.base import has_collection

SMALL = Path(__file__).parents[3] / "sample_models" / "small"


def publish(services: Services, path: Path, model: str, version: int = 1) -> None:
    """A model's rows as they are published, and its shapes as they are kept."""
    read = intake(path, model=model, name=path.name)
    place = f"intake/{model}-{version}"
    with services.blobs.new_folder(place) as folder:
        read.save(folder)
    row = {"name": model, "file": path.name, "sha256": f"{model}{version}", "version": version, "kept": place,
           "georeference": read.report()["georeference"]}
    with services.store.transaction() as change:
        for collection in bim_collections():
            if not has_collection(services.store, collection.id):
                change.create(collection)
        for name, features in read.tables.parts.items():
            change.write(name, features)
        change.write("models", [Feature(model, None, row)])
