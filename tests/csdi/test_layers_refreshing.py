"""The schedule: layers that are due go into the queue once."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from csdi.bootstrap import open_services
from csdi.layers import LayerOptions, add_layers
from csdi.refreshing import LAYER_REFRESH, launch_due
from csdi.settings import read_settings


def test_a_layer_that_is_due_is_launched_once_and_one_from_a_file_never(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("name,lat,lon\na,22.3,113.9\n")
    with open_services(read_settings(home=tmp_path / "home", store="", blobs="", jobs="")) as services:
        source = LayerOptions(id="lamps", provenance={"source": "https://maps.example/wfs"}, refresh_every_s=3600)
        for options in (source, replace(source, id="file", provenance={})):
            list(add_layers(services.store, services.blobs, tmp_path / "a.csv", options))
        now = datetime.now(UTC)
        assert launch_due(services, now) == []
        later = now + timedelta(hours=2)
        first, second = launch_due(services, later), launch_due(services, later)
        assert first == second
        assert [job.kind for job in services.jobs.jobs(limit=10)] == [LAYER_REFRESH]
