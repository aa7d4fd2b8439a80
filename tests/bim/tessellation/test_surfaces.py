import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bim.tessellation.body import Body, Refused, joined
from bim.tessellation.surfaces import arc, flat_face, on_cylinder
from bim.tessellation.topology import signed_volume, solid, surface_area


def frame_at(seed):
    frame = np.eye(4)
    base = np.linalg.qr(np.random.default_rng(seed).normal(size=(3, 3)))[0]
    frame[:3, :3] = base * np.sign(np.linalg.det(base))
    frame[:3, 3] = [816_000, 836_000, 5]
    return frame


def on(frame, radii, angle):
    return np.array([radii[0] * np.cos(angle), radii[1] * np.sin(angle), 0]) @ frame[:3, :3].T + frame[:3, 3]


@settings(max_examples=60, deadline=None)
@given(st.floats(-7, 7), st.floats(0.1, 6.2), st.floats(0.05, 40), st.floats(0.3, 1), st.integers(0, 99))
def test_an_arc_runs_counter_clockwise_and_stays_within_the_sagitta(first, around, radius, flat, seed):
    frame, radii = frame_at(seed), (radius, radius * flat)
    points = arc(frame, radii, on(frame, radii, first), on(frame, radii, first + around), 0.001)
    local = (points - frame[:3, 3]) @ frame[:3, :3]
    angle = np.unwrap(np.arctan2(local[:, 1] / radii[1], local[:, 0] / radii[0]))
    assert angle[-1] - angle[0] == pytest.approx(around, abs=1e-6)
    middle = (local[:-1] + local[1:]) / 2
    assert (1 - np.hypot(middle[:, 0] / radii[0], middle[:, 1] / radii[1])).max() * min(radii) <= 0.001 * 1.01
    assert np.diff(angle).max() <= 0.5 + 1e-9


def test_a_full_circle_has_a_multiple_of_four_segments_and_at_least_twelve():
    start = np.array([0.05, 0, 0])
    assert len(arc(np.eye(4), (0.05, 0.05), start, start, 0.001)) == 17
    small = np.array([0.01, 0, 0])
    assert len(arc(np.eye(4), (0.01, 0.01), small, small, 0.001)) == 17  # 0.5 rad at most


def cylinder_faces(radius=1.0, height=5.0, sagitta=0.001):
    """Two lids, and a lateral face whose ring runs up its seam and down again."""
    low = arc(np.eye(4), (radius, radius), np.array([radius, 0, 0]), np.array([radius, 0, 0]), sagitta)
    high = low + np.array([0, 0, height])
    lateral = np.concatenate([low, high[::-1]])
    lids = [flat_face([high[:-1]]), flat_face([low[:-1][::-1]])]
    return lids, lateral


def test_a_cylinder_with_a_seam_and_two_lids_is_a_solid():
    lids, lateral = cylinder_faces()
    body = solid(joined([*lids, on_cylinder(np.eye(4), 1.0, [lateral], 0.001)]), 1e-6)
    assert body.closed
    assert signed_volume(body.vertices, body.triangles) == pytest.approx(np.pi * 5, rel=5e-3)
    assert surface_area(body.vertices, body.triangles) == pytest.approx(2 * np.pi + 2 * np.pi * 5, rel=5e-3)


def test_a_ring_that_runs_round_without_a_seam_is_refused():
    low = arc(np.eye(4), (1, 1), np.array([1, 0, 0]), np.array([1, 0, 0]), 0.001)[:-1]
    with pytest.raises(Refused, match="face-on-cylinder"):
        on_cylinder(np.eye(4), 1.0, [low], 0.001)


def test_a_face_whose_points_do_not_describe_the_cylinder_is_refused():
    corners = np.array([[1, 0, 0], [0, 1, 0], [0, 1, 5], [1, 0, 5.0]])
    with pytest.raises(Refused, match="face-on-cylinder"):
        on_cylinder(np.eye(4), 1.0, [corners], 0.001)


def test_a_flat_face_keeps_its_hole():
    outer = np.array([[0, 0, 1], [4, 0, 1], [4, 4, 1], [0, 4, 1.0]])
    body = flat_face([outer, outer / 4 + [1, 1, 0.75]])
    assert isinstance(body, Body)
    assert surface_area(body.vertices, body.triangles) == pytest.approx(15)


def test_a_flat_face_that_crosses_itself_is_refused():
    with pytest.raises(Refused, match="crosses-itself"):
        flat_face([np.array([[0, 0, 0], [1, 1, 0], [1, 0, 0], [0, 1, 0.0]])])
