"""Submitted models in three dimensions: private tiles beside those of the twin, what changes with them, and what nobody else sees."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import ifcopenshell
import ifcopenshell.api.root
import numpy as np
import pytest
from starlette.testclient import TestClient

from bim.submissions.desk import Desk
from bim.submissions.submission import Submission, SubmittedModel
from csdi.access import Principal, Role
from csdi.bootstrap import Services, open_services
from csdi.jobs import StepContext
from csdi.settings import read_settings
from ogc_api.app import create_app
from tests.bim.small import Small
from tests.ogc_api.principals import who, write_tokens
from tests.ogc_api.site import SMALL
from tests.taking_in import take_in
from twin import submission_preview, submission_tasks, tasks
from twin.gltf_reader import read_glb

NAME = "terminal-structure"
MOVED_M, ADDED_M = 1.5, 2.0
ANN = Principal("ann", Role.APPLICANT)
Json = dict[str, Any]


@pytest.fixture(scope="module")
def services(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Services]:
    home = tmp_path_factory.mktemp("previews")
    write_tokens(home / "tokens")
    with pytest.MonkeyPatch.context() as patch:
        for name, value in (("HOME", str(home)), ("TOKENS", str(home / "tokens"))):
            patch.setenv(f"CSDI_{name}", value)
        with open_services(read_settings()) as opened:
            yield opened


@pytest.fixture(scope="module")
def client(services: Services) -> Iterator[TestClient]:
    with TestClient(create_app(services.settings, services), raise_server_exceptions=False) as made:
        yield made


class Changed:
    """A structure with one column moved, one taken out, one put in and one with another name."""

    def __init__(self, path: Path) -> None:
        file = ifcopenshell.open(SMALL / f"{NAME}.ifc")
        moved, removed, twice, renamed = file.by_type("IfcColumn")[:4]
        added = ifcopenshell.api.root.copy_class(file, product=twice)  # type: ignore[arg-type]
        added.Name, renamed.Name = "A new column", "Another name"
        added.Representation = twice.Representation
        for one, source, by in ((moved, moved, MOVED_M), (added, twice, ADDED_M)):
            place = source.ObjectPlacement.RelativePlacement
            x, y, z = place.Location.Coordinates
            point = file.create_entity("IfcCartesianPoint", (x + by, y, z))
            axes = file.create_entity("IfcAxis2Placement3D", point, place.Axis, place.RefDirection)
            one.ObjectPlacement = file.create_entity("IfcLocalPlacement", source.ObjectPlacement.PlacementRelTo, axes)
        self.moved, self.removed, self.added, self.renamed = moved.GlobalId, removed.GlobalId, added.GlobalId, renamed.GlobalId
        ifcopenshell.api.root.remove_product(file, product=removed)  # type: ignore[arg-type]
        self.path = path
        file.write(str(path))


@pytest.fixture(scope="module")
def changed(tmp_path_factory: pytest.TempPathFactory) -> Changed:
    return Changed(tmp_path_factory.mktemp("changed") / "structure revision B.ifc")


@pytest.fixture(scope="module")
def accepted(services: Services) -> Json:
    """The row of the structure as it is in the twin."""
    file = SMALL / f"{NAME}.ifc"
    take_in(services, file, NAME, "accepted")
    return dict(services.store.feature("models", NAME).properties)


def audited(services: Services, file: Path, name: str = NAME, *, previous: str = "", packs: Sequence[str] = ()) -> Submission:
    """A submission of this model after its audit."""
    desk = Desk(services.store, ANN)
    one = desk.next_version(previous) if previous else desk.create({"title": "A", "packs": [*packs]})
    desk.put_model(one.id, SubmittedModel(name, "", file.name, services.blobs.put_file(file), file.stat().st_size))
    desk.lead(one.id, "submitted")
    submission_tasks.check({"submission": one.id}, StepContext(job=f"check-{one.id}"))
    return desk.submission(one.id)


def made(services: Services, one: Submission, name: str = NAME) -> Submission:
    """The same with its preview."""
    submission_preview.make({"submission": one.id, "model": name}, StepContext(job=f"preview-{one.id}"))
    return one


@pytest.fixture(scope="module")
def submission(services: Services, changed: Changed, accepted: Json) -> Submission:
    return made(services, audited(services, changed.path))


def address(one: Submission, name: str = NAME) -> str:
    return f"/api/submissions/{one.id}/models/{name}/preview"


def told(client: TestClient, one: Submission, name: str = NAME) -> Json:
    """What is said of a preview."""
    answer = client.get(address(one, name), headers=who("ann"))
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


def contents(node: Json) -> list[str]:
    """Names of all tiles of a tileset."""
    own = [node["content"]["uri"]] if "content" in node else []
    return own + [name for child in node.get("children", []) for name in contents(child)]


def ids_of(data: bytes) -> set[str]:
    """GlobalIds that a tile tells."""
    return {str(row["global_id"]) for row in read_glb(data).table}


def test_a_submitted_model_stands_in_its_own_tiles_and_in_those_of_the_twin_that_are_still_right(
        client: TestClient, services: Services, submission: Submission, changed: Changed, accepted: Json) -> None:
    found = told(client, submission)
    assert (found["state"], found["placement"]) == ("ready", "georeferenced")
    assert found["levels"] == [pytest.approx(accepted["base_level"]), pytest.approx(accepted["top_level"])]
    tiles = found["tiles"]
    assert tiles["reused"] > 0
    assert tiles["built"] > 0
    tileset = client.get(found["tileset"], headers=who("roy")).json()
    names = contents(tileset["root"])
    assert len(names) == tiles["all"]
    base = found["tileset"].rpartition("/")[0]
    bodies = {name: client.get(f"{base}/{name}", headers=who("roy")) for name in names}
    assert {answer.status_code for answer in bodies.values()} == {200}
    shared = {name for name in names if services.blobs.exists(f"tiles3d/{name}")}
    assert len(shared) == tiles["reused"]
    private = set().union(*(ids_of(bodies[name].content) for name in set(names) - shared))
    assert {changed.moved, changed.added, changed.renamed} <= private
    assert changed.removed not in set().union(*(ids_of(answer.content) for answer in bodies.values()))


def test_tiles_leave_whole_in_parts_or_not_at_all_and_for_whoever_asks_alone(client: TestClient, submission: Submission) -> None:
    base, _, root = told(client, submission)["tileset"].rpartition("/")
    tile = f"{base}/{contents(client.get(f'{base}/{root}', headers=who('ann')).json()['root'])[0]}"
    whole = client.get(tile, headers=who("ann", accept_encoding="gzip"))
    assert whole.headers["content-type"] == "model/gltf-binary"
    assert whole.headers["content-encoding"] == "gzip"
    assert whole.headers["cache-control"].startswith("private")
    assert "Authorization" in whole.headers["vary"]
    assert client.get(tile, headers=who("ann", if_none_match=whole.headers["etag"])).status_code == 304
    part = client.get(tile, headers=who("ann", range="bytes=4-11"))
    assert (part.status_code, part.content) == (206, whole.content[4:12])


@pytest.mark.parametrize(("by", "status"), [("ann", 200), ("roy", 200), ("bob", 404), ("eve", 404), ("", 403)])
def test_who_may_not_read_the_submission_sees_nothing_of_it(client: TestClient, submission: Submission, changed: Changed, by: str,
                                                            status: int) -> None:
    found = told(client, submission)
    for path in (address(submission), found["tileset"], f"{address(submission)}/elements/{changed.moved}"):
        assert client.get(path, headers=who(by) if by else {}).status_code == status, path


def test_the_twin_does_not_know_it(client: TestClient, services: Services, submission: Submission, accepted: Json, changed: Changed) -> None:
    found = told(client, submission)
    root = found["tileset"].rpartition("/")[2]
    own = [name.rpartition("/")[2] for name in services.blobs.names(f"{submission_preview.FOLDER}/{submission.id}")]
    assert root in own
    assert [name for name in own if client.get(f"/tiles3d/{name}", headers=who("roy")).status_code != 404] == []
    assert root not in client.get("/tiles3d/site/tileset.json").text
    assert accepted["tileset"] in client.get("/tiles3d/site/tileset.json").text
    assert client.get(f"/ogc/collections/elements/items/{NAME}:{changed.added}?f=json").status_code == 404
    assert client.get("/ogc/collections/models/items?f=json").json()["numberMatched"] == 1


def test_what_changes_is_told_against_the_version_in_the_twin(client: TestClient, submission: Submission, accepted: Json,
                                                              changed: Changed) -> None:
    found = told(client, submission)
    assert (found["accepted"]["version"], found["accepted"]["tileset"]) == (1, f"/{accepted['tileset']}")
    changes = {change["global_id"]: change for change in found["changes"]["changes"] if change["collection"] == "elements"}
    assert {key: change["status"] for key, change in changes.items()} == {
        changed.moved: "moved", changed.removed: "removed", changed.added: "new", changed.renamed: "changed"}
    start, end = np.array(changes[changed.moved]["arrow"])
    assert np.linalg.norm(end - start) == pytest.approx(MOVED_M, rel=1e-3)
    assert np.linalg.norm(end) == pytest.approx(6_377_000, abs=10_000)


def test_elements_that_findings_name_are_told_where_they_are_drawn(client: TestClient, services: Services) -> None:
    one = made(services, audited(services, SMALL / "carpark.ifc", "carpark", packs=["common"]), "carpark")
    found = told(client, one, "carpark")["found"]
    rows = client.get(f"/api/submissions/{one.id}/findings", headers=who("ann")).json()["findings"]
    named = {row["global_id"] for row in rows if row["ifc_class"] == "IfcColumn"}
    assert named
    assert named <= set(found)
    assert not {row["global_id"] for row in rows if row["ifc_class"] in ("IfcProject", "IfcSite", "IfcBuilding")} & set(found)


def test_an_element_is_told_from_the_submissions_own_rows(client: TestClient, submission: Submission, changed: Changed) -> None:
    new = client.get(f"{address(submission)}/elements/{changed.added}", headers=who("roy"))
    assert new.headers["content-type"] == "application/geo+json"
    feature = new.json()
    assert (feature["id"], feature["properties"]["name"]) == (f"{NAME}:{changed.added}", "A new column")
    lon, lat = np.array(feature["geometry"]["coordinates"][0]).reshape(-1, len(feature["geometry"]["coordinates"][0][0]))[0][:2]
    west, south, east, north = told(client, submission)["bbox"]
    assert west <= lon <= east
    assert south <= lat <= north
    assert feature["change"]["status"] == "new"
    renamed = client.get(f"{address(submission)}/elements/{changed.renamed}", headers=who("roy")).json()
    assert renamed["change"]["fields"]["name"][1] == "Another name"
    assert client.get(f"{address(submission)}/elements/{changed.removed}", headers=who("roy")).status_code == 404
    tagged = client.get(f"{address(submission)}/elements/{changed.moved}", headers=who("roy"))
    assert tagged.headers["etag"] != new.headers["etag"]


def test_what_the_audit_read_gives_the_tiles_that_the_file_gives(client: TestClient, services: Services, submission: Submission,
                                                               changed: Changed) -> None:
    one = audited(services, changed.path, packs=["common"])
    assert one.reports[NAME]["intake"]
    again, first = told(client, made(services, one)), told(client, submission)
    assert again["tileset"].rpartition("/")[2] == first["tileset"].rpartition("/")[2]
    assert again["changes"]["counts"] == first["changes"]["counts"]


def test_a_model_that_the_twin_does_not_have_is_seen_without_changes_once_its_job_is_done(client: TestClient, services: Services) -> None:
    one = audited(services, SMALL / "carpark.ifc", "carpark")
    waiting = client.get(address(one, "carpark"), headers=who("roy"))
    assert waiting.status_code == 202
    assert waiting.headers["retry-after"] == "1"
    job = waiting.json()["job"]
    assert client.get(address(one, "carpark"), headers=who("ann")).json()["job"]["id"] == job["id"]
    assert services.jobs.job(job["id"]).kind == tasks.SUBMISSION_PREVIEW
    found = told(client, made(services, one, "carpark"), "carpark")
    assert (found["state"], found["accepted"], found["changes"], found["tiles"]["reused"]) == ("ready", None, None, 0)


def test_what_was_withdrawn_is_gone(client: TestClient, services: Services) -> None:
    one = made(services, audited(services, SMALL / "carpark.ifc", "carpark"), "carpark")
    tileset = told(client, one, "carpark")["tileset"]
    submission_tasks.lead(services, Desk(services.store, ANN), one.id, "withdrawn")
    assert list(services.blobs.names(f"{submission_preview.FOLDER}/{one.id}")) == []
    assert told(client, one, "carpark")["reason"] == "withdrawn"
    assert client.get(tileset, headers=who("ann")).status_code == 404
    made(services, one, "carpark")  # a job that was late
    assert list(services.blobs.names(f"{submission_preview.FOLDER}/{one.id}")) == []


def test_what_is_published_is_seen_in_the_twin_and_no_longer_here(client: TestClient, services: Services) -> None:
    one = made(services, audited(services, Small().write(services.settings.home, "box.ifc"), "box"), "box")
    assert told(client, one, "box")["state"] == "ready"
    roy = Desk(services.store, Principal("roy", Role.REVIEWER))
    for row in roy.findings(one.id):
        roy.decide(one.id, row.id, {"choice": "accept", "reason": "a test"})
    for state in ("in-review", "approved"):
        submission_tasks.lead(services, roy, one.id, state)
    submission_tasks.publish({"submission": one.id}, StepContext(job="publish-box"))
    found = told(client, one, "box")
    assert (found["state"], found["reason"], found["published"]) == ("none", "published", 1)
    assert list(services.blobs.names(f"{submission_preview.FOLDER}/{one.id}")) == []


def unreadable(text: str) -> str:
    return text.replace("ENDSEC;", "", 1)


def unitless(text: str) -> str:
    return text.replace("#5=IFCUNITASSIGNMENT((#2,#3));", "#5=IFCUNITASSIGNMENT((#3));")




@pytest.mark.parametrize(("spoiled", "reason"), [(unreadable, "refused"), (unitless, "no-unit")])
def test_where_no_shapes_were_reached_it_is_said_why(client: TestClient, services: Services, tmp_path: Path, spoiled: Any, reason: str) -> None:
    file = tmp_path / "spoiled.ifc"
    file.write_text(spoiled(Small().text))
    found = told(client, made(services, audited(services, file, "spoiled"), "spoiled"), "spoiled")
    assert (found["state"], found["reason"]) == ("none", reason)


def test_a_model_without_bodies_says_so(client: TestClient, services: Services, tmp_path: Path) -> None:
    file = tmp_path / "empty.ifc"
    source = ifcopenshell.open(Small().write(tmp_path))
    for product in source.by_type("IfcElement"):
        product.Representation = None
    source.write(str(file))
    found = told(client, made(services, audited(services, file, "empty"), "empty"), "empty")
    assert (found["state"], found["reason"], found["wanted"]) == ("none", "no-shapes", 0)


def test_a_draft_waits_for_its_audit(client: TestClient, services: Services) -> None:
    desk = Desk(services.store, ANN)
    one = desk.create({"title": "A"})
    desk.put_model(one.id, SubmittedModel("carpark", "", "carpark.ifc", "0" * 64, 1))
    assert told(client, one, "carpark")["reason"] == "waiting"
    assert client.get(address(one, "nothing"), headers=who("ann")).status_code == 404


def test_another_version_in_the_twin_makes_another_preview(client: TestClient, services: Services, submission: Submission,
                                                         changed: Changed, accepted: Json) -> None:
    before = told(client, submission)
    take_in(services, changed.path, NAME, "accepted-2")
    assert client.get(before["tileset"], headers=who("ann")).status_code == 404
    assert client.get(address(submission), headers=who("ann")).status_code == 202
    after = told(client, made(services, submission))
    assert (after["accepted"]["version"], after["changes"]["changes"], after["tiles"]["built"]) == (2, [], 0)
    kept = {name.split("/")[3] for name in services.blobs.names(f"{submission_preview.FOLDER}/{submission.id}")}
    assert kept == {after["tileset"].split("/")[-2]}
