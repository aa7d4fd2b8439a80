"""Reports of audits: what a page, a PDF, a picture and an archive say of the same findings."""

from __future__ import annotations

import re
import zlib
from dataclasses import replace
from html.parser import HTMLParser
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from typer.testing import CliRunner

from bim.audit import Audited, Plan, audit
from bim.audit.report import Report
from bim.bcf import bytes_of, read_bcf
from bim.check import Judgement, Outcome
from bim.finding import Finding
from bim.packs import Pack
from bim.reports import LANGUAGES, Located, bcf_of, document, html_of, key_of, pdf_of, pictures
from csdi.errors import ValueInvalid
from ogc_api.cli import app
from tests.bim.packs.test_judge import Site, pack
from tests.bim.small import Small

PUMP = "000000000000000000000B"
TITLE = {"en": "Nothing stands above the limit", "zh-Hant": "不得高於限制", "zh-Hans": "不得高于限制"}


@pytest.fixture(scope="module")
def judged(tmp_path_factory: pytest.TempPathFactory) -> tuple[Audited, Pack]:
    """A pump whose top is 1 m above a limit of 8 mPD, and a slab with another name than is asked for."""
    folder = tmp_path_factory.mktemp("judged")
    rules = pack(folder / "pack", {
        "id": "AHR-001", "title": TITLE, "group": "regulation", "clause": {"doc": "Cap. 301", "ref": "s. 3", "basis": "regulation"},
        "select": "IfcBuildingElementProxy", "measure": {"op": "height_above", "layer": "limits", "z": "limit"},
        "require": {"max": 0.0, "tolerance": 0.001}, "cure": {"en": "Lower it", "zh-Hant": "降低"}},
        {"id": "NAM-001", "select": "IfcSlab", "measure": {"op": "attribute", "name": "name"}, "require": {"equals": "<b>&x"}})
    return audit(Small().write(folder), Plan(packs=(rules,), express=False), ground=Site()), rules


@pytest.fixture(scope="module")
def located(judged: tuple[Audited, Pack]) -> Located:
    assert judged[0].read is not None
    return Located(judged[0].read)


class Page(HTMLParser):
    """What a page asks of others, its ids, the addresses of its links, and its headings."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.asked: list[str] = []
        self.ids: list[str] = []
        self.links: list[str] = []
        self.headings: list[int] = []
        self.bare_images = 0
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        self.asked += [str(given["src"])] if "src" in given else []
        self.asked += [str(given["href"])] if tag == "link" else []
        self.ids += [str(given["id"])] if "id" in given else []
        self.links += [str(given["href"])[1:] for _ in [0] if tag == "a" and str(given.get("href", "")).startswith("#")]
        self.headings += [int(tag[1])] if re.fullmatch("h[1-6]", tag) else []
        self.bare_images += tag == "img" and not given.get("alt")


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_page_asks_nothing_of_others_and_leads_to_all_its_parts(judged: tuple[Audited, Pack], located: Located, language: str) -> None:
    report = judged[0].report
    made = html_of(document(report, language, packs=[judged[1]], tables=located.tables, pictures=pictures(report, located)))
    page = Page(made)
    assert page.asked
    assert all(address.startswith("data:image/png") for address in page.asked)
    assert len(page.ids) == len(set(page.ids))
    assert set(page.links) <= set(page.ids)
    assert page.headings[0] == 1
    assert all(later - earlier <= 1 for earlier, later in zip(page.headings, page.headings[1:], strict=False))
    assert not page.bare_images
    assert TITLE[language] in made
    assert f'lang="{language}"' in made


def test_a_page_says_element_place_value_clause_and_cure(judged: tuple[Audited, Pack], located: Located) -> None:
    told = document(judged[0].report, "zh-Hant", packs=[judged[1]], tables=located.tables)
    (section,) = told.chapter("regulation")
    (line,) = section.lines
    assert line.element is not None
    assert (line.element.global_id, line.element.ifc_class, line.value) == (PUMP, "IfcBuildingElementProxy", "1 m")
    assert line.place.endswith("/ 9.000")
    assert (section.cure, section.clause, section.basis) == ("降低", "Cap. 301, s. 3", "regulation")


def test_text_of_a_model_is_text_on_the_page(judged: tuple[Audited, Pack]) -> None:
    made = html_of(document(judged[0].report, "en", packs=[judged[1]]))
    assert "<b>&x" not in made
    assert "&lt;b&gt;&amp;x" in made


def test_a_page_of_the_same_report_is_the_same(judged: tuple[Audited, Pack], located: Located) -> None:
    first, second = (html_of(document(judged[0].report, "en", pictures=pictures(judged[0].report, located))) for _ in range(2))
    assert first == second


def test_every_rule_has_its_outcome_on_the_page(judged: tuple[Audited, Pack]) -> None:
    told = document(judged[0].report, "en", packs=[judged[1]])
    shown = {section.id for section in told.sections} | {section.id for rest in told.rest.values() for section in rest}
    assert {rule.rule for rule in judged[0].report.rules} <= shown


def test_rules_that_were_not_checked_say_why() -> None:
    report = Report("a.ifc", "0" * 64, "IFC4", "checked", (), (Judgement("GRF001", Outcome.NOT_CHECKED, reason="it took too long"),))
    made = html_of(document(report, "en"))
    assert "it took too long" in made
    assert "not everything could be checked" in made


def test_a_file_that_is_refused_has_a_report_with_the_reason(tmp_path: Path) -> None:
    report = audit(Small(extra="#9999=IFCWALL('x',$,\n").write(tmp_path), Plan(express=False)).report
    made = html_of(document(report, "en"))
    assert "was refused" in made
    assert report.error is not None
    assert str(report.error["line"]) in made


def test_many_findings_of_a_rule_are_counted_where_they_are_not_told() -> None:
    findings = tuple(Finding("GRF001", "error", f"fault {n}") for n in range(30))
    report = Report("a.ifc", "0" * 64, "IFC4", "checked", (), (Judgement("GRF001", Outcome.FAIL, findings, 30),))
    (section,) = document(report, "en", most=10).sections
    assert (len(section.lines), section.more, section.total) == (10, 20, 30)


def test_there_is_no_report_in_a_language_without_words() -> None:
    with pytest.raises(ValueInvalid, match="'fr'"):
        document(Report("a.ifc", "", "", "checked", ()), "fr")


def test_a_picture_shows_its_element_in_red_under_the_limit(judged: tuple[Audited, Pack], located: Located) -> None:
    report = judged[0].report
    (finding,) = next(rule.findings for rule in report.rules if rule.rule == "AHR-001")
    png = pictures(report, located)[key_of(finding)]
    pixels = np.asarray(Image.open(BytesIO(png)).convert("RGB")).astype(int)
    assert pixels.shape == (400, 640, 3)
    assert len(png) < 60_000
    red = (pixels[..., 0] - pixels[..., 1] > 60).mean()
    blue = (pixels[..., 2] - pixels[..., 0] > 15).mean()
    assert 0.02 < red < 0.6
    assert blue > 0.02


def test_the_same_findings_have_the_same_pictures_to_the_byte(judged: tuple[Audited, Pack], located: Located) -> None:
    report, read = judged[0].report, judged[0].read
    assert read is not None
    assert pictures(report, located) == pictures(report, Located(read))


def test_findings_become_topics_with_viewpoint_section_and_picture(judged: tuple[Audited, Pack], located: Located) -> None:
    report, when = judged[0].report, "2026-11-21T12:00:00Z"
    again = read_bcf(bytes_of(bcf_of(report, when=when, located=located, packs=[judged[1]]))[0])
    topic = next(one for one in again.topics if "AHR-001" in one.labels)
    view = topic.viewpoints[0].view
    assert view is not None
    assert [one.ifc_guid for one in view.selection] == [PUMP]
    assert view.perspective_camera is not None
    assert len(view.clipping_planes) == 1
    assert again.members[topic.path(topic.viewpoints[0].snapshot)].startswith(b"\x89PNG")
    assert "降低" in topic.description
    later = bcf_of(replace(report, tools={"csdi": "9"}), when="2027-01-01T00:00:00Z", located=located, packs=[judged[1]], version="3.0")
    assert {one.guid for one in later.topics} == {one.guid for one in again.topics}


def test_a_pdf_has_bookmarks_and_pages_and_embeds_its_fonts(judged: tuple[Audited, Pack], located: Located) -> None:
    report = judged[0].report
    made = pdf_of(document(report, "zh-Hant", packs=[judged[1]], tables=located.tables, pictures=pictures(report, located)))
    objects = made + b"".join(_inflated(made))
    assert made.startswith(b"%PDF-")
    assert b"/Outlines" in objects
    assert re.search(rb"/FontFile[23]", objects)
    assert len(re.findall(rb"/Type\s*/Page\b", objects)) > 1


def _inflated(made: bytes) -> list[bytes]:
    """The streams of a PDF that are compressed with Flate."""
    found = []
    for stream in re.findall(rb"stream\r?\n(.*?)\r?\nendstream", made, re.DOTALL):
        try:
            found.append(zlib.decompress(stream))
        except zlib.error:
            continue
    return found


def test_the_command_writes_a_page_and_an_archive(tmp_path: Path) -> None:
    file, page, archive = Small().write(tmp_path), tmp_path / "r.html", tmp_path / "r.bcf"
    done = CliRunner().invoke(app, ["check", str(file), "--rule", "GEM052", "--html", str(page), "--bcf", str(archive), "--language", "zh-Hans"])
    assert done.exit_code == 0, done.output
    assert 'lang="zh-Hans"' in page.read_text(encoding="utf-8")
    assert [topic.labels[0] for topic in read_bcf(archive).topics] == ["GEM052"]
