"""`csdi bcf`: verbs of BCF archives."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from csdi.console import emit_json, emit_table, say
from csdi.exits import PARTLY

app = typer.Typer(no_args_is_help=True, help="BCF archives: issues about models, of versions 2.0, 2.1 and 3.0.")

Json = Annotated[bool, typer.Option("--json", help="One JSON document on stdout.")]


@app.command("roundtrip", epilog="Example:  csdi bcf roundtrip issues.bcf again.bcf --json")
def roundtrip(
    source: Annotated[Path, typer.Argument(metavar="IN", help="The archive to read.", show_default=False)],
    target: Annotated[Path, typer.Argument(metavar="OUT", help="The archive to write.", show_default=False)],
    version: Annotated[str, typer.Option("--version", help="2.1 or 3.0; the version that was read, without it.")] = "",
    as_json: Json = False,
) -> None:
    """Read an archive, write it, read it again, and tell whether anything is lost."""
    from bim.bcf import roundtrip as go
    trip = go(source, target, version)
    if as_json:
        emit_json({"file": str(source), "out": str(target)} | trip.to_dict())
    else:
        emit_table(["what", "read"], list(trip.counts.items()), right=["read"])
        changed = trip.changed if trip.version == trip.written else ()
        for name, entries in (("lost", trip.lost), ("not the same", changed)):
            for entry in entries:
                say(f"{name}: {entry}")
        for finding in trip.findings:
            say(f"{finding.severity}: {finding.subject}: {finding.message}")
        say(f"BCF {trip.version} -> {trip.written}: {'nothing is lost' if trip.is_whole else 'something is lost'}")
    raise typer.Exit(0 if trip.is_whole else PARTLY)


@app.command("show", epilog="Example:  csdi bcf show issues.bcf")
def show(file: Annotated[Path, typer.Argument(help="The archive.", show_default=False)], as_json: Json = False) -> None:
    """The topics of an archive, and what is referred to and not there."""
    from bim.bcf import loose_ends, read_bcf
    bcf = read_bcf(file)
    findings = loose_ends(bcf)
    topics = [{"guid": topic.guid, "title": topic.title, "type": topic.topic_type, "status": topic.topic_status,
               "assigned_to": topic.assigned_to, "comments": len(topic.comments), "viewpoints": len(topic.viewpoints)}
              for topic in bcf.topics]
    if as_json:
        project = {"id": bcf.project.project_id, "name": bcf.project.name} if bcf.project else None
        emit_json({"file": str(file), "version": bcf.version, "project": project, "topics": topics, "members": sorted(bcf.members),
                   "findings": [finding.to_dict() for finding in findings]})
        return
    emit_table(list(topics[0]) if topics else ["guid"], [list(topic.values()) for topic in topics], right=["comments", "viewpoints"])
    for finding in findings:
        say(f"{finding.severity}: {finding.subject}: {finding.message}")
    say(f"BCF {bcf.version}, {len(topics)} topics, {len(bcf.members)} other members")
