"""Verbs of the register of assets: `csdi assets ...`."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import orjson
import typer

from csdi.access import Action, principal_of_shell, require
from csdi.cli import Json
from csdi.console import Bars, emit_json, emit_table, opened, say
from csdi.errors import ValueInvalid
from csdi.exits import FAILED
from twin.find_cli import find

if TYPE_CHECKING:
    from collections.abc import Iterator

    from csdi.bootstrap import Services
    from csdi.feature import Feature
    from twin.register.editing import Editor
    from twin.register.keeping import Register
    from twin.register.rules import Rules

assets = typer.Typer(no_args_is_help=True, help="The register of assets: build, find, edit, look back.")

Id = Annotated[str, typer.Argument(help="Id or tag of an asset.", show_default=False)]
Why = Annotated[str, typer.Option("--why", help="Why; kept in the history.")]
_SHOWN = ("tag", "name", "asset_class", "storey_name", "space_name", "status", "warranty_end")
_MOST = 10_000


@dataclass(frozen=True)
class _Desk:
    """The register, its rules, and who works on it."""

    services: Services
    register: Register
    rules: Rules
    who: str


@contextmanager
def _desk(action: Action = Action.READ) -> Iterator[_Desk]:
    from twin.register.keeping import Register
    from twin.register.rule_files import read_rules
    with opened() as services:
        require(principal_of_shell(), action)
        yield _Desk(services, Register(services.store), read_rules(services.settings.asset_rules), principal_of_shell().id)


@assets.command("build", epilog="Example:  csdi assets build terminal-mep --public")
def build(source: Annotated[list[str] | None, typer.Argument(help="Models and layers; without any, all.", show_default=False)] = None,
          model: Annotated[list[str] | None, typer.Option("--model", help="A model, as an argument.", show_default=False)] = None,
          public: Annotated[bool, typer.Option("--public/--private", help="Whether a register that is made here is open to all.")] = False,
          as_json: Json = False) -> None:
    """Make the assets of models and layers; where the register knows them, propose what changed."""
    from twin.register.following import build as build_source
    from twin.register.following import sources
    told = []
    with _desk(Action.PUBLISH) as desk, Bars(quiet=as_json) as bars:
        for one in [*(source or ()), *(model or ())] or sources(desk.services):
            built = build_source(desk.services, one, desk.who, public=public,
                                 progress=lambda stage, done, one=one: bars.show(one, stage, done, 0))  # type: ignore[misc]
            told.append(built.to_dict())
    if as_json:
        emit_json(told)
        return
    names = ["source", "assets", "devices", "locations", "proposals", "finding_count"]
    emit_table(names, [tuple(one[name] for name in names) for one in told], right=names[1:])
    for finding in (one for each in told for one in each["findings"][:5]):
        say(f"  {finding['severity']}: {finding.get('subject', '')}: {finding['message']}")


assets.command("find", epilog="Example:  csdi assets find 水泵 --class pump --storey L02 --within 50 --of PT1-B1-PMP-0001")(find)


@assets.command("show", epilog="Example:  csdi assets show PT1-B1-PMP-0001 --as-of 2027-01-31")
def show(id: Id, as_of: Annotated[str, typer.Option("--as-of", help="A date or time: as it was then.")] = "",
         as_json: Json = False) -> None:
    """One asset with its parts, its devices and its place."""
    from csdi.extent import Interval
    from twin.register.reading import asset_document
    with _desk() as desk:
        document = asset_document(desk.register, desk.rules, id, Interval.parse(as_of).end if as_of else None)
    if as_json:
        emit_json(document)
        return
    plain = {name: value for name, value in document.items() if value not in (None, [], {}) and not isinstance(value, (dict, list))}
    emit_table(["field", "value"], list(plain.items()))
    for name in ("children", "devices", "location_chain"):
        for one in document[name]:
            say(f"{name}: " + "  ".join(str(one[key]) for key in ("id", "tag", "kind", "name", "manufacturer", "serial") if one.get(key)))


@assets.command("edit", epilog="Example:  csdi assets edit PT1-B1-PMP-0001 condition=3 warranty_end=2028-06-30 --why 'inspection of May'")
def edit(id: Id, change: Annotated[list[str], typer.Argument(help="field=value; a value is JSON or plain text, nothing takes it away; "
                                                                 "properties.name=value is an attribute.", show_default=False)],
         why: Why = "", as_json: Json = False) -> None:
    """Change an asset."""
    _edited(id, lambda editor, found: editor.change(found, patch_of(change)), why, as_json)


@assets.command("create", epilog="Example:  csdi assets create asset_class=fire-extinguisher location=l-0123456789ab serial=E-7")
def create(field: Annotated[list[str], typer.Argument(help="field=value, as for edit.", show_default=False)], why: Why = "",
           as_json: Json = False) -> None:
    """A new asset that no model has."""
    from twin.register.editing import Editor
    with _desk(Action.EDIT) as desk, desk.register.writing(desk.who, why) as writing:
        made = Editor(writing, desk.rules).create(patch_of(field))
    _tell(made, as_json)


@assets.command("retire", epilog="Example:  csdi assets retire PT1-B1-PMP-0001 --why 'taken out in the refit'")
def retire(id: Id, why: Why = "", as_json: Json = False) -> None:
    """An asset that is no longer there; it stays in the register."""
    _edited(id, lambda editor, found: editor.retire(found), why, as_json)


@assets.command("replace", epilog="Example:  csdi assets replace PT1-B1-PMP-0001 manufacturer=Maker serial=SN-9 installed_on=2027-02-01")
def replace(id: Id, field: Annotated[list[str], typer.Argument(help="field=value of the new device.", show_default=False)],
            why: Why = "", as_json: Json = False) -> None:
    """Install another device in an asset; its role, tag and history stay."""
    _edited(id, lambda editor, found: editor.replace_device(found, patch_of(field)), why, as_json)


@assets.command("history", epilog="Example:  csdi assets history PT1-B1-PMP-0001")
def history(id: Id, as_json: Json = False) -> None:
    """All that happened to an asset, the last first."""
    from twin.register.editing import history as entries_of
    with _desk() as desk:
        entries = entries_of(desk.register, id)
    if as_json:
        emit_json(entries)
        return
    names = ["number", "at", "who", "what", "why"]
    emit_table([*names, "fields"], [(*(one[name] for name in names), ", ".join((one["after"] or {}).keys())[:80]) for one in entries],
               right=["number"])


@assets.command("restore", epilog="Example:  csdi assets restore PT1-B1-PMP-0001 --to 2027-01-31")
def restore(id: Id, to: Annotated[str, typer.Option("--to", help="Number of an entry of its history, or a date or time.")],
            why: Why = "", as_json: Json = False) -> None:
    """Bring an earlier state of an asset back; what came after stays in its history."""
    from twin.register.editing import moment_of
    _edited(id, lambda editor, found: editor.restore(found, moment_of(to)), why, as_json)


@assets.command("proposals", epilog="Example:  csdi assets proposals --model terminal-mep --kind moved")
def proposals(model: Annotated[str, typer.Option("--model", help="Only of this model.")] = "",
              kind: Annotated[str, typer.Option("--kind", help="new, moved, removed or changed.")] = "", as_json: Json = False) -> None:
    """What new versions of models would change."""
    from twin.register.proposals import open_proposals
    with _desk() as desk:
        rows = list(open_proposals(desk.register, model, kind))
    if as_json:
        emit_json([{"id": row.id, **row.properties} for row in rows])
        return
    names = ("kind", "asset", "element", "name", "asset_class", "distance")
    emit_table(["proposal", *names, "fields"], [(row.id, *(row.properties.get(name) for name in names), _fields(row)) for row in rows],
               right=["distance"])


@assets.command("accept", epilog="Example:  csdi assets accept --model terminal-mep --kind moved --why 'as built'")
def accept(proposal: Annotated[list[str] | None, typer.Argument(help="Proposals.", show_default=False)] = None,
           model: Annotated[str, typer.Option("--model", help="All of this model.")] = "",
           kind: Annotated[str, typer.Option("--kind", help="All of this kind.")] = "",
           every: Annotated[bool, typer.Option("--all", help="All that are open.")] = False, why: Why = "", as_json: Json = False) -> None:
    """Make the changes that proposals ask for."""
    _decide(proposal or [], model, kind, why, accept=True, every=every, as_json=as_json)


@assets.command("reject", epilog="Example:  csdi assets reject p-0123456789ab --why 'drawn wrongly'")
def reject(proposal: Annotated[list[str] | None, typer.Argument(help="Proposals.", show_default=False)] = None,
           model: Annotated[str, typer.Option("--model", help="All of this model.")] = "",
           kind: Annotated[str, typer.Option("--kind", help="All of this kind.")] = "",
           every: Annotated[bool, typer.Option("--all", help="All that are open.")] = False, why: Why = "", as_json: Json = False) -> None:
    """Leave the register as it is; the same proposal does not come again."""
    _decide(proposal or [], model, kind, why, accept=False, every=every, as_json=as_json)


@assets.command("verify", epilog="Example:  csdi assets verify --head 3fa9...")
def verify(head: Annotated[str, typer.Option("--head", help="Digest of an entry that must be in the history.")] = "",
           as_json: Json = False) -> None:
    """Replay the history, and compare it with the register."""
    from twin.register.verifying import verified
    with _desk() as desk:
        found = verified(desk.register, head)
    if as_json:
        emit_json(found.to_dict())
    else:
        say(f"{found.chain.entries} entries, {found.rows} rows: " + ("all right" if found.is_right else "NOT right"))
        for one in found.differing:
            say(f"  {one['collection']} {one['feature']}: {', '.join(one['fields'])}")
        if found.chain.broken is not None:
            say(f"  entry {found.chain.broken}: {found.chain.reason}")
        say(f"head {found.chain.head}")
    if not found.is_right:
        raise typer.Exit(FAILED)


@assets.command("rules", epilog="Example:  csdi assets rules my-rules.yaml")
def rules(file: Annotated[Path | None, typer.Argument(help="A file or folder to check; without it, the rules of this installation.",
                                                      show_default=False)] = None, as_json: Json = False) -> None:
    """The classes of assets and their templates; or whether a file of rules is right."""
    from twin.register.reading import rules_document
    from twin.register.rule_files import read_rules
    with opened() as services:
        found = read_rules(file if file is not None else services.settings.asset_rules)
    if as_json:
        emit_json(rules_document(found))
        return
    emit_table(["class", "English", "繁體中文", "简体中文", "discipline", "code", "attributes"],
               [(one.key, *one.names.values(), one.category, one.code, len(one.attributes)) for one in found.classes.values()],
               right=["attributes"])


def patch_of(changes: list[str]) -> dict[str, Any]:
    """The patch of `field=value` words; `a.b=value` is a member. Raises ValueInvalid."""
    made: dict[str, Any] = {}
    for change in changes:
        name, sign, text = change.partition("=")
        if not sign or not name.strip():
            raise ValueInvalid(f"'{change}' is not field=value", field="change", value=change[:60])
        *path, last = name.strip().split(".")
        inner = made
        for part in path:
            inner = inner.setdefault(part, {})
        inner[last] = _value(text)
    return made


def _value(text: str) -> Any:
    """JSON where it is a number, a truth value, a list or an object; else the text; None for nothing."""
    if not text:
        return None
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError:
        return text


def _edited(id: str, work: Any, why: str, as_json: bool) -> None:
    from twin.register.editing import Editor
    with _desk(Action.EDIT) as desk:
        found = desk.register.asset(id).id
        with desk.register.writing(desk.who, why) as writing:
            editor: Editor = Editor(writing, desk.rules)
            kept: Feature = work(editor, found)
    _tell(kept, as_json)


def _decide(ids: list[str], model: str, kind: str, why: str, *, accept: bool, every: bool, as_json: bool) -> None:
    from twin.register.proposals import decide, open_proposals
    if not (ids or model or kind or every):
        raise ValueInvalid("no proposal is named", field="proposal", remedy="name proposals, --model, --kind or --all")
    with _desk(Action.EDIT) as desk:
        wanted = ids or [row.id for row in open_proposals(desk.register, model, kind)]
        made = decide(desk.register, desk.rules, wanted, desk.who, accept=accept, why=why)
    if as_json:
        emit_json([{"id": row.id, **row.properties} for row in made])
    else:
        say(f"{'accepted' if accept else 'rejected'} {len(made)}")


def _tell(row: Feature, as_json: bool) -> None:
    if as_json:
        emit_json({"id": row.id, **row.properties})
    else:
        say(f"{row.id}  {row.properties['tag']}  revision {row.properties['revision']}")


def _fields(row: Feature) -> str:
    return ", ".join((row.properties.get("after") or {}).keys())[:60] if row.properties["kind"] in ("changed", "moved") else ""
