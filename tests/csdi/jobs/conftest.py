"""Fixtures of the contract suite of jobs: every test runs on SQLite and on PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from csdi.jobs import Jobs
from tests.csdi.jobs.house import STORES, Workers, database


@pytest.fixture(params=STORES)
def url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """An empty job database."""
    with database(request.param, tmp_path, request) as made:
        yield made


@pytest.fixture
def jobs(url: str) -> Iterator[Jobs]:
    """The port to the jobs of `url`."""
    with Jobs(url) as opened:
        yield opened


@pytest.fixture
def workers(url: str, tmp_path: Path) -> Iterator[Workers]:
    """Starts worker processes on `url`."""
    started = Workers(url, tmp_path)
    yield started
    started.end()


@pytest.fixture
def log(tmp_path: Path) -> Path:
    """The file that steps write to."""
    return tmp_path / "steps.jsonl"
