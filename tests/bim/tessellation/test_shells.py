import numpy as np
import pytest

from bim.tessellation.body import Refused
from bim.tessellation.shells import FaceTables, Shells, Table
from bim.tessellation.topology import signed_volume, surface_area

from .solids import CUBE_FACES


class Writer:
    """Faces as instances, as they would stand in a file."""

    def __init__(self):
        self.number, self.points, self.loops, self.bounds, self.forward, self.outer, self.faces, self.shells = 0, {}, {}, {}, {}, {}, {}, {}

    def _next(self):
        self.number += 7
        return self.number

    def loop(self, corners):
        ids = []
        for corner in corners:
            ids.append(self._next())
            self.points[ids[-1]] = corner
        number = self._next()
        self.loops[number] = ids
        return number

    def face(self, *rings, forward=True):
        bounds = []
        for place, ring in enumerate(rings):
            loop, number = self.loop(ring), self._next()
            self.bounds[number], self.forward[number], self.outer[number] = [loop], forward, place == 0
            bounds.append(number)
        number = self._next()
        self.faces[number] = bounds
        return number

    def shell(self, faces):
        number = self._next()
        self.shells[number] = faces
        return number

    def made(self) -> Shells:
        flags = [np.array([flag[n] for n in sorted(flag)], bool) for flag in (self.forward, self.outer)]
        ids = np.array(sorted(self.points), np.int64)
        points = np.array([self.points[n] for n in ids], float).reshape(-1, 3)
        tables = [Table.of(rows) for rows in (self.loops, self.bounds)]
        return Shells(FaceTables(ids, points, *tables, *flags, Table.of(self.faces), Table.of(self.shells)), 1e-5)


def corners(low, high):
    (x0, y0, z0), (x1, y1, z1) = low, high
    return [(x0, y0, z0), (x1, y0, z0), (x1, y1, z0), (x0, y1, z0), (x0, y0, z1), (x1, y0, z1), (x1, y1, z1), (x0, y1, z1)]


def cube(writer, low=(0, 0, 0), high=(1, 2, 3), turned=()):
    points = corners(low, high)
    return [writer.face([points[c] for c in (face[::-1] if k in turned else face)]) for k, face in enumerate(CUBE_FACES)]


def volume(body):
    return signed_volume(body.vertices, body.triangles)


def test_faces_that_share_no_points_make_a_closed_shell():
    writer = Writer()
    shell = writer.shell(cube(writer))
    body = writer.made().body(shell)
    assert body.closed
    assert len(body.vertices) == 8
    assert volume(body) == pytest.approx(6)


@pytest.mark.parametrize("turned", [(0,), (1, 4), range(6)])
def test_a_closed_shell_faces_outwards_however_its_faces_run(turned):
    writer = Writer()
    shell = writer.shell(cube(writer, turned=turned))
    body = writer.made().body(shell)
    assert body.closed
    assert volume(body) == pytest.approx(6)


def test_a_bound_with_a_false_orientation_runs_backwards():
    writer = Writer()
    shell = writer.shell([writer.face([(0, 0, 0), (1, 0, 0), (1, 1, 0), (0, 1, 0)], forward=False)])
    body = writer.made().body(shell)
    a, b, c = body.vertices[body.triangles[0]]
    assert np.cross(b - a, c - a)[2] < 0
    assert not body.closed


def test_a_plate_with_a_hole_is_closed_and_has_its_volume():
    writer = Writer()
    outer, inner = corners((0, 0, 0), (4, 4, 1)), corners((1, 1, 0), (2, 2, 1))
    lids = [writer.face([outer[c] for c in face], [inner[c] for c in face[::-1]]) for face in CUBE_FACES[:2]]
    walls = [writer.face([outer[c] for c in face]) for face in CUBE_FACES[2:]]
    lining = [writer.face([inner[c] for c in face[::-1]]) for face in CUBE_FACES[2:]]
    shell = writer.shell([*lids, *walls, *lining])
    body = writer.made().body(shell)
    assert body.closed
    assert volume(body) == pytest.approx(15)
    assert surface_area(body.vertices, body.triangles) == pytest.approx(2 * 15 + 16 + 4)


def test_the_outer_bound_need_not_come_first_nor_be_called_so():
    writer = Writer()
    small, large = [(1, 1, 0), (2, 1, 0), (2, 2, 0), (1, 2, 0)], [(0, 0, 0), (4, 0, 0), (4, 4, 0), (0, 4, 0)]
    shell = writer.shell([writer.face(small, large)])
    body = writer.made().body(shell)
    assert surface_area(body.vertices, body.triangles) == pytest.approx(15)


def test_shells_of_a_file_do_not_mix_even_where_they_share_faces():
    writer = Writer()
    near, far = cube(writer), cube(writer, (10, 0, 0), (11, 1, 1))
    shells = [writer.shell(near), writer.shell(far), writer.shell([*near, *far]), writer.shell(near[1:])]
    made = writer.made()
    assert [volume(made.body(s)) for s in shells[:3]] == pytest.approx([6, 1, 7])
    assert [made.body(s).closed for s in shells] == [True, True, True, False]


def test_a_shell_of_flat_faces_far_out_on_the_map_keeps_its_volume():
    writer = Writer()
    shell = writer.shell(cube(writer, (816_000, 836_000, 5), (816_001, 836_002, 8), turned=(2,)))
    assert volume(writer.made().body(shell)) == pytest.approx(6)


def test_what_refers_to_nothing_is_refused_and_the_rest_is_made():
    writer = Writer()
    good, faces = writer.shell(cube(writer)), cube(writer)
    foreign = writer.shell([*faces, 999_999])
    broken_face = writer.face([(0, 0, 0), (1, 0, 0), (0, 1, 0)])
    del writer.points[writer.loops[writer.bounds[writer.faces[broken_face][0]][0]][1]]
    broken = writer.shell([*faces, broken_face])
    made = writer.made()
    assert made.body(good).closed
    for shell, reason in ((foreign, "shell:face-class"), (broken, "shell:face-broken"), (4711, "shell:missing")):
        with pytest.raises(Refused, match=reason):
            made.body(shell)


def test_a_face_that_crosses_itself_is_refused():
    writer = Writer()
    shell = writer.shell([writer.face([(0, 0, 0), (2, 2, 0), (2, 0, 0), (0, 2, 0)])])
    with pytest.raises(Refused, match="crosses-itself"):
        writer.made().body(shell)


def test_faces_without_area_leave_an_empty_body():
    writer = Writer()
    shell = writer.shell([writer.face([(0, 0, 0), (1, 0, 0), (0, 0, 0)])])
    assert len(writer.made().body(shell).triangles) == 0


def test_a_file_without_faces_has_no_shells():
    with pytest.raises(Refused, match="shell:missing"):
        Writer().made().body(1)


@pytest.mark.parametrize("wild", [np.nan, np.inf, -1e300])
def test_a_wild_point_spoils_its_own_shell_only(wild):
    writer = Writer()
    good, bad = writer.shell(cube(writer)), writer.shell([writer.face([(0, 0, 0), (1, 0, 0), (wild, 1, 0)])])
    made = writer.made()
    assert made.body(good).closed
    with pytest.raises(Refused, match="shell:face-broken"):
        made.body(bad)
