"""The `csdi` command: the verbs of all packages, `serve`, `demo`, and errors as exit codes.

What only one verb needs is imported in it: the command answers `--help` without opening pygeoapi, DBOS or IfcOpenShell.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from bim.bcf_cli import app as bcf
from bim.check_cli import check, diff
from bim.rules_cli import app as rules
from csdi.access import principal_of_shell
from csdi.catalogue_cli import records
from csdi.cli import Json, jobs, layers
from csdi.console import emit_json, emit_table, opened, say, settings_here, tell_error
from csdi.crs_cli import app as crs
from csdi.errors import CsdiError
from csdi.exits import INTERNAL, MEANING
from csdi.limits_cli import limits
from csdi.settings import Settings
from twin import city_cli as _city  # noqa: F401  adds its verb to `layers`
from twin import export_cli as _export  # noqa: F401  adds its verb to `models`
from twin.assets_cli import assets
from twin.cli import models
from twin.handover_cli import cobie
from twin.maintenance_cli import maintenance
from twin.networks_cli import networks
from twin.submissions_cli import audits, submissions
from twin.twin_cli import twin
from twin.wayfinding_cli import routes

app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False, rich_markup_mode=None,
                  help="Building models and GIS layers in one coordinate system, served through OGC APIs and as a 3D twin.",
                  epilog="Exit codes: " + "; ".join(f"{code} {text}" for code, text in MEANING.items()))
site = typer.Typer(no_args_is_help=True, help="The site as a whole.")
app.add_typer(layers, name="layers")
app.add_typer(records, name="records")
app.add_typer(models, name="models")
app.add_typer(submissions, name="submissions")
app.add_typer(audits, name="audit")
app.add_typer(assets, name="assets")
app.add_typer(cobie, name="cobie")
app.add_typer(networks, name="networks")
app.add_typer(maintenance, name="maintenance")
app.add_typer(jobs, name="jobs")
app.add_typer(limits, name="limits")
app.add_typer(crs, name="crs")
app.add_typer(site, name="site")
app.command("check", epilog="Example:  csdi check terminal-arch.ifc --rule GRF005 --json")(check)
app.command("diff", epilog="Example:  csdi diff terminal-arch-v1.ifc terminal-arch-v2.ifc --json")(diff)
app.add_typer(routes, name="routes")
app.add_typer(twin, name="twin")
app.add_typer(bcf, name="bcf")
app.add_typer(rules, name="rules")


@app.callback()
def root(
    home: Annotated[Path | None, typer.Option("--home", help="Data folder (CSDI_HOME).", show_default=False)] = None,
    store: Annotated[str, typer.Option("--store", help="Store URL (CSDI_STORE).", show_default=False)] = "",
) -> None:
    """Options before the verb; they win over the environment."""
    if home is not None:
        os.environ["CSDI_HOME"] = str(home)
    if store:
        os.environ["CSDI_STORE"] = store


@app.command(epilog="Example:  csdi serve --port 8080")
def serve(host: Annotated[str, typer.Option(help="Address to listen on (CSDI_HOST).", show_default=False)] = "",
          port: Annotated[int, typer.Option(help="Port to listen on (CSDI_PORT).", show_default=False)] = -1,
          workers: Annotated[int, typer.Option(help="Web processes (CSDI_WORKERS).", show_default=False)] = -1) -> None:
    """Serve the OGC API at /ogc and the web UI at /, and run jobs, until stopped."""
    from ogc_api.serve import serve as serve_site
    settings = _with(host=host or None, port=port if port >= 0 else None, workers=workers if workers >= 0 else None)
    with opened():
        pass
    say(f"serving {settings.home} at http://{settings.host}:{settings.port}/  (OGC API at /ogc; stop with Ctrl+C)")
    serve_site(settings)


@app.command(epilog="Example:  csdi demo --scale 0.1")
def demo(scale: Annotated[float, typer.Option(min=0.05, max=200, help="Size of the sample site; 1 is a terminal of 1.3 km.")] = 1.0,
         host: Annotated[str, typer.Option(show_default=False)] = "", port: Annotated[int, typer.Option(show_default=False)] = -1,
         no_serve: Annotated[bool, typer.Option("--no-serve", help="Load everything, and stop there.")] = False) -> None:
    """Make the sample airport, load all of it, and serve it. A second start finds everything done."""
    from ogc_api import demo as demo_run
    from ogc_api.serve import serve as serve_site
    token = settings_here().token or demo_run.token(settings_here().home)
    settings = _with(host=host or None, port=port if port >= 0 else None, token=token,
                     site_name=os.environ.get("CSDI_SITE_NAME") or demo_run.NAME)
    demo_run.prepare(settings, scale)
    if not no_serve:
        say(f"ready: http://{settings.host}:{settings.port}/  (OGC API at /ogc; stop with Ctrl+C)")
        say(f"       editor's token for submissions, work orders and uploads: {token}")
        serve_site(settings)


@app.command(epilog="Example:  csdi sample --scale 0.1 --out ./sample")
def sample(out: Annotated[Path, typer.Option("--out", help="Folder to write to.")] = Path("sample"),
           scale: Annotated[float, typer.Option(min=0.05, max=200)] = 1.0, as_json: Json = False) -> None:
    """Write the sample site: five building models and the layers around them. The same scale gives the same bytes."""
    from ogc_api import demo as demo_run
    files = demo_run.write_sample(out, scale, quiet=as_json)
    if as_json:
        emit_json({"folder": str(out), "scale": scale, "files": [str(path) for path in files]})
    else:
        say(f"wrote {len(files)} files to {out}")


@app.command(epilog="Example:  csdi worker")
def worker(idle_s: Annotated[float, typer.Option("--idle-s", min=0, help="End after this many seconds without a job; 0 never.")] = 0,
           with_parent: Annotated[bool, typer.Option("--with-parent", hidden=True)] = False) -> None:
    """Run jobs until stopped. `csdi serve` starts one; on PostgreSQL more may run on any machine."""
    from csdi.jobs import until_signal, work, work_until_idle
    from csdi.schedule import keep_schedule
    from ogc_api.serve import end_with_parent
    from twin.maintenance import jobs as planned
    from twin.tasks import TASKS
    if with_parent:
        end_with_parent()
    settings = settings_here()
    if idle_s:
        work_until_idle(settings.jobs_url, TASKS, idle_s=idle_s, at_once=settings.job_workers, stop=until_signal())
    else:
        stop = until_signal()
        keep_schedule(settings, stop, (planned.due,))
        work(settings.jobs_url, TASKS, at_once=settings.job_workers, stop=stop)


@site.command("show", epilog="Example:  csdi site show --json")
def show_site(as_json: Json = False) -> None:
    """What is loaded, and where."""
    from ogc_api.site import describe_site
    with opened() as services:
        found = describe_site(services, principal_of_shell())
    if as_json:
        emit_json(found)
        return
    emit_table(["what", "id", "title", "features", "note"],
               [*(("model", m["id"], m["name"], m["count"], m["placement"]) for m in found["models"]),
                *(("layer", x["id"], x["title"].get("en"), x["count"], x["geometry"]) for x in found["layers"]),
                *(("imagery", x["id"], x["title"].get("en"), "", "") for x in found["imagery"])], right=["features"])
    if not found["models"] and not found["layers"]:
        say("Nothing is loaded yet:  csdi demo,  csdi layers add FILE,  csdi models add FILE.ifc")


def _with(**overrides: object) -> Settings:
    for name, value in overrides.items():
        if value is not None:
            os.environ[f"CSDI_{name.upper()}"] = str(value)
    return settings_here()


def main() -> None:
    """Run the command; every error that we can name is one line and an exit code from the table."""
    try:
        app()
    except CsdiError as error:
        sys.exit(tell_error(error))
    except BrokenPipeError:
        os._exit(INTERNAL)
