"""The verb `csdi layers tiles`."""

from __future__ import annotations

from typing import Annotated

import typer

from csdi.access import Action, principal_of_shell, require
from csdi.cli import Json, layers
from csdi.console import emit_json, opened, say
from csdi.errors import ValueInvalid


@layers.command("tiles", epilog="Example:  csdi layers tiles city-buildings --json")
def tiles(
    id: Annotated[str, typer.Argument(help="Layer of buildings: polygons with heights, CityJSON or glTF.", show_default=False)],
    as_json: Json = False,
) -> None:
    """Make all 3D tiles of a layer now, rather than each when it is first asked for; those that are still right are kept."""
    from twin.city import City, Remainder, is_city, replaced
    from twin.elevation import terrain_of
    with opened() as services:
        collection = services.store.collection(id)
        require(principal_of_shell(), Action.PUBLISH)
        if not is_city(collection):
            raise ValueInvalid(f"'{id}' has no buildings in three dimensions", field="id", value=id,
                               remedy="publish polygons with base and top levels, CityJSON or glTF")
        city = City.of(services, collection, terrain_of(services))
        built = city.build()
        if beside := Remainder.of(city, built.plan, replaced(services.store, services.blobs, collection)):
            beside.build()
    plan = built.plan
    told = {"layer": id, "version": plan.version, "tileset": f"{city.folder}/tileset.json",
            "beside_models": beside.tileset if beside else f"{city.folder}/tileset.json", "buildings": plan.count,
            "tiles": len(plan.tiles), "made": built.made, "kept": built.kept, "findings": [one.to_dict() for one in plan.findings]}
    if as_json:
        emit_json(told)
        return
    say(f"{plan.count} buildings in {len(plan.tiles)} tiles ({built.made} made, {built.kept} kept): {city.folder}/tileset.json")
    for one in plan.findings:
        say(f"  {one.severity} {one.code}: {one.message}")
