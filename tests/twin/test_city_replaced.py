from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pyogrio
import pytest
import shapely
from shapely import Polygon, box

import sample_models
from csdi import crs
from csdi.bootstrap import Services, open_services
from csdi.collection import Collection
from csdi.feature import Feature, Field, FieldType, Schema
from csdi.jobs import StepContext
from csdi.layers import LayerOptions, add_layers
from csdi.settings import read_settings
from twin import tasks
from twin.city import replaced
from twin.versions import ensure_collections

SMALL = Path(sample_models.__file__).parent / "small"
SCHEMA = Schema((Field("BUILDINGCSUID"), Field("base_mpd", FieldType.NUMBER), Field("top_mpd", FieldType.NUMBER)), "polygon")
ORIGIN = np.array([811_000.0, 819_000.0])


@pytest.fixture
def services(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Services]:
    monkeypatch.setenv("CSDI_HOME", str(tmp_path / "home"))
    with open_services(read_settings()) as opened:
        yield opened


def at(shape: Polygon) -> Polygon:
    return shapely.transform(shape, lambda xy: xy + ORIGIN)


def geographic(shape: Polygon) -> Polygon:
    found: Polygon = crs.transform("EPSG:2326", crs.CRS84).geometry(np.array([at(shape)], dtype=object))[0]
    return found


def city(services: Services, **shapes: Polygon) -> Collection:
    rows = [Feature(id, at(shape), {"BUILDINGCSUID": f"CS-{id}", "base_mpd": 5.0, "top_mpd": 25.0}) for id, shape in shapes.items()]
    with services.store.transaction() as change:
        change.replace(Collection("town", {}, SCHEMA, "EPSG:2326"), rows)
    return services.store.collection("town")


def model(services: Services, id: str, *walls: tuple[Polygon, float], ifc_class: str = "IfcWall", csuid: str = "") -> None:
    """A model whose elements have these footprints and tops."""
    ensure_collections(services.store)
    parts = [geographic(shape) for shape, _ in walls]
    with services.store.transaction() as change:
        change.write("models", [Feature(id, shapely.convex_hull(shapely.union_all(parts)), {"placement": "georeferenced", "version": 1})])
        change.write("elements", [Feature(f"{id}:{n}", part, {"model": id, "ifc_class": ifc_class, "base_level": 5.0, "top_level": top})
                                  for n, (part, (_, top)) in enumerate(zip(parts, walls, strict=True))])
        change.write("buildings", [Feature(f"{id}:b", parts[0], {"model": id, "psets": {"Pset_Land": {"BuildingCSUID": csuid}}})])


def walls_around(x: float, y: float, width: float, depth: float, top: float = 25.0) -> list[tuple[Polygon, float]]:
    """Four walls with a door of 4 m in the first of them."""
    return [(box(x, y, x + width / 2 - 2, y + 0.3), top), (box(x + width / 2 + 2, y, x + width, y + 0.3), top),
            (box(x, y + depth - 0.3, x + width, y + depth), top), (box(x, y, x + 0.3, y + depth), top),
            (box(x + width - 0.3, y, x + width, y + depth), top)]


def test_walls_that_enclose_a_footprint_stand_in_for_the_building(services: Services) -> None:
    model(services, "house", *walls_around(0, 0, 30, 20))
    assert replaced(services.store, services.blobs, city(services, same=box(0, 0, 30, 20), beside=box(40, 0, 70, 20))) == {"same": "house"}


@pytest.mark.parametrize(("width", "expected"), [(14.0, {}), (16.0, {"a": "house"})])
def test_half_of_the_footprint_is_what_it_takes(services: Services, width: float, expected: dict[str, str]) -> None:
    model(services, "house", *walls_around(0, 0, width, 20))
    assert replaced(services.store, services.blobs, city(services, a=box(0, 0, 30, 20))) == expected


def test_a_building_in_the_arm_of_a_model_stays(services: Services) -> None:
    """The convex hull of an L covers it; the L does not."""
    model(services, "l", *walls_around(0, 0, 100, 15), *walls_around(0, 0, 15, 100))
    assert replaced(services.store, services.blobs, city(services, arm=box(25, 25, 45, 45), wing=box(0, 50, 15, 90))) == {"wing": "l"}


@pytest.mark.parametrize(("ifc_class", "top"), [("IfcSlab", 5.2), ("IfcPipeSegment", 24.0)])
def test_pavement_and_pipes_replace_nothing(services: Services, ifc_class: str, top: float) -> None:
    model(services, "apron", (box(-50, -50, 80, 80), top), ifc_class=ifc_class)
    assert replaced(services.store, services.blobs, city(services, a=box(0, 0, 30, 20))) == {}


def test_a_podium_below_does_not_replace_the_tower(services: Services) -> None:
    model(services, "podium", (box(0, 0, 60, 60), 14.0), ifc_class="IfcSlab")
    assert replaced(services.store, services.blobs, city(services, tower=box(20, 20, 40, 40))) == {}


def test_a_csuid_links_even_where_nothing_is_covered(services: Services) -> None:
    model(services, "house", *walls_around(0, 0, 8, 8), csuid="CS-b")
    assert replaced(services.store, services.blobs, city(services, b=box(5, 5, 60, 60), c=box(100, 0, 110, 10))) == {"b": "house"}


def test_a_building_comes_back_when_the_model_is_withdrawn(services: Services) -> None:
    model(services, "house", *walls_around(0, 0, 30, 20))
    town = city(services, a=box(0, 0, 30, 20))
    assert replaced(services.store, services.blobs, town) == {"a": "house"}
    assert replaced(services.store, services.blobs, town) == {"a": "house"}
    tasks.drop_model(services, "house")
    assert replaced(services.store, services.blobs, town) == {}


def test_overlap_finds_in_the_sample_what_its_links_say(services: Services, tmp_path: Path) -> None:
    """Without their MODELID the buildings of the sample are matched with a real model by what it covers."""
    path = SMALL / "carpark.ifc"
    args = {"model": "carpark", "file": path.name, "blob": services.blobs.put_file(path), "title": {}}
    taken = tasks.take_in(args, StepContext(job="one", previous=None))
    made = tasks.make_tiles(args, StepContext(job="one", previous=taken))
    tasks.publish(args, StepContext(job="one", previous=made))
    meta, _, wkb, columns = pyogrio.raw.read(SMALL / "city_buildings.gpkg")
    kept = [at for at, name in enumerate(meta["fields"]) if name != "MODELID"]
    pyogrio.raw.write(tmp_path / "bare.gpkg", geometry=wkb, field_data=[columns[at] for at in kept], fields=meta["fields"][kept],
                      crs=meta["crs"], geometry_type=meta["geometry_type"])
    for source, id in ((SMALL / "city_buildings.gpkg", "linked"), (tmp_path / "bare.gpkg", "bare")):
        (result,) = add_layers(services.store, services.blobs, source, LayerOptions(id=id))
        assert result.result == "published"
    linked = replaced(services.store, services.blobs, services.store.collection("linked"))
    assert len(linked) == 1
    assert replaced(services.store, services.blobs, services.store.collection("bare")) == linked
