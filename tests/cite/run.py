"""Fetching a suite with Maven and running it with Java."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path
from xml.sax.saxutils import escape, quoteattr

from tests.cite.results import Outcome, read_results
from tests.cite.suites import Entries, Suite

_COPY = "org.apache.maven.plugins:maven-dependency-plugin:3.6.1:copy"
FETCH_S = 600
RUN_S = 1800


class NotRunError(Exception):
    """A suite could not be had or started; says why."""


def fetch(suite: Suite, cache: Path) -> Path:
    """The jar of a suite: from the cache folder, else through Maven into it.

    Raises:
        NotRunError: there is no Maven, or the repository does not have the jar.
    """
    jar = cache / suite.jar
    if jar.is_file():
        return jar
    if not shutil.which("mvn"):
        raise NotRunError("Maven is not installed (apt-get install maven)")
    cache.mkdir(parents=True, exist_ok=True)
    done = subprocess.run(["mvn", "-q", "-B", "-U", _COPY, f"-Dartifact={suite.coordinates}", f"-DoutputDirectory={cache}"], cwd=cache,
                          capture_output=True, text=True, timeout=FETCH_S, check=False)
    if not jar.is_file():
        raise NotRunError(_first_error(done.stdout))
    return jar


def _first_error(output: str) -> str:
    lines = [line.removeprefix("[ERROR]").strip() for line in output.splitlines() if "[ERROR]" in line]
    return next((line.split(" -> ")[0].partition(": ")[2] or line for line in lines), "Maven ended without the jar")


def run(jar: Path, entries: Entries, folder: Path) -> Outcome:
    """The outcome of a suite told these entries; report and log stay in `folder`.

    Raises:
        NotRunError: there is no Java, or the suite ended without results.
    """
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    properties = folder / "run.xml"
    properties.write_text(_properties(entries), encoding="utf-8")
    if not shutil.which("java"):
        raise NotRunError("Java is not installed (apt-get install openjdk-17-jre-headless)")
    with (folder / "log.txt").open("wb") as log:
        subprocess.run(["java", f"-Duser.home={folder}", "-jar", str(jar), "-o", str(folder), "-h", str(properties)], stdout=log,
                       stderr=subprocess.STDOUT, timeout=RUN_S, check=False, env=os.environ | {"TZ": "UTC"})
    results = sorted(folder.glob("testng/*/testng-results.xml"))
    if not results:
        raise NotRunError(f"the suite ended without results; see {folder.name}/log.txt")
    return read_results(results[-1])


def _properties(entries: Entries) -> str:
    """The arguments of a run, as Java properties in XML."""
    lines = [f"  <entry key={quoteattr(name)}>{escape(value)}</entry>" for name, value in entries.items()]
    return "\n".join(['<?xml version="1.0" encoding="UTF-8"?>', '<properties version="1.0">', *lines, "</properties>", ""])
