"""Verbs work while the server runs, and what they publish is served by every web process within a second."""

from __future__ import annotations

import time
from pathlib import Path

from tests.acceptance.shell import Server, Shell

SMALL = Path(__file__).parents[2] / "sample_models" / "small"


def published(server: Server) -> list[str]:
    """Ids of the Collections that are served, without the catalogue, which is always there."""
    return [c["id"] for c in server.get("/ogc/collections?f=json")["collections"] if c["itemType"] != "record"]


def test_what_a_command_publishes_is_served_by_every_process_within_a_second(shell: Shell) -> None:
    with shell.serving(workers=3) as server:
        assert published(server) == []
        (result,) = shell.json("layers", "add", SMALL / "lots.gpkg")
        time.sleep(1.0)
        seen = [published(server) for _ in range(40)]
        assert seen == [["lots"]] * 40
        counts = {server.get("/ogc/collections/lots/items?limit=1")["numberMatched"] for _ in range(20)}
        assert counts == {result["count"]}
        assert shell.run("layers", "drop", "lots").returncode == 0
        time.sleep(1.0)
        assert all(published(server) == [] for _ in range(20))


def test_a_model_loaded_while_the_server_runs_is_served_with_its_parts(shell: Shell) -> None:
    with shell.serving(workers=2) as server:
        (result,) = shell.json("models", "add", SMALL / "carpark.ifc")
        assert result["result"] == "loaded", result
        for _ in range(20):
            assert server.get("/ogc/collections/elements/items?limit=1")["numberMatched"] == result["counts"]["elements"]
        (model,) = server.get("/api/site")["models"]
        assert (model["id"], model["placement"]) == ("carpark", "georeferenced")
        tileset = server.get(model["tileset"])
        assert tileset["asset"]["version"] == "1.1"
        site = server.get("/tiles3d/site/tileset.json")
        assert len(site["root"]["children"]) == 1


def test_a_second_server_on_the_same_port_says_so(shell: Shell) -> None:
    with shell.serving(workers=1) as server:
        done = shell.run("serve", "--port", server.url.rsplit(":", 1)[1])
        assert done.returncode == 9
        assert "CSDI_PORT" in done.stderr
