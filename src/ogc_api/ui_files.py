"""The files of the web UI: as the build packed them where the browser takes that, and kept for ever where a name follows from content."""

from __future__ import annotations

import mimetypes
import os
from pathlib import Path

from starlette.datastructures import Headers
from starlette.responses import FileResponse, Response
from starlette.staticfiles import NotModifiedResponse, StaticFiles
from starlette.types import Scope

from ogc_api.compression import accepted

FOREVER = "public, max-age=31536000, immutable"
ASK_AGAIN = "no-cache"
NAMED_BY_CONTENT = "assets"
"""Folder of the files whose names the build makes from their content."""

_SUFFIX = {"br": ".br", "gzip": ".gz"}
_MEDIA = {".mjs": "text/javascript", ".js": "text/javascript", ".wasm": "application/wasm"}
"""Where systems differ in what they call these."""


class UiFiles(StaticFiles):
    """A folder that `web/build.py` wrote, with its packed files beside the plain ones."""

    def file_response(self, full_path: str | os.PathLike[str], stat_result: os.stat_result, scope: Scope,
                      status_code: int = 200) -> Response:
        """The smallest form of a file that the client takes; a part of it is cut from the plain one."""
        path, headers = Path(full_path), Headers(scope=scope)
        more = {"Cache-Control": FOREVER if path.parent.name == NAMED_BY_CONTENT else ASK_AGAIN, "Vary": "Accept-Encoding"}
        media = _MEDIA.get(path.suffix) or mimetypes.guess_type(path.name)[0] or "application/octet-stream"
        chosen = "" if "range" in headers else accepted(headers.get("accept-encoding", ""), ("br", "gzip"))
        packed = path.with_name(path.name + _SUFFIX[chosen]) if chosen else path
        if chosen and packed.is_file():
            path, stat_result = packed, packed.stat()
            more["Content-Encoding"] = chosen
        response = FileResponse(path, status_code, more, media, stat_result=stat_result)
        return NotModifiedResponse(response.headers) if self.is_not_modified(response.headers, headers) else response
