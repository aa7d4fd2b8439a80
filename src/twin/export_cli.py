"""The verb `csdi models export`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from csdi.access import Action, principal_of_shell, require
from csdi.cli import Json
from csdi.console import emit_json, opened, say
from twin.cli import models


@models.command("export", epilog="Example:  csdi models export terminal-arch --format gpkg --storey L1 --out l1.gpkg")
def export(
    model: Annotated[str, typer.Argument(help="Model id.", show_default=False)],
    format: Annotated[str, typer.Option("--format", help="ifc, gpkg, csv, cityjson or glb.", show_default=False)],
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
