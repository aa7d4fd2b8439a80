"""Streaming: rows that pass by in great number hold no cycles, so that looking for these is put off for a while."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager

_SELDOM = (200_000, 20, 100)
"""Objects, and rounds of the younger generations, between two looks of the garbage collector."""


@contextmanager
def streaming() -> Iterator[None]:
    """The garbage collector of this process looks seldom within the block; what nobody holds is freed at once as ever."""
    before = gc.get_threshold()
    gc.set_threshold(*_SELDOM)
    try:
        yield
    finally:
        gc.set_threshold(*before)
