"""Models and cities of a site verified: each tileset of each version, alone and against the rows of that version."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from csdi import crs
from csdi.blobs import Blobs
from csdi.bootstrap import Services
from csdi.errors import BlobMissing, FileBroken, NotFound
from csdi.feature import Feature
from csdi.filter import Literal, Op, Property
from csdi.finding import Finding
from csdi.history import AsOf, feature, scan_as_of
from csdi.query import Query
from twin.city import City, Plan
from twin.city.quadtree import Key
from twin.palette import HIDDEN_CLASSES, SPACE_CLASSES
from twin.verify import faults
from twin.verify.faults import fault
from twin.verify.inspecting import Inspection, inspect_tileset
from twin.verify.source import Census, Element, row_findings
from twin.versions import of_model, versions_of

Json = dict[str, Any]
Progress = Callable[[int], None]
_ROWS = {"bodies": "elements", "spaces": "spaces"}
"""Parts of a model that have a tileset, and the Collections of their rows."""


@dataclass(slots=True)
class Verified:
    """One tileset that was verified.

    Attributes:
        subject: what it shows, such as `t1-arch version 2: bodies`.
        root: name of its root document, "" where there is nothing to draw.
        inspection: what it holds.
        findings: all that is wrong with it.
    """

    subject: str
    root: str
    inspection: Inspection
    findings: list[Finding] = field(default_factory=list)

    def to_dict(self) -> Json:
        """The JSON form."""
        counts = self.inspection.to_dict()
        del counts["findings"], counts["levels"], counts["largest"]
        return {"subject": self.subject, "root": self.root, **counts, "findings": [one.to_dict() for one in self.findings]}


def versions_asked(services: Services, model: str, version: int = 0) -> list[int]:
    """The versions of a model, the newest first, or the one that is asked for.

    Raises:
        FeatureMissing: no such model.
        NotFound: no such version.
    """
    numbers = [int(one["version"]) for one in versions_of(services.store, model)]
    if version and version not in numbers:
        raise NotFound(f"{model} has no version {version}", model=model, remedy=f"csdi models versions {model} lists them")
    return [version] if version else numbers


def tilesets_of(services: Services, model: str, version: int = 0) -> list[str]:
    """Root documents of a version of a model, without one of the present: of elements, and of spaces. Raises as `versions_asked`."""
    tiles = _row(services, model, versions_asked(services, model, version)[0]).get("tiles") or {}
    return [str(made["root"]) for made in (tiles.get(part) for part in _ROWS) if made and made.get("root")]


def verify_model(services: Services, model: str, version: int, progress: Progress | None = None) -> Iterator[Verified]:
    """The tilesets of one version of a model: of its elements, and of its spaces where it has any.

    Args:
        progress: told the number of content files read of the tileset that is being read.

    Raises:
        FeatureMissing: no such model or version.
    """
    row = _row(services, model, version)
    for part in _ROWS:
        if part == "bodies" or (row.get("tiles") or {}).get(part):
            yield _verified(services, model, version, part, row, progress)


def verify_city(services: Services, city: City, plan: Plan) -> Verified:
    """A city: its tileset against its plan; tiles that nobody asked for yet are made."""
    read = _city_files(services.blobs, city, plan)
    found = inspect_tileset(read, f"{city.folder}/tileset.json") if plan.tiles else Inspection()
    expected = {id for ids in plan.tiles.values() for id in ids}
    findings = list(found.findings)
    findings += [fault(faults.NOT_DRAWN, id, "a building of the plan is not drawn") for id in sorted(expected - found.features)]
    findings += [fault(faults.NO_SUCH_ROW, id, "a building is drawn that is not in the plan") for id in sorted(found.features - expected)]
    return Verified(f"{city.collection.id}: city", f"{city.folder}/tileset.json", found, findings)


def _city_files(blobs: Blobs, city: City, plan: Plan) -> Callable[[str], bytes]:
    content = {city.name_of(plan, key): key for key in plan.tiles}

    def read(name: str) -> bytes:
        key: Key | None = content.get(name)
        return city.tile(plan, key) if key is not None else blobs.get(name)
    return read


def _row(services: Services, model: str, version: int) -> Mapping[str, Any]:
    return feature(services.store, services.store.collection("models"), model, AsOf(version=version)).properties


def _verified(services: Services, model: str, version: int, part: str, row: Mapping[str, Any], progress: Progress | None) -> Verified:
    made = (row.get("tiles") or {}).get(part) or {}
    placed, root = made.get("frame", {}).get("kind") == "enu", str(made.get("root") or "")
    census = Census(_to_grid(services, model, version, part) if placed else None, placed)
    result = Verified(f"{model} version {version}: {part}", root, Inspection())
    if root:
        try:
            result.inspection = inspect_tileset(services.blobs.get, root, seen=census.add, progress=progress)
        except (BlobMissing, FileBroken) as error:
            result.findings.append(fault(faults.NOT_THERE, root, f"the tileset of this version cannot be read: {error.message}"))
            return result
    result.findings += result.inspection.findings
    rows = map(Element.of, _drawable(services, model, version, part))
    said = [*(row.get("findings") or []), *(made.get("findings") or [])]
    result.findings += census.against(rows, row_findings(said), float(made.get("residual_m") or 0.0))
    result.findings += _stated_faults(made, result.inspection)
    return result


def _to_grid(services: Services, model: str, version: int, part: str) -> crs.Transform | None:
    """Into the frame of the rows' boxes; None where rows have none."""
    sited = (row for row in _drawable(services, model, version, part) if row.geometry is not None)
    first = next(sited, None)
    if first is None or not first.properties.get("box"):
        return None
    return crs.transform(crs.WGS84_3D, crs.HK80_HKPD, heights=services.heights)


def _drawable(services: Services, model: str, version: int, part: str) -> Iterator[Feature]:
    """Rows of what this part of a model draws, as they were in a version."""
    with_shape = Op("and", (of_model(model), Op("=", (Property("has_shape"), Literal(True)))))
    for row in scan_as_of(services.store, _ROWS[part], Query(filter=with_shape), AsOf(version=version)):
        ifc_class = str(row.properties.get("ifc_class"))
        if ifc_class not in HIDDEN_CLASSES and (ifc_class in SPACE_CLASSES) == (part == "spaces"):
            yield row


def _stated_faults(made: Json, found: Inspection) -> Iterator[Finding]:
    """What the model's row says of its tiles, where something else is there; triangles that vanish on the grid are in that number."""
    counted = {"features": len(found.features), "tiles": found.tiles, "copies": found.copies, "error_m": max(found.errors_m.get(1, [0.0]))}
    if found.triangles > int(made.get("triangles", found.triangles)):
        yield fault(faults.COUNTS_DIFFER, str(made.get("root")), "more triangles are drawn than the model's row states", found.triangles,
                    made["triangles"])
    for name, count in counted.items():
        if name in made and abs(float(made[name]) - count) > 1e-3:
            yield fault(faults.COUNTS_DIFFER, str(made.get("root")), f"the model's row states another number of {name}", count, made[name])
