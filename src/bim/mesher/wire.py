"""Messages between a meshing child and its parent: one JSON header, then the arrays that it announces. No pickle."""

from __future__ import annotations

import json
import struct
from dataclasses import dataclass, field
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

_LENGTH = struct.Struct("<I")


@dataclass(frozen=True, slots=True)
class Message:
    """`kind` says what happened; `data` is JSON; `arrays` by name."""

    kind: str
    data: dict[str, Any] = field(default_factory=dict)
    arrays: dict[str, NDArray[Any]] = field(default_factory=dict)


def write(stream: BinaryIO, message: Message, *, flush: bool = True) -> None:
    """Writes one message; it may stay in the stream's buffer unless it is flushed."""
    shapes = {name: (array.dtype.str, array.shape) for name, array in message.arrays.items()}
    head = json.dumps({"kind": message.kind, "data": message.data, "arrays": shapes}).encode()
    stream.write(_LENGTH.pack(len(head)) + head)
    for array in message.arrays.values():
        stream.write(np.ascontiguousarray(array).tobytes())
    if flush:
        stream.flush()


class Reader:
    """Takes bytes as they come and gives the messages that are complete."""

    def __init__(self) -> None:
        self._buffer = bytearray()

    def feed(self, data: bytes) -> list[Message]:
        """The messages that this piece completes.

        Raises:
            ValueError: the bytes are no message.
        """
        self._buffer += data
        messages = []
        at = 0
        while (taken := self._take(at)) is not None:
            message, at = taken
            messages.append(message)
        del self._buffer[:at]
        return messages

    def _take(self, at: int) -> tuple[Message, int] | None:
        if len(self._buffer) < at + _LENGTH.size:
            return None
        (length,) = _LENGTH.unpack_from(self._buffer, at)
        at += _LENGTH.size
        if len(self._buffer) < at + length:
            return None
        head = json.loads(bytes(self._buffer[at:at + length]))
        at += length
        arrays: dict[str, NDArray[Any]] = {}
        for name, (kind, shape) in head["arrays"].items():
            dtype = np.dtype(kind)
            size = dtype.itemsize * int(np.prod(shape))
            if len(self._buffer) < at + size:
                return None
            arrays[name] = np.frombuffer(bytes(self._buffer[at:at + size]), dtype).reshape(shape)
            at += size
        return Message(head["kind"], head["data"], arrays), at
