"""Slots: one holder at a time, freed when the holder dies."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import psycopg
import pytest

from csdi.jobs.database import sqlite_path
from csdi.jobs.slots import SERVER, Slots, names, slots_of


@pytest.fixture
def slots(url: str) -> Slots:
    return slots_of(url)


def test_a_slot_has_one_holder(slots: Slots) -> None:
    first, second = slots.take(names(SERVER)), slots.take(names(SERVER))
    assert first is not None
    assert second is not None
    assert (first.name, second.name) == ("slot-0", "slot-1")
    assert slots.take(["slot-0", "slot-1"]) is None
    assert slots.held() == {"slot-0", "slot-1"}
    first.release()
    first.release()
    assert not first.holds()
    assert second.holds()
    assert slots.held() == {"slot-1"}
    second.release()


def test_looking_does_not_take(slots: Slots) -> None:
    assert slots.held() == set()
    lease = slots.take(["temp-3"])
    assert lease is not None
    assert slots.held() == {"temp-3"}
    lease.release()
    assert slots.held() == set()


def test_names_that_are_not_ours_are_never_free(slots: Slots) -> None:
    assert slots.take(["local", "slot-", "../slot-1", "slot-1 "]) is None


def test_a_slot_is_free_when_its_holder_is_killed(url: str, slots: Slots) -> None:
    code = (
        "import sys; from csdi.jobs.slots import slots_of;"
        " lease = slots_of(sys.argv[1]).take(['slot-7']); print(lease.name, flush=True); sys.stdin.read()"
    )
    command = [sys.executable, "-c", code, url]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "slot-7\n"
        assert slots.take(["slot-7"]) is None
        holder.kill()
    for _ in range(100):  # the server needs a moment to see that the connection is gone
        if (lease := slots.take(["slot-7"])) is not None:
            break
    assert lease is not None
    lease.release()


def test_a_holder_learns_that_its_slot_is_lost(url: str, slots: Slots) -> None:
    lease = slots.take(["slot-0"])
    assert lease is not None
    assert lease.holds()
    path = sqlite_path(url)
    if path is not None:
        Path(f"{path}.slot-0.lock").unlink()
    else:
        with psycopg.connect(url, autocommit=True) as server:
            server.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid()")
    assert not lease.holds()
    lease.release()
