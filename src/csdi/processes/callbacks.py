"""Callbacks: telling a subscriber how its run goes, without ever failing or delaying the run, and never inside this network."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Mapping
from types import TracebackType
from typing import Self

import orjson

from csdi.errors import CsdiError
from csdi.outgoing import Outgoing
from csdi.processes.description import JSON_MEDIA, Json

_LOG = logging.getLogger("csdi")
SUCCESS, IN_PROGRESS, FAILED = "successUri", "inProgressUri", "failedUri"
TIMEOUT_S = 10.0
PAUSES_S = (1.0, 4.0)
"""Waits before the second and third try."""
EVERY_S = 5.0
"""Progress is told no more often than this."""
_LONGEST_ANSWER = 64_000


def tell(subscriber: Mapping[str, str], event: str, document: Json, *, internal: bool, pauses: tuple[float, ...] = PAUSES_S) -> bool:
    """Post a document to the URL of an event, where there is one; gives whether it arrived.

    Redirects are not followed, and addresses inside this network are refused unless `internal`.
    """
    url = subscriber.get(event)
    if url is None:
        return False
    body = orjson.dumps(document)
    with Outgoing(internal=internal, timeout_s=TIMEOUT_S, limit_bytes=_LONGEST_ANSWER, redirects=0) as client:
        for pause in (*pauses, None):
            try:
                client.post(url, body, JSON_MEDIA)
            except CsdiError as error:
                _LOG.warning("callback %s: %s", event, error.message)
                if pause is None or error.code == "value-invalid":
                    return False
                time.sleep(pause)
            else:
                return True
    return False


class Newest:
    """Tells the newest progress now and then, from a thread of its own; what is overtaken is never told."""

    def __init__(self, subscriber: Mapping[str, str], *, internal: bool, every_s: float = EVERY_S) -> None:
        self._subscriber, self._internal, self._every_s = subscriber, internal, every_s
        self._document: Json | None = None
        self._changed, self._ended = threading.Event(), threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True, name="callback")

    def __enter__(self) -> Self:
        if IN_PROGRESS in self._subscriber:
            self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._ended.set()
        self._changed.set()
        if self._thread.is_alive():
            self._thread.join(TIMEOUT_S)

    def put(self, document: Json) -> None:
        """Have this told next."""
        self._document = document
        self._changed.set()

    def _run(self) -> None:
        while not self._ended.is_set():
            self._changed.wait()
            self._changed.clear()
            document, self._document = self._document, None
            if document is not None:
                tell(self._subscriber, IN_PROGRESS, document, internal=self._internal, pauses=())
                self._ended.wait(self._every_s)
