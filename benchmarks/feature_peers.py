"""The peers that `bench_features.py` compares with: stock pygeoapi and TiPg, pinned, each in an environment of its own.

The environments are made once, in the cache folder of `peer_programs`.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

from benchmarks.bench_tiles import free_port, serving
from benchmarks.peer_programs import cache_folder

_SERVER = ("uvicorn==0.54.0", "httptools", "uvloop")
_PACKAGES = {
    "pygeoapi": ("0.21.0", ("psycopg2-binary", "geoalchemy2", "pygeofilter[backend-sqlalchemy]", "SQLAlchemy<2.1", "starlette<1.11")),
    "tipg": ("1.6.1", ())}
_INSTALL_LIMIT_S = 250.0


def installed(name: str) -> str:
    """The interpreter that has the peer and uvicorn.

    Raises:
        OSError, subprocess.SubprocessError: it cannot be installed.
    """
    version, others = _PACKAGES[name]
    folder = cache_folder() / f"{name}-{version}"
    python, done = folder / "bin" / "python", folder / "installed"
    if not done.exists():
        shutil.rmtree(folder, ignore_errors=True)
        subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True, timeout=_INSTALL_LIMIT_S)
        subprocess.run([str(python), "-m", "pip", "install", "--quiet", f"{name}=={version}", *others, *_SERVER], check=True,
                       timeout=_INSTALL_LIMIT_S)
        done.touch()
    return str(python)


@contextmanager
def pygeoapi(folder: Path, postgres: str, table: str) -> Iterator[tuple[int, int]]:
    """Stock pygeoapi with its PostgreSQL provider over `public.<table>` (CRS84) as it comes, pretty printing off: (port, process id)."""
    python, port = installed("pygeoapi"), free_port()
    folder.mkdir(parents=True, exist_ok=True)
    configuration, api = folder / "pygeoapi.json", folder / "openapi.json"
    configuration.write_text(json.dumps(_configuration(port, postgres, table)))  # JSON is YAML
    environment = os.environ | {"PYGEOAPI_CONFIG": str(configuration), "PYGEOAPI_OPENAPI": str(api)}
    subprocess.run([str(Path(python).with_name("pygeoapi")), "openapi", "generate", str(configuration), "--format", "json",
                    "--output-file", str(api)], env=environment, check=True, timeout=60, stdout=subprocess.DEVNULL)
    command = [python, "-m", "uvicorn", "pygeoapi.starlette_app:APP"]
    with serving(command, environment, f"/collections/{table}/items?limit=1&f=json", port) as found:
        yield found


@contextmanager
def tipg(postgres: str, table: str) -> Iterator[tuple[int, int]]:
    """TiPg over the tables of the schema `public`: (port, process id)."""
    environment = os.environ | {"DATABASE_URL": postgres, "TIPG_DB_SCHEMAS": '["public"]', "TIPG_CATALOG_TTL": "0"}
    with serving([installed("tipg"), "-m", "uvicorn", "tipg.main:app"], environment, f"/collections/public.{table}") as found:
        yield found


def _configuration(port: int, postgres: str, table: str) -> dict[str, object]:
    url = urlsplit(postgres)
    provider = {
        "type": "feature", "name": "PostgreSQL", "id_field": "id", "table": table, "geom_field": "geom",
        "data": {"host": url.hostname, "port": url.port, "dbname": url.path[1:], "user": url.username, "password": url.password,
                 "search_path": ["public"]}}
    collection = {
        "type": "collection", "title": table, "description": table, "keywords": [table], "links": [],
        "extents": {"spatial": {"bbox": [113.8, 22.1, 114.5, 22.6], "crs": "http://www.opengis.net/def/crs/OGC/1.3/CRS84"}},
        "providers": [provider]}
    about = {"name": "bench", "url": "http://127.0.0.1"}
    return {
        "server": {"bind": {"host": "127.0.0.1", "port": port}, "url": f"http://127.0.0.1:{port}", "mimetype": "application/json",
                   "encoding": "utf-8", "languages": ["en-US"], "pretty_print": False, "gzip": False,
                   "limits": {"default_items": 10, "max_items": 10_000},
                   "map": {"url": "http://127.0.0.1/{z}/{x}/{y}.png", "attribution": "none"}},
        "logging": {"level": "ERROR"},
        "metadata": {"identification": {"title": "bench", "description": "bench", "keywords": ["bench"], "keywords_type": "theme",
                                        "terms_of_service": "none", "url": "http://127.0.0.1"},
                     "license": {"name": "none", "url": "http://127.0.0.1"}, "provider": about, "contact": about},
        "resources": {table: collection}}
