"""Bad input at the shell: one line with cause and remedy, the exit code of the table, and a store that stays as it was."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest

from csdi.exits import CONFLICT, MISSING, OK, PARTLY, REFUSED, SETTINGS, STORE, USAGE
from tests.acceptance.shell import Shell

SMALL = Path(__file__).parents[2] / "sample_models" / "small"


@pytest.fixture(scope="module")
def loaded(tmp_path_factory: pytest.TempPathFactory) -> Shell:
    """A shell whose site holds one layer."""
    shell = Shell(tmp_path_factory.mktemp("bad") / "home")
    assert shell.run("layers", "add", SMALL / "lots.gpkg").returncode == OK
    return shell


def bad_model(kind: str, folder: Path) -> Path:
    path = folder / "bad.ifc"
    whole = (SMALL / "carpark.ifc").read_bytes()
    match kind:
        case "text":
            path.write_text("Dear sir,\nplease find the model attached.\n")
        case "empty":
            path.touch()
        case "truncated":
            path.write_bytes(whole[: len(whole) // 2])
        case "zip bomb":
            path = folder / "bad.ifczip"
            with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
                archive.writestr("bad.ifc", b"ISO-10303-21;" + b" " * (600 << 20))
        case "directory":
            path = folder / "models"
            path.mkdir()
        case "missing":
            path = folder / "none.ifc"
        case "unsupported schema":
            path.write_bytes(whole.replace(b"IFC2X3", b"IFC2X2"))
        case "bytes":
            path.write_bytes(bytes(range(256)) * 64)
    return path


@pytest.mark.parametrize("kind", ["text", "empty", "truncated", "zip bomb", "directory", "missing", "unsupported schema", "bytes"])
def test_a_bad_model_is_refused(loaded: Shell, tmp_path: Path, kind: str) -> None:
    path = bad_model(kind, tmp_path)
    before = loaded.json("site", "show")
    done = loaded.run("models", "add", path)
    assert done.returncode == REFUSED, done.stderr
    assert not done.stdout
    lines = [line for line in done.stderr.splitlines() if line.startswith("refused")]
    assert len(lines) == 1, done.stderr
    assert path.name in lines[0]
    assert "(" in lines[0], "a remedy stands in brackets"
    assert "Traceback" not in done.stderr
    assert {**loaded.json("site", "show"), "change": 0} == {**before, "change": 0}


def test_one_bad_file_among_good_ones_is_named_and_the_rest_is_done(loaded: Shell, tmp_path: Path) -> None:
    done = loaded.run("layers", "add", SMALL / "runways.gpkg", tmp_path / "none.gpkg", "--json")
    assert done.returncode == PARTLY
    good, bad = loaded.json("layers", "add", SMALL / "runways.gpkg", tmp_path / "none.gpkg")
    assert (good["result"], good["collection"], good["count"]) == ("published", "runways", 3)
    assert (bad["result"], bad["error"]["code"]) == ("refused", "path-missing")


@pytest.mark.parametrize(("arguments", "code"), [
    (["layers", "drop", "none"], MISSING), (["models", "drop", "none"], MISSING), (["jobs", "show", "none"], MISSING),
    (["models", "show", "none"], MISSING), (["layers", "publish"], USAGE), (["--store", "mysql://x", "layers", "list"], SETTINGS),
    (["--store", "postgresql://nobody@127.0.0.1:1/none", "layers", "list"], STORE),
    (["crs", "transform", "--from", "EPSG:2326", "--to", "Atlantis"], REFUSED),
])
def test_every_failure_has_its_exit_code(loaded: Shell, arguments: list[str], code: int) -> None:
    done = loaded.run(*arguments)
    assert done.returncode == code, done.stderr
    assert "Traceback" not in done.stderr


def test_a_store_that_is_not_ours_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "home").mkdir()
    other = tmp_path / "home" / "site.gpkg"
    other.write_bytes(b"something else entirely")
    done = Shell(tmp_path / "home").run("layers", "add", SMALL / "lots.gpkg")
    assert done.returncode == STORE
    assert other.read_bytes() == b"something else entirely"


def test_ids_of_the_servers_own_collections_are_kept(loaded: Shell) -> None:
    done = loaded.run("layers", "add", SMALL / "lots.gpkg", "--id", "elements")
    assert done.returncode in (REFUSED, CONFLICT)
    assert "elements" in done.stderr
