"""`csdi check` and `csdi diff`: verbs on IFC files that need no server and no store."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from csdi.console import Bars, emit_json, emit_table, opened, say, settings_here
from csdi.errors import ValueInvalid
from csdi.exits import FAILED, REFUSED

if TYPE_CHECKING:
    from bim.audit import Report
    from bim.check import Judgement
    from bim.packs import Ground

Json = Annotated[bool, typer.Option("--json", help="One JSON document on stdout.")]
_SHOWN = 10
"""Findings of one rule that the table tells; --json gives all."""
_CHANGES_SHOWN = 40
_FIELDS_SHOWN = 5
_VALUE_SHOWN = 60
_WORDS = {"pass": "pass", "fail": "FAIL", "warning": "warning", "refer": "refer", "not_applicable": "not applicable",
          "not_checked": "not checked"}


def check(
    files: Annotated[list[Path], typer.Argument(help="IFC files: .ifc or .ifczip.", show_default=False)],
    ids: Annotated[list[Path] | None, typer.Option("--ids", help="IDS file; may be given several times.", show_default=False)] = None,
    pack: Annotated[list[str] | None, typer.Option("--pack", help="Rule pack: its name, or a folder.", show_default=False)] = None,
    rule: Annotated[list[str] | None, typer.Option("--rule", help="Only this rule, such as GRF005.", show_default=False)] = None,
    layer: Annotated[list[str] | None, typer.Option("--layer", help="A layer of the ground: ID=FILE.", show_default=False)] = None,
    site: Annotated[bool, typer.Option("--site", help="Take the ground from the site in the data folder (CSDI_HOME).")] = False,
    no_shapes: Annotated[bool, typer.Option("--no-shapes", help="Make no shapes: rules about them are not checked.")] = False,
    workers: Annotated[int, typer.Option("--workers", min=1, help="Processes at once.")] = 4,
    html: Annotated[Path | None, typer.Option("--html", help="Write the report as an HTML page.", show_default=False)] = None,
    pdf: Annotated[Path | None, typer.Option("--pdf", help="Write the report as a PDF.", show_default=False)] = None,
    bcf: Annotated[Path | None, typer.Option("--bcf", help="Write the findings as BCF 2.1 topics.", show_default=False)] = None,
    language: Annotated[str, typer.Option("--language", help="Of HTML and PDF: en, zh-Hant, zh-Hans.")] = "en",
    exit_code: Annotated[bool, typer.Option("--exit-code", help="End with 12 where something fails.")] = False,
    as_json: Json = False,
) -> None:
    """Judge IFC files by the normative rules, rule packs and IDS files. What is named is judged; without any, everything is."""
    from bim.audit import Plan, audit
    from bim.packs import read_pack
    from bim.reports import Out
    out = Out(html, pdf, bcf, language)
    if out.is_wanted and len(files) > 1:
        raise ValueInvalid("--html, --pdf and --bcf are of one file", field="files", value=len(files), remedy="name one IFC file")
    packs = tuple(read_pack(one, settings_here().packs_folder) for one in pack or ())
    for one in packs:
        if one.signature.state == "broken":
            say(f"the signature of pack {one.id} is broken: {one.signature.reason}")
    plan = Plan(frozenset(map(str.upper, rule)) if rule else None, tuple(ids or ()), packs, normative=bool(rule) or not (ids or pack),
                express=not (ids or pack or rule), geometry=not no_shapes, workers=workers)
    with Bars(quiet=as_json) as bars, _ground(layer or (), site=site) as ground:
        audits = [audit(file, plan, ground=ground, progress=bars.reporter(file.name)) for file in files]
    reports = [one.report for one in audits]
    if out.is_wanted:
        out.write(audits[0], files[0], packs, shapes=not no_shapes, workers=workers)
    if as_json:
        answers = [{**report.to_dict(), "file": str(file)} for file, report in zip(files, reports, strict=True)]
        emit_json(answers[0] if len(answers) == 1 else answers)
    else:
        for report in reports:
            _tell(report)
    raise typer.Exit(max(_exit(report, fails=exit_code) for report in reports))


@contextmanager
def _ground(layers: Sequence[str], *, site: bool) -> Iterator[Ground]:
    """What models are held against: files, the site in the data folder, or nothing."""
    from bim.packs import NoGround
    from bim.packs.ground import StoreGround, file_ground
    if site and layers:
        raise ValueInvalid("the ground is that of the site or of files, not both", field="site", remedy="leave --site or --layer out")
    if site:
        with opened() as services:
            yield StoreGround(services.store, services.blobs)
    elif layers:
        with file_ground([_layer(one) for one in layers]) as ground:
            yield ground
    else:
        yield NoGround()


def _layer(text: str) -> tuple[str, Path]:
    id, separator, file = text.partition("=")
    if not separator or not file:
        raise ValueInvalid(f"--layer {text}: is no ID=FILE", field="layer", value=text, remedy="such as --layer lots=lots.gpkg")
    return id, Path(file)


def _exit(report: Report, *, fails: bool) -> int:
    if report.result == "refused":
        return REFUSED
    return FAILED if fails and report.outcome == "fail" else 0


def _tell(report: Report) -> None:
    say(f"{report.file}: {report.schema or 'refused'}")
    for stage in report.stages:
        for finding in stage.findings:
            if finding.severity != "note":
                say(f"  {finding.severity}: {finding.message}" + (f" ({finding.cure})" if finding.cure else ""))
    rows = [rule for rule in report.rules if rule.outcome != "not_applicable"]
    if rows:
        emit_table(["rule", "outcome", "measured", "findings"],
                   [(one.rule, _WORDS[one.outcome], one.measured or "", len(one.findings) or "") for one in rows],
                   right=["measured", "findings"])
    for one in rows:
        _tell_findings(one)
    for answer in report.ids:
        _tell_ids(answer)
    counted = ", ".join(f"{number} {_WORDS[name]}" for name, number in sorted(report.counts.items()))
    say(f"{_WORDS[report.outcome]}: {counted or 'no rules'}; {len(report.ids)} IDS")


def _tell_findings(one: Judgement) -> None:
    if one.outcome == "not_checked":
        say(f"{one.rule} not checked: {one.reason}")
    for finding in one.findings[:_SHOWN]:
        say(f"{one.rule} {finding.severity}: {finding.message}" + (f" [{finding.subject}]" if finding.subject else ""))
    if len(one.findings) > _SHOWN:
        say(f"{one.rule}: and {len(one.findings) - _SHOWN} more")


def _tell_ids(answer: Any) -> None:
    say(f"IDS {answer['file']}: {answer['outcome']}")
    for specification in answer["specifications"]:
        say(f"  {specification['outcome']:14} {specification['name']}  {specification.get('passed', 0)} of "
            f"{specification.get('applicable', 0)}")


def diff(
    old: Annotated[Path, typer.Argument(help="IFC file of the old version.", show_default=False)],
    new: Annotated[Path, typer.Argument(help="IFC file of the new version.", show_default=False)],
    as_json: Json = False,
) -> None:
    """What changed from one IFC file to another, without loading either."""
    from bim.intake import intake
    from bim.versions.compare import compare
    with Bars(quiet=as_json) as bars:
        first = intake(old, model="old", progress=bars.reporter(old.name))
        second = intake(new, model="old", before=first, progress=bars.reporter(new.name))
    found = {"old": str(old), "new": str(new), **compare(first, second).to_dict()}
    if as_json:
        emit_json(found)
    else:
        tell_changes(found)


def tell_changes(found: dict[str, Any]) -> None:
    """What changed between two versions, as `bim.versions.compare.Comparison.to_dict` says it, for a person."""
    for cause in found["causes"]:
        say(f"{cause['kind']}: {cause['message']}")
    emit_table(["of", "new", "removed", "changed", "moved", "other GlobalId", "unchanged"],
               [(part, *(counts.get(status) or 0 for status in ("new", "removed", "changed", "moved", "reidentified", "unchanged")))
                for part, counts in found["counts"].items()],
               right=["new", "removed", "changed", "moved", "other GlobalId", "unchanged"])
    for change in found["changes"][:_CHANGES_SHOWN]:
        said = ", ".join(change["aspects"]) or change["status"]
        vector = "" if change["vector_m"] is None else "  by " + ", ".join(f"{part:+.3f}" for part in change["vector_m"]) + " m"
        say(f"  {change['status']:9} {change['ifc_class']} {change['name'] or change['global_id']}: {said}{vector}")
        for name, (before, after) in list(change["fields"].items())[:_FIELDS_SHOWN]:
            say(f"            {name}: {_short(before)} -> {_short(after)}")
    if len(found["changes"]) > _CHANGES_SHOWN:
        say(f"  and {len(found['changes']) - _CHANGES_SHOWN} more: --json gives all")


def _short(value: Any) -> str:
    text = "nothing" if value in (None, "", [], {}) else str(value)
    return text if len(text) <= _VALUE_SHOWN else text[:_VALUE_SHOWN - 1] + "…"
