"""The walk through a tileset: explicit and implicit tiles, tilesets inside tilesets, each with its volumes and those above it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from csdi.errors import FileBroken
from csdi.finding import Finding
from twin.city.quadtree import Key
from twin.city.subtrees import LEVELS, Subtree, read_subtree
from twin.ellipsoid import Array
from twin.verify import faults
from twin.verify.faults import fault
from twin.verify.files import Files, read_or_none, resolved
from twin.verify.volumes import Volume

Json = dict[str, Any]
_DEEPEST = 16
"""Tilesets inside tilesets."""


@dataclass(frozen=True, slots=True, eq=False)
class Content:
    """One content of a tile.

    Attributes:
        uri: name of its file.
        document: name of the tileset that refers to it.
        volumes: its own, where it has one, and that of its tile.
        above: volumes of all tiles above, the nearest last.
        error_m: of its tile.
        level: 1 for the root's, counted through tilesets inside tilesets.
        matrix: (4, 4) float64, from the content's frame into that of the whole.
        group: properties of its metadata group; None without one.
        is_replaced: whether finer tiles are drawn in its place.
    """

    uri: str
    document: str
    volumes: tuple[Volume, ...]
    above: tuple[Volume, ...]
    error_m: float
    level: int
    matrix: Array
    group: Mapping[str, Any] | None = None
    is_replaced: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class _Above:
    """What a tile takes over from those above it."""

    document: str
    whole: Json
    matrix: Array
    volumes: tuple[Volume, ...]
    error_m: float
    level: int
    refine: str
    files: tuple[str, ...]


@dataclass(slots=True)
class Walk:
    """One walk; what is wrong with documents is in `findings` afterwards, contents are given to the one that walks.

    Attributes:
        tilesets: names of documents that were read.
        errors_m: geometric errors by level.
        tiles: by level, with content or without.
    """

    files: Files
    findings: list[Finding] = field(default_factory=list)
    tilesets: list[str] = field(default_factory=list)
    errors_m: dict[int, list[float]] = field(default_factory=dict)

    def tileset(self, name: str, above: _Above | None = None, data: bytes | None = None) -> Iterator[Content]:
        """All contents of a tileset. Raises FileBroken when the document is not one of 3D Tiles 1.1."""
        document = document_of(self.files.read(name) if data is None else data, name)
        self.tilesets.append(name)
        self.findings += group_faults(document, name)
        error_m = float(document["geometricError"])
        start = _Above(name, document, np.eye(4), (), error_m, 0, "", (name,))
        if above is not None:
            start = replace(start, matrix=above.matrix, volumes=above.volumes, error_m=above.error_m, level=above.level,
                            files=(*above.files, name))
        if "refine" not in document["root"]:
            self._say(faults.NOT_A_TILE, name, "the root tile does not say how it is refined")
        yield from self._tile(document["root"], start)

    def _say(self, code: str, subject: str, message: str, measured: object = "", expected: object = "", **more: Any) -> None:
        self.findings.append(fault(code, subject, message, measured, expected, **more))

    def _tile(self, tile: Any, above: _Above) -> Iterator[Content]:
        try:
            here = self._entered(tile, above)
            contents = self._contents(tile, here)
            children = list(tile.get("children", []))
        except (KeyError, TypeError, ValueError, AttributeError, IndexError) as error:
            self._say(faults.NOT_A_TILE, above.document, f"a tile of level {above.level + 1} is not one of 3D Tiles: {error!r}")
            return
        if "implicitTiling" in tile:
            yield from self._implicit(tile, here, contents)
            return
        if not contents and not children and here.level > 1:
            self._say(faults.NOT_A_TILE, above.document, "a tile has neither content nor tiles below it", severity="warning")
        for content in contents:
            yield from self._opened(replace(content, is_replaced=here.refine == "REPLACE" and bool(children)), here)
        for child in children:
            yield from self._tile(child, here)

    def _entered(self, tile: Json, above: _Above) -> _Above:
        """What the tile hands down, with its own faults told. Raises when it is no tile."""
        matrix = above.matrix @ _matrix(tile["transform"]) if "transform" in tile else above.matrix
        volume, error_m = Volume.of(tile["boundingVolume"], matrix), float(tile["geometricError"])
        refine = tile.get("refine", above.refine)
        if not (np.isfinite(error_m) and error_m >= 0) or refine not in ("ADD", "REPLACE", ""):
            raise ValueError(f"geometricError {error_m}, refine {refine!r}")
        if error_m > above.error_m:
            self._say(faults.ERRORS_GROW, above.document, "a tile's geometric error is above its parent's", f"{error_m} m",
                      f"at most {above.error_m} m")
        if above.volumes and not above.volumes[-1].holds(volume.samples()):
            self._say(faults.OUT_OF_PARENT, above.document, "a tile's volume reaches out of its parent's", volume.numbers.tolist(),
                      severity="warning")
        self.errors_m.setdefault(above.level + 1, []).append(error_m)
        return replace(above, matrix=matrix, volumes=(*above.volumes, volume), error_m=error_m, level=above.level + 1, refine=refine)

    def _contents(self, tile: Json, here: _Above) -> list[Content]:
        found = []
        for one in [*([tile["content"]] if "content" in tile else []), *tile.get("contents", [])]:
            own = (Volume.of(one["boundingVolume"], here.matrix),) if "boundingVolume" in one else ()
            if own and not here.volumes[-1].holds(own[0].samples()):
                self._say(faults.OUT_OF_PARENT, here.document, "a content's volume reaches out of its tile's", own[0].numbers.tolist(),
                          severity="warning")
            found.append(Content(resolved(here.document, one["uri"]), here.document, (*own, here.volumes[-1]), here.volumes[:-1],
                                 here.error_m, here.level, here.matrix, self._group(one, here)))
        return found

    def _group(self, content: Json, here: _Above) -> Mapping[str, Any] | None:
        if "group" not in content:
            return None
        groups, number = here.whole.get("groups", []), content["group"]
        if not isinstance(number, int) or not 0 <= number < len(groups):
            self._say(faults.GROUPS, resolved(here.document, content["uri"]), "a content is in a group that is not there", number,
                      f"below {len(groups)}")
            return None
        return dict(groups[number].get("properties", {}))

    def _opened(self, content: Content, here: _Above) -> Iterator[Content]:
        """A content, or all contents of the tileset that it is."""
        if not content.uri.partition("?")[0].endswith(".json"):
            yield content
            return
        if content.uri in here.files or len(here.files) > _DEEPEST:
            self._say(faults.NOT_A_TILE, content.uri, "a tileset contains itself, or lies too deep")
            return
        data = read_or_none(self.files, content.uri)
        if data is None:
            self._say(faults.NOT_THERE, content.uri, "a tileset that is referred to is not there")
            return
        try:
            yield from self.tileset(content.uri, here, data)
        except FileBroken as error:
            self._say(faults.NOT_A_TILE, content.uri, error.message)

    def _implicit(self, tile: Json, here: _Above, contents: list[Content]) -> Iterator[Content]:
        told = tile["implicitTiling"]
        if told.get("subdivisionScheme") != "QUADTREE" or told.get("subtreeLevels") != LEVELS or len(contents) != 1 \
                or here.volumes[-1].kind == "sphere" or not {"availableLevels", "subtrees"} <= told.keys():
            self._say(faults.AVAILABILITY, here.document, "this implicit tiling cannot be read",
                      expected=f"a quadtree with subtrees of {LEVELS} levels and one content")
            return
        listed = Listed.of(self.files, here.document, told, self.findings)
        (template,) = contents
        names = {key: resolved(here.document, _filled(tile["content"]["uri"], key)) for key in listed.filled}
        self._extra(set(names.values()), template)
        for level in {level for level, _, _ in listed.tiles}:
            self.errors_m.setdefault(here.level + level, []).append(here.error_m / 2**level)
        volume = here.volumes[-1]
        for key in listed.filled:
            above = tuple(volume.divided(level, key[1] >> (key[0] - level), key[2] >> (key[0] - level)) for level in range(key[0]))
            yield replace(template, uri=names[key], volumes=(volume.divided(*key),), above=(*here.volumes[:-1], *above),
                          error_m=here.error_m / 2 ** key[0], level=here.level + key[0],
                          is_replaced=here.refine == "REPLACE" and any(_is_below(other, key) for other in listed.filled))

    def _extra(self, listed: set[str], template: Content) -> None:
        """Contents that lie in the folder without being listed."""
        folder, _, _ = template.uri.partition("/{")
        there = self.files.names(folder) if "/{" in template.uri else None
        for name in sorted(set(there or ()) - listed):
            self._say(faults.AVAILABILITY, name, "the file is there, but no subtree lists it")


@dataclass(frozen=True, slots=True)
class Listed:
    """What all subtrees of an implicit tileset list."""

    tiles: frozenset[Key]
    filled: tuple[Key, ...]

    @classmethod
    def of(cls, files: Files, document: str, told: Json, findings: list[Finding]) -> Listed:
        """Reads all subtrees; what is wrong with them is added to the findings."""
        tiles: set[Key] = set()
        filled: list[Key] = []
        waiting: list[Key] = [(0, 0, 0)]
        while waiting:
            root = waiting.pop()
            name = resolved(document, _filled(told["subtrees"]["uri"], root))
            data = read_or_none(files, name)
            if data is None:
                findings.append(fault(faults.NOT_THERE, name, "a subtree that is listed is not there"))
                continue
            try:
                found = read_subtree(data, root)
            except FileBroken as error:
                findings.append(fault(faults.AVAILABILITY, name, error.message))
                continue
            tiles.update(found.tiles)
            filled += found.filled
            findings += _subtree_faults(found, root, name, tiles, int(told["availableLevels"]))
            waiting += [key for key in found.below if key[0] < told["availableLevels"]]
        return cls(frozenset(tiles), tuple(filled))


def _subtree_faults(found: Subtree, root: Key, name: str, tiles: set[Key], levels: int) -> Iterator[Finding]:
    there = set(found.tiles)
    if root not in there:
        yield fault(faults.AVAILABILITY, name, "the root of a subtree is not available")
    if lost := set(found.filled) - there:
        yield fault(faults.AVAILABILITY, name, "a tile has content, but is not available", sorted(lost)[:3])
    if alone := [key for key in (*found.tiles, *found.below) if key[0] and _parent(key) not in tiles]:
        yield fault(faults.AVAILABILITY, name, "a tile is available, but not its parent", alone[:3])
    if deep := [key for key in (*found.tiles, *found.below) if key[0] >= levels]:
        yield fault(faults.AVAILABILITY, name, "a tile lies below the levels that there are", deep[:3], f"{levels} levels")


def _parent(key: Key) -> Key:
    return key[0] - 1, key[1] >> 1, key[2] >> 1


def _is_below(key: Key, other: Key) -> bool:
    down = key[0] - other[0]
    return down > 0 and (key[1] >> down, key[2] >> down) == other[1:]


def _filled(template: str, key: Key) -> str:
    for name, number in zip(("{level}", "{x}", "{y}"), key, strict=True):
        template = template.replace(name, str(number))
    return template


def _matrix(numbers: Any) -> Array:
    found = np.array(numbers, dtype=np.float64)
    if found.shape != (16,) or not np.isfinite(found).all() or abs(np.linalg.det(found.reshape(4, 4))) < 1e-12:
        raise ValueError("a transform has 16 finite numbers and can be undone")
    return found.reshape(4, 4).T


def document_of(data: bytes, name: str) -> Json:
    """A tileset's document. Raises FileBroken when it is not one of 3D Tiles 1.1."""
    try:
        document: Json = json.loads(data)
        error_m = float(document["geometricError"])
        if document["asset"]["version"] != "1.1" or not isinstance(document["root"], dict) or not (np.isfinite(error_m) and error_m >= 0):
            raise ValueError("not a 3D Tiles 1.1 tileset")
    except (KeyError, TypeError, ValueError, RecursionError) as error:
        raise FileBroken(f"{name}: {error!r}", remedy="build the tileset again", file=name) from error
    return document


def group_faults(document: Json, name: str) -> Iterator[Finding]:
    """Groups whose class is not in the schema, or whose properties are not those of their class."""
    classes = document.get("schema", {}).get("classes", {})
    for number, group in enumerate(document.get("groups", [])):
        kinds = classes.get(group.get("class"), {}).get("properties")
        held = group.get("properties", {})
        if kinds is None:
            yield fault(faults.GROUPS, name, f"group {number} is of a class that the schema does not have", group.get("class"))
            continue
        texts = {key for key, kind in kinds.items() if kind.get("type") == "STRING"}
        wrong = {*(held.keys() - kinds.keys()), *(key for key, kind in kinds.items() if kind.get("required") and key not in held),
                 *(key for key in texts & held.keys() if not isinstance(held[key], str))}
        if wrong:
            yield fault(faults.GROUPS, name, f"properties of group {number} are not those of its class", sorted(wrong), sorted(kinds))
