"""Results of a process as HTTP answers: raw, in parts, by reference, or as one document."""

from __future__ import annotations

from collections.abc import Mapping
from uuid import uuid4

import orjson
from starlette.requests import Request
from starlette.responses import Response

from csdi.blobs import Blobs
from csdi.processes.description import JSON_MEDIA, Json
from csdi.processes.outcome import Kept
from csdi.processes.request import DOCUMENT, REFERENCE
from csdi.processes.request import Request as Asked


def answer(request: Request, asked: Asked, outputs: Mapping[str, Kept], blobs: Blobs, root: str) -> Response:
    """The results in the form that was asked for.

    Raw results are the bare value of one output, or `multipart/related` for several; a client that accepts JSON and not
    multipart gets several as a document. `root` is the URL below which each output has its own address.
    """
    wanted = {id: outputs[id] for id in asked.outputs if id in outputs}
    by_reference = [id for id in wanted if asked.outputs[id] == REFERENCE]
    if asked.response == DOCUMENT or (len(wanted) != 1 and not by_reference and _accepts_only_json(request)):
        return Response(orjson.dumps(document(asked, wanted, blobs, root)), media_type=JSON_MEDIA)
    if wanted and len(by_reference) == len(wanted):
        return Response(status_code=204, headers={"Link": ", ".join(_link(id, wanted[id], root) for id in wanted)})
    if len(wanted) == 1:
        (kept,) = wanted.values()
        return Response(kept.data(blobs), media_type=kept.media)
    return _parts(asked, wanted, blobs, root)


def document(asked: Asked, wanted: Mapping[str, Kept], blobs: Blobs, root: str) -> Json:
    """All results as one JSON object: values, and links to those asked for by reference."""
    return {id: {"href": f"{root}/{id}", "type": kept.media} if asked.outputs.get(id) == REFERENCE else kept.document(blobs)
            for id, kept in wanted.items()}


def _parts(asked: Asked, wanted: Mapping[str, Kept], blobs: Blobs, root: str) -> Response:
    """RFC 2387: one part for each output, its id as `Content-ID`; one by reference is empty and says where it lies."""
    boundary, lines = uuid4().hex, []
    for id, kept in wanted.items():
        away = asked.outputs[id] == REFERENCE
        head = f"--{boundary}\r\nContent-ID: <{id}>\r\nContent-Type: {kept.media}\r\n" + \
            (f"Content-Location: {root}/{id}\r\n" if away else "")
        lines += [head.encode(), b"\r\n", b"" if away else kept.data(blobs), b"\r\n"]
    body = b"".join(lines) + f"--{boundary}--\r\n".encode()
    return Response(body, media_type=f'multipart/related; type="{JSON_MEDIA}"; boundary={boundary}')


def _link(id: str, kept: Kept, root: str) -> str:
    return f'<{root}/{id}>; rel="item"; title="{id}"; type="{kept.media}"'


def _accepts_only_json(request: Request) -> bool:
    accept = request.headers.get("accept", "*/*")
    return "application/json" in accept and "multipart" not in accept and "*/*" not in accept
