import os
import signal
import threading
import time
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bim.footprints import outlines
from bim.ifc import Model, open_model
from bim.mesher.wire import Message, Reader, write
from bim.meshing import Fence, Tessellated, tessellate, tessellating, wanted_elements, wanted_spaces
from bim.meshing import fence as fence_module
from bim.meshing.box import box_mesh, box_of_points
from bim.meshing.wanted import batches
from bim.scan import scan
from bim.shapes import Placement, Shapes
from bim.units import project_units
from tests.bim.corpus import corpus_file
from tests.bim.small import Small


def opened(path: Path) -> Model:
    return open_model(path, scan(path).schema)


def meshed(path: Path, **limits: float) -> Tessellated:
    model = opened(path)
    return tessellate(path, model, wanted_elements(model), Fence(**limits))  # type: ignore[arg-type]


def drivers() -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if "_drive" in thread.name]


def world_box(shapes: Shapes, element: str) -> np.ndarray:
    boxes = [shapes.items[p.item].mesh.placed(p.matrix).box for p in shapes.placements if p.element == element]
    return np.array([np.min([b[0] for b in boxes], axis=0), np.max([b[1] for b in boxes], axis=0)])


@pytest.mark.parametrize("unit", ["", "MILLI"])
def test_boxes_come_out_in_metres_where_they_belong(tmp_path: Path, unit: str) -> None:
    made = meshed(Small(unit=unit, at=(0.0, 0.0, 3000.0 if unit else 3.0)).write(tmp_path))
    assert (made.wanted, made.got, made.fallbacks) == (2, 2, {})
    np.testing.assert_allclose(world_box(made.shapes, "000000000000000000000A"), [[0, 0, 3], [10, 6, 3.5]], atol=1e-9)
    np.testing.assert_allclose(world_box(made.shapes, "000000000000000000000B"), [[2, 2, 3.5], [3, 3, 5.5]], atol=1e-9)


def test_items_lie_near_their_own_origin(tmp_path: Path) -> None:
    made = meshed(Small(at=(812000.0, 819000.0, 6.5)).write(tmp_path))
    assert all(np.abs(item.mesh.vertices).max() < 10 for item in made.shapes.items)


def test_a_child_that_dies_is_replaced_and_the_rest_is_made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    killed = []
    original = fence_module.Child._listen

    def listen(self: fence_module.Child, until: str, *rest: object) -> fence_module.Ended:
        if until == "done" and not killed:
            assert self._process is not None
            killed.append(self._process.pid)
            os.kill(self._process.pid, signal.SIGSEGV)
        return original(self, until, *rest)  # type: ignore[arg-type]

    monkeypatch.setattr(fence_module.Child, "_listen", listen)
    made = meshed(Small().write(tmp_path), workers=1)
    assert len(killed) == 1
    assert made.got == 2


def test_a_run_without_time_ends_with_findings_not_with_a_hang(tmp_path: Path) -> None:
    started = time.monotonic()
    made = meshed(Small().write(tmp_path), time_limit_s=0.01)
    assert time.monotonic() - started < 10
    assert made.got == 0
    assert made.fallbacks == {"none": 2}
    assert "time limit" in made.shapes.findings[0].message


def test_progress_that_raises_stops_the_children(tmp_path: Path) -> None:
    path = Small().write(tmp_path)
    model = opened(path)

    def cancel(_done: int, _total: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        tessellate(path, model, wanted_elements(model), Fence(), cancel)
    assert not drivers()


def test_children_work_while_the_caller_does_something_else(tmp_path: Path) -> None:
    path = Small().write(tmp_path)
    model = opened(path)
    with tessellating(path, model, [wanted_elements(model)], Fence()) as finished:
        deadline = time.monotonic() + 30
        while drivers() and time.monotonic() < deadline:
            time.sleep(0.01)
        assert not drivers()
        (made,) = finished()
    assert made.got == made.wanted > 0


def test_a_caller_that_fails_meanwhile_leaves_no_child(tmp_path: Path) -> None:
    path = Small().write(tmp_path)
    model = opened(path)
    with pytest.raises(ValueError, match="of its own"), tessellating(path, model, [wanted_elements(model)], Fence()):
        raise ValueError("of its own")
    assert not drivers()


def test_a_batch_keeps_products_with_one_source_together(tmp_path: Path) -> None:
    model = opened(corpus_file("ifc/tricky-nested-mapped-item.ifc"))
    wanted = wanted_elements(model)
    made = batches(wanted, size=5)
    assert sorted(one.product for batch in made for one in batch) == sorted(one.product for one in wanted)
    where = Counter((one.source, at) for at, batch in enumerate(made) for one in batch)
    assert len({source for source, _ in where}) == len(where)


def test_a_box_is_closed_and_faces_outwards() -> None:
    mesh = box_mesh(np.array([-1.0, -2.0, -3.0]), np.array([1.0, 2.0, 3.0]))
    corners = mesh.vertices[mesh.triangles]
    volume = np.einsum("ij,ij->i", corners[:, 0], np.cross(corners[:, 1], corners[:, 2])).sum() / 6
    assert volume == pytest.approx(48.0)


@given(st.lists(st.binary(max_size=40), max_size=4), st.integers(1, 64))
def test_messages_survive_any_cutting(payloads: list[bytes], step: int) -> None:
    class Sink(bytearray):
        def write(self, data: bytes) -> int:
            self.extend(data)
            return len(data)

        def flush(self) -> None: ...

    sink = Sink()
    for payload in payloads:
        write(sink, Message("m", {"n": len(payload)}, {"a": np.frombuffer(payload, np.uint8)}))  # type: ignore[arg-type]
    reader = Reader()
    found = [m for at in range(0, len(sink), step) for m in reader.feed(bytes(sink[at:at + step]))]
    assert [m.arrays["a"].tobytes() for m in found] == payloads
    assert [m.data["n"] for m in found] == [len(p) for p in payloads]


@pytest.mark.corpus
@pytest.mark.parametrize(("name", "wanted", "items"), [
    ("arch-fzk-haus-ifc4", 82, 35), ("mep-hvac-heating-ifc4", 222, 180), ("geo-duplex-georeferenced-ifc2x3", 215, 140),
    ("infra-rail-signalling-ifc4x3-epsg3065", 225, 10), ("gis-bgt-poles-1050-ifc2x3", 1051, 100),
])
def test_real_files_give_every_shape_and_keep_instances(name: str, wanted: int, items: int) -> None:
    made = meshed(corpus_file(f"ifc/{name}.ifc"))
    assert (made.wanted, made.got) == (wanted, wanted)
    assert len(made.shapes.items) <= items
    assert len({p.element for p in made.shapes.placements}) == wanted


@pytest.mark.corpus
@pytest.mark.slow
def test_bodies_outside_the_usual_context_are_found() -> None:
    made = meshed(corpus_file("ifc/str-prefab-roof-2465el-ifc2x3.ifc"))
    assert (made.wanted, made.got) == (2355, 2355)


@pytest.mark.corpus
@pytest.mark.slow
def test_a_product_that_never_ends_costs_its_limit_and_no_more() -> None:
    made = meshed(corpus_file("ifc/tricky-600-timeout-wall.ifc"), stall_s=3.0, time_limit_s=30.0)
    assert (made.wanted, made.got, made.fallbacks) == (3, 3, {"box": 1})
    (finding,) = [f for f in made.shapes.findings if f.code == "MSH-002"]
    assert "made no progress" in finding.message


@pytest.mark.corpus
def test_colours_are_kept() -> None:
    made = meshed(corpus_file("ifc/arch-fzk-haus-ifc4.ifc"))
    coloured = [item for item in made.shapes.items if item.materials]
    assert len(coloured) > 20
    assert any(material.rgba[3] < 1 for item in coloured for material in item.materials), "glass is transparent"
    assert any(material.name and not material.name.startswith("IfcSurfaceStyle") for i in coloured for material in i.materials)


@pytest.mark.corpus
def test_spaces_are_apart() -> None:
    model = opened(corpus_file("ifc/arch-office-a-ifc2x3.ifc"))
    elements = {one.product for one in wanted_elements(model)}
    spaces = {one.product for one in wanted_spaces(model)}
    assert len(spaces) == 99
    assert not elements & spaces
    assert not any(one.ifc_class == "IfcOpeningElement" for one in wanted_elements(model))


def test_the_box_of_points_is_the_box_of_the_shape() -> None:
    path = corpus_file("ifc/arch-office-a-ifc2x3.ifc")
    model = open_model(path, "IFC2X3")
    scale = project_units(model).length
    wanted = wanted_elements(model)
    made = tessellate(path, model, wanted, Fence()).shapes
    boxes = {key: outline.box for key, outline in outlines(made).items()}
    compared = 0
    for one in wanted:
        found = box_of_points(model.by_id(one.product), scale)
        if found is not None and model.keys[one.product] in boxes:
            (outline,) = outlines(Shapes([found[0]], [Placement("box", 0, found[1])])).values()
            assert np.abs(outline.box - boxes[model.keys[one.product]]).max() < 0.01
            compared += 1
    assert compared > 100


@pytest.mark.parametrize("links", [10, 60_000])
def test_a_chain_of_any_length_does_not_end_the_process(tmp_path: Path, links: int) -> None:
    chain = "".join(f"#{n}=IFCTRIMMEDCURVE(#{n + 1},(IFCPARAMETERVALUE(0.)),(IFCPARAMETERVALUE(1.)),.T.,.PARAMETER.);\n"
                    for n in range(1000, 1000 + links))
    chain += f"#{1000 + links}=IFCPOLYLINE((#6,#67));\n#999=IFCSWEPTDISKSOLID(#1000,0.1,$,0.,1.);\n"
    path = Small(extra=chain).write(tmp_path)
    path.write_text(path.read_text().replace("'SweptSolid',(#603)", "'AdvancedSweptSolid',(#999)"))
    made = meshed(path, time_limit_s=20.0)
    assert made.wanted == 2
    assert any(placement.element == "000000000000000000000A" for placement in made.shapes.placements)
