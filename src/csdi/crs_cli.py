"""`csdi crs`: transform coordinates, describe a CRS, install a height grid, run the self-test."""

from __future__ import annotations

import csv
import json
import math
import sys
from pathlib import Path
from typing import Annotated, Any, TextIO

import numpy as np
import typer
from numpy.typing import NDArray

from csdi.crs import HeightModel, Transform, describe, install_grid, self_test, transform
from csdi.errors import FileBroken, PathMissing, ValueInvalid
from csdi.settings import read_settings

app = typer.Typer(help="Coordinate reference systems: transform, describe, height grids.", no_args_is_help=True)

_COLUMN_NAMES = (("x", "e", "e_2326", "east", "easting", "lon", "lng", "long", "longitude"),
                 ("y", "n", "n_2326", "north", "northing", "lat", "latitude"),
                 ("z", "h", "height", "hkpd", "hkpd_m", "mpd", "level", "elevation"))
Json = Annotated[bool, typer.Option("--json", help="Print one JSON document.")]


@app.command("transform", context_settings={"ignore_unknown_options": True})
def transform_command(
    source: Annotated[str, typer.Option("--from", help="CRS of the coordinates.")],
    target: Annotated[str, typer.Option("--to", help="CRS that they go to.")],
    coordinates: Annotated[list[float] | None, typer.Argument(help="X Y [Z]: east or longitude first.")] = None,
    table: Annotated[str | None, typer.Option("--csv", help="CSV file with a header line; - is stdin.")] = None,
    columns: Annotated[str | None, typer.Option(help="Names of the CSV columns, such as E,N or lon,lat,h.")] = None,
    epoch: Annotated[float | None, typer.Option(help="Decimal year of GNSS coordinates in WGS 84 or ITRF.")] = None,
    heights: Annotated[str | None, typer.Option(help="Height model; CSDI_HEIGHT_MODEL by default.")] = None,
    as_json: Json = False,
) -> None:
    """Transform one point or a CSV file; x is east or longitude and comes first, whatever the CRS's own axis order.

    Example: csdi crs transform --from EPSG:2326 --to OGC:CRS84 813259.7 818940.16
    """
    model = HeightModel.parse(heights or read_settings().height_model)
    change = transform(source, target, epoch=epoch, heights=model)
    if table is not None:
        _transform_table(change, table, columns, as_json)
    else:
        _transform_point(change, coordinates or [], as_json)


@app.command("describe")
def describe_command(reference: Annotated[str, typer.Argument(help="Code, URI, name or WKT.", metavar="CRS")],
                     as_json: Json = False) -> None:
    """Show name, axes, units, area of use and codes of a CRS.

    Example: csdi crs describe EPSG:2326
    """
    facts = describe(reference)
    if as_json:
        _print_json(facts)
        return
    for name in ("code", "name", "kind", "datum", "horizontal", "vertical", "unit", "uri"):
        if facts[name]:
            typer.echo(f"{name:11}{facts[name]}")
    typer.echo("axes       " + ", ".join(f"{axis['name']} ({axis['direction']})" for axis in facts["axes"]))
    area = facts["area_of_use"]
    typer.echo(f"area       {area['west']} to {area['east']} E, {area['south']} to {area['north']} N")


@app.command("install-grid")
def install_grid_command(
    file: Annotated[Path, typer.Argument(help="GTX, GeoTIFF, or CSV with lon,lat,undulation.", metavar="FILE")],
    uncertainty: Annotated[float | None, typer.Option(help="Uncertainty of the grid in metres.")] = None,
    as_json: Json = False,
) -> None:
    """Check a grid of HKPD undulations (ellipsoidal height minus HKPD) and put it into the data folder.

    Example: csdi crs install-grid hkgeoid.gtx --uncertainty 0.02
    """
    installed = install_grid(file, read_settings().home / "grids", uncertainty_m=uncertainty)
    if as_json:
        _print_json(installed.to_dict())
        return
    typer.echo(f"installed {installed.path}: {installed.off_m:+.3f} m at the official point, "
               f"{installed.coverage:.0%} of the territory")
    typer.echo(f"to use it, set CSDI_HEIGHT_MODEL={installed.setting}")


@app.command("self-test")
def self_test_command(as_json: Json = False) -> None:
    """Run the published check points through our transforms.

    Example: csdi crs self-test
    """
    results = self_test()
    if as_json:
        _print_json([result.to_dict() for result in results])
        return
    for result in results:
        typer.echo(f"{result.off_m * 1000:7.3f} mm  {result.name}")


def _transform_point(change: Transform, coordinates: list[float], as_json: bool) -> None:
    if len(coordinates) not in (2, 3):
        raise ValueInvalid(f"a point has two or three coordinates, not {len(coordinates)}", field="coordinates",
                           remedy="give X Y [Z], or a file with --csv")
    points = change.points([coordinates])
    if as_json:
        _print_json(_answer(change, points))
        return
    typer.echo(" ".join(_shown(change, points[0])))
    _explain(change)


def _transform_table(change: Transform, table: str, columns: str | None, as_json: bool) -> None:
    header, rows = _read_table(table)
    chosen = _columns(header, columns, table)
    points = change.points(_numbers(rows, chosen, table))
    if as_json:
        _print_json(_answer(change, points))
        return
    writer = csv.writer(sys.stdout, lineterminator="\n")
    writer.writerow([*header, "to_x", "to_y", "to_z"][:len(header) + points.shape[1]])
    for row, point in zip(rows, points, strict=True):
        writer.writerow([*row, *_shown(change, point)])
    _explain(change)


def _read_table(table: str) -> tuple[list[str], list[list[str]]]:
    if table == "-":
        return _rows(sys.stdin, table)
    if not Path(table).is_file():
        raise PathMissing(f"{table} does not exist", remedy="give the path of a CSV file, or - for stdin", file=table)
    with Path(table).open(newline="", encoding="utf-8-sig") as lines:
        return _rows(lines, table)


def _rows(lines: TextIO, table: str) -> tuple[list[str], list[list[str]]]:
    header, *rows = [row for row in csv.reader(lines) if row] or [[]]
    if not rows:
        raise FileBroken(f"{table} has no rows below a header line", remedy="give a header and at least one row", file=table)
    return header, rows


def _columns(header: list[str], columns: str | None, table: str) -> list[int]:
    names = [name.strip().casefold() for name in header]
    if columns is not None:
        wanted = [name.strip().casefold() for name in columns.split(",")]
        found = [names.index(name) for name in wanted if name in names]
        complete = len(found) == len(wanted) and len(found) in (2, 3)
    else:
        found = _guessed(names)
        complete = len(found) >= 2
    if not complete:
        raise ValueInvalid(f"{table} has the columns {', '.join(header)}; which are x and y is not clear", field="columns",
                           remedy="name them with --columns, x first, such as --columns E,N", file=table)
    return found


def _guessed(names: list[str]) -> list[int]:
    """Positions of x, y and perhaps z; empty if x or y is not there or is there twice."""
    hits = [[i for i, name in enumerate(names) if name in kind] for kind in _COLUMN_NAMES]
    if len(hits[0]) != 1 or len(hits[1]) != 1:
        return []
    return [hits[0][0], hits[1][0], *(hits[2] if len(hits[2]) == 1 else [])]


def _numbers(rows: list[list[str]], chosen: list[int], table: str) -> NDArray[np.float64]:
    points = np.empty((len(rows), len(chosen)))
    for line, row in enumerate(rows, 2):
        try:
            points[line - 2] = [_number(row[index], place) for place, index in enumerate(chosen)]
        except (ValueError, IndexError):
            raise FileBroken(f"{table} line {line}: the coordinates are no numbers", remedy="repair or remove the line",
                             file=table, line=line) from None
    return points


def _number(text: str, place: int) -> float:
    """A coordinate; an empty height is not a number, an empty x or y is an error."""
    return math.nan if place == 2 and not text.strip() else float(text)


def _answer(change: Transform, points: NDArray[np.float64]) -> dict[str, Any]:
    return {"source": change.source.code, "target": change.target.code, "axis_order": "x (east or longitude) first",
            "operation": change.operation.to_dict(),
            "points": [[None if math.isnan(value) else value for value in point] for point in points.tolist()]}


def _shown(change: Transform, point: NDArray[np.float64]) -> list[str]:
    """Coordinates to 0.1 mm: nine decimals of a degree, four of a metre."""
    decimals = (9, 9, 4) if change.target.is_geographic else (4, 4, 4)
    return ["" if math.isnan(value) else f"{value:.{places}f}" for value, places in zip(point, decimals, strict=False)]


def _explain(change: Transform) -> None:
    operation = change.operation
    accuracy = "accuracy not stated" if operation.accuracy_m is None else f"accuracy {operation.accuracy_m:g} m"
    heights = "" if operation.height_accuracy_m is None else f", heights {operation.height_accuracy_m:g} m"
    code = f" [{operation.code}]" if operation.code else ""
    typer.echo(f"{operation.name}{code}: {accuracy}{heights}", err=True)
    if operation.note:
        typer.echo(operation.note, err=True)


def _print_json(document: Any) -> None:
    typer.echo(json.dumps(document, ensure_ascii=False))
