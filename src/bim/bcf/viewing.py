"""Views fitted to a version: one camera with all it requires, components and colours as it spells them."""

from __future__ import annotations

import re
from dataclasses import replace

from bim.bcf.findings import filled, lost
from bim.bcf.fitting import Fitter
from bim.bcf.model import Camera, Coloring, View

ASPECT = 1.0
"""The aspect ratio of cameras of versions that do not say one."""

NARROWEST, WIDEST = 45.0, 60.0
"""Degrees that the schema of 2.1 allows for a field of view."""

_COLOR = re.compile(r"[0-9A-F]{6}([0-9A-F]{2})?")


def fitted_view(view: View, guid: str, fitter: Fitter, version: str) -> View:
    """The view as the version wants it; without a guid of its own it gets that of its viewpoint."""
    default = view.default_visibility
    if version == "2.1" and default is None and view.has_components:
        default = not view.exceptions
    perspective, orthogonal = _cameras(view, fitter, version)
    own = fitter.guid(view.guid, "view guid", guid) if view.guid else guid
    return replace(
        view, guid=own, default_visibility=default, selection=tuple(fitter.component(one) for one in view.selection),
        exceptions=tuple(fitter.component(one) for one in view.exceptions),
        coloring=tuple(one for color in view.coloring if (one := _coloring(color, fitter)) is not None),
        perspective_camera=perspective, orthogonal_camera=orthogonal, bitmaps=tuple(fitter.bitmap(one) for one in view.bitmaps))


def _coloring(coloring: Coloring, fitter: Fitter) -> Coloring | None:
    color = coloring.color.strip().lstrip("#").upper()
    if not _COLOR.fullmatch(color) or not coloring.components:
        fitter.note(lost, f"the colour '{coloring.color}' of {len(coloring.components)} components")
        return None
    return replace(coloring, color=color, components=tuple(fitter.component(one) for one in coloring.components))


def _cameras(view: View, fitter: Fitter, version: str) -> tuple[Camera | None, Camera | None]:
    perspective, orthogonal = view.perspective_camera, view.orthogonal_camera
    if version == "3.0":
        if perspective and orthogonal:
            fitter.note(lost, "the second camera")
            orthogonal = None
        if not perspective and not orthogonal:
            fitter.note(filled, "a camera", "orthogonal, at the origin, looking north")
            orthogonal = Camera(view_to_world_scale=1.0)
    return (_perspective(perspective, fitter, version) if perspective else None,
            _orthogonal(orthogonal, fitter, version) if orthogonal else None)


def _perspective(camera: Camera, fitter: Fitter, version: str) -> Camera:
    stated = WIDEST if camera.field_of_view is None else camera.field_of_view
    angle = min(max(stated, NARROWEST), WIDEST) if version == "2.1" else min(max(stated, 0.1), 179.9)
    if angle != camera.field_of_view:
        fitter.note(filled, "field_of_view", f"{angle:g}", "" if camera.field_of_view is None else f"{camera.field_of_view:g}")
    return _aspect(replace(camera, field_of_view=angle, view_to_world_scale=None), version)


def _orthogonal(camera: Camera, fitter: Fitter, version: str) -> Camera:
    if camera.view_to_world_scale is None:
        fitter.note(filled, "view_to_world_scale", "1")
    scale = 1.0 if camera.view_to_world_scale is None else camera.view_to_world_scale
    return _aspect(replace(camera, view_to_world_scale=scale, field_of_view=None), version)


def _aspect(camera: Camera, version: str) -> Camera:
    if version == "3.0" and not (camera.aspect_ratio and camera.aspect_ratio > 0):
        return replace(camera, aspect_ratio=ASPECT)
    return camera
