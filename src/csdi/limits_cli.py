"""Verbs of height limits: build the surfaces around the runways, list them, ask how high one may build."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from csdi.access import Action, principal_of_shell, require
from csdi.console import emit_json, emit_table, opened, say

limits = typer.Typer(no_args_is_help=True, help="Height limits: surfaces around runways, and how high one may build.")

Json = Annotated[bool, typer.Option("--json", help="One JSON document on stdout.")]
Runways = Annotated[str, typer.Option("--runways", help="Id of the layer of runways.")]


@limits.command("build", epilog="Example:  csdi limits build --tables icao-annex14-ols --json")
def build(tables: Annotated[list[str] | None, typer.Option("--tables", help="A set of tables; without it all of them.", show_default=False)]
          = None, runways: Runways = "runways", as_json: Json = False) -> None:
    """Build the surfaces around the site's runways, and publish each set as a layer of polygons with heights."""
    from csdi.limits import publish_surfaces, table_ids, table_set
    rows = []
    with opened() as services:
        require(principal_of_shell(), Action.PUBLISH)
        for one in map(table_set, tables or table_ids()):
            made = publish_surfaces(services.store, one, runways)
            rows.append({"collection": made.id, "tables": one.id, "surfaces": made.count, "source": one.source})
    if as_json:
        emit_json(rows)
    else:
        for row in rows:
            say(f"published  {row['collection']}  {row['surfaces']} surfaces  ({row['source']})")


@limits.command("list", epilog="Example:  csdi limits list --json")
def show_all(as_json: Json = False) -> None:
    """The sets of tables, and which of them are built."""
    from csdi.limits import collection_id, table_sets
    with opened() as services:
        counts = {collection.id: collection.count for collection in services.store.collections()}
    rows: list[dict[str, Any]] = [{"tables": one.id, "title": dict(one.title), "source": one.source, "collection": collection_id(one.id),
                                   "surfaces": counts.get(collection_id(one.id), 0)} for one in table_sets().values()]
    if as_json:
        emit_json(rows)
    else:
        emit_table(["tables", "title", "surfaces", "source"],
                   [(row["tables"], row["title"]["en"], row["surfaces"] or "not built", row["source"]) for row in rows])


@limits.command("at", epilog="Example:  csdi limits at 812300 819900 --json")
def at(x: Annotated[float, typer.Argument(help="Easting, or longitude.")],
       y: Annotated[float, typer.Argument(help="Northing, or latitude.")],
       crs: Annotated[str, typer.Option("--crs", help="CRS of the place.")] = "EPSG:2326",
       tables: Annotated[str, typer.Option("--tables", help="Set of tables.")] = "icao-annex14-ols", runways: Runways = "runways",
       published: Annotated[str, typer.Option("--limits", help="Layer of published limits to count too.", show_default=False)] = "",
       as_json: Json = False) -> None:
    """How high one may build at a place: the lowest surface there, all others, and the ground."""
    from csdi.processes.description import Work
    from csdi.processes.registry import process
    from csdi.processes.request import checked_inputs
    asked = process("height-limit")
    inputs: dict[str, Any] = {"places": {"type": "Point", "coordinates": [x, y]}, "crs": crs, "tables": tables, "runways": runways}
    with opened() as services:
        found = asked.run(checked_inputs(asked, inputs | ({"limits": published} if published else {})),
                          Work(services, principal_of_shell()))["limits"]
    (place,) = found["places"]
    if as_json:
        emit_json(place | {"notice": found["notice"]})
        return
    say(_sentence(place))
    emit_table(["surface", "mPD", "confidence", "source"],
               [(one["id"], f"{one['limit_mpd']:.3f}", one["confidence"], one["source"]) for one in place["surfaces"]], right=["mPD"])
    say(found["notice"]["en"])


def _sentence(place: dict[str, Any]) -> str:
    if place["limit_mpd"] is None:
        return "No surface reaches this place."
    ground = f", {place['height_above_ground_m']:.1f} m above the ground" if place["height_above_ground_m"] is not None else ""
    return f"At most {place['limit_mpd']:.3f} mPD{ground}: {place['surface']}."
