"""Intake: from an IFC file to everything that is kept of it: rows, shapes, place, findings, counts."""

from __future__ import annotations

import gc
import resource
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import orjson

from bim.finding import Finding
from bim.footprints import content_box, outlines
from bim.georeference import Georeference, resolve
from bim.ifc import NATIVE, Model, class_names, open_model, read_as, readable
from bim.meshing import Fence, Tessellated, tessellating, wanted_elements, wanted_spaces
from bim.reach import grounded, together
from bim.receive import DEFAULT_LIMITS, Limits, received
from bim.rows import read_rows, write_rows
from bim.scan import Scan, scan
from bim.shapes import Shapes
from bim.siting import sited, to_grid
from bim.skeleton import skeleton
from bim.tables import PARTS, ModelTables, extract_tables
from bim.tessellation.measure import measures
from bim.versions.continued import continued
from bim.versions.fingerprint import Fingerprint, fingerprint_of, named_classes, reading_of
from bim.versions.graph import Graph, read_graph
from bim.versions.keep import NOTHING_KEPT, Kept, kept_of, retold
from bim.versions.part import part_of, write_part
from bim.versions.states import Reading, States
from csdi.errors import FileBroken, PathMissing

STAGES = ("scan", "states", "open", "tables", "shapes", "places")
"""What `Progress` is told, in order; `part` before `open` where only a part of the file is read."""

_OBJECTS_TO_COLLECTION = 200_000

_MOST_KEPT = 2_000_000
"""Instances of which the graph is kept."""
_LARGEST_PART = 0.3
"""Share of the objects that may be read from a part of the file; with more, the whole is as fast."""
_SAME_PLACE = 0.1
"""Part of the model's size by which its box may change while it is taken to lie where it did."""
Progress = Callable[[str, int, int], None]
"""Told (stage, done, total); an exception raised in it stops the intake."""



@dataclass(frozen=True, slots=True)
class Intake:
    """All that was read from one file.

    Attributes:
        model: the Model's slug.
        scan: what the STEP pass found (`Scan` as JSON).
        shapes, space_shapes: geometry of elements, and of spaces apart.
        findings: of all stages.
        counts: `wanted`, `shapes`, `fallbacks`, `elements`, `spaces`, `storeys`, `findings` and so on.
        timings: seconds by stage.
        peak_mb: largest memory of this process and of its largest child.
        fingerprint: what the next version of the Model is compared with; None where it was not kept.
        graph: the instances of the text, from which one that continues it is read quickly; None where it was not kept.
        place: the georeference as JSON, with what it was chosen from; None where that is to be taken from `georeference`.
        touched: GlobalIds of what was read anew because it is not as it was in the version before; None where all was.
    """

    model: str
    file: str
    scan: dict[str, Any]
    georeference: Georeference
    tables: ModelTables
    shapes: Shapes
    space_shapes: Shapes
    findings: tuple[Finding, ...] = ()
    counts: dict[str, Any] = field(default_factory=dict)
    timings: dict[str, float] = field(default_factory=dict)
    peak_mb: float = 0.0
    fingerprint: Fingerprint | None = None
    touched: frozenset[str] | None = None
    graph: Graph | None = field(default=None, repr=False)
    place: dict[str, Any] | None = field(default=None, repr=False)

    @property
    def result(self) -> str:
        """`loaded`, or `loaded_with_losses` where a product that should have a shape has none or only a box."""
        lost = self.counts.get("fallbacks", {})
        return "loaded_with_losses" if lost.get("none") or lost.get("box") else "loaded"

    def report(self) -> dict[str, Any]:
        """The JSON answer for people and tools, without rows and shapes."""
        return {
            "file": self.file, "model": self.model, "result": self.result, "schema": self.scan["schema"],
            "georeference": self.place or self.georeference.to_dict(), "counts": self.counts, "project": self.tables.project,
            "findings": [finding.to_dict() for finding in self.findings],
            "seconds": round(sum(self.timings.values()), 3), "timings": self.timings, "peak_mb": self.peak_mb,
        }

    def save(self, folder: Path) -> None:
        """Writes everything into a folder that `load` reads, in this process or another."""
        folder.mkdir(parents=True, exist_ok=True)
        for name, rows in self.tables.parts.items():
            write_rows(folder / f"{name}.jsonl", rows)
        self.shapes.save(folder / "shapes.npz")
        self.space_shapes.save(folder / "space-shapes.npz")
        if self.fingerprint is not None:
            self.fingerprint.save(folder / "fingerprint.npz")
        if self.graph is not None:
            self.graph.save(folder / "graph.npz")
        whole = {**self.report(), "scan": self.scan, "touched": None if self.touched is None else sorted(self.touched)}
        (folder / "intake.json").write_bytes(orjson.dumps(whole))

    @classmethod
    def load(cls, folder: Path, *, shapes: bool = True, graph: bool = False) -> Intake:
        """What `save` wrote; without its shapes where they are not wanted, with its graph where that is.

        Raises:
            PathMissing: no intake in the folder.
            FileBroken: one of its files is damaged.
        """
        path = folder / "intake.json"
        if not path.exists():
            raise PathMissing(f"{path}: there is no such file", remedy="load the model again", file=str(path))
        try:
            whole = orjson.loads(path.read_bytes())
        except ValueError as error:
            raise FileBroken(f"{path}: {error}", remedy="load the model again", file=str(path)) from error
        tables = ModelTables.of(whole["project"], {name: list(read_rows(folder / f"{name}.jsonl")) for name in PARTS})
        made, rooms = (Shapes.load(folder / name) if shapes else Shapes() for name in ("shapes.npz", "space-shapes.npz"))
        return cls(whole["model"], whole["file"], whole["scan"], Georeference.read(whole["georeference"]), tables, made, rooms,
                   tuple(Finding(**finding) for finding in whole["findings"]), whole["counts"], whole["timings"],
                   whole["peak_mb"], Fingerprint.load(folder / "fingerprint.npz"),
                   None if whole.get("touched") is None else frozenset(whole["touched"]),
                   Graph.load(folder / "graph.npz") if graph else None, whole["georeference"])


def intake(path: Path, *, model: str, workers: int = 2, progress: Progress | None = None, time_limit_s: float = 120.0,
           name: str = "", limits: Limits = DEFAULT_LIMITS, before: Intake | None = None,
           text_before: Path | None = None) -> Intake:
    """Reads an IFC file (`.ifc` or `.ifczip`) whole.

    Args:
        model: the Model's slug, the first part of every feature id.
        workers: meshing processes at once.
        progress: told the stage and how far it is.
        time_limit_s: for the whole file; what has no shape by then goes without, with a Finding.
        name: how messages call the file; its own name by default.
        before: the version of the Model before; rows and shapes of what is as it was are taken from it.
        text_before: its STEP text; where the new one is mostly the same to the byte, only what differs is read.

    Raises:
        InputError: the file cannot be read at all: missing, empty, not IFC, truncated, a schema that is not read.
    """
    path = Path(path)
    run = _Run(model, name or path.name, workers, progress or (lambda _stage, _done, _total: None),
               time.monotonic() + time_limit_s, before, text_before)
    with received(path, limits) as plain, _few_collections():
        return run.whole(plain)


@contextmanager
def _few_collections() -> Iterator[None]:
    """Looks for cycles less often: an intake makes a great many objects that stay, and searching them took a sixth of its time."""
    before = gc.get_threshold()
    gc.set_threshold(_OBJECTS_TO_COLLECTION, *before[1:])
    try:
        yield
    finally:
        gc.set_threshold(*before)


@dataclass(frozen=True, slots=True)
class _Read:
    """What is known of a text before it is opened."""

    scanned: Scan
    reading: Reading
    states: States
    kept: Kept

    @property
    def graph(self) -> Graph:
        """The instances of the text."""
        return self.reading.graph

    @property
    def part_suffices(self) -> bool:
        """Whether the rest of the model can be read from the part of the file that is not as it was."""
        touched, keys = self.kept.touched, self.states.keys
        return (touched is not None and self.kept.same_place and self.graph.is_located and len(touched) <= _LARGEST_PART * len(keys)
                and len(self.graph) == self.scanned.entities and not any("~" in key for key in keys))

    @property
    def kept_graph(self) -> Graph | None:
        """The graph, where the next version can use it."""
        return self.graph if self.scanned.entities <= _MOST_KEPT and len(self.graph) == self.scanned.entities else None


class _Run:
    """One intake in progress: its clock, its findings, its timings."""

    def __init__(self, slug: str, file: str, workers: int, progress: Progress, deadline: float, before: Intake | None,
                 text_before: Path | None) -> None:
        self._slug, self._file, self._workers = slug, file, workers
        self._before, self._text_before = before, text_before
        self._progress, self._deadline = progress, deadline
        self._timings: dict[str, float] = {}

    def whole(self, plain: Path) -> Intake:
        with self._stage("scan"):
            going_on = self._continued(plain)
            scanned = going_on[0] if going_on else scan(plain, name=self._file, known=class_names)
            read_as(scanned.schema, name=self._file, line=scanned.schema_line)
        with self._stage("states"):
            graph = going_on[1] if going_on else read_graph(plain, named_classes(scanned.schema))
            reading = reading_of(graph, scanned.schema)
            states = reading.states()
            kept = kept_of(self._before, states) if self._before is not None else NOTHING_KEPT
        read = _Read(scanned, reading, states, kept)
        with nullcontext((plain, ())) if going_on else readable(plain, scanned.schema) as (path, notes):
            return self._opened(path, read, notes)

    def _continued(self, plain: Path) -> tuple[Scan, Graph] | None:
        """Scan and graph of a text that continues the one before, where that one was sound; else None."""
        before = self._before
        if before is None or before.graph is None or self._text_before is None or before.scan["schema"] not in NATIVE:
            return None
        if any(finding.code.startswith(("STP-", "SCH-")) for finding in before.findings):
            return None
        return continued(self._text_before, before.scan, before.graph, plain, name=self._file, named=named_classes(before.scan["schema"]))

    def _opened(self, path: Path, read: _Read, notes: tuple[Finding, ...]) -> Intake:
        if not read.part_suffices or notes:
            return self._whole_read(path, path, read, notes)
        with TemporaryDirectory(prefix="csdi-ifc-") as folder:
            part = Path(folder) / path.name
            with self._stage("part"):
                assert read.kept.touched is not None
                keys = dict(zip(read.states.keys, read.states.ids.tolist(), strict=True))
                write_part(path, read.graph, part_of(read.reading, read.kept.touched, keys), part)
            return self._whole_read(path, part, read, notes)

    def _whole_read(self, whole: Path, path: Path, read: _Read, notes: tuple[Finding, ...]) -> Intake:
        """Everything from a file, or from the part of it that is not as it was."""
        scanned, states, kept, partial = read.scanned, read.states, read.kept, path is not whole
        with self._stage("open"), skeleton(path) as slim:
            model = open_model(slim, scanned.schema, name=self._file)
            faults: list[Finding] = []
            wanted = [wanted_elements(model, faults, kept.shaped), wanted_spaces(model, faults, kept.shaped)]
        fence = Fence(workers=self._workers, time_limit_s=max(1.0, self._deadline - time.monotonic()))
        with tessellating(path, model, wanted, fence, lambda done, total: self._progress("shapes", done, total)) as tessellated:
            with self._stage("tables"):
                tables = extract_tables(model, self._slug, kept.rows, partial=partial)
                fingerprint = fingerprint_of(states, model, kept.placements)
            with self._stage("shapes"):
                made, rooms = tessellated()
                made.shapes.findings.extend(faults)
                made.shapes.findings.extend(self._eaten_still(kept, states))
        with self._stage("places"):
            shapes, space_shapes = kept.shapes.with_others(made.shapes), kept.space_shapes.with_others(rooms.shapes)
            georeference, place = self._place(whole, model, read, shapes if shapes.placements else space_shapes,
                                               made=bool(made.shapes.placements or rooms.shapes.placements), partial=partial)
            before = made, rooms
            made, rooms = grounded(made, georeference, self._file), grounded(rooms, georeference, self._file)
            if made is not before[0] or rooms is not before[1]:
                shapes, space_shapes = kept.shapes.with_others(made.shapes), kept.space_shapes.with_others(rooms.shapes)
            new = kept.is_sited(georeference)
            fresh, fresh_rooms = (shapes.part(kept.again).with_others(made.shapes), space_shapes.part(kept.again).with_others(
                rooms.shapes)) if new else (shapes, space_shapes)
            grid = to_grid(georeference)
            placed = sited(tables, {**outlines(fresh, grid), **outlines(fresh_rooms, grid)}, {**measures(fresh), **measures(fresh_rooms)},
                           made.boxed | rooms.boxed, georeference, kept.keys if new else frozenset())
        findings = (*scanned.findings, *notes, *georeference.findings, *tables.findings, *shapes.findings, *space_shapes.findings)
        counts = _counts(placed, _all(made, shapes, len(kept.findings)), _all(rooms, space_shapes), findings)
        return Intake(self._slug, self._file, _scan_json(scanned), georeference, placed, shapes, space_shapes, findings,
                      counts, self._timings, _peak_mb(), fingerprint, kept.touched, read.kept_graph, place)

    def _eaten_still(self, kept: Kept, states: States) -> tuple[Finding, ...]:
        """What is found again of products that their openings take whole, without reading their shapes again."""
        return retold(kept.findings, self._before.file, self._file, states) if self._before is not None else ()

    def _place(self, whole: Path, model: Model, read: _Read, shapes: Shapes, *, made: bool,
               partial: bool) -> tuple[Georeference, dict[str, Any] | None]:
        """Where the model lies; as before where nothing that says so has changed and its shapes lie where they did."""
        before = self._before
        if partial and before is not None and not made:
            return self._same_place(before, read)
        box = content_box(together(shapes))
        if partial and before is not None:
            old = content_box(together(before.shapes if before.shapes.placements else before.space_shapes))
            if box is not None and old is not None and np.abs(box - old).max() <= _SAME_PLACE * np.ptp(old, axis=0).max():
                return self._same_place(before, read)
        if partial:
            model = open_model(whole, read.scanned.schema, name=self._file)
        return resolve(model, box), None

    def _same_place(self, before: Intake, read: _Read) -> tuple[Georeference, dict[str, Any] | None]:
        told = retold(before.georeference.findings, before.file, self._file, read.states)
        place = before.place and before.place | {"findings": [finding.to_dict() for finding in told]}
        return replace(before.georeference, findings=told), place

    @contextmanager
    def _stage(self, name: str) -> Iterator[None]:
        self._progress(name, 0, 0)
        started = time.perf_counter()
        yield
        self._timings[name] = round(time.perf_counter() - started, 3)


def _all(made: Tessellated, shapes: Shapes, eaten: int = 0) -> Tessellated:
    """The run's result as one about all products, those that were kept included, with and without (`eaten`) a shape."""
    kept = eaten + len({placement.element for placement in shapes.placements}) - len({p.element for p in made.shapes.placements})
    return replace(made, shapes=shapes, wanted=made.wanted + kept, got=made.got + kept)


def _scan_json(scanned: Scan) -> dict[str, Any]:
    header = scanned.header
    return {
        "file": scanned.file, "sha256": scanned.sha256, "size": scanned.size, "schema": scanned.schema,
        "entities": scanned.entities, "classes": dict(scanned.classes), "time_stamp": header.time_stamp,
        "originating_system": header.originating_system, "preprocessor": header.preprocessor, "author": list(header.author),
        "organization": list(header.organization), "description": list(header.description),
    }


def _counts(tables: ModelTables, made: Tessellated, rooms: Tessellated, findings: tuple[Finding, ...]) -> dict[str, Any]:
    roles = Counter(f.properties["role"] for f in tables.elements)
    return {
        **{name: len(rows) for name, rows in tables.parts.items()}, "elements": roles["element"], "roles": dict(roles.most_common()),
        "classes": dict(Counter(f.properties["ifc_class"] for f in tables.elements if f.properties["role"] == "element").most_common()),
        "wanted": made.wanted, "shapes": made.got, "fallbacks": made.fallbacks,
        "wanted_spaces": rooms.wanted, "space_shapes": rooms.got, "space_fallbacks": rooms.fallbacks,
        "items": len(made.shapes.items), "placements": len(made.shapes.placements),
        "triangles": sum(len(item.mesh.triangles) for item in made.shapes.items),
        "placed_triangles": sum(len(made.shapes.items[p.item].mesh.triangles) for p in made.shapes.placements),
        "findings": dict(Counter(finding.severity for finding in findings)),
    }


def _peak_mb() -> float:
    """Peak of this process and of the largest child so far, MB."""
    unit = 1e6 if sys.platform == "darwin" else 1e3
    return round(sum(resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)) / unit, 1)
