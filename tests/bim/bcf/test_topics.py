"""From findings to topics: grouped, the same at every check, with a camera that sees the elements."""

from __future__ import annotations

import io
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bim.bcf import ModelInfo, Spot, Style, bytes_of, grouped, read_bcf, topics_of
from bim.bcf.cameras import LEAST_M, Box, around, orthogonal_on, perspective_on, section_above
from bim.bcf.model import Bcf, Camera
from bim.finding import Finding
from tests.bim.bcf.schemas import faults, needs_corpus

MODEL = ModelInfo("site-7", "Terminal", "terminal.ifc", "2026-11-20T09:00:00Z", "2SugUv4EX5LAhcVpDp2dUH")
STYLE = Style("checker@example.com", "2026-11-21T10:00:00Z")
TITLES = {"CLS-001": {"en": "Clash", "zh-Hant": "碰撞", "zh-Hans": "碰撞检查"}}


def spot(guid: str, x: float, storey: str = "L1", code: str = "CLS-001", severity: str = "error") -> Spot:
    finding = Finding(code, severity, f"{guid} is in the way", measured="0.2 m", expected="0 m")  # type: ignore[arg-type]
    return Spot(finding, guid.ljust(22, "0"), Box((x, 0.0, 3.0), (x + 1, 2.0, 6.0)), storey)


def archive(version: str = "2.1", style: Style = STYLE, snapshot: bytes | None = None) -> Bcf:
    groups = grouped([spot("a", 0.0), spot("b", 5.0), spot("c", 500.0), spot("d", 0.0, "L2")], TITLES)
    return topics_of([replace(group, snapshot=snapshot) for group in groups], MODEL, style, version)


def corners(box: Box) -> np.ndarray:
    return np.array([[x, y, z] for x in (box.lowest[0], box.highest[0]) for y in (box.lowest[1], box.highest[1])
                     for z in (box.lowest[2], box.highest[2])])


def seen(camera: Camera, points: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """(across, up, depth) of points by half the picture's height; in the picture where |up| <= 1 and |across| <= aspect."""
    forward, up = np.asarray(camera.direction), np.asarray(camera.up_vector)
    away = points - np.asarray(camera.view_point)
    depth = away @ forward
    half = (depth * np.tan(np.radians(camera.field_of_view / 2)) if camera.field_of_view is not None
            else np.full(len(points), (camera.view_to_world_scale or 0) / 2))
    return away @ np.cross(forward, up) / half, away @ up / half, depth


def test_rule_storey_and_nearness_make_a_group() -> None:
    groups = grouped([spot("a", 0.0), spot("b", 12.0), spot("c", 500.0), spot("d", 0.0, "L2"), spot("e", 0.0, code="CLS-002")], TITLES)
    assert [[one.global_id[0] for one in group.spots] for group in groups] == [["a", "b"], ["c"], ["d"], ["e"]]
    assert groups[0].title == {"en": "Clash, L1", "zh-Hant": "碰撞, L1", "zh-Hans": "碰撞检查, L1"}
    assert groups[3].title["en"] == f"{'e'} is in the way, L1"


def test_a_row_of_ten_thousand_places_is_one_cluster() -> None:
    assert [len(group.spots) for group in grouped([spot(f"{n}", n * 9.0) for n in range(10_000)], TITLES)] == [10_000]


def test_findings_without_a_place_are_one_group_of_their_rule() -> None:
    groups = grouped([Spot(Finding("GRF-001", "warning", "no map conversion")), Spot(Finding("GRF-001", "error", "no unit"))], {})
    assert [group.severity for group in groups] == ["error"]
    bcf = topics_of(groups, MODEL, STYLE)
    assert bcf.topics[0].topic_type == "Error"
    assert bcf.topics[0].viewpoints[0].view.camera is None  # type: ignore[union-attr]


@needs_corpus
@pytest.mark.parametrize("version", ["2.1", "3.0"])
@pytest.mark.parametrize("style", [STYLE, replace(STYLE, orthogonal=True, section=True, titles=("en", "zh-Hant"))])
def test_the_archive_is_valid_and_says_what_was_found(version: str, style: Style) -> None:
    content, findings = bytes_of(archive(version, style, snapshot=b"\x89PNG\r\n\x1a\n"))
    assert faults(content, version) == []
    assert {one.data["field"] for one in findings} <= {"perspective_camera.aspect_ratio", "orthogonal_camera.aspect_ratio"}
    bcf = read_bcf(content)
    topic = bcf.topics[[one.guid for one in bcf.topics].index(archive().topics[0].guid)]
    viewpoint = topic.viewpoints[0]
    assert (viewpoint.viewpoint, viewpoint.snapshot) == ("viewpoint.bcfv", "snapshot.png")
    assert bcf.snapshot(topic, viewpoint) == b"\x89PNG\r\n\x1a\n"
    assert topic.comments[0].viewpoint == viewpoint.guid
    assert topic.title == ("Clash, L1" if style is STYLE else "Clash, L1 · 碰撞, L1")
    assert "碰撞检查" in topic.description
    assert (topic.files[0].filename, topic.files[0].ifc_project) == ("terminal.ifc", MODEL.ifc_project)
    view = viewpoint.view
    assert view is not None
    assert [one.ifc_guid[0] for one in view.selection] == ["a", "b"]
    assert view.coloring[0].color == "D32F2F"
    assert len(view.clipping_planes) == int(style.section)
    assert (view.orthogonal_camera is not None) == style.orthogonal


@needs_corpus
@pytest.mark.filterwarnings("ignore")
def test_another_reader_shows_the_viewpoint() -> None:
    from bcf.bcfxml import load
    with load(io.BytesIO(bytes_of(archive(snapshot=b"\x89PNG"))[0])) as read:  # type: ignore[arg-type]
        assert len(read.topics) == 3
        for handler in read.topics.values():
            (view,) = handler.viewpoints.values()
            assert view.visualization_info.components.selection.component[0].ifc_guid
            assert handler.comments[0].viewpoint is not None


def test_a_second_check_gives_the_same_topics_and_the_same_bytes() -> None:
    assert bytes_of(archive())[0] == bytes_of(archive())[0]
    later = topics_of(grouped([spot("a", 0.0), spot("z", 3.0)], TITLES), MODEL, replace(STYLE, when="2026-12-01T10:00:00Z"))
    assert later.topics[0].guid == archive().topics[0].guid
    other = topics_of(grouped([spot("a", 0.0)], TITLES), replace(MODEL, project_id="site-8"), STYLE)
    assert other.topics[0].guid != archive().topics[0].guid


_SIZE = st.floats(0, 200)
_PLACE = st.floats(-1e6, 1e6)


@settings(deadline=None, max_examples=60)
@given(_PLACE, _PLACE, _SIZE, _SIZE, _SIZE, st.floats(0.3, 3), st.tuples(st.floats(-1, 1), st.floats(-1, 1), st.floats(-1, 1)))
def test_a_fitted_camera_sees_every_corner_and_stands_no_farther_than_needed(
        x: float, y: float, dx: float, dy: float, dz: float, aspect: float, direction: tuple[float, float, float]) -> None:
    if np.linalg.norm(direction) < 0.1:
        direction = (0.0, 0.0, -1.0)
    box = Box((x, y, 5.0), (x + dx, y + dy, 5.0 + dz))
    for look in (perspective_on, orthogonal_on):
        camera = look(box, direction, aspect)
        across, up, depth = seen(camera, corners(box))
        assert (depth > 0).all()
        assert np.abs(up).max() <= 1 + 1e-6
        assert np.abs(across).max() <= aspect * (1 + 1e-6)
        if max(dx, dy, dz) > 4 * LEAST_M and min(dx, dy, dz) >= LEAST_M:
            assert max(np.abs(up).max(), np.abs(across).max() / aspect) > 0.5
        assert abs(np.dot(camera.direction, camera.up_vector)) < 1e-9


def test_the_section_takes_away_what_is_above() -> None:
    plane = section_above(around([Box((0, 0, 0), (1, 1, 3)), Box((2, 0, 0), (3, 1, 4))]))
    assert plane.location == pytest.approx((1.5, 0.5, 4.1))
    assert plane.direction == (0.0, 0.0, 1.0)
