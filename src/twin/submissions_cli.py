"""Verbs of submissions and of the audit trail: `csdi submissions ...`, `csdi audit ...`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import orjson
import typer

from csdi.access import principal_of_shell
from csdi.bootstrap import Services
from csdi.cli import Json
from csdi.console import emit_json, emit_table, opened, say
from csdi.errors import FileBroken, PathMissing
from csdi.exits import FAILED

if TYPE_CHECKING:
    from bim.submissions.desk import Desk
    from bim.submissions.submission import Submission

submissions = typer.Typer(no_args_is_help=True, help="Submissions: hand in, look, decide, lead on.")
audits = typer.Typer(no_args_is_help=True, help="The audit trail and signed reports.")

Id = Annotated[str, typer.Argument(help="Submission id.", show_default=False)]
Reason = Annotated[str, typer.Option("--reason", help="Why.")]
_MOST = 10_000


@submissions.command("create", epilog="Example:  csdi submissions create tower.ifc --title 'Tower' --stage design --submit")
def create(
    files: Annotated[list[Path], typer.Argument(help="IFC files: .ifc or .ifczip.", show_default=False)],
    title: Annotated[str, typer.Option("--title", help="What it is called.")],
    stage: Annotated[str, typer.Option("--stage", help="design, construction or as-built.")] = "design",
    project: Annotated[str, typer.Option("--project", help="The project.")] = "",
    lot: Annotated[str, typer.Option("--lot", help="The lot.")] = "",
    purpose: Annotated[str, typer.Option("--purpose", help="What it is for.")] = "",
    pack: Annotated[list[str] | None, typer.Option("--pack", help="Rule pack that it is judged by.", show_default=False)] = None,
    document: Annotated[list[Path] | None, typer.Option("--document", help="Another file.", show_default=False)] = None,
    previous: Annotated[str, typer.Option("--previous", help="Submission that this is the next version of.")] = "",
    submit: Annotated[bool, typer.Option("--submit", help="Hand it in at once.")] = False,
    as_json: Json = False,
) -> None:
    """A new submission of these models; a model's name is that of its file, and one of the version before is replaced by it."""
    from twin.submission_tasks import attach, lead
    given: dict[str, Any] = {"title": title, "stage": stage, "project": project, "lot": lot, "purpose": purpose, "packs": pack or []}
    for file in (*files, *(document or ())):
        if not file.is_file():
            raise PathMissing(f"{file}: there is no such file", remedy="check the path", file=str(file))
    with opened() as services:
        desk = _desk(services)
        made = desk.change(desk.next_version(previous).id, given) if previous else desk.create(given)
        for file in files:
            made = attach(services, desk, made.id, file)
        for file in document or ():
            made = _with_document(services, desk, made, file)
        made = lead(services, desk, made.id, "submitted") if submit else made
    _tell(made, as_json=as_json)


@submissions.command("list", epilog="Example:  csdi submissions list --state in-review --json")
def show_all(state: Annotated[str, typer.Option("--state", help="Only those in this state.")] = "",
             project: Annotated[str, typer.Option("--project", help="Only those of this project.")] = "", as_json: Json = False) -> None:
    """Submissions, the one that was changed last first."""
    with opened() as services:
        found = _desk(services).submissions(state=state, project=project, limit=_MOST)
    if as_json:
        emit_json([one.to_dict() for one in found])
    elif found:
        emit_table(["submission", "version", "title", "state", "applicant", "models", "changed"],
                   [(one.id, one.version, one.title, one.state, one.applicant, len(one.models), one.changed) for one in found],
                   right=["version", "models"])
    else:
        say("There are no submissions yet. Make one:  csdi submissions create FILE.ifc --title TITLE --submit")


@submissions.command("show", epilog="Example:  csdi submissions show s-0123456789abcdef --json")
def show(id: Id, as_json: Json = False) -> None:
    """One submission."""
    with opened() as services:
        _tell(_desk(services).submission(id), as_json=as_json)


@submissions.command("lead", epilog="Example:  csdi submissions lead s-0123456789abcdef returned --reason 'the roof is too high'")
def lead_on(id: Id, state: Annotated[str, typer.Argument(help="submitted, in-review, returned, approved, withdrawn or draft.",
                                                         show_default=False)], reason: Reason = "", as_json: Json = False) -> None:
    """Lead a submission to another state."""
    from twin.submission_tasks import lead
    with opened() as services:
        _tell(lead(services, _desk(services), id, state, reason), as_json=as_json)


@submissions.command("findings", epilog="Example:  csdi submissions findings s-0123456789abcdef --json")
def findings(id: Id, as_json: Json = False) -> None:
    """What was found on a submission, and what was decided on it."""
    with opened() as services:
        rows = list(_desk(services).findings(id))
    if as_json:
        emit_json([{"id": row.id, **row.properties} for row in rows])
    else:
        names = ("status", "severity", "rule", "global_id", "message", "decision")
        emit_table(["finding", *names], [(row.id, *(row.properties[name] for name in names)) for row in rows])


@submissions.command("decide", epilog="Example:  csdi submissions decide s-0123456789abcdef FINDING waive --reason 'agreed'")
def decide(id: Id, finding: Annotated[str, typer.Argument(help="Finding id.", show_default=False)],
           choice: Annotated[str, typer.Argument(help="accept, waive or must-fix.", show_default=False)],
           reason: Reason = "", as_json: Json = False) -> None:
    """Decide on a finding; a waiver needs a reason."""
    with opened() as services:
        row = _desk(services).decide(id, finding, {"choice": choice, "reason": reason})
    if as_json:
        emit_json({"id": row.id, **row.properties})
    else:
        say(f"{row.properties['rule']}: {row.properties['decision']}")


@submissions.command("comment", epilog="Example:  csdi submissions comment s-0123456789abcdef 'please add the stairs'")
def comment(id: Id, text: Annotated[str, typer.Argument(help="What to say.", show_default=False)], as_json: Json = False) -> None:
    """Comment on a submission."""
    with opened() as services:
        _tell(_desk(services).comment(id, text), as_json=as_json)


@submissions.command("report", epilog="Example:  csdi submissions report s-0123456789abcdef --out report.json")
def report(id: Id, out: Annotated[Path | None, typer.Option("--out", help="File to write to.", show_default=False)] = None) -> None:
    """The signed report of a submission, as JSON."""
    from bim.submissions.signing import signed
    from bim.submissions.summary import summary
    with opened() as services:
        desk = _desk(services)
        document = signed(summary(desk.register, desk.submission(id)), services.settings.signing_key_file)
    if out is None:
        emit_json(document)
    else:
        out.write_bytes(orjson.dumps(document, option=orjson.OPT_INDENT_2))
        say(f"wrote {out}")


@audits.command("trail", epilog="Example:  csdi audit trail --out trail.jsonl")
def trail(id: Annotated[str, typer.Option("--submission", help="Only what concerns this one.")] = "",
          out: Annotated[Path | None, typer.Option("--out", help="File to write to.", show_default=False)] = None) -> None:
    """The audit trail as JSON lines."""
    from bim.submissions.keeping import Register
    from bim.submissions.trail import lines
    with opened() as services:
        text = b"".join(lines(Register(services.store).trail(id)))
    if out is None:
        typer.echo(text, nl=False)
    else:
        out.write_bytes(text)
        say(f"wrote {out}")


@audits.command("verify", epilog="Example:  csdi audit verify report.json")
def verify(
    file: Annotated[Path | None, typer.Argument(help="A signed report, or an exported trail; without it, this site's trail.",
                                                show_default=False)] = None,
    head: Annotated[str, typer.Option("--head", help="Digest of an entry that the trail must have, as a report names it.")] = "",
    key: Annotated[str, typer.Option("--key", help="Public key of the site that signed, in hex; without it, this site's.")] = "",
    as_json: Json = False,
) -> None:
    """Verify the audit trail or a signed report; ends with 12 where something was changed."""
    text = _read(file) if file else b""
    document = _object(text)
    found = _verified_report(document, key) if isinstance(document, dict) and "signature" in document else _verified_trail(file, text, head)
    if as_json:
        emit_json(found)
    else:
        typer.echo(_sentence(found))
    raise typer.Exit(0 if found.get("valid", found.get("intact")) and found.get("ours") is not False else FAILED)


def _verified_report(document: dict[str, Any], key: str) -> dict[str, Any]:
    """Seal and key of a signed report, and whether our trail has the entry that it names, where we have its submission."""
    from bim.submissions.keeping import Register
    from bim.submissions.signing import look, public_key
    from bim.submissions.trail import verify as verify_trail
    from csdi.console import settings_here
    settings = settings_here()
    ours = key or (public_key(settings.signing_key_file) if settings.signing_key_file.exists() else "")
    seal = look(document, ours)
    found = seal.to_dict()
    if seal.valid and not key and seal.ours:
        with opened() as services:
            found["trail"] = verify_trail(Register(services.store).trail(), str(document["report"]["trail"]["head"])).to_dict()
        found["valid"] = bool(found["trail"]["intact"])
    return found


def _verified_trail(file: Path | None, text: bytes, head: str) -> dict[str, Any]:
    from bim.submissions.keeping import Register
    from bim.submissions.trail import read_lines
    from bim.submissions.trail import verify as verify_trail
    if file:
        return verify_trail(read_lines(text), head).to_dict()
    with opened() as services:
        return verify_trail(Register(services.store).trail(), head).to_dict()


def _sentence(found: dict[str, Any]) -> str:
    if "intact" in found:
        return (f"intact: {found['entries']} entries, head {found['head']}" if found["intact"]
                else f"broken at entry {found['broken']}: {found['reason']}")
    if not found["valid"]:
        return found.get("reason") or f"the report is as it was signed, but the trail is broken: {found['trail']['reason']}"
    whose = {True: "the key is the one expected", False: "by ANOTHER key than the one expected", None: "compare the key yourself"}
    return f"valid, signed by {found['key']}: {whose[found['ours']]}"


def _read(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as error:
        raise PathMissing(f"{file}: {error.strerror}", remedy="check the path", file=str(file)) from None


def _object(text: bytes) -> Any:
    """The JSON document of a file; None for lines and for nothing."""
    try:
        return orjson.loads(text) if text else None
    except orjson.JSONDecodeError:
        if text[:1] not in (b"{", b""):
            raise FileBroken("this is neither a signed report nor an audit trail", remedy="give the file as it was exported") from None
        return None


def _desk(services: Services) -> Desk:
    from bim.submissions.desk import Desk
    return Desk(services.store, principal_of_shell())


def _with_document(services: Services, desk: Desk, made: Submission, file: Path) -> Submission:
    from bim.submissions.submission import Document
    from csdi.layers import slug
    return desk.put_document(made.id, Document(slug(file.stem), file.stem, file.name, services.blobs.put_file(file), file.stat().st_size))


def _tell(one: Submission, *, as_json: bool) -> None:
    if as_json:
        emit_json(one.to_dict())
        return
    emit_table(["field", "value"], [
        ("submission", one.id), ("version", one.version), ("title", one.title), ("state", one.state), ("applicant", one.applicant),
        ("project", one.project), ("lot", one.lot), ("stage", one.stage), ("job", one.publication or one.job),
        *((f"model {model.name}", f"{model.file}  {one.reports.get(model.name, {}).get('outcome', '')}") for model in one.models),
        *((f"party {party.name}", party.opinion or "has not answered") for party in one.parties),
        *((f"{said.by} {said.at}", said.text) for said in one.comments)])
