"""The schedule: layers that are due go into the queue once."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from csdi.bootstrap import open_services
from csdi.catalogue.harvest import Source
from csdi.catalogue.harvest.keeping import HarvestResult, _remember
from csdi.harvesting import HARVEST
from csdi.layers import LayerOptions, add_layers
from csdi.refreshing import LAYER_REFRESH
from csdi.schedule import Schedule
from csdi.settings import read_settings


def test_a_layer_that_is_due_is_launched_once_and_one_from_a_file_never(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("name,lat,lon\na,22.3,113.9\n")
    with open_services(read_settings(home=tmp_path / "home", store="", blobs="", jobs="")) as services:
        source = LayerOptions(id="lamps", provenance={"source": "https://maps.example/wfs"}, refresh_every_s=3600)
        for options in (source, replace(source, id="file", provenance={})):
            list(add_layers(services.store, services.blobs, tmp_path / "a.csv", options))
        now = datetime.now(UTC)
        assert Schedule(services).launch_due(now) == []
        later, schedule = now + timedelta(hours=2), Schedule(services)
        first, second = schedule.launch_due(later), Schedule(services).launch_due(later)
        assert first == second, "another worker doubles nothing"
        assert schedule.launch_due(later) == [], "what was tried just now is not tried again"
        assert [job.kind for job in services.jobs.jobs(limit=10)] == [LAYER_REFRESH]


def test_a_catalogue_is_due_when_its_time_has_come(tmp_path: Path) -> None:
    with open_services(read_settings(home=tmp_path / "home", store="", blobs="", jobs="")) as services:
        for id, every in (("daily", 86_400), ("once", 0)):
            _remember(services.store, HarvestResult(Source(id, "https://maps.example/csw", "csw", every_s=every)))
        now = datetime.now(UTC)
        assert Schedule(services).launch_due(now) == []
        (job,) = Schedule(services).launch_due(now + timedelta(hours=25))
        assert services.jobs.job(job).kind == HARVEST
