"""Verbs of distribution networks: `csdi networks ...`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from csdi.access import principal_of_shell
from csdi.cli import Json
from csdi.console import emit_json, emit_table, opened, say

if TYPE_CHECKING:
    from collections.abc import Iterator

    from twin.networks.answers import Answers

networks = typer.Typer(no_args_is_help=True, help="Distribution networks: what feeds what, and what stops when something is closed.")

Elements = Annotated[list[str], typer.Argument(help="Elements, model:GlobalId; or assets, by id or tag.", show_default=False)]
Infer = Annotated[float | None, typer.Option("--infer", help="Also join ends up to so many millimetres apart.", show_default=False)]
_SHOWN = ("id", "name", "class", "storey")


@networks.command("list", epilog="Example:  csdi networks list")
def show_all(infer: Infer = None, as_json: Json = False) -> None:
    """Models with a network, their systems and circuits, and what is wrong with them."""
    with _answers(infer) as answers:
        found = answers.systems()
    if as_json:
        emit_json(found)
        return
    rows = [(one["id"], one.get("name") or "", one.get("predefined_type") or "", one["elements"], one["connections"], one["open_ends"])
            for one in (*found["models"], *found["systems"])]
    emit_table(["network", "name", "type", "elements", "connections", "open ends"], rows, right=["elements", "connections", "open ends"])
    for finding in (one for model in found["models"] for one in model["findings"]):
        say(f"{finding['code']} {finding['severity']} {finding.get('subject', '')}: {finding['message']}")


@networks.command("trace", epilog="Example:  csdi networks trace PMP-0001 --direction downstream")
def trace(elements: Elements, direction: Annotated[str, typer.Option("--direction", help="downstream, upstream or both.")] = "downstream",
          beyond: Annotated[bool, typer.Option("--beyond", help="Go on through equipment.")] = False,
          infer: Infer = None, as_json: Json = False) -> None:
    """What these elements feed, or what feeds them."""
    with _answers(infer) as answers:
        found = answers.trace(elements, direction, beyond=beyond, lines=as_json)
    if as_json:
        emit_json(found)
        return
    say(f"{found['count']} elements {direction}{'' if found['sure'] else '; some ways are not known and were followed both ways'}")
    _tell(one for one in found["elements"] if one["end"])
    _rooms(found["spaces"], "reached")


@networks.command("isolate", epilog="Example:  csdi networks isolate V-CHWS-N-01 V-CHWR-N-01")
def isolate(elements: Elements, infer: Infer = None, as_json: Json = False) -> None:
    """What loses its medium when these valves or breakers are closed."""
    with _answers(infer) as answers:
        found = answers.isolate(elements, lines=as_json)
    if as_json:
        emit_json(found)
        return
    for word in ("isolated", "stopped", "dependent"):
        say(f"{word}: {len(found[word])}")
    _tell((*found["isolated"], *found["stopped"], *found["dependent"]))
    _rooms(found["spaces"], "without service")


@networks.command("shut-off", epilog="Example:  csdi networks shut-off AHU-N-01")
def shut(element: Annotated[str, typer.Argument(help="Element or asset.", show_default=False)],
         infer: Infer = None, as_json: Json = False) -> None:
    """What has to be closed to shut an element off."""
    with _answers(infer) as answers:
        found = answers.shut_off(element)
    if as_json:
        emit_json(found)
        return
    for one in found["media"]:
        say(f"{one['medium'] or 'medium not known'}: " + ("close these" if one["possible"] else "cannot be shut off from these"))
        _tell(one["nearest"] or one["reached"])


@networks.command("failures", epilog="Example:  csdi networks failures terminal-mep --limit 20")
def failing(network: Annotated[str, typer.Argument(help="System or model; all without one.")] = "",
            limit: Annotated[int, typer.Option("--limit", min=1, max=10_000, help="So many of the worst.")] = 20,
            infer: Infer = None, as_json: Json = False) -> None:
    """Single points of failure, the worst first."""
    with _answers(infer) as answers:
        found = answers.failures(network, limit)
    if as_json:
        emit_json(found)
    else:
        say(f"{found['count']} elements and {found['connection_count']} connections that everything behind them depends on")
        emit_table([*_SHOWN, "serves"], [(*(one[name] for name in _SHOWN), one["serves"]) for one in found["elements"]], right=["serves"])


@networks.command("schematic", epilog="Example:  csdi networks schematic terminal-mep --out plant.svg --lang zh-Hant")
def schematic(network: Annotated[str, typer.Argument(help="System or model.", show_default=False)],
              out: Annotated[Path, typer.Option("--out", help="File to write.", show_default=False)],
              lang: Annotated[str, typer.Option("--lang", help="en, zh-Hant or zh-Hans.")] = "en", infer: Infer = None) -> None:
    """Draw a system as a schematic, in SVG."""
    with _answers(infer) as answers:
        out.write_text(answers.schematic_svg(network, lang), encoding="utf-8")
    say(f"wrote {out}")


@contextmanager
def _answers(infer: float | None) -> Iterator[Answers]:
    from twin.networks.answers import Answers
    with opened() as services:
        yield Answers(services, principal_of_shell(), infer)


def _tell(elements: Iterable[Mapping[str, Any]]) -> None:
    rows = [tuple(one[name] for name in _SHOWN) for one in elements]
    if rows:
        emit_table(list(_SHOWN), rows)


def _rooms(spaces: Iterable[Mapping[str, Any]], word: str) -> None:
    if rows := [(one["id"], one["name"], one["long_name"], one["storey"], one["elements"]) for one in spaces]:
        say(f"rooms {word}: {len(rows)}")
        emit_table(["room", "name", "long name", "storey", "elements"], rows, right=["elements"])
