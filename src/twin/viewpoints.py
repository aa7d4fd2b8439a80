"""A view of the twin as a BCF viewpoint of one model, and such a viewpoint as a view of the twin."""

from __future__ import annotations

import base64
import binascii
import math
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from bim.bcf import Bcf
from bim.bcf.model import Camera, ClippingPlane, Component, HeaderFile, Project, Topic, Vector, View, Viewpoint
from csdi.errors import ValueInvalid
from twin.ellipsoid import Array
from twin.model_place import ModelPlace

Json = dict[str, Any]
MOST_PLANES = 64
MOST_COMPONENTS = 200_000
LONGEST_TITLE = 500
_PNG = b"\x89PNG\r\n\x1a\n"


@dataclass(frozen=True, slots=True)
class Shown:
    """What a viewpoint shows of its model.

    Attributes:
        selection: GlobalIds.
        default: whether what is no exception is shown.
        exceptions: GlobalIds.
        spaces: whether spaces are shown.
    """

    selection: tuple[str, ...]
    default: bool
    exceptions: tuple[str, ...]
    spaces: bool


def view_of(document: Mapping[str, Any], shown: Shown, place: ModelPlace) -> View:
    """The view that a document of the viewer describes, in the model's own coordinates.

    Args:
        document: `camera` with `position` (EPSG:4978 metres), `direction` and `up` (unit vectors in EPSG:4978), `aspect`, and `fov`
            (whole vertical angle, degrees) or `height` (whole height of the picture, metres); `planes`, each with a `position`
            and the `direction` of what is taken away.

    Raises:
        ValueInvalid: a part is missing or no number, or a place is too far from the model.
    """
    camera = _object(document.get("camera"), "camera")
    at = place.from_earth(_vectors([camera.get("position")], "camera.position"))
    ways = _vectors([camera.get("direction"), camera.get("up")], "camera.direction")
    ahead, up = place.directions_from_earth(np.repeat(at, 2, axis=0), ways)
    made = Camera(_vector(at[0]), _vector(ahead), _vector(_upright(ahead, up)), aspect_ratio=_number(camera, "aspect", 0.01, 100))
    orthogonal = camera.get("height") is not None
    if orthogonal:
        made = replace(made, view_to_world_scale=_number(camera, "height", 1e-3, 1e6) / place.scale_at(at[0]))
    else:
        made = replace(made, field_of_view=_number(camera, "fov", 0.1, 179))
    return View(
        spaces_visible=shown.spaces, space_boundaries_visible=False, openings_visible=False,
        selection=tuple(map(Component, shown.selection)), default_visibility=shown.default,
        exceptions=tuple(map(Component, shown.exceptions)), orthogonal_camera=made if orthogonal else None,
        perspective_camera=None if orthogonal else made, clipping_planes=_planes_of(document.get("planes") or [], place))


def archive_of(view: View, document: Mapping[str, Any], files: Sequence[HeaderFile], project: Project, author: str, moment: str) -> Bcf:
    """An archive with one topic that has this viewpoint, and its picture if there is one.

    Raises:
        ValueInvalid: the title is missing, or `snapshot` is no PNG in base64.
    """
    title = document.get("title")
    if not isinstance(title, str) or not title.strip() or len(title) > LONGEST_TITLE:
        raise ValueInvalid(f"a viewpoint needs a title of at most {LONGEST_TITLE} characters", field="title")
    picture = _picture(document.get("snapshot"))
    guid, view_guid = str(uuid.uuid4()), str(uuid.uuid4())
    viewpoint = Viewpoint(view_guid, "viewpoint.bcfv", "snapshot.png" if picture else "", view=replace(view, guid=view_guid))
    topic = Topic(guid=guid, topic_type="Info", topic_status="Open", title=title.strip(), creation_date=moment, creation_author=author,
                  description=str(document.get("description") or "")[:10_000], files=tuple(files), viewpoints=(viewpoint,), folder=guid)
    members = {topic.path("snapshot.png"): picture} if picture else {}
    return Bcf("3.0" if document.get("version") == "3.0" else "2.1", (topic,), project, members=members)


def document_of(view: View, place: ModelPlace) -> Json:
    """A viewpoint as the viewer takes it: as `view_of` reads it, with `selection`, `default` and `exceptions` as GlobalIds.

    Raises:
        CrsError: it lies outside of the area of the model's CRS. ValueInvalid: a direction has no length.
    """
    return {
        "guid": view.guid, "camera": _camera_document(view.camera, place) if view.camera else None,
        "selection": _ids(view.selection), "default": view.default_visibility is not False, "exceptions": _ids(view.exceptions),
        "spaces": bool(view.spaces_visible), "colours": [{"colour": one.color, "ids": _ids(one.components)} for one in view.coloring],
        "planes": [_plane_document(plane, place) for plane in view.clipping_planes[:MOST_PLANES]],
    }


def components_of(bcf: Bcf, most: int) -> list[str]:
    """GlobalIds that viewpoints of an archive name, at most so many."""
    views = [one.view for topic in bcf.topics for one in topic.viewpoints if one.view]
    named = (one for view in views for one in _named(view))
    return list(dict.fromkeys(one.ifc_guid for one in named if one.ifc_guid))[:most]


def _camera_document(camera: Camera, place: ModelPlace) -> Json:
    at = np.array([camera.view_point])
    ahead, up = place.directions_to_earth(np.repeat(at, 2, axis=0), np.array([camera.direction, camera.up_vector]))
    upright = _upright(ahead, up)
    scale = camera.view_to_world_scale
    return {"position": place.to_earth(at)[0].tolist(), "direction": ahead.tolist(), "up": upright.tolist(), "fov": camera.field_of_view,
            "height": None if scale is None else scale * place.scale_at(at[0]), "aspect": camera.aspect_ratio}


def _plane_document(plane: ClippingPlane, place: ModelPlace) -> Json:
    at = np.array([plane.location])
    return {"position": place.to_earth(at)[0].tolist(), "direction": place.normals_to_earth(at, np.array([plane.direction]))[0].tolist()}


def _planes_of(given: Any, place: ModelPlace) -> tuple[ClippingPlane, ...]:
    if not isinstance(given, list) or len(given) > MOST_PLANES:
        raise ValueInvalid(f"planes are a list of at most {MOST_PLANES}", field="planes")
    if not given:
        return ()
    planes = [_object(one, "planes") for one in given]
    at = place.from_earth(_vectors([one.get("position") for one in planes], "planes.position"))
    normals = place.normals_from_earth(at, _vectors([one.get("direction") for one in planes], "planes.direction"))
    return tuple(ClippingPlane(_vector(point), _vector(normal)) for point, normal in zip(at, normals, strict=True))


def _upright(ahead: Array, up: Array) -> Array:
    """What of `up` is square to the way one looks. A camera that is told no more than `up` along its way gets any."""
    across = up - (up @ ahead) * ahead
    if np.linalg.norm(across) < 1e-9:
        across = np.cross(ahead, np.eye(3)[np.abs(ahead).argmin()])
    return np.asarray(across / np.linalg.norm(across))


def _named(view: View) -> tuple[Component, ...]:
    return (*view.selection, *view.exceptions, *(one for colouring in view.coloring for one in colouring.components))


def _ids(components: Sequence[Component]) -> list[str]:
    return [one.ifc_guid for one in components[:MOST_COMPONENTS] if one.ifc_guid]


def _picture(given: Any) -> bytes:
    if given in (None, ""):
        return b""
    try:
        picture = base64.b64decode(given, validate=True) if isinstance(given, str) else b""
    except binascii.Error:
        picture = b""
    if not picture.startswith(_PNG):
        raise ValueInvalid("a snapshot is a PNG picture in base64", field="snapshot")
    return picture


def _object(given: Any, field: str) -> Mapping[str, Any]:
    if not isinstance(given, dict):
        raise ValueInvalid(f"{field} is a JSON object", field=field)
    return given


def _number(given: Mapping[str, Any], field: str, least: float, most: float) -> float:
    value = given.get(field)
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value) or not least <= value <= most:
        raise ValueInvalid(f"{field} is a number from {least:g} to {most:g}", field=field, value=str(value)[:100])
    return float(value)


def _vectors(given: Sequence[Any], field: str) -> Array:
    """(n, 3) float64."""
    for one in given:
        if not isinstance(one, list) or len(one) != 3 or not all(
                isinstance(x, int | float) and not isinstance(x, bool) and math.isfinite(x) and abs(x) < 1e9 for x in one):
            raise ValueInvalid(f"{field} is three numbers", field=field, value=str(one)[:100])
    return np.array(given, dtype=np.float64)


def _vector(values: Array) -> Vector:
    return (float(values[0]), float(values[1]), float(values[2]))
