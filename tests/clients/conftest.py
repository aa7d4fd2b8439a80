"""A server with the small sample site, for real clients."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from csdi.blobs import Blobs
from csdi.layers import add_layers
from csdi.store import open_store
from tests.acceptance.shell import Server, Shell
from tests.ogc_api.site import LAYERS, SMALL, in_degrees


@pytest.fixture(scope="session")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder with layers, a copy of one in degrees, and two building models."""
    folder = tmp_path_factory.mktemp("clients") / "home"
    shell = Shell(folder)
    assert shell.run("layers", "add", *(SMALL / name for name in LAYERS if not name.endswith("csv"))).returncode == 0
    assert shell.run("models", "add", SMALL / "carpark.ifc", SMALL / "terminal-mep.ifc").returncode == 0
    store = open_store(f"sqlite:///{folder}/site.gpkg")
    (result,) = add_layers(store, Blobs(f"file://{folder}/blobs"), in_degrees(SMALL / "lots.gpkg", folder / "lots-4326.gpkg"))
    assert result.result == "published"
    store.close()
    return folder


@pytest.fixture(scope="session")
def server(home: Path) -> Iterator[Server]:
    with Shell(home).serving(workers=2) as running:
        yield running
