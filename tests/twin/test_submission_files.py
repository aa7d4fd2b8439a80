"""Files about submitted models: made from the audit and the model, kept, and refused where there is nothing to make them of."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import ifcopenshell
import orjson
import pytest

from bim.bcf import read_bcf
from bim.submissions.desk import Desk
from bim.submissions.submission import SubmittedModel
from csdi.access import Principal, Role
from csdi.bootstrap import Services, open_services
from csdi.errors import NotFound, ValueInvalid
from csdi.jobs import StepContext
from csdi.settings import read_settings
from tests.ogc_api.site import SMALL
from twin import submission_tasks
from twin.submission_files import Wanted, make, read_report

WORKS = SMALL / "submissions" / "construction-works.ifc"
REVIEWER = Principal("roy", Role.OPERATOR)


@pytest.fixture(scope="module")
def services(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Services]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CSDI_HOME", str(tmp_path_factory.mktemp("files") / "home"))
        with open_services(read_settings()) as opened:
            yield opened


@pytest.fixture(scope="module")
def desk(services: Services) -> Desk:
    return Desk(services.store, REVIEWER)


@pytest.fixture(scope="module")
def first(services: Services, desk: Desk) -> str:
    made = desk.create({"title": "Cranes", "packs": ["airport", "hk-building-plans"]})
    return audited(services, desk, made.id, WORKS)


@pytest.fixture(scope="module")
def second(services: Services, desk: Desk, first: str, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The next version, with one crane 2 m higher."""
    file = ifcopenshell.open(WORKS)
    place = file.by_type("IfcTransportElement")[0].ObjectPlacement.RelativePlacement
    x, y, z = place.Location.Coordinates
    place.Location = file.create_entity("IfcCartesianPoint", (x, y, z + 2.0))
    path = tmp_path_factory.mktemp("second") / WORKS.name
    file.write(str(path))
    return audited(services, desk, desk.next_version(first).id, path)


def audited(services: Services, desk: Desk, id: str, path: Path) -> str:
    """The submission with this model, after its audit."""
    desk.put_model(id, SubmittedModel("works", "temporary", path.name, services.blobs.put_file(path), path.stat().st_size))
    queued = submission_tasks.lead(services, desk, id, "submitted")
    submission_tasks.check({"submission": id}, StepContext(job=queued.job))
    return id


def made(services: Services, desk: Desk, id: str, file: str, option: str = "") -> bytes:
    """The file, as its job keeps it."""
    wanted = Wanted.of(desk.register, desk.submission(id), "works", file, option)
    result = make({"submission": id, "model": "works", "file": file, "option": wanted.option}, StepContext())
    assert result == {"blob": wanted.blob}
    return services.blobs.get(wanted.blob)


def test_the_report_is_a_page_in_the_language_that_is_asked_for(services: Services, desk: Desk, first: str) -> None:
    page = made(services, desk, first, "report.html", "zh-Hant").decode()
    assert '<html lang="zh-Hant"' in page
    assert "AIR-043" in page
    assert "http://" not in page.replace("http://www.w3.org", "")


@pytest.mark.parametrize("version", ["2.1", "3.0"])
def test_bcf_is_of_the_version_that_is_asked_for_and_its_topics_keep_their_ids(
        services: Services, desk: Desk, first: str, second: str, version: str) -> None:
    old, new = (read_bcf(made(services, desk, id, "findings.bcf", version)) for id in (first, second))
    assert (old.version, new.version) == (version, version)
    assert old.topics
    assert {topic.guid for topic in old.topics} <= {topic.guid for topic in new.topics}


def test_what_changed_is_said_against_the_version_before(services: Services, desk: Desk, second: str) -> None:
    changes = orjson.loads(made(services, desk, second, "changes.json"))["changes"]
    assert [(one["ifc_class"], one["vector_m"]) for one in changes if one["vector_m"]] == [("IfcTransportElement", [0.0, 0.0, 2.0])]


def test_a_report_comes_back_from_its_json_form_as_it_was(services: Services, desk: Desk, first: str) -> None:
    document = submission_tasks.report_of(services.blobs, desk.submission(first), "works")
    assert read_report(document).to_dict() == document


@pytest.mark.parametrize(("file", "option", "error"), [
    ("changes.json", "", NotFound), ("report.docx", "", NotFound), ("report.html", "fr", ValueInvalid), ("findings.bcf", "2.0", ValueInvalid)])
def test_what_cannot_be_made_is_refused_before_a_job_is_made(desk: Desk, first: str, file: str, option: str, error: type[Exception]) -> None:
    with pytest.raises(error):
        Wanted.of(desk.register, desk.submission(first), "works", file, option)
