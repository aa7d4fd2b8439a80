"""The verb `csdi assets find`: assets that answer plain criteria."""

from __future__ import annotations

from typing import Annotated

import typer

from csdi.access import Action, may, principal_of_shell
from csdi.cli import Json
from csdi.console import emit_json, emit_table, opened, say

_SHOWN = ("tag", "name", "name_zh", "asset_class", "building", "storey_name", "status", "condition", "warranty_end")


def _option(flag: str, help: str) -> typer.models.OptionInfo:
    made: typer.models.OptionInfo = typer.Option(flag, help=help, show_default=False)
    return made


def find(
    words: Annotated[str, typer.Argument(help="Words in any language, such as 水泵.", show_default=False)] = "",
    asset_class: Annotated[str, _option("--class", "Equipment type, such as pump.")] = "",
    text: Annotated[str, _option("--text", "More words.")] = "",
    storey: Annotated[str, _option("--storey", "GlobalId or name.")] = "",
    space: Annotated[str, _option("--space", "GlobalId or name.")] = "",
    building: Annotated[str, _option("--building", "Building.")] = "",
    zone: Annotated[str, _option("--zone", "Id or name.")] = "",
    lot: Annotated[str, _option("--lot", "Lot.")] = "",
    location: Annotated[str, _option("--location", "Location of the register, with all below it.")] = "",
    system: Annotated[str, _option("--system", "System.")] = "",
    same_system: Annotated[str, _option("--same-system", "An asset that shares its system.")] = "",
    status: Annotated[str, _option("--status", "Status.")] = "",
    condition: Annotated[int, _option("--condition", "At least this bad, 1 good to 5 failed.")] = 0,
    of: Annotated[str, _option("--of", "Id or tag, or longitude,latitude,level: what distances are from.")] = "",
    within: Annotated[float, _option("--within", "Metres in space from --of.")] = 0.0,
    nearest: Annotated[int, _option("--nearest", "So many of the nearest to --of.")] = 0,
    sees: Annotated[float, _option("--sees", "Only what is seen from --of, so many metres away.")] = 0.0,
    along: Annotated[str, _option("--along", "A line in WKT, longitude latitude.")] = "",
    corridor: Annotated[float, typer.Option("--corridor", help="Metres to each side of the line.")] = 5.0,
    warranty_before: Annotated[str, _option("--warranty-before", "Warranty ends on this date or earlier.")] = "",
    warranty_after: Annotated[str, _option("--warranty-after", "Warranty ends on this date or later.")] = "",
    warranty_days: Annotated[int, _option("--warranty-days", "Warranty ends within so many days from today.")] = 0,
    finding: Annotated[str, _option("--finding", "With findings: error, warning, note or any.")] = "",
    selector: Annotated[str, _option("--selector", "IfcOpenShell's selector syntax.")] = "",
    where: Annotated[str, _option("--where", "CQL2, with functions such as NEAR('PMP-1', 20).")] = "",
    limit: Annotated[int, typer.Option("--limit", min=1, max=1000, help="How many at most.")] = 50,
    as_json: Json = False,
) -> None:
    """Assets that answer all of these."""
    from csdi.query import Sort
    from twin.questions.expanding import Asker
    from twin.questions.finding import Criteria, found

    criteria = Criteria(
        asset_class=asset_class, text=f"{words} {text}".strip(), storey=storey, space=space, building=building, zone=zone, lot=lot,
        location=location, system=system, same_system=same_system, status=status, condition=condition, of=of, within=within,
        nearest=nearest, sees=sees, along=along, corridor=corridor, warranty_before=warranty_before, warranty_after=warranty_after,
        warranty_days=warranty_days, finding=finding, selector=selector, filter=where)
    with opened() as services, services.store.snapshot() as reader:
        principal = principal_of_shell()
        answer = found(criteria, Asker(reader, lambda collection: may(principal, Action.READ, collection), services.blobs),
                       sort=(Sort("tag"),), limit=limit)
    if as_json:
        emit_json(answer)
        return
    names = (*_SHOWN, "distance") if nearest else _SHOWN
    emit_table([name.replace("_", " ") for name in names],
               [["" if (value := one.get(name)) is None else value for name in names] for one in answer["assets"]])
    say(f"{len(answer['assets'])} of {answer['matched']} assets")
