from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from csdi.bootstrap import open_services
from csdi.errors import ValueInvalid
from csdi.layers import add_layers
from csdi.settings import read_settings
from ogc_api.cli import app

SMALL = Path(__file__).parents[2] / "sample_models" / "small"


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CSDI_HOME", str(tmp_path))
    with open_services(read_settings()) as services:
        for name in ("city_buildings.gpkg", "lots.gpkg"):
            list(add_layers(services.store, services.blobs, SMALL / name))


def test_all_tiles_are_made_once() -> None:
    first, second = (json.loads(CliRunner().invoke(app, ["layers", "tiles", "city_buildings", "--json"]).stdout) for _ in range(2))
    assert first["made"] == first["tiles"] > 0
    assert (second["made"], second["kept"], second["version"]) == (0, first["tiles"], first["version"])
    with open_services(read_settings()) as services:
        assert services.blobs.exists(first["tileset"])


def test_a_layer_without_heights_is_refused() -> None:
    assert isinstance(CliRunner().invoke(app, ["layers", "tiles", "lots"]).exception, ValueInvalid)
