"""Vector tiles as clients take them: GDAL by the API's own metadata, QGIS drawn on a map."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import numpy as np
import pyogrio
import pytest
import shapely

from csdi.crs import transform
from tests.acceptance.shell import Server
from tests.services import unavailable

SCRIPT = """
import json, sys
from qgis.PyQt.QtCore import QSize
from qgis.PyQt.QtGui import QColor
from qgis.core import (QgsApplication, QgsCoordinateReferenceSystem, QgsFillSymbol, QgsMapRendererSequentialJob, QgsMapSettings, QgsRectangle,
                       QgsVectorTileBasicRenderer, QgsVectorTileBasicRendererStyle, QgsVectorTileLayer, QgsWkbTypes)
app = QgsApplication([], False); app.initQgis()
url, (west, south, east, north) = sys.argv[1], json.loads(sys.argv[2])
layer = QgsVectorTileLayer("type=xyz&zmin=0&zmax=19&url=" + url, "lots")
style = QgsVectorTileBasicRendererStyle("all", "lots", QgsWkbTypes.PolygonGeometry)
style.setSymbol(QgsFillSymbol.createSimple({"color": "255,0,0,255", "outline_style": "no"}))
renderer = QgsVectorTileBasicRenderer(); renderer.setStyles([style]); layer.setRenderer(renderer)
settings = QgsMapSettings()
settings.setLayers([layer]); settings.setOutputSize(QSize(400, 400)); settings.setBackgroundColor(QColor("white"))
settings.setDestinationCrs(QgsCoordinateReferenceSystem("EPSG:3857")); settings.setExtent(QgsRectangle(west, south, east, north))
job = QgsMapRendererSequentialJob(settings); job.start(); job.waitForFinished()
image = job.renderedImage()
red = [[QColor(image.pixel(x, y)).green() < 128 for x in range(400)] for y in range(400)]
print("ANSWER" + json.dumps({"valid": layer.isValid(), "red": red}))
"""


def lots(server: Server) -> shapely.Geometry:
    """All lots in EPSG:3857."""
    found = server.get("/ogc/collections/lots/items?limit=1000")["features"]
    return transform("OGC:CRS84", "EPSG:3857").geometry(shapely.union_all([shapely.geometry.shape(f["geometry"]) for f in found]))


def test_gdal_finds_the_tiles_of_a_collection_and_reads_them(server: Server) -> None:
    """In WorldCRS84Quad, which it takes by itself; in other grids it compares their coordinates with the extent in degrees."""
    meta, _, wkb, columns = pyogrio.raw.read(f"OGCAPI:{server.url}/ogc/collections/lots", layer="Zoom level 13", API="TILES")
    shapes = np.array(shapely.make_valid(shapely.from_wkb(wkb)), object)
    drawn = shapely.union_all(transform("OGC:CRS84", "EPSG:3857").geometry(shapes))
    assert set(columns[list(meta["fields"]).index("id")]) == {f["id"] for f in server.get("/ogc/collections/lots/items?limit=1000")["features"]}
    true = lots(server)
    assert shapely.area(shapely.symmetric_difference(drawn, true)) < 0.02 * true.area


@pytest.mark.qgis
def test_qgis_draws_polygons_where_they_are(server: Server, tmp_path: Path) -> None:
    if subprocess.run(["/usr/bin/python3", "-c", "import qgis.core"], capture_output=True, check=False).returncode:
        unavailable("QGIS for Python is not installed (apt-get install python3-qgis)")
    true = lots(server)
    x, y = true.centroid.x, true.centroid.y
    box = (x - 2000, y - 2000, x + 2000, y + 2000)
    script = tmp_path / "draw.py"
    script.write_text(SCRIPT)
    environment = {"PATH": os.environ["PATH"], "HOME": str(tmp_path), "QT_QPA_PLATFORM": "offscreen", "LANG": "C.UTF-8",
                   "XDG_RUNTIME_DIR": str(tmp_path)}
    url = f"{server.url}/ogc/collections/lots/tiles/WebMercatorQuad/{{z}}/{{y}}/{{x}}"
    done = subprocess.run(["/usr/bin/python3", str(script), url, json.dumps(box)], env=environment, capture_output=True, text=True,
                          timeout=240, check=False)
    lines = [line for line in done.stdout.splitlines() if line.startswith("ANSWER")]
    assert lines, done.stderr
    found = json.loads(lines[0].removeprefix("ANSWER"))
    assert found["valid"]
    red = np.array(found["red"])
    step = 10.0
    centres = np.array([(box[0] + (c + 0.5) * step, box[3] - (r + 0.5) * step) for r in range(400) for c in range(400)])
    inside = shapely.intersects_xy(true, centres[:, 0], centres[:, 1]).reshape(400, 400)
    assert inside.any()
    edge = shapely.dwithin(true.boundary, shapely.points(centres), 1.5 * step).reshape(400, 400)
    assert (red == inside)[~edge].all()
