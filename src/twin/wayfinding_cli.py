"""Verbs of ways: find, evacuation, reach, check, network, close, reopen, closures."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from csdi.access import principal_of_shell
from csdi.cli import Json
from csdi.console import emit_json, emit_table, opened, say
from csdi.errors import ValueInvalid
from csdi.extent import instant

if TYPE_CHECKING:
    from csdi.bootstrap import Services
    from twin.wayfinding.asking import Asking

routes = typer.Typer(no_args_is_help=True, help="Ways through buildings and outside: routes, exits, closures.")
Profile = Annotated[str, typer.Option("--profile", help="walking, barrier-free, trolley, emergency, or your own.")]
Language = Annotated[str, typer.Option("--lang", help="en, zh-Hant or zh-Hans.")]
_PLACE = "Id of a space, element or asset, an asset's tag, a space's name, or coordinates"


@routes.command("find", epilog="Example:  csdi routes find 'Check-in Hall North' exit --profile barrier-free")
def find(
    begin: Annotated[str, typer.Argument(metavar="FROM", help=f"{_PLACE}.", show_default=False)],
    end: Annotated[str, typer.Argument(metavar="TO", help=f"{_PLACE}; exit, or class:pump for the nearest.", show_default=False)],
    profile: Profile = "walking",
    lang: Language = "en",
    crs: Annotated[str, typer.Option("--crs", help="CRS84 or EPSG:2326, for --json and --out.")] = "CRS84",
    out: Annotated[Path | None, typer.Option("--out", help="GeoJSON file to write.", show_default=False)] = None,
    as_json: Json = False,
) -> None:
    """The quickest way from one place to another, with instructions."""
    import orjson

    from twin.wayfinding.asking import Wish
    with opened() as services:
        found = _asking(services).route(Wish(begin, end, profile, lang, crs))
    if out is not None:
        out.write_bytes(orjson.dumps(found))
    if as_json:
        emit_json(found)
        return
    whole = found["route"]
    emit_table(["step", "what to do"], list(enumerate(whole["steps"], 1)), right=["step"])
    say(f"{whole['metres']:.0f} m, {whole['seconds'] / 60:.1f} min" + (f"; wrote {out}" if out else ""))


@routes.command("evacuation", epilog="Example:  csdi routes evacuation --farthest --json")
def evacuation(
    profile: Profile = "emergency",
    farthest: Annotated[bool, typer.Option("--farthest", help="Also from the farthest place in each space.")] = False,
    lang: Language = "en",
    as_json: Json = False,
) -> None:
    """Of every space how far the nearest exit is, the farthest first."""
    from twin.wayfinding.asking import Wish
    with opened() as services:
        found = _asking(services).evacuation(Wish("", "exit", profile, lang, "EPSG:2326"), farthest=farthest)
    if as_json:
        emit_json(found)
        return
    rows = sorted((one["properties"] for one in found["features"]), key=lambda one: -(one["metres_to_exit"] or float("inf")))
    emit_table(["space", "level", "metres to exit", "from farthest place", "exit"],
               [(one["name"], one["level"], _metres(one["metres_to_exit"]), _metres(one["farthest_m"]), one["exit_name"] or "none")
                for one in rows], right=["metres to exit", "from farthest place"])
    say(f"{found['without_exit']} of {len(rows)} spaces have no way to an exit")


@routes.command("reach", epilog="Example:  csdi routes reach 'Gate Lounge N24' --minutes 3")
def reach(
    begin: Annotated[str, typer.Argument(metavar="FROM", help=f"{_PLACE}.", show_default=False)],
    minutes: Annotated[float, typer.Option("--minutes", help="How long the way may take.")] = 5.0,
    profile: Profile = "walking",
    lang: Language = "en",
    as_json: Json = False,
) -> None:
    """The spaces that are reached from a place in some minutes."""
    from twin.wayfinding.asking import Wish
    with opened() as services:
        found = _asking(services).service_area(Wish(begin, "", profile, lang, "EPSG:2326"), minutes * 60.0)
    if as_json:
        emit_json(found)
        return
    rows = sorted((one["properties"] for one in found["features"]), key=lambda one: one["seconds"])
    emit_table(["space", "level", "seconds", "share of its floor"],
               [(one["name"], one["level"], f"{one['seconds']:.0f}", f"{one['share']:.0%}") for one in rows], right=["seconds"])


@routes.command("check", epilog="Example:  csdi routes check terminal-arch --json")
def check(
    models: Annotated[list[str] | None, typer.Argument(metavar="[MODEL]...", help="Model ids; all without.", show_default=False)] = None,
    as_json: Json = False,
) -> None:
    """Doors, spaces and stairs that are not part of the network, and why; spaces that are cut off for a profile."""
    with opened() as services:
        found = _asking(services).check(tuple(models or ()))
    if as_json:
        emit_json(found)
        return
    counts = found["counts"]
    say(f"{counts['spaces']} spaces, {counts['doors']} doors, {counts['exits']} exits")
    if found["unlinked"]:
        emit_table(["not linked", "id", "name", "why"], [(one["kind"], one["id"], one["name"], one["reason"]) for one in found["unlinked"]])
    for profile, cut in found["cut_off"].items():
        say(f"{profile}: {len(cut)} spaces cut off" + (": " + ", ".join(one["name"] or one["id"] for one in cut[:10]) if cut else ""))
    for one in found["without_network"]:
        say(f"{one['id']}: {one['reason']}")


@routes.command("network", epilog="Example:  csdi routes network --out ways.geojson")
def network(
    out: Annotated[Path, typer.Option("--out", help="GeoJSON file, or points.csv and ways.csv for a folder.", show_default=False)],
    crs: Annotated[str, typer.Option("--crs", help="CRS84 or EPSG:2326.")] = "CRS84",
    lang: Language = "en",
) -> None:
    """Write the network: as GeoJSON, or as two tables into a folder."""
    import orjson

    from twin.wayfinding.documents import network_document, points_csv, ways_csv
    with opened() as services:
        asking = _asking(services)
        whole = asking.ways.router.network
        if out.suffix.lower() in (".geojson", ".json"):
            out.write_bytes(orjson.dumps(network_document(whole, asking.frame(crs), lang)))
        elif out.suffix:
            raise ValueInvalid(f"{out} is no GeoJSON file and no folder", field="out", value=str(out),
                               remedy="write ways.geojson, or a folder")
        else:
            out.mkdir(parents=True, exist_ok=True)
            (out / "points.csv").write_text(points_csv(whole), encoding="utf-8", newline="")
            (out / "ways.csv").write_text(ways_csv(whole, lang), encoding="utf-8", newline="")
    say(f"wrote {out}: " + ", ".join(f"{count} {name}" for name, count in whole.counts.items()))


@routes.command("close", epilog="Example:  csdi routes close terminal-arch:2x3K --reason 'annual inspection'")
def close(
    passage: Annotated[str, typer.Argument(help="Id of the door, lift, stair or path, as model:GlobalId.", show_default=False)],
    reason: Annotated[str, typer.Option("--reason", help="Why.")] = "",
    since: Annotated[str, typer.Option("--since", help="From when, as 2026-11-21T09:00:00Z; now without it.")] = "",
    until: Annotated[str, typer.Option("--until", help="Until when.")] = "",
    as_json: Json = False,
) -> None:
    """Take a passage out of service: routes go another way."""
    with opened() as services:
        made = _asking(services).close(passage, reason, instant(since, field="since"), instant(until, field="until")).to_dict()
    emit_json(made) if as_json else say(f"{made['id']}: {passage} is out of service")


@routes.command("reopen", epilog="Example:  csdi routes reopen c-0a1b2c3d4e5f")
def reopen(id: Annotated[str, typer.Argument(help="Id of the closure.", show_default=False)], as_json: Json = False) -> None:
    """Put a passage into service again."""
    with opened() as services:
        made = _asking(services).reopen(id).to_dict()
    emit_json(made) if as_json else say(f"{made['passage']} is in service")


@routes.command("closures", epilog="Example:  csdi routes closures --json")
def closures(as_json: Json = False) -> None:
    """All closures, past and coming ones too."""
    with opened() as services:
        found = [one.to_dict() for one in _asking(services).ways.closed]
    if as_json:
        emit_json(found)
    elif found:
        emit_table(["id", "passage", "since", "until", "reason", "by"],
                   [tuple(one[name] or "" for name in ("id", "passage", "since", "until", "reason", "by")) for one in found])
    else:
        say("Nothing is closed.")


def _asking(services: Services) -> Asking:
    from twin.wayfinding.asking import Asking
    return Asking.of(services, principal_of_shell())


def _metres(value: float | None) -> str:
    return "" if value is None else f"{value:.1f}"
