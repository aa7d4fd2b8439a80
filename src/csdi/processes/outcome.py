"""What a run leaves: its outputs, small ones in the job, large ones and those asked for by reference in blobs."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import uuid4

import orjson

from csdi.blobs import Blobs
from csdi.errors import JobFailed
from csdi.processes.description import JSON_MEDIA, Content, Json, Output, Process
from csdi.processes.request import REFERENCE, Request

_ROOT = "processes"
_DISMISSED = f"{_ROOT}/dismissed"
INLINE = 32_000
"""Bytes of JSON up to which an output is kept in the job itself."""
KEPT = timedelta(days=32)
"""How long results are kept: a little longer than jobs."""


@dataclass(frozen=True, slots=True)
class Kept:
    """One output as it is kept: `value` for JSON in the job, else the name of a blob."""

    media: str
    value: Any = None
    blob: str = ""

    def data(self, blobs: Blobs) -> bytes:
        """The raw value: text as it is, other JSON as JSON, binary content as bytes. Raises BlobMissing."""
        if self.blob:
            return blobs.get(self.blob)
        return self.value.encode() if isinstance(self.value, str) and not self.is_json else orjson.dumps(self.value)

    @property
    def is_json(self) -> bool:
        """Whether the raw value is a JSON document."""
        return self.media == JSON_MEDIA or self.media.partition(";")[0].endswith("+json")

    def document(self, blobs: Blobs) -> Any:
        """The value inside a results document: bare, qualified for objects and binary; a box is the one object that comes bare."""
        if self.is_json or not self.blob:
            value = orjson.loads(blobs.get(self.blob)) if self.blob else self.value
            if not isinstance(value, dict) or _is_box(value):
                return value
            return {"value": value} | ({} if self.media == JSON_MEDIA else {"mediaType": self.media})
        return {"value": base64.b64encode(self.data(blobs)).decode(), "encoding": "base64", "mediaType": self.media}


def new_folder() -> str:
    """A name for what one run leaves; it begins with the day."""
    return f"{_ROOT}/{datetime.now(UTC):%Y%m%d}/{uuid4().hex}"


def keep(process: Process, found: Mapping[str, Any], request: Request, folder: str, blobs: Blobs) -> Json:
    """Keep the outputs that were asked for; gives their JSON form by id, at most some 32 kB each.

    Raises:
        JobFailed: the process did not make an output that it promises.
    """
    return {id: _keep(output, found[id], mode, f"{folder}/{id}", blobs) for id, mode in request.outputs.items()
            if (output := process.output(id)) is not None and id in found}


def kept(result: Json) -> dict[str, Kept]:
    """The outputs of a run, from their JSON form."""
    return {id: Kept(**said) for id, said in result["outputs"].items()}


def mark_dismissed(job: str, blobs: Blobs) -> None:
    """Remember that there was a job of this id."""
    blobs.put_named(f"{_DISMISSED}/{job}", f"{datetime.now(UTC):%Y%m%d}".encode())


def is_dismissed(job: str, blobs: Blobs) -> bool:
    """Whether a job of this id was dismissed after its end."""
    return "/" not in job and "\\" not in job and blobs.exists(f"{_DISMISSED}/{job}")


def sweep(blobs: Blobs, today: date) -> int:
    """Forget what runs left more than `KEPT` ago; gives how many blobs."""
    last = f"{today - KEPT:%Y%m%d}"
    old = [name for name in blobs.names(_ROOT) if _day(name, blobs) < last]
    for name in old:
        blobs.delete(name)
    return len(old)


def _day(name: str, blobs: Blobs) -> str:
    return blobs.get(name).decode() if name.startswith(f"{_DISMISSED}/") else name.split("/")[1]


def _keep(output: Output, value: Any, mode: str, name: str, blobs: Blobs) -> Json:
    if isinstance(value, Content):
        blobs.put_named(name, value.data, replace=True)
        return {"media": value.media, "blob": name}
    text = isinstance(value, str)
    media = output.media if text or _is_json(output.media) else JSON_MEDIA
    data = _decoded(value, output) if text else orjson.dumps(value, option=orjson.OPT_SERIALIZE_NUMPY)
    if mode != REFERENCE and len(data) <= INLINE and not _is_binary(output, value):
        return {"media": media, "value": value}
    blobs.put_named(name, data, replace=True)
    return {"media": media, "blob": name}


def _is_box(value: Json) -> bool:
    """Whether an object is a `bbox` of the standard, which its `inlineOrRefData` takes as it is (OGC 18-062r2, 7.11.2)."""
    return "bbox" in value and set(value) <= {"bbox", "crs"}


def _is_json(media: str) -> bool:
    return media == JSON_MEDIA or media.endswith("+json")


def _is_binary(output: Output, value: Any) -> bool:
    return isinstance(value, str) and output.schema.get("contentEncoding") == "base64"


def _decoded(value: str, output: Output) -> bytes:
    if not _is_binary(output, value):
        return orjson.dumps(value) if _is_json(output.media) else value.encode()
    try:
        return base64.b64decode(value + "=" * (-len(value) % 4))
    except ValueError:
        raise JobFailed(f"output '{output.id}' is no base64", output=output.id) from None
