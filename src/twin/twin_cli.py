"""The verbs `csdi twin`: tiles built again, looked into, and verified against what they were made from."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any
from urllib.parse import urlsplit

import typer

from csdi.access import Action, principal_of_shell, require
from csdi.bootstrap import Services
from csdi.cli import Json
from csdi.console import Bars, emit_json, emit_table, opened, say
from csdi.errors import PathMissing
from csdi.exits import FAILED

if TYPE_CHECKING:
    from csdi.finding import Finding
    from twin.city import City, Plan
    from twin.verify import Files, Inspection, Verified

twin = typer.Typer(no_args_is_help=True, help="3D tiles of models and cities: build again, look into, verify.")
_SHOWN = 50
"""Findings that are said one by one."""
Version = Annotated[int, typer.Option("--version", help="Version of the model.", show_default=False)]
All = Annotated[bool, typer.Option("--all", help="All models and cities.")]


@twin.command("build", epilog="Example:  csdi twin build terminal-arch --json")
def build(
    models: Annotated[list[str] | None, typer.Argument(help="Model ids.", show_default=False)] = None,
    all: All = False,
    city: Annotated[bool, typer.Option("--city", help="All cities.")] = False,
    edges: Annotated[bool | None, typer.Option("--edges/--no-edges", show_default=False,
                                               help="Whether tiles of models mark feature edges; CSDI_TILE_EDGES otherwise.")] = None,
    as_json: Json = False,
) -> None:
    """Make tiles again: what is missing, damaged or no longer right; the rest stays."""
    from twin.tasks import model_rows
    if not (models or all or city):
        raise typer.BadParameter("name a model, or say --all or --city")
    told: list[dict[str, Any]] = []
    with opened(tile_edges=edges) as services, Bars(quiet=as_json) as bars:
        require(principal_of_shell(), Action.PUBLISH)
        wanted = models or ([row.id for row in model_rows(services.store)] if all else [])
        told += [_built_model(services, model, bars) for model in wanted]
        told += [_built_city(services, one, plan) for one, plan in (_cities(services) if all or city else ())]
    if as_json:
        emit_json(told)
        return
    for line in told:
        say(f"{line['subject']}: {line['made']} tiles made, {line['kept']} kept: {line['tileset'] or 'nothing to draw'}")


@twin.command("inspect", epilog="Example:  csdi twin inspect https://example.org/tiles3d/site/tileset.json --json")
def inspect(
    what: Annotated[str, typer.Argument(help="Model id, URL of a tileset, or a folder or file with one.", show_default=False)],
    version: Version = 0,
    as_json: Json = False,
) -> None:
    """Count what is in a tileset: tiles by level, bytes, triangles, features, errors, extensions."""
    from twin.verify import inspect_tileset
    with _opened_tilesets(what, version) as (files, roots), Bars(quiet=as_json) as bars:
        found = {root: inspect_tileset(files, root, packed=True, progress=partial(_show, bars, what)) for root in roots}
    if as_json:
        emit_json([{"tileset": root, **one.to_dict()} for root, one in found.items()])
        return
    for root, one in found.items():
        _tell_inspection(root, one)


@twin.command("verify", epilog="Example:  csdi twin verify --all --json")
def verify(
    what: Annotated[str, typer.Argument(help="Model id, URL of a tileset, or a folder or file with one.", show_default=False)] = "",
    all: All = False,
    version: Version = 0,
    as_json: Json = False,
) -> None:
    """Verify tiles: the structure of every file, and all features of models against the rows of their version. Ends with 12 on errors."""
    if bool(what) == all:
        raise typer.BadParameter("name one tileset or model, or say --all")
    told: list[Verified] = []
    with Bars(quiet=as_json) as bars:
        for one in _verified(what, version, bars):
            told.append(one)
            if not as_json:
                _tell(one)
    wrong = any(finding.severity == "error" for one in told for finding in one.findings)
    if as_json:
        emit_json({"sound": not wrong, "tilesets": [one.to_dict() for one in told]})
    raise typer.Exit(FAILED if wrong else 0)


def _verified(what: str, version: int, bars: Bars) -> Iterator[Verified]:
    from twin.tasks import model_rows
    from twin.verify import Verified, inspect_tileset, verify_city, verify_model, versions_asked
    if what and _is_place(what):
        with _opened_tilesets(what, 0) as (files, roots):
            for root in roots:
                found = inspect_tileset(files, root, progress=partial(_show, bars, what))
                yield Verified(root, root, found, list(found.findings))
        return
    with opened() as services:
        require(principal_of_shell(), Action.READ)
        for model in [what] if what else [row.id for row in model_rows(services.store)]:
            for number in versions_asked(services, model, version):
                yield from verify_model(services, model, number, partial(_show, bars, model))
        for city, plan in _cities(services) if not what else ():
            yield verify_city(services, city, plan)


@contextmanager
def _opened_tilesets(what: str, version: int) -> Iterator[tuple[Files, list[str]]]:
    """The tilesets that are meant, and how their files are read.

    Raises:
        PathMissing, FeatureMissing, NotFound: there is none.
    """
    from csdi.outgoing import Outgoing
    from twin.verify import Folder, Web, named, tilesets_of
    if urlsplit(what).scheme in ("http", "https"):
        with Outgoing(internal=True) as client:
            yield Web(client), [what]
        return
    path = Path(what)
    if _is_place(what):
        path = path / "tileset.json" if path.is_dir() else path
        if not path.is_file():
            raise PathMissing(f"there is no tileset at {path}", path=str(path), remedy="name a folder with tileset.json, or such a file")
        yield Folder(path.parent.resolve()), [path.name]
        return
    with opened() as services:
        require(principal_of_shell(), Action.READ)
        yield named(services.blobs.get), tilesets_of(services, what, version)


def _show(bars: Bars, name: str, done: int) -> None:
    bars.show(name, "tiles", done, 0)


def _is_place(what: str) -> bool:
    """Whether this names a file, a folder or an address, not a model."""
    return urlsplit(what).scheme in ("http", "https") or what.endswith(".json") or "/" in what or Path(what).exists()


def _cities(services: Services) -> Iterator[tuple[City, Plan]]:
    from twin.city import City, is_city
    from twin.elevation import terrain_of
    ground = terrain_of(services)
    for collection in services.store.collections():
        if is_city(collection):
            city = City.of(services, collection, ground)
            yield city, city.plan()


def _built_model(services: Services, model: str, bars: Bars) -> dict[str, Any]:
    from twin.tiling import make_again
    made = make_again(services, model, lambda done, total: bars.show(model, "tiles", done, total))
    parts = [made.bodies, *([made.rooms.spaces] if made.rooms.spaces else [])]
    return {"subject": model, "tileset": made.rows["bodies"]["root"], "made": sum(one.built for one in parts),
            "kept": sum(one.reused for one in parts), "tiles": sum(one.tiles for one in parts)}


def _built_city(services: Services, city: City, plan: Plan) -> dict[str, Any]:
    from twin.city import Remainder, replaced
    built = city.build()
    if beside := Remainder.of(city, plan, replaced(services.store, services.blobs, city.collection)):
        beside.build()
    return {"subject": city.collection.id, "tileset": f"{city.folder}/tileset.json", "made": built.made, "kept": built.kept,
            "tiles": len(plan.tiles)}


def _tell_inspection(root: str, found: Inspection) -> None:
    said = found.to_dict()
    say(f"{root}: {said['tilesets']} tilesets, {said['tiles']} tiles, {said['triangles']} triangles, {said['copies']} copies, "
        f"{said['features']} features, {_kb(said['bytes'])} ({_kb(said['gzip_bytes'])} with gzip)")
    emit_table(("level", "tiles", "bytes", "gzip", "triangles", "copies", "geometric error, m"),
               ([row["level"], row["tiles"], _kb(row["bytes"]), _kb(row["gzip_bytes"]), row["triangles"], row["copies"],
                 " to ".join(f"{error:g}" for error in sorted(set(row["error_m"])))] for row in said["levels"]),
               ("level", "tiles", "bytes", "gzip", "triangles", "copies"))
    emit_table(("largest tiles", "bytes", "triangles"), ([one["file"], _kb(one["bytes"]), one["triangles"]] for one in said["largest"]),
               ("bytes", "triangles"))
    emit_table(("extension", "files"), said["extensions"].items(), ("files",))
    _tell_findings(found.findings)


def _tell(one: Verified) -> None:
    counts = one.inspection
    errors = sum(finding.severity == "error" for finding in one.findings)
    verdict = f"{errors} errors, {len(one.findings) - errors} warnings" if one.findings else "sound"
    say(f"{one.subject}: {counts.tiles} tiles, {len(counts.features)} features: {verdict}")
    _tell_findings(one.findings)


def _tell_findings(findings: list[Finding]) -> None:
    for finding in findings[:_SHOWN]:
        told = f" (measured {finding.measured}, expected {finding.expected})" if finding.measured or finding.expected else ""
        say(f"  {finding.severity} {finding.code} {finding.subject}: {finding.message}{told}")
    if len(findings) > _SHOWN:
        say(f"  and {len(findings) - _SHOWN} more: --json tells all")


def _kb(count: int | None) -> str:
    return "" if count is None else f"{count / 1000:.1f} kB"
