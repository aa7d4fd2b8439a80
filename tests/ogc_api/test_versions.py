"""Versions of a model over HTTP: the present by default, any earlier state by `version` or `datetime`, and what changed."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from csdi.bootstrap import open_services
from csdi.settings import read_settings
from ogc_api.app import create_app
from tests.bim.plants import Planted, planted, raise_storey, remove_slab
from tests.corpus import corpus
from tests.taking_in import take_in
from twin.versions import stored_changes, versions_of

HOUSE = "arch-fzk-haus-ifc4.ifc"


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[TestClient, list[Planted]]]:
    """A house of three versions: as it is, with its upper storey raised by half a metre, and without its first slab."""
    home = tmp_path_factory.mktemp("versions")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CSDI_HOME", str(home))
        touched: list[Planted] = [set()]
        add(corpus("ifc", HOUSE), 1)
        touched.append(planted(corpus("ifc", HOUSE), home / "v2.ifc", raise_storey))
        add(home / "v2.ifc", 2)
        touched.append(planted(home / "v2.ifc", home / "v3.ifc", remove_slab))
        add(home / "v3.ifc", 3)
        settings = read_settings()
        with open_services(settings) as services, TestClient(create_app(settings, services), raise_server_exceptions=False) as client:
            yield client, touched


def add(path: Path, number: int) -> Any:
    with open_services(read_settings()) as services:
        return take_in(services, path, "house", f"job-{number}")


def items(client: TestClient, collection: str, **query: Any) -> dict[str, dict[str, Any]]:
    found = client.get(f"/ogc/collections/{collection}/items", params={"limit": 1000, "model": "house", **query})
    assert found.status_code == 200, found.text
    answer = found.json()
    assert answer["numberMatched"] == len(answer["features"])
    return {feature["id"].split(":")[1]: feature for feature in answer["features"]}


def test_the_present_is_the_last_version(site: tuple[TestClient, list[Planted]]) -> None:
    client, touched = site
    (slab,) = touched[2]
    assert slab not in items(client, "elements", role="element")
    assert len(items(client, "elements", role="element")) == 84


def test_every_version_is_answered_as_it_was(site: tuple[TestClient, list[Planted]]) -> None:
    client, touched = site
    first, second, third = (items(client, "elements", version=number) for number in (1, 2, 3))
    (slab,) = touched[2]
    assert (slab in first, slab in second, slab in third) == (True, True, False)
    assert first.keys() - {slab} == second.keys() - {slab} == third.keys()
    raised = {key for key in first if first[key]["properties"]["since_version"] != second[key]["properties"]["since_version"]}
    assert raised == touched[1] & first.keys()
    assert third == items(client, "elements")


def test_a_moment_is_answered_as_it_was(site: tuple[TestClient, list[Planted]]) -> None:
    client, _ = site
    with open_services(read_settings()) as services:
        begins = [row["valid_from"] for row in reversed(versions_of(services.store, "house"))]
    for number, begin in enumerate(begins, 1):
        assert items(client, "elements", datetime=begin) == items(client, "elements", version=number)
    assert items(client, "elements", datetime="1999-01-01") == {}
    assert items(client, "elements", datetime=f"{begins[0]}/..") == items(client, "elements")


def test_one_item_is_given_as_it_was(site: tuple[TestClient, list[Planted]]) -> None:
    client, touched = site
    (slab,) = touched[2]
    url = f"/ogc/collections/elements/items/house:{slab}"
    assert client.get(url).status_code == 404
    assert client.get(url, params={"version": 3}).status_code == 404
    old = client.get(url, params={"version": 2})
    assert (old.status_code, old.json()["id"]) == (200, f"house:{slab}")
    assert client.get(url, params={"version": "two"}).status_code == 400


def test_pages_of_an_old_version_follow_their_links(site: tuple[TestClient, list[Planted]]) -> None:
    client, _ = site
    url: str | None = "/ogc/collections/elements/items?version=1&limit=37&sortby=-name"
    seen: list[str] = []
    while url:
        answer = client.get(url).json()
        seen += [feature["id"] for feature in answer["features"]]
        url = next((link["href"] for link in answer["links"] if link["rel"] == "next"), None)
    assert len(seen) == len(set(seen)) == answer["numberMatched"]
    assert {one.split(":")[1] for one in seen} == set(items(client, "elements", version=1))


def test_filters_ask_the_old_state(site: tuple[TestClient, list[Planted]]) -> None:
    client, _ = site
    slabs = [len(items(client, "elements", version=number, ifc_class="IfcSlab")) for number in (1, 2, 3)]
    assert slabs[0] == slabs[1] == slabs[2] + 1


def test_the_changes_of_every_version_are_kept(site: tuple[TestClient, list[Planted]]) -> None:
    _, touched = site
    with open_services(read_settings()) as services:
        second, third = (stored_changes(services.store, services.blobs, "house", number) for number in (2, 3))
    assert {change["global_id"] for change in second["changes"]} == touched[1]
    assert [cause["kind"] for cause in second["causes"]] == ["moved_with"]
    assert [(change["status"], change["global_id"]) for change in third["changes"]] == [("removed", *touched[2])]


def test_the_same_file_again_is_no_new_version(site: tuple[TestClient, list[Planted]]) -> None:
    client, _ = site
    before = items(client, "elements", version=2)
    settings = read_settings()
    with open_services(settings) as services:
        began = [row["valid_from"] for row in versions_of(services.store, "house")]
    answer = add(settings.home / "v3.ifc", 4)
    assert answer["version"] == 3
    with open_services(settings) as services:
        assert [row["valid_from"] for row in versions_of(services.store, "house")] == began
    assert items(client, "elements", version=2) == before
    assert len(items(client, "elements", role="element")) == 84


@pytest.mark.parametrize(("language", "word"), [("en", "Moved"), ("zh-Hant", "移動"), ("zh-Hans", "移动")])
def test_the_report_tells_the_changes(site: tuple[TestClient, list[Planted]], language: str, word: str) -> None:
    client, _ = site
    assert client.get("/models/house/report").json()["changes"]["counts"]["elements"]["removed"] == 1
    page = client.get("/models/house/report", params={"f": "html", "lang": language}).text
    assert word in page
    assert "IfcSlab" in page


def test_histories_are_not_listed(site: tuple[TestClient, list[Planted]]) -> None:
    client, _ = site
    listed = {collection["id"] for collection in client.get("/ogc/collections?f=json").json()["collections"]}
    assert "elements" in listed
    assert not any(id.endswith("_history") for id in listed)
    assert client.get("/ogc/collections/elements_history/items").status_code == 404
