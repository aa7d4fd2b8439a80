"""A city built: the plan of its tiles and the tiles themselves, kept under a version, made anew only where something changed."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from itertools import islice
from typing import Any

import numpy as np
import orjson

from csdi import crs
from csdi.blobs import Blobs
from csdi.bootstrap import Services
from csdi.collection import Collection
from csdi.errors import BlobMissing, CrsError, FeatureMissing, ValueInvalid
from csdi.extent import BBox
from csdi.feature import Feature
from csdi.finding import Finding
from csdi.formats.solids import BODIES, read_solids
from csdi.query import Query
from csdi.store.base import Store, scan
from twin.city.quadtree import Key, Quadtree, Region, quadtree
from twin.city.roles import Roles
from twin.city.solids import city_tile
from twin.city.structures import Maker, Structure, Tally
from twin.city.subtrees import LEVELS, subtrees
from twin.city.survey import Survey
from twin.elevation import HKPD, Terrain
from twin.ellipsoid import Array, ecef
from twin.frame import Frame, Reprojection, reprojection_of
from twin.tileset import Json, encoded

FORMAT = "3"
"""Part of every version; raised when the way tiles are made changes."""
BATCH = 2000
_TRIED = 200
_HONG_KONG = (113.7, 22.0, 114.6, 22.7)


@dataclass(frozen=True, slots=True)
class Plan:
    """What a version of a city consists of.

    Attributes:
        version: of everything below; the same for the same input.
        source: the CRS that the Collection's coordinates and heights are read in.
        region: its place on the globe.
        error_m: geometric error of the root.
        tiles: key -> ids of the Features that the tile draws.
        digests: key -> what the tile's bytes follow from.
        findings: what was found on the buildings.
        count: buildings drawn.
        box: west, south, lowest, east, north, highest in degrees and metres above the ellipsoid; () for a city without buildings.
    """

    version: str
    source: str
    region: Region
    error_m: float
    tiles: Mapping[Key, Sequence[str]]
    digests: Mapping[Key, str]
    findings: tuple[Finding, ...]
    count: int
    box: tuple[float, ...] = ()

    @property
    def frame(self) -> Frame:
        """The frame of all content: east, north, up at the middle of the region, on the ellipsoid."""
        return Frame("enu", (*self.region.centre, 0.0))

    @property
    def extent_m(self) -> float:
        """The largest dimension of all that is drawn, metres."""
        if not self.box:
            return 0.0
        low, high = self.frame.from_ecef(ecef(np.array([self.box[:3], self.box[3:]])))
        return float(np.abs(high - low).max())

    def tileset(self, folder: str) -> Json:
        """`tileset.json`; addresses begin with a folder, relative to it; "" for the one that it lies in."""
        here = f"{folder}/" if folder else ""
        root: Json = {"boundingVolume": {"region": self.region.numbers()}, "geometricError": self.error_m, "refine": "ADD",
                      "transform": self.frame.matrix.T.reshape(-1).tolist()}
        if self.tiles:
            root |= {"content": {"uri": f"{here}content/{{level}}/{{x}}/{{y}}.glb"},
                     "implicitTiling": {"subdivisionScheme": "QUADTREE", "subtreeLevels": LEVELS,
                                        "availableLevels": max(level for level, _, _ in self.tiles) + 1,
                                        "subtrees": {"uri": f"{here}subtrees/{{level}}/{{x}}/{{y}}.subtree"}}}
        return {"asset": {"version": "1.1"}, "geometricError": round(max(2 * self.error_m, self.extent_m), 3), "root": root}

    def to_bytes(self) -> bytes:
        """As `Plan.read` reads it."""
        tiles = [[*key, self.digests[key], list(ids)] for key, ids in self.tiles.items()]
        return orjson.dumps({"version": self.version, "source": self.source, "box": self.region.box,
                             "low": self.region.low, "high": self.region.high, "error": self.error_m, "tiles": tiles,
                             "findings": [one.to_dict() for one in self.findings], "count": self.count, "around": self.box})

    @classmethod
    def read(cls, data: bytes) -> Plan:
        """What `to_bytes` wrote."""
        told = orjson.loads(data)
        tiles = {(level, x, y): ids for level, x, y, _, ids in told["tiles"]}
        digests = {(level, x, y): digest for level, x, y, digest, _ in told["tiles"]}
        return cls(told["version"], told["source"], Region(tuple(told["box"]), told["low"], told["high"]), told["error"], tiles, digests,
                   tuple(Finding(**one) for one in told["findings"]), told["count"], tuple(told["around"]))


@dataclass(frozen=True, slots=True)
class City:
    """A Collection of buildings as 3D Tiles.

    Attributes:
        collection: polygons with heights, or bodies.
        terrain: the ground, for bases that are not known.
    """

    store: Store
    blobs: Blobs
    collection: Collection
    heights: crs.HeightModel
    terrain: Terrain | None

    @classmethod
    def of(cls, services: Services, collection: Collection, terrain: Terrain | None) -> City:
        """The Collection as it is now."""
        return cls(services.store, services.blobs, collection, services.heights, terrain)

    @property
    def version(self) -> str:
        """Of the tiles that the present state of the Collection gives."""
        c = self.collection
        ground = self.terrain.version if self.terrain else ""
        told = [FORMAT, c.id, c.version, str(c.updated), c.storage_crs, c.vertical_crs, repr(Roles.of(c)), str(c.details.get(BODIES, "")),
                ground, self.heights.name, self.heights.grid]
        return hashlib.blake2b(orjson.dumps(told, default=str), digest_size=12).hexdigest()

    @property
    def folder(self) -> str:
        """Where its blobs are."""
        return f"tiles3d/city/{self.collection.id}"

    def plan(self) -> Plan:
        """The plan of the present version: the kept one, else one that is made now; tiles of the version before that are still
        right are taken over.

        Raises:
            CrsError: nothing of the Collection can be carried to the globe.
        """
        version = self.version
        with suppress(BlobMissing):
            return self._kept(version)
        before = self._before()
        plan = self._planned(version)
        self._keep(plan, before)
        return plan

    def tile(self, plan: Plan, key: Key) -> bytes:
        """One tile of a plan, a binary glTF; made when first asked for.

        Raises:
            BlobMissing: the plan has no such tile.
        """
        name = self.name_of(plan, key)
        with suppress(BlobMissing):
            return self.blobs.get(name)
        if key not in plan.tiles:
            raise BlobMissing(f"there is no tile {key} in '{self.collection.id}'", key=name, remedy="ask for tiles that subtrees list")
        data = self.drawn(plan, plan.tiles[key])
        self.blobs.put_named(name, data)
        return data

    def drawn(self, plan: Plan, ids: Sequence[str]) -> bytes:
        """These buildings as one tile."""
        with self._maker() as maker:
            structures = maker.structures(self._features(ids), Tally())
        return city_tile(structures, Reprojection(np.eye(4), plan.source, self.heights), plan.frame)

    def build(self) -> Built:
        """The plan and every tile of it that is not there yet: from then on the blobs can be served as they are.

        Raises:
            CrsError: nothing of the Collection can be carried to the globe.
        """
        plan = self.plan()
        missing = [key for key in plan.tiles if not self.blobs.exists(self.name_of(plan, key))]
        for key in missing:
            self.tile(plan, key)
        return Built(plan, len(missing), len(plan.tiles) - len(missing))

    def name_of(self, plan: Plan, key: Key) -> str:
        """The blob of a tile."""
        return f"{self.folder}/{plan.version}/content/{'/'.join(map(str, key))}.glb"

    def _features(self, ids: Sequence[str]) -> list[Feature]:
        found = []
        for id in ids:
            with suppress(FeatureMissing):
                found.append(self.store.feature(self.collection.id, id))
        return found

    def _kept(self, version: str) -> Plan:
        return Plan.read(self.blobs.get(f"city/{self.collection.id}/{version}.json"))

    def _before(self) -> Plan | None:
        """The plan of the version that was published last."""
        with suppress(BlobMissing, ValueError, KeyError, TypeError):
            return self._kept(str(orjson.loads(self.blobs.get(f"city/{self.collection.id}/latest.json"))["version"]))
        return None

    def _keep(self, plan: Plan, before: Plan | None) -> None:
        """Everything but content, the plan last; of older versions only the one before stays."""
        here = f"{self.folder}/{plan.version}"
        for (level, x, y), data in subtrees(plan.tiles):
            self.blobs.put_named(f"{here}/subtrees/{level}/{x}/{y}.subtree", data)
        if before is not None and before.version != plan.version:
            self._take_over(plan, before)
        self.blobs.put_named(f"{self.folder}/tileset.json", encoded(plan.tileset(plan.version)), replace=True)
        self.blobs.put_named(f"city/{self.collection.id}/{plan.version}.json", plan.to_bytes())
        self.blobs.put_named(f"city/{self.collection.id}/latest.json", orjson.dumps({"version": plan.version}), replace=True)
        self._forget({plan.version, before.version if before else plan.version})

    def _take_over(self, plan: Plan, before: Plan) -> None:
        old = {digest: key for key, digest in before.digests.items()}
        for key, digest in plan.digests.items():
            if digest in old:
                with suppress(BlobMissing):
                    self.blobs.put_named(self.name_of(plan, key), self.blobs.get(self.name_of(before, old[digest])))

    def _forget(self, kept: set[str]) -> None:
        plans = {name.rpartition("/")[2].removesuffix(".json") for name in self.blobs.names(f"city/{self.collection.id}")}
        for version in (one for one in plans - {"latest"} if one.partition(".")[0] not in kept):
            self.blobs.drop_folder(f"{self.folder}/{version}")
            self.blobs.delete(f"city/{self.collection.id}/{version}.json")

    def _planned(self, version: str) -> Plan:
        reprojection, tally = self._reprojection(), Tally()
        survey = Survey()
        with self._maker() as maker:
            rows = scan(self.store, self.collection.id, page=BATCH)
            while batch := list(islice(rows, BATCH)):
                survey.add(maker.structures(batch, tally), reprojection, tally)
        survey.without_lost(tally)
        subject = self.collection.id
        if not survey.ids:
            nowhere = Region((0.0, 0.0, 0.0, 0.0), 0.0, 0.0)
            return Plan(version, reprojection.source, nowhere, 0.0, {}, {}, tuple(tally.findings(subject)), 0)
        outlines = survey.outlines()
        region = Region.around(outlines.boxes, outlines.heights)
        tree = quadtree(outlines, region)
        for number in tree.left_out.tolist():
            tally.add("CTY-010", survey.ids[number])
        tiles = {key: [survey.ids[number] for number in numbers.tolist()] for key, numbers in tree.tiles.items()}
        low, high = outlines.boxes.min(axis=0), outlines.boxes.max(axis=0)
        around = (low[0], low[1], outlines.heights[:, 0].min(), high[2], high[3], outlines.heights[:, 1].max())
        return Plan(version, reprojection.source, region, tree.error_m, tiles, _digests(tree, survey.digests, region, reprojection),
                    tuple(tally.findings(subject)), len(survey.ids) - len(tree.left_out), tuple(float(value) for value in around))

    def structures(self, box: BBox | None = None) -> Iterator[Structure]:
        """All buildings that can be drawn, or those that meet a box; coordinates in the storage CRS."""
        tally = Tally()
        with self._maker() as maker:
            rows = scan(self.store, self.collection.id, Query(bbox=box), page=BATCH)
            while batch := list(islice(rows, BATCH)):
                yield from maker.structures(batch, tally)

    @contextmanager
    def _maker(self) -> Iterator[Maker]:
        c, ground = self.collection, self.terrain.source.sample if self.terrain else None
        if not c.details.get(BODIES):
            yield Maker(Roles.of(c), c.storage_crs, ground)
            return
        with self.blobs.file(str(c.details[BODIES])) as path:
            solids = read_solids(path)
            yield Maker(Roles.of(c), c.storage_crs, ground, lambda feature: solids.named(str(feature.properties.get(solids.field))))

    def _reprojection(self) -> Reprojection:
        """How coordinates reach the globe, tried where most of the first Features are: what lies astray does not decide it."""
        shapes = [one.geometry for one in self.store.search(self.collection.id, Query(limit=_TRIED, count=False)).features if one.geometry]
        boxes = np.array([shape.bounds for shape in shapes]).reshape(-1, 4)
        centres = (boxes[:, :2] + boxes[:, 2:]) / 2
        middle = centres[np.abs(centres - np.median(centres, axis=0)).sum(axis=1).argmin()] if len(boxes) else np.zeros(2)
        place = _Place.of(self.collection, middle)
        found, findings = reprojection_of(place, self.heights, np.append(middle, 0.0)[None] if len(boxes) else np.zeros((0, 3)))
        if found is None:
            raise CrsError(f"'{self.collection.id}' cannot be carried to the globe: " + "; ".join(one.message for one in findings),
                           remedy="publish it with a CRS and a height datum that are known", id=self.collection.id)
        return found


@dataclass(frozen=True, slots=True)
class Built:
    """A whole city: its plan, and how many of its tiles were made now and how many were there."""

    plan: Plan
    made: int
    kept: int


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a Collection's coordinates lie, as placing a model asks for it."""

    crs: str
    vertical_crs: str
    affine: Array

    @classmethod
    def of(cls, collection: Collection, middle: Array) -> _Place:
        """Heights without a datum are metres above HKPD in Hong Kong.

        Args:
            middle: x, y in the storage CRS.
        """
        known = crs.crs(collection.storage_crs)
        horizontal = "EPSG:4326" if known == crs.crs(crs.CRS84) else known.horizontal.code
        vertical = collection.vertical_crs or known.vertical or ""
        unit = 1.0 if crs.crs(horizontal).is_geographic else crs.crs(horizontal).unit_to_metre
        return cls(horizontal, vertical or (HKPD if _in_hong_kong(horizontal, middle) else ""), np.diag([unit, unit, 1.0, 1.0]))


def _in_hong_kong(horizontal: str, middle: Array) -> bool:
    west, south, east, north = _HONG_KONG
    try:
        lon, lat = crs.transform(horizontal, crs.CRS84).points(middle[None])[0, :2]
    except (CrsError, ValueInvalid):
        return False
    return bool(west <= lon <= east and south <= lat <= north)


def _digests(tree: Quadtree, structures: Sequence[bytes], region: Region, reprojection: Reprojection) -> dict[Key, str]:
    """What each tile's bytes follow from: the structures in order, and how they are carried to where."""
    heights = reprojection.heights
    way: list[Any] = [FORMAT, region.centre, reprojection.source, heights.name, heights.steps, heights.grid]
    start = orjson.dumps(way, default=str)
    return {key: hashlib.blake2b(start + b"".join(structures[number] for number in numbers.tolist()), digest_size=16).hexdigest()
            for key, numbers in tree.tiles.items()}
