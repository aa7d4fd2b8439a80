"""The verbs `csdi models export` and `csdi twin export`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from csdi.access import Action, principal_of_shell, require
from csdi.cli import Json
from csdi.console import emit_json, opened, say
from twin.cli import models
from twin.twin_cli import twin


@models.command("export", epilog="Example:  csdi models export terminal-arch --format gpkg --storey L1 --out l1.gpkg")
def export(
    model: Annotated[str, typer.Argument(help="Model id.", show_default=False)],
    format: Annotated[str, typer.Option("--format", help="ifc, gpkg, csv, cityjson, cityjsonseq, glb, gltf, geojson or imdf.",
                                        show_default=False)],
    out: Annotated[Path, typer.Option("--out", help="File to write.", show_default=False)],
    storey: Annotated[list[str] | None, typer.Option("--storey", help="Name or GlobalId; may come again.", show_default=False)] = None,
    ifc_class: Annotated[list[str] | None, typer.Option("--class", help="IFC class; may come again.", show_default=False)] = None,
    filter: Annotated[str, typer.Option("--filter", help="CQL2 text on the fields of elements.", show_default=False)] = "",
    as_json: Json = False,
) -> None:
    """Write a model, or a part of it, as a file. IFC and shapes are made from the file that was loaded."""
    from twin.export import Selection, export_model
    with opened() as services:
        require(principal_of_shell(), Action.READ)
        done = export_model(services, Selection(model, tuple(storey or ()), tuple(ifc_class or ()), filter), format, out)
    if as_json:
        emit_json(done.to_dict())
        return
    said = ", ".join(f"{count} {name}" for name, count in done.counts.items())
    say(f"wrote {done.path} ({done.bytes / 1e6:.1f} MB, {done.crs or 'in its own frame'}): {said}")


@twin.command("export", epilog="Example:  csdi twin export terminal-arch --format imdf --out terminal.zip")
def export_site(
    models: Annotated[list[str] | None, typer.Argument(help="Model ids; all of the site where none is given.", show_default=False)] = None,
    format: Annotated[str, typer.Option("--format", help="cityjson, cityjsonseq, gltf, imdf, czml, geojson, or one of `models export`.",
                                        show_default=False)] = "cityjson",
    out: Annotated[Path, typer.Option("--out", help="File to write.", show_default=False)] = Path("site.city.json"),
    storey: Annotated[list[str] | None, typer.Option("--storey", help="Name or GlobalId; may come again.", show_default=False)] = None,
    ifc_class: Annotated[list[str] | None, typer.Option("--class", help="IFC class; may come again.", show_default=False)] = None,
    filter: Annotated[str, typer.Option("--filter", help="CQL2 text.", show_default=False)] = "",
    id: Annotated[list[str] | None, typer.Option("--id", help="Element or space; may come again.", show_default=False)] = None,
    box: Annotated[str, typer.Option("--box", help="west,south,east,north in degrees.", show_default=False)] = "",
    frame: Annotated[str, typer.Option("--frame", help="Of a glTF: grid or enu.")] = "grid",
    terrain: Annotated[bool, typer.Option("--terrain", help="The ground in a CityJSON of the site.")] = False,
    city: Annotated[bool, typer.Option("--city/--no-city", help="Buildings of layers in a CityJSON of the site.")] = True,
    spacing: Annotated[float, typer.Option("--spacing", help="Metres between heights of the ground.")] = 10.0,
    layer: Annotated[str, typer.Option("--layer", help="CZML of a layer of points with times.", show_default=False)] = "",
    track: Annotated[str, typer.Option("--track", help="Field with what moves.", show_default=False)] = "",
    time: Annotated[str, typer.Option("--time", help="Field with when.", show_default=False)] = "",
    begin: Annotated[str, typer.Option("--from", help="CZML of a route: where it begins.", show_default=False)] = "",
    end: Annotated[str, typer.Option("--to", help="CZML of a route: where it ends.", show_default=False)] = "exit",
    profile: Annotated[str, typer.Option("--profile", help="CZML of a route: who is on the way.")] = "walking",
    as_json: Json = False,
) -> None:
    """Write the site, models, an indoor map, or what moves, as a file."""
    from twin.export import Selection, SiteWish, TrackWish
    from twin.export.asking import Export, box_of
    around = box_of(box)
    chosen = Selection("", tuple(storey or ()), tuple(ifc_class or ()), filter, tuple(id or ()), around, frame)
    wish = SiteWish(tuple(models) if models else None, around.xy if around else None, city, terrain, spacing)
    with opened() as services:
        principal = principal_of_shell()
        require(principal, Action.READ)
        done = Export(services, principal).to_file(format, out, chosen, wish, TrackWish(track, time, filter=filter, box=around), layer,
                                                   (begin, end, profile))
    if as_json:
        emit_json({"file": str(out), "format": format, "bytes": out.stat().st_size, "counts": done})
        return
    say(f"wrote {out} ({out.stat().st_size / 1e6:.1f} MB): " + ", ".join(f"{count} {name}" for name, count in done.items()))
