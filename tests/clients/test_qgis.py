"""QGIS, without a screen: the API as a layer, and the store's file as it lies."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import pytest

from tests.acceptance.shell import Server
from tests.services import unavailable

pytestmark = [pytest.mark.qgis]

SCRIPT = """
import json, sys
from qgis.core import QgsApplication, QgsVectorLayer, QgsRectangle, QgsFeatureRequest
app = QgsApplication([], False); app.initQgis()
api, path = sys.argv[1], sys.argv[2]
def described(layer):
    return {"valid": layer.isValid(), "count": sum(1 for _ in layer.getFeatures()), "crs": layer.crs().authid(),
            "fields": [f.name() for f in layer.fields()], "x": layer.extent().center().x()}
answer = {"api": {}, "file": {}}
for name in ("lots", "lots-4326", "elements", "roads"):
    answer["api"][name] = described(QgsVectorLayer(f"url='{api}' typename='{name}' pageSize='50'", name, "OAPIF"))
for name in ("lots", "elements", "utilities"):
    answer["file"][name] = described(QgsVectorLayer(f"{path}|layername={name}", name, "ogr"))
print("ANSWER" + json.dumps(answer))
"""


@pytest.fixture(scope="module")
def seen(server: Server, home: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, dict[str, object]]]:
    """What QGIS sees of both."""
    if subprocess.run(["/usr/bin/python3", "-c", "import qgis.core"], capture_output=True, check=False).returncode:
        unavailable("QGIS for Python is not installed (apt-get install python3-qgis)")
    script = tmp_path_factory.mktemp("qgis") / "look.py"
    script.write_text(SCRIPT)
    environment = {"PATH": os.environ["PATH"], "HOME": str(script.parent), "QT_QPA_PLATFORM": "offscreen", "LANG": "C.UTF-8",
                   "XDG_RUNTIME_DIR": str(script.parent)}
    done = subprocess.run(["/usr/bin/python3", str(script), f"{server.url}/ogc", str(home / "site.gpkg")], env=environment,
                          capture_output=True, text=True, timeout=240, check=False)
    lines = [line for line in done.stdout.splitlines() if line.startswith("ANSWER")]
    assert lines, done.stderr
    found: dict[str, dict[str, dict[str, object]]] = json.loads(lines[0].removeprefix("ANSWER"))
    return found


def test_layers_of_the_api_are_valid_and_complete(server: Server, seen: dict[str, dict[str, dict[str, object]]]) -> None:
    for name, layer in seen["api"].items():
        assert layer["valid"], name
        assert layer["count"] == server.get(f"/ogc/collections/{name}/items?limit=1")["numberMatched"], name
        assert 113 < float(str(layer["x"])) < 115


def test_the_store_opens_as_it_lies(server: Server, seen: dict[str, dict[str, dict[str, object]]]) -> None:
    for name, layer in seen["file"].items():
        assert layer["valid"], name
        assert layer["count"] == server.get(f"/ogc/collections/{name}/items?limit=1")["numberMatched"], name
    assert seen["file"]["lots"]["crs"] == "EPSG:2326"
    assert "global_id" in seen["file"]["elements"]["fields"]  # type: ignore[operator]
