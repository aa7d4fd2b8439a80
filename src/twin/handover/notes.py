"""Notes: what was looked at, kept under a token for whoever looked, until it is used or too old."""

from __future__ import annotations

import re
import secrets
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import orjson

from csdi.blobs import Blobs
from csdi.errors import BlobMissing, NotFound
from csdi.extent import rfc3339

KEPT_FOR = timedelta(hours=48)
_FOLDER = "handover"
_TOKEN = re.compile(r"[0-9a-f]{32}")

Json = dict[str, Any]


class Notes:
    """The notes of one principal."""

    def __init__(self, blobs: Blobs, who: str) -> None:
        self._blobs, self._who = blobs, who

    def keep(self, about: Json, file: Path | None = None) -> str:
        """Keep a note, and a file with it; gives its token."""
        self._clear()
        token, now = secrets.token_hex(16), datetime.now(UTC)
        if file is not None:
            self._blobs.put_named(self.file(token), file)
        self._write(token, {**about, "who": self._who, "made": rfc3339(now), "until": rfc3339(now + KEPT_FOR)})
        return token

    def read(self, token: str) -> Json:
        """A note. Raises NotFound: it is not there, too old, or somebody else's."""
        missing = NotFound("there is no such import", remedy="look at the file again: its token is used, too old, or somebody else's")
        if not _TOKEN.fullmatch(token):
            raise missing
        try:
            kept: Json = orjson.loads(self._blobs.get(f"{_FOLDER}/{token}.json"))
        except BlobMissing:
            raise missing from None
        if kept["who"] != self._who or datetime.fromisoformat(kept["until"]) < datetime.now(UTC):
            raise missing
        return kept

    def amend(self, token: str, more: Json) -> Json:
        """A note with more members; gives it. Raises NotFound."""
        made = {**self.read(token), **more}
        self._write(token, made)
        return made

    def drop(self, token: str) -> None:
        """Forget a note and its file."""
        for name in (f"{_FOLDER}/{token}.json", self.file(token)):
            with suppress(BlobMissing):
                self._blobs.delete(name)

    def file(self, token: str) -> str:
        """Name among the blobs of the file that was kept with a note."""
        return f"{_FOLDER}/{token}.file"

    def _write(self, token: str, note: Json) -> None:
        self._blobs.put_named(f"{_FOLDER}/{token}.json", orjson.dumps(note, default=str), replace=True)

    def _clear(self) -> None:
        """Drop what nobody came back for."""
        for name in [one for one in self._blobs.names(f"{_FOLDER}/") if one.endswith(".json")]:
            with suppress(BlobMissing):
                if datetime.fromisoformat(orjson.loads(self._blobs.get(name))["until"]) < datetime.now(UTC):
                    self.drop(Path(name).stem)
