"""Every model through the twin: loaded, tiled, verified, exported in all formats, each file read by a program that is not ours.

`python -m tests.twin.sweep [--at-once N] [--json OUT] FILE_OR_FOLDER...` prints a table of faults by class; the exit code is 1 where there are any.
Each file has a fresh home and a process of its own. A model that is refused, or an export that says why there is none, is told apart from a fault.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
import traceback
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from multiprocessing import get_context
from pathlib import Path
from queue import Empty
from typing import Any

from csdi.access import principal_of_shell
from csdi.bootstrap import Services, open_services
from csdi.errors import CsdiError
from csdi.jobs import StepContext
from csdi.layers import slug
from csdi.settings import read_settings
from tests.twin import sweep_readers as readers
from tests.twin.glb_validation import validated
from tests.twin.tiles_schemas import schema_errors
from twin import tasks
from twin.export import Selection, SiteWish, export_model
from twin.export.asking import Export
from twin.tileset import encoded
from twin.verify import verify_model

FORMATS = ("ifc", "gpkg", "csv", "geojson", "cityjson", "cityjsonseq", "glb", "gltf", "imdf")
LIMIT_S = 600
BATCH = 10


@dataclass(frozen=True)
class Fault:
    """What is wrong: at which step, of which class, and what was said."""

    step: str
    kind: str
    message: str


@dataclass
class Swept:
    """What came of one file.

    Attributes:
        refused: step -> why the twin says that it cannot, as `code: message`.
        counts: of the model, as far as it came.
    """

    file: str
    faults: list[Fault] = field(default_factory=list)
    refused: dict[str, str] = field(default_factory=dict)
    counts: dict[str, Any] = field(default_factory=dict)

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        """A step whose refusals and failures are kept."""
        try:
            yield
        except CsdiError as error:
            self.refused[name] = f"{type(error).__name__}: {error.message}"
        except AssertionError as error:
            where = traceback.extract_tb(error.__traceback__)[-1]
            self.faults.append(Fault(name, "reader", f"{where.name}: {str(error)[:300] or where.line}"))
        except Exception as error:
            where = traceback.extract_tb(error.__traceback__)[-1]
            self.faults.append(Fault(name, "crash", f"{type(error).__name__}: {str(error)[:200]} at {Path(where.filename).name}:{where.lineno}"))

    def found(self, step: str, kind: str, messages: Iterable[str]) -> None:
        """Keeps what readers said."""
        self.faults += [Fault(step, kind, message[:400]) for message in messages]


def sweep(path: Path, folder: Path) -> Swept:
    """One file through everything, in a home below `folder`."""
    done = Swept(str(path))
    os.environ["CSDI_HOME"] = str(folder / "home")
    model = slug(path.stem)
    with done.step("add"):
        add(path, model)
        with open_services(read_settings()) as services:
            done.counts = dict(services.store.feature("models", model).properties.get("counts") or {})
            for name, act in STEPS.items():
                with done.step(name):
                    act(services, model, folder, done)
    return done


def add(path: Path, model: str) -> None:
    """As the job of `csdi models add` does."""
    with open_services(read_settings()) as services:
        args = {"model": model, "file": path.name, "blob": services.blobs.put_file(path), "title": {}}
    taken = tasks.take_in(args, StepContext(job=model, previous=None))
    tasks.publish(args, StepContext(job=model, previous=tasks.make_tiles(args, StepContext(job=model, previous=taken))))


def _verified(services: Services, model: str, _folder: Path, done: Swept) -> None:
    for one in verify_model(services, model, 1):
        done.found("verify", "verify", (f"{f.code} {f.subject}: {f.message} ({f.measured} / {f.expected})" for f in one.findings))


def _tiles(services: Services, _model: str, folder: Path, done: Swept) -> None:
    files = {name.replace("/", "-"): services.blobs.get(name) for name in services.blobs.names("tiles3d")}
    done.counts["glb"] = sum(name.endswith(".glb") for name in files)
    for name, data in files.items():
        if name.endswith(".json"):
            done.found("tiles", "schema", (f"{name}: {error}" for error in schema_errors(json.loads(data))))
    where = folder / "tiles"
    where.mkdir()
    _say_validator(done, "tiles", files, where)


def _say_validator(done: Swept, step: str, files: dict[str, bytes], where: Path) -> None:
    if any(name.endswith(".glb") for name in files):
        for one in validated(files, where):
            if one["errors"] or one["warnings"]:
                done.found(step, "gltf-validator", (f"{m['code']} {m['pointer']}: {m['message']}" for m in one["messages"][:3]))


def _exports(services: Services, model: str, folder: Path, done: Swept) -> None:
    for format in FORMATS:
        for frame in ("grid", "enu") if format == "gltf" else ("grid",):
            step = f"export {format}" + (f" {frame}" if frame == "enu" else "")
            with done.step(step):
                out = folder / f"{frame}.{format}"
                export_model(services, Selection(model, frame=frame), format, out)
                done.found(step, "reader", readers.READERS[format](services, model, out))
                if format in ("glb", "gltf"):
                    where = folder / step.replace(" ", "-")
                    where.mkdir()
                    _say_validator(done, step, {"x.glb": out.read_bytes()}, where)


def _parts(services: Services, model: str, folder: Path, done: Swept) -> None:
    """One storey and one class of the model as IFC and glTF."""
    for step, chosen in readers.parts(services, model):
        for format in ("ifc", "cityjson", "gltf"):
            with done.step(f"part {format}"):
                out = folder / f"part-{step}.{format}"
                export_model(services, chosen, format, out)
                done.found(f"part {format}", "reader", readers.part_faults(services, chosen, format, out))


def _plans(services: Services, model: str, _folder: Path, done: Swept) -> None:
    done.found("plans", "reader", readers.plan_faults(services, model))
    done.found("plan tiles", "reader", readers.plan_tile_faults(services))


def _site(services: Services, model: str, folder: Path, done: Swept) -> None:
    out = folder / "site.city.json"
    with done.step("site cityjson"):
        Export(services, principal_of_shell()).site("cityjson", out, SiteWish())
        done.found("site cityjson", "reader", readers.city_faults(out))
    with done.step("site tileset"):
        document = json.loads(encoded(readers.site_document(services)))
        done.found("site tileset", "schema", schema_errors(document))


STEPS: dict[str, Callable[[Services, str, Path, Swept], None]] = {
    "verify": _verified, "tiles": _tiles, "exports": _exports, "parts": _parts, "plans": _plans, "site": _site}


def _in_process(paths: list[str], results: Any) -> None:
    for path in paths:
        with tempfile.TemporaryDirectory(prefix="sweep-") as folder:
            try:
                results.put(asdict(sweep(Path(path), Path(folder))))
            except BaseException as error:
                results.put(asdict(Swept(path, [Fault("sweep", "crash", repr(error)[:300])])))


def in_process(paths: list[str]) -> Iterator[dict[str, Any]]:
    """Some files in a process of their own, ended when one takes longer than ten minutes; the next ones then have another."""
    waiting = list(paths)
    while waiting:
        context = get_context("spawn")
        results = context.Queue()
        worker = context.Process(target=_in_process, args=(waiting, results))
        worker.start()
        try:
            while waiting:
                yield results.get(timeout=LIMIT_S)
                waiting.pop(0)
        except Empty:
            yield asdict(Swept(waiting.pop(0), [Fault("sweep", "time", f"not done after {LIMIT_S} s, or the process ended")]))
            worker.kill()
        worker.join(10)


def table(swept: list[dict[str, Any]]) -> str:
    """Faults and refusals by class, with how many files have them and the first of them."""
    lines = defaultdict(list)
    for one in swept:
        for fault in one["faults"]:
            words = fault["message"].split(":")[0][:60] if fault["kind"] != "crash" else fault["message"][:90]
            lines[f"FAULT   {fault['step']:18} {fault['kind']:15} {words}"].append(one["file"])
        for step, why in one["refused"].items():
            lines[f"refused {step:18} {why[:90]}"].append(one["file"])
    rows = [f"{len(set(files)):4} files {len(files):5} times  {line}  [{Path(files[0]).name}]" for line, files in sorted(lines.items())]
    return "\n".join([f"{len(swept)} files, {sum(bool(one['faults']) for one in swept)} with faults", *rows])


def files_of(names: Iterable[str]) -> list[Path]:
    """The models that are named, and all in folders that are; equal bytes once."""
    paths = [found for name in names for found in (sorted(Path(name).rglob("*.ifc*")) if Path(name).is_dir() else [Path(name)])]
    first = {path.read_bytes(): path for path in reversed(paths)}
    return [path for path in paths if path in first.values()]


def main() -> int:
    """Says what was found; gives the exit code."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("names", nargs="+")
    asked.add_argument("--at-once", type=int, default=2)
    asked.add_argument("--json", type=Path)
    wish = asked.parse_args()
    swept: list[dict[str, Any]] = []
    paths = [str(path) for path in files_of(wish.names)]
    with ThreadPoolExecutor(wish.at_once) as pool:
        batches = [paths[start:start + BATCH] for start in range(0, len(paths), BATCH)]
        for one in (one for some in pool.map(lambda batch: list(in_process(batch)), batches) for one in some):
            swept.append(one)
            print(f"{len(swept):4} {Path(one['file']).name}: {dict(Counter(f['kind'] for f in one['faults'])) or 'sound'}", flush=True)
            if wish.json:
                wish.json.write_text(json.dumps(swept, indent=1, ensure_ascii=False))
    print(table(swept))
    return int(any(one["faults"] for one in swept))


if __name__ == "__main__":
    sys.exit(main())
