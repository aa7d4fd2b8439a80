"""Verbs of the catalogue: list, show and edit Records, harvest them from elsewhere."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from csdi.access import Action, principal_of_shell, require
from csdi.console import Bars, emit_json, emit_table, opened, say, settings_here
from csdi.errors import InputError, PathMissing, ValueInvalid
from csdi.exits import PARTLY

if TYPE_CHECKING:
    from csdi.bootstrap import Services
    from csdi.catalogue import Record
    from csdi.catalogue.harvest import HarvestResult, Source
    from csdi.outgoing import Outgoing

records = typer.Typer(no_args_is_help=True, help="The catalogue: list, show, edit and harvest records.")

Json = Annotated[bool, typer.Option("--json", help="One JSON document on stdout.")]


@records.command("list", epilog="Example:  csdi records list --q 機場 --json")
def show_all(q: Annotated[str, typer.Option("--q", help="Words that a record has, in any language.")] = "",
             source: Annotated[str, typer.Option(help="Only those from this source.")] = "",
             limit: Annotated[int, typer.Option(min=1, max=10_000)] = 1000, as_json: Json = False) -> None:
    """All records with how complete they are, the least complete first."""
    from csdi.catalogue.features import CATALOGUE
    from csdi.catalogue.keeping import bring_in_step
    from csdi.filter import Literal, Op, Property
    from csdi.query import Query, Sort
    with opened() as services:
        bring_in_step(services.store)
        wanted = Op("=", (Property("source"), Literal(source))) if source else None
        page = services.store.search(CATALOGUE, Query(text=q, filter=wanted, sort=(Sort("completeness"), Sort("recordId")), limit=limit,
                                                      geometry=False))
    rows = [{"id": f.id, **{name: f.properties.get(name) for name in ("title", "type", "completeness", "source", "updated")}}
            for f in page.features]
    if as_json:
        emit_json(rows)
    elif rows:
        emit_table(["record", "title", "type", "complete", "source"],
                   [(r["id"], r["title"], r["type"], r["completeness"], r["source"]) for r in rows], right=["complete"])
    else:
        say("There are no records. Every public layer and model has one:  csdi layers add FILE")


@records.command("show", epilog="Example:  csdi records show roads --yaml")
def show(id: str, as_yaml: Annotated[bool, typer.Option("--yaml", help="As YAML, to edit and give back.")] = False, as_json: Json = False,
         as_iso: Annotated[bool, typer.Option("--iso", help="As ISO 19139 XML.")] = False,
         as_dcat: Annotated[bool, typer.Option("--dcat", help="As DCAT-AP JSON-LD.")] = False) -> None:
    """One record, what it lacks, and where it came from."""
    from csdi.catalogue import assess
    from csdi.catalogue.document import to_document, write_yaml
    with opened() as services:
        found, links, place = _found(services, id)
    document = to_document(found) | {"completeness": assess(found).to_dict()}
    if as_iso or as_dcat:
        from csdi.catalogue.renditions import dcat_dataset, iso19139
        if as_iso:
            typer.echo(iso19139(found, links, place).decode())
        else:
            emit_json(dcat_dataset(found, links, place))
    elif as_json:
        emit_json(document)
    elif as_yaml:
        typer.echo(write_yaml(document), nl=False)
    else:
        emit_table(["part", "value"], [(name, value) for name, value in document.items()])


@records.command("edit", epilog="Example:  csdi records edit roads --file roads.yaml")
def edit(id: str,
         file: Annotated[Path | None, typer.Option("--file", help="The parts to change, as YAML or JSON.", show_default=False)] = None,
         replace: Annotated[bool, typer.Option("--replace", help="What the file does not say follows from the data again.")] = False,
         reset: Annotated[bool, typer.Option("--reset", help="Take back every edit.")] = False, as_json: Json = False) -> None:
    """Change what a record says; null for a part takes its edit back. Collections say the same of themselves afterwards."""
    from csdi.catalogue import assess
    from csdi.catalogue.document import read_yaml
    from csdi.catalogue.features import of_feature
    from csdi.catalogue.keeping import bring_in_step, change_record
    if (file is None) is not reset:
        raise ValueInvalid("an edit needs a file, or --reset", field="file", remedy=f"csdi records edit {id} --file record.yaml")
    given = read_yaml(_text(file), file.name) if file else {}
    with opened() as services:
        require(principal_of_shell(), Action.EDIT)
        bring_in_step(services.store)
        after = of_feature(change_record(services.store, id, given, replace_all=replace or reset))
        bring_in_step(services.store)
    complete = assess(after)
    if as_json:
        emit_json({"id": id, "completeness": complete.to_dict()})
    else:
        say(f"edited {id}: completeness {complete.score} of 100"
            + (f", missing: {', '.join(complete.missing)}" if complete.missing else ""))


@records.command("harvest", epilog="Example:  csdi records harvest https://data.gov.hk/en-data --kind ckan --id data-gov-hk --limit 500")
def harvest_from(
    place: Annotated[str, typer.Argument(help="Address or file of a catalogue, or the id of a source that was harvested before; "
                                              "without it all of those.", show_default=False)] = "",
    kind: Annotated[str, typer.Option(help="records, csw, ckan, dcat or iso19139; without it that is found out.", show_default=False)] = "",
    id: Annotated[str, typer.Option("--id", help="Id of the source; without it, made from the address.", show_default=False)] = "",
    limit: Annotated[int, typer.Option(min=1, help="Records to take at most.")] = 100_000,
    every: Annotated[str, typer.Option("--every", help="Harvest it again after so long: 30m, 24h, 7d.", show_default=False)] = "",
    as_json: Json = False,
) -> None:
    """Take in the records of another catalogue. A second time, only what changed there changes here."""
    from csdi.catalogue.harvest import harvest
    from csdi.layers import seconds_of
    from csdi.outgoing import Outgoing
    results: list[HarvestResult] = []
    with opened() as services, Bars(quiet=as_json) as bars, Outgoing(internal=services.settings.outgoing_internal) as asker:
        require(principal_of_shell(), Action.PUBLISH)
        for source in _sources(services, asker, place, kind, id, limit, seconds_of(every)):
            results.append(harvest(services.store, source, asker, bars.reporter(source.id)))
            if not as_json:
                _tell(results[-1])
    if as_json:
        emit_json([result.to_dict() for result in results])
    raise typer.Exit(0 if all(result.complete for result in results) else PARTLY)


@records.command("sources", epilog="Example:  csdi records sources --json")
def show_sources(as_json: Json = False) -> None:
    """Catalogues that were harvested."""
    from csdi.catalogue.harvest import sources
    with opened() as services:
        found = sources(services.store)
    if as_json:
        emit_json(found)
    elif found:
        emit_table(["source", "kind", "address", "last"], [(one["id"], one["kind"], one["url"], one["last"]) for one in found])
    else:
        say("Nothing was harvested yet:  csdi records harvest URL")


@records.command("forget", epilog="Example:  csdi records forget data-gov-hk")
def forget_source(id: str) -> None:
    """Remove a source and all records that came from it."""
    from csdi.catalogue.harvest import forget
    with opened() as services:
        require(principal_of_shell(), Action.WITHDRAW)
        removed = forget(services.store, id)
    say(f"removed {id} and {removed} records")


def _found(services: Services, id: str) -> tuple[Record, Any, Any]:
    """(Record, links to its data, where it is served)."""
    from csdi.catalogue.keeping import bring_in_step, record
    from csdi.catalogue.renditions import Place, links_of
    bring_in_step(services.store)
    found, settings = record(services.store, id), settings_here()
    place = Place((settings.base_url.rstrip("/") or f"http://{settings.host}:{settings.port}") + "/ogc")
    collection = services.store.collection(found.collection) if found.collection else None
    return found, links_of(found, place, collection), place


def _sources(services: Services, asker: Outgoing, place: str, kind: str, id: str, limit: int, every_s: int) -> list[Source]:
    from csdi.catalogue.harvest import Source, kind_of, source_id, sources
    known = {str(one["id"]): Source(one["id"], one["url"], one["kind"], one["limit"], every_s or one.get("every") or 0)
             for one in sources(services.store)}
    if place in known or not place:
        return [known[place]] if place else list(known.values())
    where, named = place if "://" in place else str(Path(place).absolute()), id or source_id(place)
    return [Source(named, where, kind or kind_of(where, asker), limit, every_s)]


def _text(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise PathMissing(f"there is no file {file}", file=str(file)) from None
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{file} cannot be read: {error}", file=str(file), remedy="save it as UTF-8") from None


def _tell(result: HarvestResult) -> None:
    say(f"{result.source.id}: {result.added} added, {result.changed} changed, {result.unchanged} unchanged, {result.removed} removed, "
        f"{result.refused} refused, {result.duplicates} duplicates  {result.seconds:.1f} s")
    for finding in [one for one in result.findings if one.severity != "note"][:20]:
        say(f"  {finding.severity}: {finding.subject}: {finding.message}" + (f" ({finding.cure})" if finding.cure else ""))
