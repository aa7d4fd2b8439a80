"""The building models of the sample site as files: which there are, and writing them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from sample_models.ifc_airfield import write_airfield
from sample_models.ifc_carpark import write_car_park
from sample_models.ifc_mep import write_services
from sample_models.ifc_plan import remote_concourse, terminal
from sample_models.ifc_structure import write_structure
from sample_models.ifc_terminal import write_architecture
from sample_models.ifc_writer import Model
from sample_models.layout import Layout

Progress = Callable[[str, float], None]
"""Called with the file being made and the share of the whole that is done, 0 to 1."""
CONCOURSES_PER_FILE = 8


@dataclass(frozen=True)
class ModelFile:
    """A written building model.

    Attributes:
        id: model id, the stem of the file.
        title: English, traditional Chinese, simplified Chinese.
        elements: IfcElements without openings and other features.
    """

    id: str
    title: tuple[str, str, str]
    schema: str
    path: Path
    elements: int
    spaces: int
    storeys: int


def write_models(folder: Path, scale: float = 1.0, progress: Progress | None = None) -> list[Path]:
    """Writes the building models of the site at `scale` into `folder` and gives their paths; same scale, same bytes.

    Raises:
        ValueInvalid: `scale` is out of range.
    """
    return [file.path for file in write_model_files(folder, scale, progress)]


def write_model_files(folder: Path, scale: float = 1.0, progress: Progress | None = None) -> list[ModelFile]:
    """As `write_models`, with what each file holds."""
    layout = Layout(scale)
    folder.mkdir(parents=True, exist_ok=True)
    plan = list(_plan(layout))
    written = []
    for number, (id, title, write) in enumerate(plan):
        if progress is not None:
            progress(f"{id}.ifc", number / len(plan))
        written.append(_described(write(folder / f"{id}.ifc"), title))
    return written


def _plan(layout: Layout) -> Iterator[tuple[str, tuple[str, str, str], Callable[[Path], Model]]]:
    main = [terminal(layout)]
    yield ("terminal-arch", ("Terminal, architecture", "客運大樓 建築", "航站楼 建筑"),
           partial(write_architecture, layout=layout, plans=main))  # fmt: skip
    yield ("terminal-structure", ("Terminal, structure", "客運大樓 結構", "航站楼 结构"),
           partial(write_structure, layout=layout, plans=main))  # fmt: skip
    yield ("terminal-mep", ("Terminal, building services", "客運大樓 屋宇裝備", "航站楼 机电"),
           partial(write_services, layout=layout, plans=main))  # fmt: skip
    yield "carpark", ("Car Park 4", "四號停車場", "四号停车场"), partial(write_car_park, layout=layout)
    yield "taxiway-bridge", ("Taxiway bridge", "滑行道橋", "滑行道桥"), partial(write_airfield, layout=layout)
    wings = layout.satellites
    for number, first in enumerate(range(0, len(wings), CONCOURSES_PER_FILE), start=1):
        plans = [remote_concourse(wing) for wing in wings[first : first + CONCOURSES_PER_FILE]]
        for kind, zh, cn, write in (
            ("arch", "建築", "建筑", write_architecture), ("structure", "結構", "结构", write_structure),
            ("mep", "屋宇裝備", "机电", write_services),
        ):  # fmt: skip
            title = (f"Remote concourses {number}, {kind}", f"衛星客運廊 {number} {zh}", f"卫星航站楼 {number} {cn}")
            yield f"remote-{kind}-{number:02d}", title, partial(write, layout=layout, plans=plans)


def _described(model: Model, title: tuple[str, str, str]) -> ModelFile:
    counts = model.counts
    return ModelFile(model.slug, title, model.schema, model.step.path, model.elements, counts["IFCSPACE"],
                     counts["IFCBUILDINGSTOREY"])  # fmt: skip
