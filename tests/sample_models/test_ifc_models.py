"""The building models as files: valid, complete, counted, the same on every run."""

from __future__ import annotations

from pathlib import Path

import ifcopenshell
import ifcopenshell.util.element
import ifcopenshell.validate
import pytest

from csdi.errors import ValueInvalid
from sample_models import ModelFile, expected_counts, write_model_files, write_models
from sample_models.layout import Layout
from tests.sample_models.conftest import SCALE

SMALL = Path(__file__).parents[2] / "sample_models" / "small"


def test_the_site_has_these_models_in_these_schemas(models: dict[str, ModelFile]) -> None:
    assert {id: file.schema for id, file in models.items()} == {
        "terminal-arch": "IFC4", "terminal-structure": "IFC4", "terminal-mep": "IFC4", "carpark": "IFC2X3",
        "taxiway-bridge": "IFC4X3_ADD2",
    }  # fmt: skip


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")  # the library leaves its rule files open
@pytest.mark.parametrize("id", ["terminal-arch", "terminal-structure", "terminal-mep", "carpark", "taxiway-bridge"])
def test_a_model_is_valid_against_its_schema_and_rules(opened: dict[str, ifcopenshell.file], id: str) -> None:
    log = ifcopenshell.validate.json_logger()
    ifcopenshell.validate.validate(opened[id], log, express_rules=True)
    assert log.statements == []


def test_the_committed_models_are_what_the_generator_writes(models: dict[str, ModelFile]) -> None:
    for file in models.values():
        assert (SMALL / file.path.name).read_bytes() == file.path.read_bytes(), file.id
    assert sum(file.path.stat().st_size for file in models.values()) < 3_000_000


def test_a_second_run_gives_the_same_bytes(models: dict[str, ModelFile], tmp_path: Path) -> None:
    for path in write_models(tmp_path, SCALE):
        assert path.read_bytes() == models[path.stem].path.read_bytes()


def test_counts_are_those_of_the_file(models: dict[str, ModelFile], opened: dict[str, ifcopenshell.file]) -> None:
    for id, file in models.items():
        elements = [e for e in opened[id].by_type("IfcElement") if not e.is_a("IfcFeatureElement")]
        assert file.elements == len(elements)
        assert file.spaces == len(opened[id].by_type("IfcSpace"))
        assert file.storeys == len(opened[id].by_type("IfcBuildingStorey"))


def test_counts_follow_from_the_layout(models: dict[str, ModelFile], opened: dict[str, ifcopenshell.file]) -> None:
    assert expected_counts(SCALE) == {
        id: {"spaces": file.spaces, "storeys": file.storeys, "buildings": len(opened[id].by_type("IfcBuilding"))}
        for id, file in models.items()
    }


def test_every_element_is_in_the_spatial_structure(opened: dict[str, ifcopenshell.file]) -> None:
    for id, file in opened.items():
        for element in file.by_type("IfcElement"):
            if not element.is_a("IfcFeatureElement"):
                assert ifcopenshell.util.element.get_container(element) is not None, (id, element)


def test_global_ids_are_unique_across_all_models(opened: dict[str, ifcopenshell.file]) -> None:
    ids = [root.GlobalId for file in opened.values() for root in file.by_type("IfcRoot")]
    assert len(ids) == len(set(ids))


def test_names_are_english_and_chinese(opened: dict[str, ifcopenshell.file]) -> None:
    arch, mep = opened["terminal-arch"], opened["terminal-mep"]
    assert arch.by_type("IfcBuilding")[0].LongName == "一號客運大樓"
    assert {"Check-in Hall North": "北值機大堂"}.items() <= {s.Name: s.LongName for s in arch.by_type("IfcSpace")}.items()
    assert any(p.Name.endswith("冷水泵") for p in mep.by_type("IfcPump"))
    assert all("空氣處理機組" in u.Name for u in mep.by_type("IfcUnitaryEquipment"))


def test_the_site_grows_by_whole_concourses(tmp_path: Path) -> None:
    files = {file.id: file for file in write_model_files(tmp_path, 1.7)}
    counts = expected_counts(1.7)
    assert set(files) == set(counts)
    assert files["remote-arch-01"].spaces == counts["remote-arch-01"]["spaces"] > 0
    assert files["remote-mep-01"].storeys == 2 * 5
    grown = sum(file.elements for id, file in files.items() if id.startswith("remote"))
    assert grown == pytest.approx(0.7 * 6540, rel=0.05)
    remote = ifcopenshell.open(files["remote-arch-01"].path)
    assert [b.Name for b in remote.by_type("IfcBuilding")] == ["Remote Concourse 1", "Remote Concourse 2"]


def test_progress_names_each_file_in_order(tmp_path: Path) -> None:
    told: list[tuple[str, float]] = []
    paths = write_models(tmp_path, SCALE, lambda name, share: told.append((name, share)))
    assert [name for name, _ in told] == [path.name for path in paths]
    assert [share for _, share in told] == sorted(share for _, share in told)
    assert all(0.0 <= share < 1.0 for _, share in told)


@pytest.mark.parametrize("scale", [0.0, -1.0, 1001.0])
def test_a_scale_out_of_range_is_refused(tmp_path: Path, scale: float) -> None:
    with pytest.raises(ValueInvalid, match="scale"):
        write_models(tmp_path, scale)


def test_footprint_of_the_layout_is_one_ring() -> None:
    for scale in (0.05, SCALE, 0.5, 1.0):
        layout = Layout(scale)
        rings = [layout.main_footprint, *layout.concourse_footprints.values()]
        assert _area(layout.footprint) == pytest.approx(sum(_area(ring) for ring in rings), rel=1e-9)


def _area(ring: list[tuple[float, float]]) -> float:
    e0, n0 = ring[0]
    points = [(e - e0, n - n0) for e, n in ring]
    return sum(x0 * y1 - x1 * y0 for (x0, y0), (x1, y1) in zip(points, points[1:] + points[:1], strict=True)) / 2
