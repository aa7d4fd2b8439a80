"""Columns are read from the store once: they come back as they were, from files of their own, and anew when those are of no use."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from csdi.bootstrap import Services, open_services
from csdi.settings import read_settings
from ogc_api import twin_kept
from ogc_api.twin_columns import ModelColumns, read_columns
from ogc_api.twin_kept import KeptColumns
from ogc_api.twin_packed import packed, unpacked
from ogc_api.twin_tree import Node, children
from tests.corpus import corpus
from tests.ogc_api.test_twin_tree import HOUSE, add


@pytest.fixture(scope="module")
def services(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Services]:
    """A house."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CSDI_HOME", str(tmp_path_factory.mktemp("kept")))
        with open_services(read_settings()) as opened:
            add(opened, corpus("ifc", HOUSE), "house")
            yield opened


@pytest.fixture
def reads(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Models whose columns were read from the store."""
    found: list[str] = []

    def read(store: Any, model: str, state: str, version: int | None = None) -> ModelColumns:
        found.append(model)
        return read_columns(store, model, state, version)

    monkeypatch.setattr(twin_kept, "read_columns", read)
    return found


def file_of(services: Services) -> Path:
    """Where the columns of the house are kept."""
    path = services.blobs.local_path("columns/house.npz")
    assert path is not None
    return path


def test_columns_come_back_from_their_file_as_they_were(services: Services) -> None:
    (made,) = KeptColumns().all(services.store)
    back = unpacked(packed(made))
    assert (back.model, back.state, back.ids, back.paths, back.places) == (made.model, made.state, made.ids, made.paths, made.places)
    assert np.array_equal(back.boxes, made.boxes, equal_nan=True)
    for name, facet in made.facets.items():
        assert back.facets[name].labels == facet.labels
        assert np.array_equal(back.facets[name].codes, facet.codes)
        assert np.array_equal(back.facets[name].rows, facet.rows)
    for by in ("place", "class", "system", "material"):
        assert children([back], Node(by)) == children([made], Node(by))


def test_another_process_takes_over_what_one_has_read(services: Services, reads: list[str]) -> None:
    KeptColumns(services.blobs).all(services.store)
    again = list(reads)
    (found,) = KeptColumns(services.blobs).all(services.store)
    assert reads == again
    assert found.size > 50


@pytest.mark.parametrize("content", [b"", b"not an archive", b"PK\x03\x04 cut off"])
def test_a_file_that_is_damaged_is_made_anew(services: Services, reads: list[str], content: bytes) -> None:
    KeptColumns(services.blobs).all(services.store)
    whole = file_of(services).read_bytes()
    file_of(services).write_bytes(content)
    reads.clear()
    (found,) = KeptColumns(services.blobs).all(services.store)
    assert reads == ["house"]
    assert found.size > 50
    assert len(file_of(services).read_bytes()) == len(whole)


def test_another_version_is_not_shown_the_columns_of_the_one_before(services: Services, reads: list[str]) -> None:
    (made,) = KeptColumns(services.blobs).all(services.store)
    other = ModelColumns(made.model, "another state", made.ids, made.facets, made.paths, made.path_of, made.places, made.boxes)
    file_of(services).write_bytes(packed(other))
    reads.clear()
    (found,) = KeptColumns(services.blobs).all(services.store)
    assert reads == ["house"]
    assert found.state == made.state


def test_what_is_asked_again_is_answered_without_making_it_again(services: Services) -> None:
    kept = KeptColumns(services.blobs)
    made: list[int] = []
    for _ in range(2):
        body = kept.answered(kept.all(services.store), "by class", lambda: made.append(1) or b"body")  # type: ignore[func-returns-value]
    assert (body, made) == (b"body", [1])


def test_warming_ends_when_it_is_told_to(services: Services, reads: list[str]) -> None:
    file_of(services).unlink(missing_ok=True)
    stop = threading.Event()
    stop.set()
    KeptColumns(services.blobs).warm(services.store, stop)
    assert reads == []
    KeptColumns(services.blobs).warm(services.store, threading.Event())
    assert reads == ["house"]
