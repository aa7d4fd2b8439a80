"""Verbs of handover: `csdi assets export|import|bulk` and `csdi cobie ...`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from csdi.access import Action, principal_of_shell, require
from csdi.cli import Json
from csdi.console import emit_json, emit_table, opened, say
from csdi.errors import PathMissing, ValueInvalid
from csdi.exits import FAILED
from twin.assets_cli import assets, patch_of

cobie = typer.Typer(no_args_is_help=True, help="COBie 2.4: write it, check it, take it in.")

Out = Annotated[Path, typer.Option("--out", "-o", help="File to write.", show_default=False)]
Where = Annotated[str, typer.Option("--where", help="CQL2 on the fields of assets, such as asset_class = 'pump'.")]
Apply = Annotated[bool, typer.Option("--apply", help="Make the changes; without it they are only shown.")]
LeaveOut = Annotated[bool, typer.Option("--leave-out", help="Leave out rows that cannot be taken; else one of them stops all.")]
Why = Annotated[str, typer.Option("--why", help="Why; kept in the history.")]
Building = Annotated[str, typer.Option("--building", help="Name or id of a building.")]
_SHOWN = 40


@assets.command("export", epilog="Example:  csdi assets export --where \"asset_class = 'pump'\" --lang zh-Hant --out pumps.xlsx")
def export(model: Annotated[str, typer.Argument(help="For ifc: the model.", show_default=False)] = "",
           out: Annotated[Path | None, typer.Option("--out", "-o", help="File to write.", show_default=False)] = None,
           format: Annotated[str, typer.Option("--format", help="xlsx, csv or ifc; without it, what the name of the file says.")] = "",
           where: Where = "", columns: Annotated[str, typer.Option("--columns",
                                                                   help="Fields and properties.NAME, separated by commas.")] = "",
           lang: Annotated[str, typer.Option("--lang", help="Language of the titles: en, zh-Hant or zh-Hans.")] = "en",
           as_json: Json = False) -> None:
    """Write assets as a spreadsheet that can be changed and imported, or a model with what the register says."""
    from twin.handover.exporting import export_assets
    from twin.handover.ifc_export import export_ifc
    from twin.questions.finding import Criteria
    from twin.register.rule_files import read_rules
    kind = format or (out.suffix[1:].lower() if out is not None else "xlsx")
    path = out or Path(f"{model or 'assets'}.{kind}")
    with opened() as services:
        require(principal_of_shell(), Action.READ)
        if kind == "ifc":
            if not model:
                raise ValueInvalid("it is not said which model", field="model", remedy="csdi assets export MODEL --format ifc")
            back = export_ifc(services.store, services.blobs, model, path)
            told: dict[str, Any] = {"path": str(path), "elements": back.elements, "missing": list(back.missing)}
        else:
            criteria = Criteria(filter=_both(where, model))
            with services.store.snapshot() as reader:
                done = export_assets(reader, read_rules(services.settings.asset_rules), principal_of_shell(), path, format=kind,
                                     criteria=criteria,
                                     columns=[one.strip() for one in columns.split(",") if one.strip()], language=lang,
                                     blobs=services.blobs)
            told = {"path": str(path), "rows": done.rows, "columns": list(done.columns)}
    if as_json:
        emit_json(told)
    else:
        say(f"wrote {path}: " + (f"{told['rows']} assets" if "rows" in told
                                 else f"{told['elements']} elements, {len(told['missing'])} not in the file"))


@assets.command("import", epilog="Example:  csdi assets import pumps.xlsx --apply --why 'survey of May'")
def import_file(file: Annotated[Path, typer.Argument(help="xlsx or CSV.", show_default=False)], apply: Apply = False,
                leave_out: LeaveOut = False,
                why: Why = "", as_json: Json = False) -> None:
    """What a spreadsheet changes, cell by cell; with --apply, change it."""
    _take(file, "assets", apply=apply, leave_out=leave_out, why=why, as_json=as_json)


@assets.command("bulk", epilog="Example:  csdi assets bulk condition=3 --where \"asset_class = 'pump'\" --apply --why 'survey'")
def bulk(change: Annotated[list[str] | None, typer.Argument(help="field=value, as for edit.", show_default=False)] = None,
         where: Where = "",
         take_back: Annotated[str, typer.Option("--take-back", help="Instead: the batch of a bulk edit that is taken back.")] = "",
         apply: Apply = False, leave_out: LeaveOut = False, why: Why = "", as_json: Json = False) -> None:
    """Set fields of all assets that answer a filter, or take that back; without --apply, show what would change."""
    from twin.handover.desk import Desk
    if take_back and (change or where):
        raise ValueInvalid("a bulk edit that is taken back has no filter and sets nothing", field="take-back", remedy="leave them out")
    with opened() as services:
        desk = Desk(services, principal_of_shell())
        seen = desk.look_at_taking_back(take_back) if take_back else desk.look_at_bulk({"filter": where}, patch_of(change or []))
        _finish(desk, seen, apply=apply, leave_out=leave_out, why=why, as_json=as_json)


@cobie.command("export", epilog="Example:  csdi cobie export --building 'Passenger Terminal 1' --author fm@site.example --out t1.xlsx")
def export_cobie(out: Out, model: Annotated[str, typer.Argument(help="A model; or name a building.", show_default=False)] = "",
                 building: Building = "",
                 author: Annotated[str, typer.Option("--author", help="E-mail address of whoever makes it.")] = "",
                 as_json: Json = False) -> None:
    """Write COBie 2.4 of a building or a model, from the register and what the models say."""
    from twin.handover.cobie_book import write_cobie
    from twin.handover.cobie_export import cobie_rows
    from twin.handover.cobie_scope import author_of, scope_of
    from twin.register.rule_files import read_rules
    with opened() as services, services.store.snapshot() as reader:
        require(principal_of_shell(), Action.READ)
        rows = cobie_rows(reader, read_rules(services.settings.asset_rules), scope_of(reader, building, model),
                          author_of(author, principal_of_shell()))
    write_cobie(out, rows)
    counts = {name: len(found) for name, found in rows.items()}
    if as_json:
        emit_json({"path": str(out), "rows": counts})
    else:
        say(f"wrote {out}: " + ", ".join(f"{count} {name}" for name, count in counts.items() if count))


@cobie.command("check", epilog="Example:  csdi cobie check handover.xlsx --html report.html")
def check(file: Annotated[Path, typer.Argument(help="xlsx.", show_default=False)],
          html: Annotated[Path | None, typer.Option("--html", help="Write the report as a page.", show_default=False)] = None,
          lang: Annotated[str, typer.Option("--lang", help="Language of the page.")] = "en", as_json: Json = False) -> None:
    """Hold a COBie workbook against its rules; no database is needed."""
    from twin.handover.books import read_book
    from twin.handover.cobie_check import check_cobie
    from twin.handover.pages import report_page
    report = check_cobie(read_book(_there(file))).to_dict()
    if html is not None:
        html.write_text(report_page(file.name, report, lang), encoding="utf-8")
    if as_json:
        emit_json(report)
    else:
        _tell_findings(report["findings"])
        say(f"{report['errors']} errors, {report['warnings']} warnings, {sum(report['sheets'].values())} rows")
    if report["errors"]:
        raise typer.Exit(FAILED)


@cobie.command("import", epilog="Example:  csdi cobie import handover.xlsx --apply --why 'as-built handover'")
def import_cobie(file: Annotated[Path, typer.Argument(help="xlsx.", show_default=False)], apply: Apply = False, leave_out: LeaveOut = False,
                 why: Why = "", as_json: Json = False) -> None:
    """What the components of a COBie workbook change in the register; with --apply, change it."""
    _take(file, "cobie", apply=apply, leave_out=leave_out, why=why, as_json=as_json)


def _take(file: Path, kind: str, *, apply: bool, leave_out: bool, why: str, as_json: bool) -> None:
    from twin.handover.desk import Desk
    with opened() as services:
        desk = Desk(services, principal_of_shell())
        _finish(desk, desk.look_at_file(_there(file), file.name, kind), apply=apply, leave_out=leave_out, why=why, as_json=as_json)


def _finish(desk: Any, seen: dict[str, Any], *, apply: bool, leave_out: bool, why: str, as_json: bool) -> None:
    """Show what would change, and make it where that is wanted."""
    told = seen["preview"]
    try:
        if apply:
            told = desk.apply(seen["token"], leave_out=leave_out, why=why) | {"applied": True}
    finally:
        if not told.get("applied"):
            if not as_json:
                _tell_plan(told)
            desk.forget(seen["token"])
    if as_json:
        emit_json(told)
    elif told.get("batch"):
        say(f"applied: {told['changed']} changed, {told['left_out']} left out, {told['refused_chunks']} chunks refused")
        say(f"csdi assets bulk --take-back {told['batch']} --apply  takes it back")
    elif told.get("applied"):
        say("applied: " + ", ".join(f"{count} {kind}" for kind, count in told["counts"].items() if count))
    if not apply and (told["stopped"] or told["counts"]["error"] or told["counts"]["conflict"]):
        raise typer.Exit(FAILED)


def _tell_plan(told: dict[str, Any]) -> None:
    rows = [(one["row"] or "", one["kind"], one["tag"] or one["id"],
             "; ".join(f"{c['column']}: {c['old']} -> {c['new']}" for c in one["changes"])[:200])
            for one in told["rows"][:_SHOWN] if one["kind"] not in ("error",)]
    emit_table(["row", "kind", "asset", "changes"], rows)
    _tell_findings([*told["findings"], *(fault for one in told["rows"] for fault in one["findings"])])
    say(", ".join(f"{count} {kind}" for kind, count in told["counts"].items()) + f", {told['cells']} cells")


def _tell_findings(findings: list[dict[str, Any]]) -> None:
    for one in findings[:_SHOWN]:
        say(f"  {one['severity']} {one['code']} {one.get('subject', '')}: {one['message']}" + (f" ({one['cure']})" if one.get("cure")
                else ""))
    if len(findings) > _SHOWN:
        say(f"  ... and {len(findings) - _SHOWN} more; --json has all")


def _both(where: str, model: str) -> str:
    """The filter, of one model where one is named."""
    own = "model = '" + model.replace("'", "''") + "'" if model else ""
    return f"({where}) AND {own}" if where and own else where or own


def _there(file: Path) -> Path:
    if not file.is_file():
        raise PathMissing(f"there is no file '{file}'", path=str(file))
    return file
