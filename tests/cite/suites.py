"""The suites: where each is published, what it is told of the server, and which part of the API it judges."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

Entries = Mapping[str, str]
GROUP = "org.opengis.cite"


@dataclass(frozen=True, slots=True)
class Subject:
    """What is judged: a running server, what it says of itself, and a GeoPackage that it wrote."""

    root: str
    """URL of the landing page, without a slash at its end."""
    get: Callable[[str], Any]
    """The JSON document at a path below `root`."""
    geopackage: Path

    def declares(self, prefix: str) -> bool:
        """Whether a conformance class that starts so is declared."""
        return any(str(uri).startswith(prefix) for uri in self.get("/conformance?f=json")["conformsTo"])


@dataclass(frozen=True, slots=True)
class Suite:
    """One suite of OGC, as published in the Maven repository."""

    artifact: str
    version: str
    site: str
    """Which site of `SITES` it judges."""
    offered: Callable[[Subject], bool]
    entries: Callable[[Subject], Entries]

    @property
    def coordinates(self) -> str:
        """Maven coordinates of the jar that has everything inside."""
        return f"{GROUP}:{self.artifact}:{self.version}:jar:aio"

    @property
    def jar(self) -> str:
        """File name of that jar."""
        return f"{self.artifact}-{self.version}-aio.jar"


def _declared(prefix: str) -> Callable[[Subject], bool]:
    return lambda subject: subject.declares(prefix)


def _api(subject: Subject, **more: str) -> Entries:
    return {"iut": subject.root, "noofcollections": "-1", **more}


def _tiles(subject: Subject) -> Entries:
    """The first vector tileset of the dataset or, without one, of the first Collection that has tiles."""
    paths = ["/tiles?f=json", *(f"/collections/{c['id']}/tiles?f=json" for c in subject.get("/collections?f=json")["collections"]
                                if any("tilesets" in link["rel"] for link in c["links"]))]
    tileset = next(found for path in paths for found in _tilesets(subject, path))
    template = next(link["href"] for link in tileset["links"] if link["rel"] == "item")
    return _api(subject, tilematrixsetdefinitionuri=tileset["tileMatrixSetURI"], urltemplatefortiles=template, tilematrix="0",
                mintilerow="0", maxtilerow="0", mintilecol="0", maxtilecol="0")


def _tilesets(subject: Subject, path: str) -> list[dict[str, Any]]:
    try:
        listed = subject.get(path)["tilesets"]
    except OSError:
        return []
    about = [next(link["href"] for link in found["links"] if link["rel"] == "self") for found in listed]
    return [subject.get(href.removeprefix(subject.root)) for href in about]


def _processes(subject: Subject) -> Entries:
    """The suite reads its check box by the word that a browser sends for it."""
    return {"iut": subject.root, "echoprocessid": "echo", "processtestlimit": "10", "testallprocesses": "on", "uselocalschema": "true"}


def _edr(subject: Subject) -> Entries:
    """The API that has the collections with EDR queries alone; the suite runs those queries on as many as it is told, on none for -1."""
    root = subject.root.removesuffix("/ogc") + "/edr"
    count = sum("data_queries" in one for one in subject.get("/collections?f=json")["collections"])
    return _api(subject) | {"iut": root, "noofcollections": str(count), "apiDefinition": f"{root}/openapi", "ics": "Core"}


def _geopackage(subject: Subject) -> Entries:
    return {"iut": subject.geopackage.resolve().as_uri()}


SITES: Mapping[str, tuple[str, ...]] = {
    "plan": ("lots.gpkg", "roads.geojson", "utilities.gpkg", "districts.geojson", "stands.geojson", "manholes.shp", "carpark.ifc"),
    "rasters": ("terrain.tif", "aerial.tif"),
}
"""What is loaded, by site, of the small sample. The suite of EDR is shown the rasters. That of
Features writes boxes east first in every CRS: of data astride the diagonal of the grid, such as height limits, another part is asked for."""

OGC = "http://www.opengis.net/spec"
SUITES = (
    Suite("ets-ogcapi-features10", "1.9", "plan", _declared(f"{OGC}/ogcapi-features-1/"), _api),
    Suite("ets-ogcapi-tiles10", "1.2", "plan", _declared(f"{OGC}/ogcapi-tiles-1/"), _tiles),
    Suite("ets-ogcapi-processes10", "1.3", "plan", _declared(f"{OGC}/ogcapi-processes-1/"), _processes),
    Suite("ets-ogcapi-edr10", "1.3", "rasters", _declared(f"{OGC}/ogcapi-edr-1/"), _edr),
    Suite("ets-gpkg12", "1.3", "plan", lambda subject: subject.geopackage.is_file(), _geopackage),
)
