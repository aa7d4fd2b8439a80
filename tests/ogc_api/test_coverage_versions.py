"""A raster that is published again: `datetime` asks for it as it was."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
import rasterio
from rasterio.transform import from_origin
from starlette.testclient import TestClient

from csdi.bootstrap import Services, open_services
from csdi.layers import LayerOptions, add_layers, versions_of
from csdi.settings import read_settings
from ogc_api.app import create_app

PLACE = "POINT(113.93 22.30)"


def publish(services: Services, folder: Path, value: float) -> None:
    """A raster of one value around the airport, under one id."""
    path = folder / "level.tif"
    with rasterio.open(path, "w", driver="GTiff", width=64, height=64, count=1, dtype="float32", crs="EPSG:4326",
                       transform=from_origin(113.9, 22.33, 0.001, 0.001)) as raster:
        raster.write(np.full((1, 64, 64), value, np.float32))
    (result,) = add_layers(services.store, services.blobs, path, LayerOptions(id="level"))
    assert result.result == "published", result.error


@pytest.fixture
def services(tmp_path: Path) -> Iterator[Services]:
    with open_services(read_settings(home=tmp_path, store="", blobs="", jobs="")) as opened:
        publish(opened, tmp_path, 1.0)
        yield opened


def value(client: TestClient, moment: str = "") -> float | None:
    """What EDR answers at a place; None for nothing."""
    answer = client.get("/ogc/collections/level/position", params={"coords": PLACE} | ({"datetime": moment} if moment else {}))
    if answer.status_code == 204:
        return None
    assert answer.status_code == 200, answer.text
    (found,) = answer.json()["ranges"].values()
    return float(found["values"][0])


def test_each_time_has_its_raster(services: Services, tmp_path: Path) -> None:
    publish(services, tmp_path, 2.0)
    publish(services, tmp_path, 2.0)
    publish(services, tmp_path, 3.0)
    versions = versions_of(services.store, "level")
    assert [one["version"] for one in versions] == [1, 2, 3], "the same raster again is no version"
    with TestClient(create_app(services.settings, services)) as client:
        moments = [datetime.fromisoformat(one["published"]) for one in versions]
        stamp = [(moment + timedelta(milliseconds=1)).isoformat().replace("+00:00", "Z") for moment in moments]
        assert [value(client, one) for one in ("", *stamp)] == [3.0, 1.0, 2.0, 3.0]
        assert [value(client, one) for one in ("2020-01-01/..", f"../{stamp[1]}", "../2020-01-01")] == [3.0, 2.0, None]
        pictures = {client.get("/ogc/collections/level/coverage", params={"f": "geotiff", "datetime": one}).content for one in stamp}
        assert len(pictures) == 3
        assert client.get("/ogc/collections/level/coverage", params={"datetime": "2020-01-01"}).status_code == 204
        assert client.get("/ogc/collections/level/map", params={"datetime": stamp[0]}).status_code == 200


def test_a_raster_that_was_published_once_is_shown_at_any_time(services: Services) -> None:
    with TestClient(create_app(services.settings, services)) as client:
        assert value(client, "2020-01-01") == value(client) == 1.0
