"""Verbs of maintenance: orders, plans, labels, figures, exchange."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from csdi.access import principal_of_shell
from csdi.console import emit_json, emit_table, opened, say
from csdi.errors import PathMissing, ValueInvalid

if TYPE_CHECKING:
    from csdi.bootstrap import Services
    from csdi.feature import Feature
    from csdi.filter import Expression
    from twin.maintenance.orders import Orders

maintenance = typer.Typer(no_args_is_help=True, help="Work orders, preventive plans, labels and figures of the assets of a site.")
Json = Annotated[bool, typer.Option("--json", help="One JSON document on stdout.")]
Out = Annotated[Path | None, typer.Option("--out", "-o", help="File to write; stdout where none is named.", show_default=False)]
Location = Annotated[str, typer.Option("--location", help="Only in the location of this path, or in one of its child locations.")]


@maintenance.command("orders", epilog="Example:  csdi maintenance orders --state backlog --overdue")
def list_orders(state: Annotated[str, typer.Option(help="One state, or backlog for all that is left to be done.")] = "",
                assignee: Annotated[str, typer.Option(help="Whose they are.")] = "", location: Location = "",
                overdue: Annotated[bool, typer.Option("--overdue", help="Only what should be done by now.")] = False,
                limit: Annotated[int, typer.Option(min=1, max=10_000)] = 50, as_json: Json = False) -> None:
    """Work orders, the most pressing first."""
    from twin.maintenance.orders import in_backlog, is_overdue
    from twin.register.keeping import both, equals, inside
    where = both(in_backlog() if state == "backlog" or overdue else equals("state", state) if state else None,
                 equals("assignee", assignee) if assignee else None, inside(location) if location else None)
    now = datetime.now(UTC)
    with opened() as services:
        rows, matched = _orders(services).orders(where, limit if not overdue else 10_000)
    rows = [row for row in rows if not overdue or is_overdue(row.properties, now)][:limit]
    if as_json:
        emit_json({"orders": [{"id": row.id, **row.properties} for row in rows], "numberMatched": matched})
        return
    emit_table(["number", "state", "priority", "asset", "title", "assignee", "due"], [_line(row, now) for row in rows])
    say(f"{len(rows)} of {matched} shown" if matched > len(rows) else f"{len(rows)} work orders")


@maintenance.command("raise", epilog="Example:  csdi maintenance raise T1-L02-PMP-0007 'Seal leaks 軸封漏水' --priority urgent")
def raise_order(asset: Annotated[str, typer.Argument(help="Tag or id of the asset.")],
                title: Annotated[str, typer.Argument(help="What is to be done.")],
                priority: Annotated[str, typer.Option(help="emergency, urgent, normal or low.")] = "",
                assignee: Annotated[str, typer.Option(help="Who is to do it.")] = "",
                checklist: Annotated[str, typer.Option(help="Id of a checklist to go with it.")] = "", as_json: Json = False) -> None:
    """Raise a work order."""
    given = {"asset": asset, "title": title, "priority": priority, "assignee": assignee, "checklist": checklist}
    with opened() as services:
        row = _orders(services).raise_order({name: value for name, value in given.items() if value})
    _tell(row, as_json)


@maintenance.command("lead", epilog="Example:  csdi maintenance lead WO-2026-000007 done --remedy 'seal replaced'")
def lead(order: Annotated[str, typer.Argument(help="Number or id of the order.")],
         state: Annotated[str, typer.Argument(help="open, assigned, in-progress, on-hold, done, closed or cancelled.")],
         reason: Annotated[str, typer.Option(help="Why it waits, is cancelled or opened again.")] = "",
         assignee: Annotated[str, typer.Option(help="Who is to do it.")] = "",
         cause: Annotated[str, typer.Option(help="What the fault came from.")] = "",
         remedy: Annotated[str, typer.Option(help="What was done.")] = "", as_json: Json = False) -> None:
    """Lead a work order to another state."""
    said = {name: value for name, value in (("reason", reason), ("assignee", assignee), ("cause", cause), ("remedy", remedy)) if value}
    with opened() as services:
        row = _orders(services).lead(order, state, said)
    _tell(row, as_json)


@maintenance.command("plan", epilog="Example:  csdi maintenance plan --title 'Check pumps' --class pump --rule 'FREQ=MONTHLY;INTERVAL=3'")
def plan(usual: Annotated[bool, typer.Option("--usual", help="Make the plans that are usual for what the register holds.")] = False,
         generate: Annotated[bool, typer.Option("--generate", help="Raise the orders that plans ask for by now.")] = False,
         title: Annotated[str, typer.Option(help="What is to be done.")] = "",
         asset: Annotated[str, typer.Option(help="Tag or id of the one asset.")] = "",
         asset_class: Annotated[str, typer.Option("--class", help="Equipment type.")] = "", location: Location = "",
         rule: Annotated[str, typer.Option(help="When, as RFC 5545 says it.")] = "",
         hours: Annotated[float, typer.Option(help="Every so many hours run.")] = 0,
         checklist: Annotated[str, typer.Option(help="Id of a checklist.")] = "", as_json: Json = False) -> None:
    """Preventive plans: list them, add one, make the usual ones, raise what is due."""
    from twin.maintenance.agreed import Agreed
    from twin.maintenance.jobs import generate as raised
    from twin.maintenance.plans import Plans
    given = {"title": title, "asset": asset, "asset_class": asset_class, "location_path": location, "rule": rule,
             "every_hours": hours or None, "checklist": checklist}
    with opened() as services:
        plans = Plans(services.store, principal_of_shell(), Agreed.of(services.store))
        if title:
            plans.add({name: value for name, value in given.items() if value})
        if usual:
            plans.usual()
        made = raised(services, datetime.now(UTC), principal_of_shell()) if generate else None
        rows = plans.plans()
    if as_json:
        emit_json({"plans": [{"id": row.id, **row.properties} for row in rows], **({"generated": made.to_dict()} if made else {})})
        return
    emit_table(["plan", "title", "for", "when", "orders made up to"],
               [(row.id, row.properties["title"], row.properties.get("asset_class") or row.properties.get("asset"),
                 row.properties.get("rule") or f"{row.properties['every_hours']} h", row.properties.get("done_to")) for row in rows])
    if made:
        say(f"{len(made.orders)} work orders raised for {made.assets} assets")


@maintenance.command("labels", epilog="Example:  csdi maintenance labels --class pump --base-url https://twin.example.org --out labels.pdf")
def labels(out: Annotated[Path, typer.Option("--out", "-o", help="PDF or HTML file to write.")],
           asset_class: Annotated[str, typer.Option("--class", help="Only this equipment type.")] = "", location: Location = "",
           size: Annotated[str, typer.Option(help="small, medium or large: sheets of A4.")] = "medium",
           base_url: Annotated[str, typer.Option(help="Public URL of the server; CSDI_BASE_URL where it is not given.")] = "") -> None:
    """Sheets of labels with QR codes that lead to the page for faults."""
    from twin.maintenance.agreed import Agreed
    from twin.maintenance.faults import Faults
    from twin.maintenance.labels import MOST_LABELS, label_of, sheet_html, sheet_pdf
    from twin.register.keeping import Register, both, equals, inside
    from twin.register.schemas import ASSETS
    with opened() as services:
        base = (base_url or services.settings.base_url).rstrip("/")
        if not base:
            raise ValueInvalid("a label needs the public URL of the server", field="base-url", remedy="--base-url, or CSDI_BASE_URL")
        where = both(equals("asset_class", asset_class) if asset_class else None, inside(location) if location else None)
        rows = Register(services.store).rows(ASSETS, where, limit=MOST_LABELS + 1)
        codes = Faults(services.store, Agreed.of(services.store)).codes(rows, principal_of_shell())
    made = [label_of(row.properties, f"{base}/a/{code}") for row, code in zip(rows, codes, strict=True)]
    out.write_bytes(sheet_html(made, size).encode() if out.suffix == ".html" else sheet_pdf(made, size))
    say(f"{len(made)} labels in {out}")


@maintenance.command("kpis", epilog="Example:  csdi maintenance kpis --location main/T1 --json")
def kpis(location: Location = "", months: Annotated[int, typer.Option(min=1, max=120)] = 12, as_json: Json = False) -> None:
    """Backlog, overdue, mean time to repair and more."""
    from twin.maintenance.figures import FIELDS, figures
    from twin.maintenance.schemas import ORDERS
    from twin.register.keeping import Register, inside
    with opened() as services:
        rows = Register(services.store).every(ORDERS, inside(location) if location else None, FIELDS)
        found = figures(rows, datetime.now(UTC), months=months)
    if as_json:
        emit_json(found)
        return
    repairs = found["repairs"]
    emit_table(["figure", "value"], [
        ("left to be done", found["backlog"]["count"]), ("overdue", found["overdue"]["count"]), ("repairs done", repairs["count"]),
        ("mean hours to repair", repairs["mttr_h"]), ("mean hours until begun", repairs["response_h"]),
        ("done in time", _share(repairs["in_time_share"])), ("done at the first attempt", _share(repairs["first_time_share"])),
        ("mean hours between faults", found["mtbf_h"]), ("planned share of what is done", _share(found["planned_share"])),
        ("hours of labour", found["labour_h"])], right=["value"])


@maintenance.command("export", epilog="Example:  csdi maintenance export --out orders.csv")
def export(out: Out = None, state: Annotated[str, typer.Option(help="One state, or backlog.")] = "") -> None:
    """Work orders as CSV for another system."""
    import sys

    from twin.maintenance.exchange import to_csv
    from twin.maintenance.orders import in_backlog
    from twin.maintenance.schemas import ORDERS
    from twin.register.keeping import Register, equals
    where: Expression | None = in_backlog() if state == "backlog" else equals("state", state) if state else None
    with opened() as services:
        data = to_csv(Register(services.store).every(ORDERS, where))
    if out is None:
        sys.stdout.buffer.write(data)
    else:
        out.write_bytes(data)


@maintenance.command("import", epilog="Example:  csdi maintenance import orders.csv --system maximo --columns external_id=WONUM")
def take(file: Annotated[Path, typer.Argument(help="CSV in UTF-8.")],
         system: Annotated[str, typer.Option(help="Name of the system that it comes from.")],
         columns: Annotated[str, typer.Option(help="Which column holds which field: field=COLUMN,field=COLUMN.")] = "",
         theirs: Annotated[bool, typer.Option("--theirs", help="Their word counts where both sides changed an order.")] = False,
         as_json: Json = False) -> None:
    """Take in what another system says of its work orders; the same file twice changes nothing."""
    from twin.maintenance.exchange import take_csv
    if not file.is_file():
        raise PathMissing(f"there is no file {file}", remedy="check the path", file=str(file))
    names = dict(pair.split("=", 1) for pair in columns.split(",") if "=" in pair)
    with opened() as services:
        taken = take_csv(_orders(services), file.read_bytes(), system, names, theirs=theirs)
    if as_json:
        emit_json(taken.to_dict())
        return
    say(f"{len(taken.added)} added, {len(taken.changed)} changed, {taken.same} the same, {len(taken.conflicts)} in conflict")
    emit_table(["row", "column", "code", "message"],
               [(one["row"], one["column"], one["code"], one["message"]) for one in taken.errors])


def _orders(services: Services) -> Orders:
    from twin.maintenance.agreed import Agreed
    from twin.maintenance.orders import Orders
    return Orders(services.store, principal_of_shell(), Agreed.of(services.store))


def _tell(row: Feature, as_json: bool) -> None:
    if as_json:
        emit_json({"id": row.id, **row.properties})
    else:
        say(f"{row.properties['number']} is {row.properties['state']}: {row.properties['title']}")


def _line(row: Feature, now: datetime) -> tuple[Any, ...]:
    from twin.maintenance.moments import ZONE
    from twin.maintenance.orders import is_overdue
    p = row.properties
    due = datetime.fromisoformat(str(p["due_at"])).astimezone(ZONE).strftime("%Y-%m-%d %H:%M") if p.get("due_at") else ""
    return (p["number"], p["state"], p["priority"], p.get("asset_tag") or "", p["title"], p.get("assignee") or "",
            f"{due} late" if is_overdue(p, now) else due)


def _share(value: float | None) -> str | None:
    return None if value is None else f"{100 * value:.0f} %"
