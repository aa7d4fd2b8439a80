"""`csdi twin build --edges` on the sample."""

from __future__ import annotations

from pathlib import Path

from tests.acceptance.shell import Shell

SMALL = Path(__file__).parents[2] / "sample_models" / "small"
EXTENSION = "EXT_mesh_primitive_edge_visibility"


def test_tiles_are_built_with_marks_and_without_by_setting_and_option(tmp_path: Path) -> None:
    shell = Shell(tmp_path / "home")
    assert shell.run("models", "add", SMALL / "taxiway-bridge.ifc").returncode == 0

    def extensions() -> set[str]:
        (one, *_) = shell.json("twin", "inspect", "taxiway-bridge")
        return set(one["extensions"])

    assert EXTENSION not in extensions()
    assert shell.json("twin", "build", "taxiway-bridge", "--edges")[0]["kept"] == 0
    assert EXTENSION in extensions()
    shell.variables["CSDI_TILE_EDGES"] = "true"
    assert shell.json("twin", "build", "taxiway-bridge")[0]["made"] == 0
    shell.json("twin", "build", "taxiway-bridge", "--no-edges")
    assert EXTENSION not in extensions()
