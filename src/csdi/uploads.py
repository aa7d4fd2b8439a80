"""Uploads: a layer file that came over HTTP, kept until the job that publishes it has ended."""

from __future__ import annotations

import re
import tempfile
import unicodedata
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import Any
from uuid import uuid4

from csdi.blobs import Blobs
from csdi.bootstrap import Services, open_services
from csdi.errors import ValueInvalid
from csdi.jobs import JSON, StepContext, Task
from csdi.layers import LayerOptions, LayerResult, add_layers
from csdi.settings import read_settings

LAYER_ADD = "layer-add"
ADD_TASK = Task(LAYER_ADD, ("csdi.uploads:execute",), limit_s=4 * 3600.0, afterwards="csdi.uploads:forget")
FINDINGS_TOLD = 200
"""Findings of one layer that the job tells; their number is always told whole."""
LONGEST_NAME = 120
"""Characters of a file name."""
_BLANKS = re.compile(r"\s+")


def file_name(text: str) -> str:
    """The name of an uploaded file without folders and control characters.

    Raises:
        ValueInvalid: nothing is left of it, it has no suffix, or it is too long.
    """
    bare = PurePosixPath(text.replace("\\", "/")).name
    printable = "".join(c for c in unicodedata.normalize("NFC", bare) if unicodedata.category(c)[0] != "C")
    name = _BLANKS.sub(" ", printable).strip()
    stem, dot, suffix = name.rpartition(".")
    if not (stem.strip(". ") and dot and suffix):
        raise ValueInvalid(f"'{name[:LONGEST_NAME]}' is not the name of a file with a suffix", field="file", value=name[:LONGEST_NAME],
                           remedy="name it as it is named at home: file=roads.gpkg")
    if len(name) > LONGEST_NAME:
        raise ValueInvalid(f"the name of the file has {len(name)} characters", field="file", value=name[:LONGEST_NAME],
                           remedy=f"at most {LONGEST_NAME}")
    return name


def keep(blobs: Blobs, file: Path) -> str:
    """Keep an uploaded file for its job; gives the name of its blob."""
    blob = f"uploads/{uuid4().hex}"
    blobs.put_named(blob, file)
    return blob


def submit(services: Services, blob: str, file: str, options: LayerOptions, *, user: str) -> str:
    """Put the job into the queue that publishes a kept file under its own name; gives the id of the job."""
    args: dict[str, JSON] = {"blob": blob, "file": file, "id": options.id, "crs": options.crs, "title": dict(options.title),
                             "reserved": [*sorted(options.reserved)]}
    return services.jobs.submit(LAYER_ADD, args, user=user, limit_s=ADD_TASK.limit_s)


def execute(args: dict[str, Any], context: StepContext) -> JSON:
    """The step: publish all layers of the file. Raises the first CsdiError where none could be published."""
    with open_services(read_settings()) as services:
        options = LayerOptions(id=args["id"], crs=args["crs"], title=args["title"], limit_mb=services.settings.upload_limit_mb,
                               reserved=frozenset(args["reserved"]))
        with _named(services.blobs, args["blob"], args["file"]) as path:
            results = list(add_layers(services.store, services.blobs, path, options,
                                      lambda stage, done, total: context.progress(stage, done=done, total=total or None)))
        errors = [result.error for result in results if result.error]
        if len(errors) == len(results) and errors:
            raise errors[0]
        services.blobs.delete(args["blob"])
    return {"file": args["file"], "layers": [_told(result, args["file"]) for result in results]}


def forget(args: Mapping[str, Any], context: StepContext) -> JSON:  # noqa: ARG001
    """The step after a failure: the file is not needed any more."""
    Blobs(read_settings().blobs_url).delete(args["blob"])
    return None


@contextmanager
def _named(blobs: Blobs, blob: str, name: str) -> Iterator[Path]:
    """The kept file under the name that it came with: readers look at suffixes, and layers are named after their file."""
    with blobs.file(blob) as stored, tempfile.TemporaryDirectory(prefix="csdi-upload-") as folder:
        path = Path(folder, name)
        path.symlink_to(stored)
        yield path


def _told(result: LayerResult, file: str) -> JSON:
    """A result as the job tells it, with the name that the file came with."""
    body = result.to_dict()
    return body | {"file": file, "findings": body["findings"][:FINDINGS_TOLD], "finding_count": len(body["findings"])}
