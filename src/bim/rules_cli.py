"""`csdi rules`: rule packs listed, shown, begun, tried and published."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from csdi.console import emit_json, emit_table, say, settings_here
from csdi.exits import FAILED

if TYPE_CHECKING:
    from bim.audit.trial import Tried
    from bim.packs import Pack, Rule

app = typer.Typer(no_args_is_help=True, help="Rule packs: rules as data that models are judged by.")
Json = Annotated[bool, typer.Option("--json", help="One JSON document on stdout.")]
Name = Annotated[str, typer.Argument(metavar="PACK", help="Id of a pack, or its folder.", show_default=False)]
_LANGUAGE = typer.Option("--language", help="en, zh-Hant or zh-Hans; the site's own without it.", show_default=False)


@app.command("list", epilog="Example:  csdi rules list")
def list_rules(
    name: Annotated[str, typer.Argument(metavar="[PACK]", help="Only the rules of this pack.", show_default=False)] = "",
    language: Annotated[str, _LANGUAGE] = "", as_json: Json = False,
) -> None:
    """The packs that there are, or the rules of one."""
    packs = [_read(name)] if name else [_read(one) for one in _names()]
    tongue = language or settings_here().language
    if as_json:
        emit_json([_about(one) | {"rules": [_row(rule, tongue) for rule in one.rules]} for one in packs])
    elif name:
        emit_table(["rule", "severity", "group", "title"], [list(_row(rule, tongue).values()) for rule in packs[0].rules])
    else:
        emit_table(["pack", "version", "rules", "signature", "title"],
                   [(one.id, one.version, len(one.rules), one.signature.state, _said(one.title, tongue)) for one in packs],
                   right=["rules"])


@app.command("show", epilog="Example:  csdi rules show common COM-015")
def show(name: Name, rule: Annotated[str, typer.Argument(metavar="[RULE]", help="Id of a rule.", show_default=False)] = "",
         as_page: Annotated[bool, typer.Option("--page", help="The pack's page of the documentation, as Markdown.")] = False,
         as_json: Json = False) -> None:
    """A pack with its signature, or one of its rules, in three languages."""
    from bim.packs.document import page, rule_document
    from csdi.errors import ValueInvalid
    pack = _read(name)
    found = [one for one in pack.rules if one.id == rule.upper()]
    if rule and not found:
        raise ValueInvalid(f"pack {pack.id} has no rule {rule}", field="rule", value=rule, remedy="`csdi rules list PACK` tells all")
    document = rule_document(found[0]) if found else _about(pack) | {"rules": [one.id for one in pack.rules]}
    if as_page:
        typer.echo(page(pack), nl=False)
    elif as_json:
        emit_json(document)
    else:
        emit_table(["", ""], [(key, _plain(value)) for key, value in document.items()])


@app.command("new", epilog="Example:  csdi rules new my-rules")
def begin_pack(folder: Annotated[Path, typer.Argument(help="Folder to make; its name becomes the pack's id.", show_default=False)],
        as_json: Json = False) -> None:
    """Begin a pack: one rule, its samples and a table. It passes its own test."""
    from bim.packs.publishing import begin
    made = [str(one) for one in begin(folder)]
    if as_json:
        emit_json({"folder": str(folder), "files": made})
    else:
        for one in made:
            say(one)
        say(f"try it: csdi rules test {folder}")


@app.command("test", epilog="Example:  csdi rules test hk-building-plans")
def try_rules(
    name: Name,
    rule: Annotated[list[str] | None, typer.Option("--rule", help="Only this rule.", show_default=False)] = None,
    as_json: Json = False,
) -> None:
    """Run every rule of a pack on its samples, and tell what is not as it should be; ends with 12 where something is not."""
    from bim.audit.trial import try_pack
    tried = try_pack(_read(name), frozenset(map(str.upper, rule)) if rule else None)
    if as_json:
        emit_json(tried.to_dict())
    else:
        _tell(tried)
    raise typer.Exit(0 if tried.is_right else FAILED)


@app.command("publish", epilog="Example:  csdi rules publish my-rules")
def publish(folder: Annotated[Path, typer.Argument(help="Folder of the pack.", show_default=False)], as_json: Json = False) -> None:
    """Try a pack, sign it (CSDI_SIGNING_KEY) and put it into the data folder, where `csdi check --pack ID` finds it."""
    from bim.audit.trial import try_pack
    from bim.packs.publishing import put
    settings = settings_here()
    tried = try_pack(_read(str(folder)))
    if not tried.is_right:
        if as_json:
            emit_json(tried.to_dict())
        else:
            _tell(tried)
        say("not published: the rules do not say of their samples what they should")
        raise typer.Exit(FAILED)
    pack = put(tried.pack, settings.packs_folder, settings.signing_key_file)
    if as_json:
        emit_json(_about(pack))
    else:
        say(f"{pack.id} {pack.version} published, signed by {pack.signature.key}: csdi check FILE.ifc --pack {pack.id}")


def _names() -> list[str]:
    from bim.packs import published, shipped
    return [*shipped(), *(name for name in published(settings_here().packs_folder) if "@" in name)]


def _read(name: str) -> Pack:
    from bim.packs import read_pack
    return read_pack(name, settings_here().packs_folder)


def _about(pack: Pack) -> dict[str, Any]:
    return pack.to_dict() | {"title": dict(pack.title), "jurisdiction": pack.jurisdiction, "folder": str(pack.folder),
                             "ids": [one.name for one in pack.ids], "tables": sorted(pack.tables)}


def _row(rule: Rule, language: str) -> dict[str, str]:
    return {"id": rule.id, "severity": rule.severity, "group": rule.group, "title": _said(rule.title, language)}


def _said(texts: Any, language: str) -> str:
    return str(texts.get(language) or texts.get("en") or "")


def _plain(value: Any) -> str:
    if isinstance(value, dict):
        return "\n".join(f"{key}: {_plain(part)}" for key, part in value.items())
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


def _tell(tried: Tried) -> None:
    for one in tried.wrong:
        say(f"{one.rule} on {one.sample} ({one.kind}): should be {one.expected}, is {one.got or 'not judged'}"
            + (f": {one.detail}" if one.detail else ""))
    for rule, kinds in tried.untried.items():
        say(f"{rule}: no sample that it should {' or '.join(kinds)}")
    for file, why in tried.invalid.items():
        say(f"{file}: {'; '.join(why)}")
    right = len(tried.trials) - len(tried.wrong)
    say(f"{tried.pack.id} {tried.pack.version}: {len(tried.pack.rules)} rules, {right} of {len(tried.trials)} samples as they should be")
