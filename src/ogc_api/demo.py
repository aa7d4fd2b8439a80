"""The demo: the sample airport made, loaded, tiled; what is there already is left as it is."""

from __future__ import annotations

import hashlib
import secrets
from pathlib import Path

from bim.submissions.desk import Desk
from csdi.access import Principal, Role
from csdi.bootstrap import Services, open_services
from csdi.cli import RESERVED
from csdi.console import Bars, say
from csdi.errors import CsdiError, JobFailed, NotFound
from csdi.layers import LayerOptions, add_layers
from csdi.limits import collection_id, publish_surfaces, table_set
from csdi.settings import Settings
from sample_models.site import SiteFile, SiteFiles, read_site, write_site
from twin.cli import ModelFile, load_models
from twin.maintenance import sample as maintenance
from twin.register.building import knows
from twin.register.following import build, sources
from twin.register.keeping import Register
from twin.submission_tasks import attach, lead

NAME = "Sample airport|示範機場|示范机场"
TABLES = "icao-annex14-ols"
_DONE = "complete"


def write_sample(folder: Path, scale: float, quiet: bool = False) -> list[Path]:
    """Write the sample site into a folder, with progress; gives its files."""
    with Bars(quiet) as bars:
        site = write_site(folder, scale, lambda name, share: bars.show("sample", name, round(100 * share), 100))
    return [*(folder / row.file for row in site.files), *site.submissions]


def token(home: Path) -> str:
    """The editor's token of a demo for which nobody set one: made once, kept in its data folder for its owner alone."""
    kept = home / "demo-token"
    if not kept.exists():
        home.mkdir(parents=True, exist_ok=True)
        kept.touch(0o600)
        kept.write_text(secrets.token_urlsafe(12) + "\n", encoding="utf-8")
    return kept.read_text(encoding="utf-8").strip()


def prepare(settings: Settings, scale: float) -> None:
    """Make and load the sample site into the installation that the settings name; done parts are skipped.

    Raises:
        JobFailed: a part of the sample could not be loaded, which is a fault of ours.
    """
    site = _sample(settings.home / f"sample-{scale:g}", scale)
    with open_services(settings) as services:
        _load_layers(services, site, [row for row in site.files if row.kind != "model"])
        _build_surfaces(services)
        _load_models(services, site, [row for row in site.files if row.kind == "model"])
        _build_register(services)
        if raised := maintenance.begin(services):
            say(f"  {raised} work orders")
        _hand_in(services, site)


def _sample(folder: Path, scale: float) -> SiteFiles:
    mark = folder / _DONE
    if not mark.exists():
        say(f"making the sample site (scale {scale:g}) in {folder}")
        write_sample(folder, scale)
        mark.write_text(f"{scale:g}\n")
    return read_site(folder)


def _load_layers(services: Services, site: SiteFiles, rows: list[SiteFile]) -> None:
    there = {c.id: c.provenance.get("sha256") for c in services.store.collections()}
    todo = [row for row in rows if there.get(row.id) != _digest(site.folder / row.file)]
    if todo:
        say(f"publishing {len(todo)} layers")
    with Bars() as bars:
        for row in todo:
            options = LayerOptions(id=row.id, title=_languages(row), description={"en": row.description}, keywords=row.keywords,
                                   licence=row.licence, reserved=RESERVED)
            for result in add_layers(services.store, services.blobs, site.folder / row.file, options, bars.reporter(row.id)):
                _insist(result.error)


def _build_surfaces(services: Services) -> None:
    """The obstacle limitation surfaces around the sample's runways; the other sets are built on demand."""
    if collection_id(TABLES) not in {c.id for c in services.store.collections()}:
        say("building the surfaces around the runways")
        publish_surfaces(services.store, table_set(TABLES))


def _load_models(services: Services, site: SiteFiles, rows: list[SiteFile]) -> None:
    todo = [row for row in rows if not _loaded(services, row.id, _digest(site.folder / row.file))]
    if not todo:
        return
    say(f"loading {len(todo)} building models")
    with Bars() as bars:
        files = [ModelFile(site.folder / row.file, row.id, _languages(row)) for row in todo]
        for result in load_models(services, files, bars.show):
            if result["result"] == "refused":
                raise JobFailed(f"{result['file']}: {result['reason']}", **result.get("error", {}).get("data", {}))
            say(f"  {result['model']}: {result['counts'].get('elements', 0)} elements in {result['seconds']:.0f} s")


def _build_register(services: Services) -> None:
    """The register of assets, open to everybody, of what it does not know yet."""
    register = Register(services.store)
    todo = [source for source in sources(services) if not knows(register, source)]
    for source in todo:
        built = build(services, source, "demo", public=True)
        if built.assets:
            say(f"  {source}: {built.assets} assets")


def _hand_in(services: Services, site: SiteFiles) -> None:
    """The sample's works as a submission, so that whoever looks first has findings to look at; the worker of the server audits it."""
    desk = Desk(services.store, Principal("demo", Role.EDITOR))
    if desk.submissions(limit=1):
        return
    for path in site.submissions:
        made = desk.create({"title": "Works beside the south runway 南跑道旁工程", "project": "Sample airport",
                            "packs": ["common", "airport"], "purpose": "Permit for two tower cranes 兩部塔式起重機的許可"})
        attach(services, desk, made.id, path)
        lead(services, desk, made.id, "submitted")
        say(f"  {made.id}: {path.name} handed in; it is audited as soon as the server runs")


def _loaded(services: Services, id: str, digest: str) -> bool:
    try:
        return services.store.feature("models", id).properties.get("sha256") == digest
    except NotFound:
        return False


def _insist(error: CsdiError | None) -> None:
    if error is not None:
        raise error


def _languages(row: SiteFile) -> dict[str, str]:
    return {"en": row.title.en, "zh-Hant": row.title.zh_hant, "zh-Hans": row.title.zh_hans}


def _digest(path: Path) -> str:
    with path.open("rb") as source:
        return hashlib.file_digest(source, "sha256").hexdigest()

