"""GDAL's OGC API - Features driver, and GDAL on the store's own file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pyogrio
import pytest
import shapely

from csdi.crs import transform
from tests.acceptance.shell import Server

pytestmark = [pytest.mark.filterwarnings("ignore::RuntimeWarning")]


def collections(server: Server) -> list[dict[str, Any]]:
    return list(server.get("/ogc/collections?f=json")["collections"])


def read(server: Server, layer: str, **options: Any) -> tuple[Any, str]:
    """(geometries, their CRS) as GDAL's client reads them; without `CRS` it takes the Collection's storage CRS."""
    meta, _, wkb, _ = pyogrio.raw.read(f"OAPIF:{server.url}/ogc", layer=layer, **options)
    return np.array(shapely.from_wkb(wkb), dtype=object), str(meta["crs"])


def on_the_grid(shapes: Any, crs: str) -> Any:
    """(n, 2) easting, northing of all vertices."""
    return transform(crs, "EPSG:2326").points(shapely.get_coordinates(shapes))


def test_every_collection_is_read_with_the_servers_count(server: Server) -> None:
    listed = [name for name, _ in pyogrio.list_layers(f"OAPIF:{server.url}/ogc")]
    assert sorted(listed) == sorted(c["id"] for c in collections(server))
    for name in listed:
        matched = server.get(f"/ogc/collections/{name}/items?limit=1")["numberMatched"]
        assert len(read(server, name)[0]) == matched, name


@pytest.mark.parametrize("page", [3, 17])
def test_small_pages_lose_nothing(server: Server, page: int) -> None:
    shapes, _ = read(server, "lots", PAGE_SIZE=str(page))
    assert len(shapes) == server.get("/ogc/collections/lots/items?limit=1")["numberMatched"]


def test_the_same_layer_stored_in_two_crs_is_at_the_same_places(server: Server) -> None:
    for options in ({}, {"CRS": "EPSG:2326"}, {"CRS": "EPSG:4326"}, {"CRS": "OGC:CRS84"}):
        one, two = (on_the_grid(*read(server, name, **options)) for name in ("lots", "lots-4326"))
        assert np.abs(one - two).max() < 0.0015, options
        assert (one[:, 0] < 830_000).all()
        assert 805_000 < one[0, 0] < 815_000


def test_places_in_the_storage_crs_are_those_of_the_file(server: Server) -> None:
    from tests.ogc_api.site import SMALL
    source = shapely.get_coordinates(shapely.from_wkb(pyogrio.raw.read(SMALL / "lots.gpkg")[2]))
    assert np.abs(shapely.get_coordinates(read(server, "lots", CRS="EPSG:2326")[0]) - source).max() < 1e-6


@pytest.mark.parametrize("layer", ["lots", "lots-4326"])
def test_a_box_selects_the_same_features_in_every_crs(server: Server, layer: str) -> None:
    plane = (811_000.0, 819_400.0, 811_600.0, 819_900.0)
    degrees = transform("EPSG:2326", "OGC:CRS84").bbox(plane)
    in_plane, _ = read(server, layer, bbox=plane, CRS="EPSG:2326")
    in_degrees, _ = read(server, layer, bbox=degrees, CRS="EPSG:4326")
    assert 0 < len(in_plane) <= len(in_degrees) < 38


def test_the_store_opens_as_it_lies(server: Server, home: Path) -> None:
    path = home / "site.gpkg"
    layers = {name: pyogrio.read_info(path, layer=name, force_feature_count=True) for name, _ in pyogrio.list_layers(path)}
    counts = {c["id"].replace("-", "_"): server.get(f"/ogc/collections/{c['id']}/items?limit=1")["numberMatched"] for c in collections(server)}
    assert {name: info["features"] for name, info in layers.items()} == counts
    assert layers["lots"]["crs"] == "EPSG:2326"
    assert layers["lots_4326"]["crs"] == "EPSG:4326"
    assert "ifc_class" in layers["elements"]["fields"]
