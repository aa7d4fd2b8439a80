"""Jobs of submissions: webhooks that try again and never call inside the network, audits that are kept, one of several that breaks."""

from __future__ import annotations

import http.server
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from bim.audit import audit
from bim.submissions.checking import Checking
from bim.submissions.desk import Desk
from bim.submissions.hooks import add_hook
from bim.submissions.states import State
from bim.submissions.submission import Submission, SubmittedModel
from csdi.access import Principal, Role
from csdi.bootstrap import Services, open_services
from csdi.errors import Conflict, SourceUnavailable, ValueInvalid
from csdi.jobs import StepContext
from csdi.settings import read_settings
from tests.bim.small import Small
from tests.ogc_api.site import SMALL
from tests.taking_in import take_in
from twin import submission_tasks
from twin.site_ground import SiteGround

ANN = Principal("ann", Role.APPLICANT)


@pytest.fixture
def services(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Services]:
    monkeypatch.setenv("CSDI_HOME", str(tmp_path))
    with open_services(read_settings()) as opened:
        yield opened


def submitted(services: Services, *files: Path, previous: str = "", packs: Sequence[str] = ()) -> Submission:
    """A submission of these models that waits for its audit."""
    desk = Desk(services.store, ANN)
    id = desk.next_version(previous).id if previous else desk.create({"title": "A", "packs": [*packs]}).id
    for file in files:
        desk.put_model(id, SubmittedModel(file.stem, "", file.name, services.blobs.put_file(file), file.stat().st_size))
    return desk.lead(id, "submitted")


@pytest.fixture
def answers(monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[str, list[int]]]:
    """A server's URL, and what it answers, in that order; then 204."""
    codes: list[int] = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["content-length"]))
            self.send_response(codes.pop(0) if codes else 204)
            self.send_header("location", "http://127.0.0.1:1/elsewhere")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    monkeypatch.setattr(submission_tasks, "PAUSES_S", (0.01, 0.01, 0.01, 0.01))
    yield f"http://127.0.0.1:{server.server_port}/", codes
    server.shutdown()
    server.server_close()


def told(services: Services, url: str) -> object:
    """What becomes of one document for a new webhook."""
    desk = Desk(services.store, ANN)
    id = desk.create({"title": "A"}).id
    hook = add_hook(desk, id, url, lambda _: None)
    return submission_tasks.tell({"hook": hook["id"], "document": {"event": "state-changed"}}, StepContext())


def test_a_webhook_that_fails_is_told_again(services: Services, answers: tuple[str, list[int]], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CSDI_OUTGOING_INTERNAL", "1")
    url, codes = answers
    codes += [500, 302, 429]
    assert told(services, url) == {"told": True, "tries": 4}
    codes += [500] * 5
    with pytest.raises(SourceUnavailable):
        told(services, url)


def test_a_webhook_inside_the_network_is_never_called(services: Services, answers: tuple[str, list[int]]) -> None:
    with pytest.raises(ValueInvalid):
        told(services, answers[0])


def test_a_webhook_that_was_removed_is_told_nothing(services: Services) -> None:
    assert submission_tasks.tell({"hook": "h-none", "document": {}}, StepContext()) == {
        "told": False, "reason": "the webhook was removed"}


def test_an_audit_of_the_same_file_is_taken_from_where_it_is_kept(services: Services, monkeypatch: pytest.MonkeyPatch) -> None:
    first = submitted(services, SMALL / "carpark.ifc")
    one = submission_tasks.check({"submission": first.id}, StepContext(job="j1"))
    second = submitted(services, SMALL / "carpark.ifc")
    monkeypatch.setattr(submission_tasks, "audit", None)  # an audit would fail
    two = submission_tasks.check({"submission": second.id}, StepContext(job="j2"))
    assert isinstance(one, dict)
    assert isinstance(two, dict)
    assert one["digests"] == two["digests"]
    assert submission_tasks.check({"submission": second.id}, StepContext(job="j2")) == two


def test_an_audit_that_was_given_up_ends_without_a_word(services: Services) -> None:
    one = submitted(services, SMALL / "carpark.ifc")
    Desk(services.store, ANN).lead(one.id, "withdrawn")
    with pytest.raises(Conflict):
        submission_tasks.check({"submission": one.id}, StepContext(job="j1"))


def test_a_failed_audit_makes_the_submission_a_draft_again_and_its_trail_says_why(services: Services) -> None:
    one = submitted(services, SMALL / "carpark.ifc")
    Checking(services.store).begin(one.id, "j1")
    submission_tasks.give_up({"submission": one.id}, StepContext(job="j1", previous={"code": "job-failed", "message": "time limit"}))
    desk = Desk(services.store, ANN)
    assert desk.submission(one.id).state is State.DRAFT
    assert [entry.particulars["error"] for entry in desk.trail(one.id) if "error" in entry.particulars] == [
        {"code": "job-failed", "message": "time limit"}]


def test_an_audit_that_goes_on_from_the_version_before_says_what_one_from_the_start_says(services: Services, tmp_path: Path) -> None:
    desk = Desk(services.store, ANN)
    source = SMALL / "carpark.ifc"
    changed = tmp_path / "carpark.ifc"
    text = source.read_text()
    assert "'Column" in text
    changed.write_text(text.replace("'Column", "'Pillar", 1))
    one = submitted(services, source, packs=["common"])
    submission_tasks.check({"submission": one.id}, StepContext(job="j1"))
    assert desk.submission(one.id).reports["carpark"]["intake"]
    two = submitted(services, changed, previous=one.id)
    going_on = submission_tasks.check({"submission": two.id}, StepContext(job="j2"))
    with services.blobs.file(services.blobs.put_file(changed)) as path:
        plain = audit(path, submission_tasks.plan_of(two), name="carpark.ifc",
                      ground=SiteGround(services.store, services.blobs, lambda one: one.public))
    assert plain.read is not None
    assert isinstance(going_on, dict)
    assert going_on["digests"] == {"carpark": plain.report.digest}


def outcomes(services: Services, one: Submission, job: str) -> dict[str, str]:
    """Model -> outcome of the one rule, after its audit."""
    submission_tasks.check({"submission": one.id}, StepContext(job=job))
    ended = Desk(services.store, ANN).register.submission(one.id)
    reports = {name: submission_tasks.report_of(services.blobs, ended, name) for name in ended.reports}
    return {name: rule["outcome"] for name, report in reports.items() for rule in report["rules"] if rule["id"] == "COM-054"}


def test_models_are_held_against_the_others_of_the_submission_and_those_that_were_accepted(services: Services, tmp_path: Path) -> None:
    first, second = Small().write(tmp_path, "first.ifc"), Small(crs="'EPSG:2326',$,$,'EPSG:5738',$,$,$").write(tmp_path, "second.ifc")
    second.write_text(second.read_text().replace("'Slab'", "'Other slab'"))
    away = Small(conversion="812500.,819000.,6.5,1.,0.,$").write(tmp_path, "away.ifc")
    assert outcomes(services, submitted(services, first, second, away, packs=["common"]), "j1") == {
        "first": "pass", "second": "warning", "away": "pass"}
    take_in(services, first, "first", "m1")
    assert outcomes(services, submitted(services, second, away, packs=["common"]), "j2") == {"second": "warning", "away": "pass"}
    assert outcomes(services, submitted(services, first, packs=["common"]), "j3") == {"first": "pass"}
