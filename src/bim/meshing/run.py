"""Tessellation of a model by a chain of kernels in fenced children; every product ends with a shape or a Finding."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from threading import Condition, Thread

import numpy as np
from numpy.typing import NDArray

from bim.ifc import FAULTS, Model
from bim.mesher.direct_batch import DIRECT
from bim.meshing.box import box_of_points, stated_box
from bim.meshing.collector import Collector
from bim.meshing.fence import Batch, Child, Ended
from bim.meshing.verdicts import Verdicts
from bim.meshing.wanted import Wanted, batches
from bim.shapes import Item, Shapes
from bim.units import project_units

KERNELS = (DIRECT, "hybrid-cgal-simple-opencascade", "opencascade")
"""Tried in this order: our own tessellator first, the kernels for what it refuses; all agree within 1 mm on real files."""

_SETTINGS = {"apply-default-materials": False, "no-normals": True, "use-material-names": True, "weld-vertices": True}
_COARSE_SECTION_M = 5.0
"""Distance of sections along an alignment; at 0.5 m (the engine's default) rail files take 10 times as long."""
_TICK_S = 0.25
_BOXES_S = 10.0
"""For the boxes of points of all products without a shape; those that are not reached in time have none."""


@dataclass(frozen=True, slots=True)
class Fence:
    """Limits of one run.

    Attributes:
        workers: children at once.
        time_limit_s: for the whole run; what is not done by then gets no shape.
        stall_s: for one product.
        memory_bytes: address space of one child.
    """

    workers: int = 2
    time_limit_s: float = 120.0
    stall_s: float = 20.0
    memory_bytes: int = 4 << 30


@dataclass(frozen=True, slots=True)
class Tessellated:
    """What a run gave.

    Attributes:
        wanted: products that should have a shape.
        got: how many have one, boxes included.
        fallbacks: how many by which other way: kernel name, `box`, `none`.
        boxed: element keys that are shown as a box.
    """

    shapes: Shapes
    wanted: int
    got: int
    fallbacks: dict[str, int] = field(default_factory=dict)
    boxed: frozenset[str] = frozenset()


Progress = Callable[[int, int], None]
"""Told (done, total) products."""


def tessellate(path: Path, model: Model, wanted: Sequence[Wanted], fence: Fence, progress: Progress | None = None) -> Tessellated:
    """Meshes of the wanted products in the model frame, metres.

    Args:
        path: the file that the children open, the same as `model` was opened from.
    """
    (made,) = tessellate_groups(path, model, [wanted], fence, progress)
    return made


def tessellate_groups(path: Path, model: Model, groups: Sequence[Sequence[Wanted]], fence: Fence,
                      progress: Progress | None = None) -> list[Tessellated]:
    """The same for several groups of products, such as elements and spaces, in one run: the file is read once.

    Findings of the run are with the first group. If time runs out, the last groups go without.
    """
    with tessellating(path, model, groups, fence, progress) as finished:
        return finished()


@contextmanager
def tessellating(path: Path, model: Model, groups: Sequence[Sequence[Wanted]], fence: Fence,
                 progress: Progress | None = None) -> Iterator[Callable[[], list[Tessellated]]]:
    """The same, begun at once: other work can go on while the children are busy, until what is given is called for the result.

    Progress is told from that call, and may stop the run by raising. At the end of the context no child is left.
    """
    run = _Run(path, model, [one for group in groups for one in group], fence, progress or (lambda _done, _total: None))
    run.begin()
    try:
        yield lambda: run.finished(groups)
    finally:
        run.stop()


@dataclass(frozen=True, slots=True)
class _Task:
    kernel: int
    wanted: tuple[Wanted, ...]


class _Run:
    """The queue of tasks and the threads that each drive one child."""

    def __init__(self, path: Path, model: Model, wanted: Sequence[Wanted], fence: Fence, progress: Progress) -> None:
        self.collector = Collector(model.keys)
        self.verdicts = Verdicts(model)
        self._path, self._model, self._wanted, self._fence, self._progress = path, model, wanted, fence, progress
        self._deadline = time.monotonic() + fence.time_limit_s
        self._settings = _settings(model, wanted)
        self._tasks = deque([_Task(0, tuple(wanted))] if wanted else [])
        self._children: list[Child] = []
        self._threads: list[Thread] = []
        self._running = 0
        self._changed = Condition()

    @property
    def shapes(self) -> Shapes:
        return self.collector.shapes

    def part(self, group: Sequence[Wanted]) -> Tessellated:
        """What became of some of the products."""
        products = {one.product for one in group}
        keys = {self._model.keys[product] for product in products}
        boxed = frozenset(self._model.keys[one.product] for one in self.verdicts.boxed if one.product in products)
        return Tessellated(self.shapes.part(keys), len(group), len(products & self.collector.got), self.verdicts.fallbacks(products), boxed)

    def begin(self) -> None:
        """Starts the threads that drive the children."""
        self._threads = [Thread(target=self._drive, daemon=True) for _ in range(self._fence.workers if self._tasks else 0)]
        for thread in self._threads:
            thread.start()

    def finished(self, groups: Sequence[Sequence[Wanted]]) -> list[Tessellated]:
        """What became of each group, when all is done."""
        self._wait()
        self.fall_back_to_boxes()
        parts = [self.part(group) for group in groups]
        parts[0].shapes.findings.extend([*self.verdicts.findings(), *self.verdicts.eaten(self.collector.eaten)])
        return parts

    def _wait(self) -> None:
        while running := [thread for thread in self._threads if thread.is_alive()]:
            self._progress(len(self.collector.got), len(self._wanted))
            running[0].join(_TICK_S)
        self.collector.settle()
        self._progress(len(self.collector.got), len(self._wanted))

    def stop(self) -> None:
        """Ends what still runs, as after a cancel."""
        with self._changed:
            self._tasks.clear()
            self._deadline = 0.0
            self._changed.notify_all()
        for child in self._children:
            child.kill()
        for thread in self._threads:
            thread.join()

    def fall_back_to_boxes(self) -> None:
        scale, until = project_units(self._model).length, time.monotonic() + _BOXES_S
        for one in self._wanted:
            if one.product in self.collector.got:
                continue
            box = self._box(one, scale, until)
            if box is not None:
                self.collector.add(one.product, *box)
            if one.product in self.collector.stray:
                self.verdicts.stray(one)
            self.verdicts.fell_back(one, "box" if box is not None else "none")

    def _box(self, one: Wanted, scale: float, until: float) -> tuple[Item, NDArray[np.float64]] | None:
        product = self._model.by_id(one.product)
        try:
            with np.errstate(all="ignore"):
                box = stated_box(product, scale)
                return box_of_points(product, scale) if box is None and time.monotonic() < until else box
        except (*FAULTS, np.linalg.LinAlgError):
            return None

    def _drive(self) -> None:
        child = Child(self._path, self._fence.memory_bytes)
        self._children.append(child)
        try:
            while (task := self._next()) is not None:
                try:
                    self._after(task, self._run(child, task))
                finally:
                    self._finished()
        finally:
            child.close()

    def _next(self) -> _Task | None:
        with self._changed:
            while not self._tasks and self._running:
                self._changed.wait()
            if not self._tasks:
                return None
            self._running += 1
            return self._tasks.popleft()

    def _finished(self) -> None:
        with self._changed:
            self._running -= 1
            self._changed.notify_all()

    def _run(self, child: Child, task: _Task) -> Ended:
        if time.monotonic() >= self._deadline:
            return Ended.LATE
        kernel = KERNELS[task.kernel]
        settings = self._settings if kernel != DIRECT else self._direct_settings(task)
        batch = Batch(kernel, tuple(one.product for one in task.wanted), settings)
        return child.run(batch, lambda message: self.collector.take(kernel, message),
                         stall_s=self._fence.stall_s, deadline=self._deadline)

    def _direct_settings(self, task: _Task) -> dict[str, object]:
        units = project_units(self._model)
        return {"representations": [one.representation for one in task.wanted], "length_m": units.length, "angle_rad": units.angle}

    def _after(self, task: _Task, ended: Ended) -> None:
        """Decides what becomes of the products that the task did not give."""
        left = tuple(one for one in task.wanted if one.product not in self.collector.got)
        if task.kernel > 0:
            ours = {one.product for one in left}
            self.verdicts.by_kernel([one for one in task.wanted if one.product not in ours], KERNELS[task.kernel])
        if not left:
            return
        if ended is Ended.LATE:
            self.verdicts.late(left)
        elif task.kernel == 0:
            self._again(1, [tuple(batch) for batch in batches(left)])
        elif ended is Ended.DONE:
            self._again(task.kernel + 1, [left])
        elif len(left) == 1:
            self.verdicts.guilty(left[0], KERNELS[task.kernel], ended)
            self._again(task.kernel + 1, [left])
        else:
            self._again(task.kernel, [(one,) for one in left])

    def _again(self, kernel: int, groups: list[tuple[Wanted, ...]]) -> None:
        if kernel >= len(KERNELS):
            return
        with self._changed:
            self._tasks.extendleft(_Task(kernel, group) for group in reversed(groups))
            self._changed.notify_all()


def _settings(model: Model, wanted: Sequence[Wanted]) -> dict[str, object]:
    settings: dict[str, object] = {**_SETTINGS, "context-ids": sorted({one.context for one in wanted})}
    if model.of("IfcAlignment"):
        settings["function-step-param"] = _COARSE_SECTION_M
    return settings
