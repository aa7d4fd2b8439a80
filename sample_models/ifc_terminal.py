"""Architecture of the terminal and of the remote concourses, IFC4, millimetres."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from sample_models.ifc_building import OpenBuilding
from sample_models.ifc_circulation import Circulation
from sample_models.ifc_data import Classification
from sample_models.ifc_facade import Facade
from sample_models.ifc_georef import Georeference
from sample_models.ifc_interior import Interior
from sample_models.ifc_plan import Building
from sample_models.ifc_shapes import Shapes
from sample_models.ifc_writer import Model
from sample_models.layout import GROUND_FLOOR_MPD, Frame, Layout


def georeference(layout: Layout, plans: Sequence[Building]) -> Georeference:
    """Axes along the terminal, z = 0 on the ground floor, origin at the first building's."""
    return Georeference(Frame(layout.to_grid(*plans[0].base), layout.frame.bearing_deg), GROUND_FLOOR_MPD)


def write_architecture(path: Path, layout: Layout, plans: Sequence[Building]) -> Model:
    """Writes the buildings' architecture to `path`; the model id is the stem."""
    title = ("Passenger terminal, architecture", "機場客運大樓 建築")
    with Model(path, "IFC4", path.stem, title, georeference(layout, plans), 0.001) as model:
        shapes, uniclass = Shapes(model), Classification(model)
        for plan in plans:
            site = OpenBuilding(model, shapes, plan, layout)
            interior = Interior(site, uniclass)
            interior.write()
            Facade(site, interior, uniclass).write()
            Circulation(site, uniclass).write()
    return model
