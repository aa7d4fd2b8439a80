from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree

import pytest

from tests.cite.__main__ import main, tell
from tests.cite.results import Outcome, Result, read_results
from tests.cite.run import NotRunError, fetch, run
from tests.cite.suites import SUITES, Subject

RUN = """<?xml version="1.0" encoding="UTF-8"?>
<testng-results ignored="0" total="5" passed="2" failed="1" skipped="2"><suite name="s"><test name="core">
<class name="org.example.core.Landing">
  <test-method is-config="true" status="PASS" name="setUp"/>
  <test-method status="PASS" name="links"/><test-method status="PASS" name="title"/>
</class>
<class name="org.example.core.Items">
  <test-method status="FAIL" name="bbox"><exception class="java.lang.AssertionError"><message><![CDATA[
     expected [3]
     but found [4]]]></message></exception></test-method>
  <test-method status="SKIP" name="time"><exception class="org.testng.SkipException"><message>no extent</message></exception></test-method>
  <test-method status="SKIP" name="time"><exception class="org.testng.SkipException"><message>no extent</message></exception></test-method>
</class></test></suite></testng-results>"""


def outcome(tmp_path: Path, text: str) -> Outcome:
    path = tmp_path / "testng-results.xml"
    path.write_text(text)
    return read_results(path)


def test_counts_and_reasons_are_those_of_the_run(tmp_path: Path) -> None:
    found = outcome(tmp_path, RUN)
    assert (found.passed, found.failed, found.skipped) == (2, 1, 2)
    assert found.unclean == (Result("Items.bbox", "FAIL", "expected [3] but found [4]", 1), Result("Items.time", "SKIP", "no extent", 2))
    assert not found.conforms


def test_a_set_up_that_fails_is_a_failure(tmp_path: Path) -> None:
    found = outcome(tmp_path, RUN.replace('is-config="true" status="PASS"', 'is-config="true" status="FAIL"').replace('"FAIL" name="bbox"', '"PASS" name="bbox"'))
    assert (found.failed, found.conforms) == (1, False)


def test_a_run_that_skips_everything_does_not_conform(tmp_path: Path) -> None:
    assert not outcome(tmp_path, RUN.replace("PASS", "SKIP").replace("FAIL", "SKIP")).conforms


def test_a_run_without_failures_conforms(tmp_path: Path) -> None:
    assert outcome(tmp_path, RUN.replace("FAIL", "PASS")).conforms


def test_what_went_wrong_is_told_with_its_reason(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    tell({SUITES[0]: outcome(tmp_path, RUN), SUITES[1]: None, SUITES[2]: NotRunError("nowhere")})
    told = capsys.readouterr().out
    assert "failed Items.bbox: expected [3] but found [4]" in told
    assert "skipped Items.time (2 times): no extent" in told
    assert "not offered" in told
    assert "NOT RUN: nowhere" in told


def test_a_jar_in_the_cache_is_not_fetched_again(tmp_path: Path) -> None:
    (tmp_path / SUITES[0].jar).write_bytes(b"")
    assert fetch(SUITES[0], tmp_path) == tmp_path / SUITES[0].jar


def test_a_jar_that_is_no_jar_is_told(tmp_path: Path) -> None:
    (tmp_path / "suite.jar").write_bytes(b"no jar")
    with pytest.raises(NotRunError):
        run(tmp_path / "suite.jar", {"iut": "http://127.0.0.1:1/a?b=1&c=<2>"}, tmp_path / "out")
    entry = ElementTree.parse(tmp_path / "out" / "run.xml").getroot().find("entry")
    assert entry is not None
    assert (entry.get("key"), entry.text) == ("iut", "http://127.0.0.1:1/a?b=1&c=<2>")


def test_an_unknown_suite_runs_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["nothing-is-called-so"])


def test_a_suite_is_offered_when_its_conformance_class_is_declared(tmp_path: Path) -> None:
    subject = Subject("http://x", lambda path: {"conformsTo": ["http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/core"]}, tmp_path / "none.gpkg")
    assert [suite.artifact for suite in SUITES if suite.offered(subject)] == ["ets-ogcapi-features10"]
