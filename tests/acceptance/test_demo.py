"""The demo on the small site: everything loaded, in place, and a second start that finds it done."""

from __future__ import annotations

import json
import time
from pathlib import Path

import numpy as np
import pytest

from csdi.crs import transform
from sample_models.ifc_known import known_positions
from tests.acceptance.shell import Shell

SCALE = 0.1
MANIFEST = json.loads((Path(__file__).parents[2] / "sample_models" / "small" / "manifest.json").read_text())


@pytest.fixture(scope="module")
def loaded(tmp_path_factory: pytest.TempPathFactory) -> Shell:
    shell = Shell(tmp_path_factory.mktemp("demo") / "home", {"CSDI_SITE_NAME": "Sample airport|示範機場|示范机场"})
    done = shell.run("demo", "--scale", str(SCALE), "--no-serve", timeout_s=600)
    assert done.returncode == 0, done.stderr
    return shell


def test_everything_in_the_manifest_is_loaded_with_its_count(loaded: Shell) -> None:
    site = loaded.json("site", "show")
    shown = {layer["id"]: layer["count"] for layer in site["layers"]} | {model["id"]: model["count"] for model in site["models"]}
    assert shown.pop("limits-icao-annex14-ols") > 30
    assert shown == {row["id"]: row["count"] for row in MANIFEST["files"] if row["kind"] != "raster"}
    assert [image["id"] for image in site["imagery"]] == ["aerial"]
    assert site["terrain"]
    assert {model["placement"] for model in site["models"]} == {"georeferenced"}
    assert site["name"]["zh-Hant"] == "示範機場"


def test_a_second_start_takes_seconds_and_changes_nothing(loaded: Shell) -> None:
    before = loaded.json("site", "show")
    begin = time.monotonic()
    done = loaded.run("demo", "--scale", str(SCALE), "--no-serve")
    assert done.returncode == 0
    assert time.monotonic() - begin < 30
    assert loaded.json("site", "show") == before


def test_elements_are_served_where_the_sample_says_they_are(loaded: Shell) -> None:
    with loaded.serving("demo", "--scale", str(SCALE)) as server:
        checked = 0
        for known in known_positions(SCALE):
            item = server.get(f"/ogc/collections/elements/items/{known.model}:{known.global_id}")
            place = item["properties"]
            assert (place["easting"], place["northing"]) == pytest.approx((known.e, known.n), abs=0.5), known
            west, south, east, north = _bounds(item["geometry"]["coordinates"])
            ((lon, lat),) = transform("EPSG:2326", "OGC:CRS84").points([[known.e, known.n]])
            assert west - 5e-6 <= lon <= east + 5e-6
            assert south - 5e-6 <= lat <= north + 5e-6
            assert place["base_level"] - 0.5 <= known.h_mpd <= place["top_level"] + 0.5
            checked += 1
        assert checked > 5


def _bounds(coordinates: object) -> tuple[float, float, float, float]:
    def flat(part: object) -> list[tuple[float, float]]:
        assert isinstance(part, list)
        return [(part[0], part[1])] if isinstance(part[0], float | int) else [point for inner in part for point in flat(inner)]
    points = np.array(flat(coordinates))
    return (*points.min(axis=0), *points.max(axis=0))
