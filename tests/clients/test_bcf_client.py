"""Another project's BCF client against a real server with two web processes."""

from __future__ import annotations

import base64
import json
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest
from bcf.v3.bcfapi import BcfClient, FoundationClient

from tests.acceptance.shell import Server, Shell

PNG = b"\x89PNG\r\n\x1a\n picture"
VERSIONS = pytest.mark.parametrize("version", ["2.1", "3.0"])


@pytest.fixture(scope="module")
def bcf_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    home: Path = tmp_path_factory.mktemp("bcf") / "home"
    with Shell(home, {"CSDI_TOKEN": "secret"}).serving(workers=2) as running:
        yield running


def client_of(server: Server, version: str) -> BcfClient:
    foundation = FoundationClient("", "", f"{server.url}/")
    foundation.access_token, foundation.access_token_expires_on = "secret", time.time() + 3600
    assert foundation.get_auth_methods() == []
    client = BcfClient(foundation)
    client.set_version(next(one for one in foundation.get_versions() if (one["api_id"], one["version_id"]) == ("bcf", version)))
    return client


def new_project(server: Server) -> str:
    answer = httpx.post(f"{server.url}/bcf/3.0/projects", json={"name": "P"}, headers={"Authorization": "Bearer secret"})
    assert answer.status_code == 201, answer.text
    return str(answer.json()["project_id"])


@VERSIONS
def test_the_client_works_through_a_topic(bcf_server: Server, version: str) -> None:
    client, project = client_of(bcf_server, version), new_project(bcf_server)
    assert project in [one["project_id"] for one in client.get_projects()]
    assert client.get_project(project)["name"] == "P"
    assert "Open" in client.get_extensions(project)["topic_status"]
    status, text = client.create_topic(project, json.dumps({"title": "T", "topic_type": "Error", "topic_status": "Open"}))
    topic = json.loads(text)["guid"]
    assert (status, client.get_topic(project, topic)["title"]) == (201, "T")
    assert client.update_topic(project, topic, json.dumps({"title": "T2", "topic_status": "Closed"}))[0] == 200
    camera = {"camera_view_point": {"x": 0, "y": 0, "z": 0}, "camera_direction": {"x": 0, "y": 1, "z": 0},
              "camera_up_vector": {"x": 0, "y": 0, "z": 1}, "view_to_world_scale": 10, "aspect_ratio": 1}
    view = {"orthogonal_camera": camera, "snapshot": {"snapshot_type": "png", "snapshot_data": base64.b64encode(PNG).decode()},
            "components": {"selection": [{"ifc_guid": "0hm_TZ7fj2wQv5AxxV1KqF"}]}}
    status, text = client.create_viewpoints(project, topic, json.dumps(view))
    guid = json.loads(text)["guid"]
    assert status == 201
    assert client.get_viewpoint(project, topic, guid)["orthogonal_camera"]["view_to_world_scale"] == 10
    assert client.get_selection(project, topic, guid)["selection"][0]["ifc_guid"] == "0hm_TZ7fj2wQv5AxxV1KqF"
    assert client.get_coloring(project, topic, guid) == {"coloring": []}
    assert client.get_visibility(project, topic, guid)["visibility"]["default_visibility"] is True
    assert client.create_comments(project, topic, json.dumps({"comment": "C", "viewpoint_guid": guid}))[0] == 201
    assert client.update_related_topics(project, topic, json.dumps([]))[0] == 200
    assert client.update_files(project, topic, json.dumps([{"ifc_project": "0J$yPqHBD12v72y4qF6XcD"}]))[0] == 200
    assert client.get_files(project, topic)[0]["ifc_project"] == "0J$yPqHBD12v72y4qF6XcD"
    assert len(client.get_topics_events(project)) == 6
    assert len(client.get_comments_events(project)) == 3
    assert client.delete_viewpoint(project, topic, guid)[0] == 200
    assert client.delete_topic(project, topic)[0] == 200


def test_topics_made_at_once_all_arrive_each_with_its_own_number(bcf_server: Server) -> None:
    project = new_project(bcf_server)

    def make(n: int) -> int:
        return httpx.post(f"{bcf_server.url}/bcf/3.0/projects/{project}/topics", json={"title": f"{n}"}, timeout=60,
                          headers={"Authorization": "Bearer secret"}).status_code

    with ThreadPoolExecutor(8) as pool:
        assert set(pool.map(make, range(40))) == {201}
    topics = httpx.get(f"{bcf_server.url}/bcf/3.0/projects/{project}/topics", headers={"Authorization": "Bearer secret"}).json()
    assert sorted(int(one["server_assigned_id"]) for one in topics) == list(range(1, 41))


def test_comments_made_at_once_are_all_kept(bcf_server: Server) -> None:
    project, key = new_project(bcf_server), {"Authorization": "Bearer secret"}
    root = f"{bcf_server.url}/bcf/3.0/projects/{project}/topics"
    topic = f"{root}/{httpx.post(root, json={'title': 't'}, headers=key).json()['guid']}"
    with ThreadPoolExecutor(8) as pool:
        made = pool.map(lambda n: httpx.post(f"{topic}/comments", json={"comment": f"{n}"}, headers=key, timeout=60).status_code, range(30))
        assert set(made) == {201}
    assert {one["comment"] for one in httpx.get(f"{topic}/comments", headers=key).json()} == {str(n) for n in range(30)}
