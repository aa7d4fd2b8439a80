"""A small site behind a test client: layers of the sample, stored in different CRSs."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pyogrio
import shapely
from starlette.testclient import TestClient

from csdi.bootstrap import open_services
from csdi.crs import transform
from csdi.layers import LayerOptions, add_layers
from csdi.settings import read_settings
from ogc_api.app import create_app

SMALL = Path(__file__).parents[2] / "sample_models" / "small"
LAYERS = ("lots.gpkg", "roads.geojson", "utilities.gpkg", "terrain.tif", "aerial.tif", "stands.geojson", "assets.csv", "manholes.shp")


@contextmanager
def client(home: Path, *, store: str = "", layers: tuple[str, ...] = LAYERS) -> Iterator[TestClient]:
    """The application over a data folder with some layers, and `lots-4326`, a copy of `lots` stored in EPSG:4326."""
    settings = read_settings(home=home, store=store)
    with open_services(settings) as services:
        for name in layers:
            (result,) = add_layers(services.store, services.blobs, SMALL / name, LayerOptions(crs="EPSG:2326" if name.endswith("csv") else ""))
            assert result.result == "published", result.error
        (result,) = add_layers(services.store, services.blobs, in_degrees(SMALL / "lots.gpkg", home / "lots-4326.gpkg"))
        assert result.result == "published", result.error
        with TestClient(create_app(settings, services), raise_server_exceptions=False) as made:
            yield made


def in_degrees(source: Path, target: Path) -> Path:
    """The same polygons with the same names, stored in EPSG:4326 at full precision."""
    meta, _, wkb, columns = pyogrio.raw.read(source)
    shapes = transform("EPSG:2326", "EPSG:4326").geometry(np.array(shapely.from_wkb(wkb), dtype=object))
    pyogrio.raw.write(target, geometry=shapely.to_wkb(shapes), field_data=columns, fields=meta["fields"], crs="EPSG:4326",
                      geometry_type="Polygon")
    return target
