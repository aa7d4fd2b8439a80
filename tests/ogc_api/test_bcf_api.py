"""The BCF API and the Foundation API over HTTP."""

from __future__ import annotations

import base64
import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from bim.bcf import read_bcf
from csdi.bootstrap import open_services
from csdi.settings import read_settings
from ogc_api.app import create_app
from tests.bim.bcf.schemas import TOPIC, archives, faults, made, needs_corpus, small
from tests.bim.corpus import corpus_file

KEY = {"Authorization": "Bearer secret"}
PNG = b"\x89PNG\r\n\x1a\n picture"
VERSIONS = pytest.mark.parametrize("version", ["2.1", "3.0"])
CAMERA = {"camera_view_point": {"x": 1, "y": 2.5, "z": -3}, "camera_direction": {"x": 0, "y": 1, "z": 0},
          "camera_up_vector": {"x": 0, "y": 0, "z": 1}, "field_of_view": 50, "aspect_ratio": 1.5}


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    settings = read_settings(home=tmp_path_factory.mktemp("bcf"), token="secret")
    with open_services(settings) as services, TestClient(create_app(settings, services), raise_server_exceptions=False) as made:
        yield made


@pytest.fixture
def project(client: TestClient) -> str:
    answer = client.post("/bcf/3.0/projects", json={"name": "A project"}, headers=KEY)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["project_id"])


def ask(client: TestClient, path: str, status: int = 200, **options: Any) -> Any:
    answer = client.request(options.pop("method", "GET"), path, headers=KEY | options.pop("headers", {}), **options)
    assert answer.status_code == status, answer.text
    return answer.json() if answer.headers.get("content-type", "").startswith("application/json") else answer


def new_topic(client: TestClient, project: str, version: str = "3.0", **more: Any) -> dict[str, Any]:
    document = {"title": "A topic", "topic_type": "Error", "topic_status": "Open"} | more
    return dict(ask(client, f"/bcf/{version}/projects/{project}/topics", 201, method="POST", json=document))


def test_the_foundation_lists_what_there_is_and_how_to_be_let_in(client: TestClient) -> None:
    listed = client.get("/foundation/versions").json()["versions"]
    assert [(one["api_id"], one["version_id"]) for one in listed] == [("foundation", "1.0"), ("foundation", "1.1"), ("bcf", "2.1"), ("bcf", "3.0")]
    for one in listed:
        if one["api_id"] == "bcf":
            address = one["api_base_url"].removeprefix("http://testserver")
            assert ask(client, f"{address}/projects") is not None
    assert client.get("/foundation/1.1/auth").json() == {"http_basic_supported": False, "supported_oauth2_flows": []}
    assert client.get("/bcf/versions").json()["versions"][0]["version_id"] == "2.1"
    assert client.get("/foundation/2.0/auth").status_code == 404
    assert ask(client, "/foundation/1.1/current-user") == {"id": "editor", "name": "editor"}


@pytest.mark.parametrize(("method", "path"), [("GET", "/foundation/1.1/current-user"), ("POST", "/bcf/3.0/projects"),
                                              ("PUT", "/bcf/2.1/projects/x"), ("POST", "/bcf/3.0/projects/x/topics")])
def test_who_is_not_signed_in_is_asked_to(client: TestClient, method: str, path: str) -> None:
    for headers in ({}, {"Authorization": "Bearer wrong"}):
        answer = client.request(method, path, json={"name": "x"}, headers=headers)
        assert (answer.status_code, answer.headers["www-authenticate"]) == (401, "Bearer")
        assert answer.json()["message"]


def test_a_project_is_private_until_it_is_said_to_be_public(client: TestClient, project: str) -> None:
    path = f"/bcf/3.0/projects/{project}"
    assert client.get(path).status_code == 401
    assert client.get(f"{path}/topics").status_code == 401
    assert project not in [one["project_id"] for one in client.get("/bcf/3.0/projects").json()]
    ask(client, path, method="PUT", json={"name": "Open to all", "public": True})
    assert client.get(path).json() == {"project_id": project, "name": "Open to all", "authorization": {"project_actions": []}}
    assert client.get("/ogc/collections/bcf-topics").status_code in (403, 404)


@VERSIONS
def test_a_topic_is_made_read_changed_and_deleted(client: TestClient, project: str, version: str) -> None:
    snippet = {"snippet_type": "JSON", "is_external": False, "reference": "clash.json", "reference_schema": "s"}
    made = new_topic(client, project, version, labels=["MEP"], bim_snippet=snippet, due_date="2027-01-01T00:00:00Z", index=4)
    path = f"/bcf/{version}/projects/{project}/topics/{made['guid']}"
    found = ask(client, path)
    assert found == made
    assert (found["labels"], found["bim_snippet"], found["index"], found["creation_author"]) == (["MEP"], snippet, 4, "editor")
    assert ("server_assigned_id" in found) == (version == "3.0")
    changed = ask(client, path, method="PUT", json={"title": "Changed", "topic_status": "Closed"})
    assert (changed["title"], changed["topic_status"], changed["modified_author"]) == ("Changed", "Closed", "editor")
    assert "labels" not in changed
    assert ask(client, f"{path}?includeAuthorization=true")["authorization"]["topic_actions"]
    assert ask(client, path, method="DELETE").status_code == 200
    assert ask(client, path, 404)["message"]


def test_a_change_is_made_only_of_the_state_that_was_seen(client: TestClient, project: str) -> None:
    path = f"/bcf/3.0/projects/{project}/topics/{new_topic(client, project)['guid']}"
    first = client.get(path, headers=KEY)
    assert client.get(path, headers=KEY | {"If-None-Match": first.headers["etag"]}).status_code == 304
    ask(client, path, method="PUT", json={"title": "1"}, headers={"If-Match": first.headers["etag"]})
    ask(client, path, 412, method="PUT", json={"title": "2"}, headers={"If-Match": first.headers["etag"]})
    ask(client, path, 412, method="DELETE", headers={"If-Match": first.headers["etag"]})
    assert ask(client, path)["title"] == "1"


@pytest.mark.parametrize(("document", "field"), [
    ({}, "title"), ({"title": " "}, "title"), ({"title": 5}, "title"), ({"title": "t", "labels": "x"}, "labels"), ({"title": "t", "index": 1.5}, "index"),
    ({"title": "t", "guid": "7"}, "guid"), ({"title": "t", "bim_snippet": {"snippet_type": "a"}}, "bim_snippet.is_external"),
    ({"title": "t", "bim_snippet": {"snippet_type": "a", "is_external": False, "reference": "../a", "reference_schema": "s"}}, "bim_snippet.reference"),
])
def test_a_topic_that_cannot_be_is_refused_with_the_field(client: TestClient, project: str, document: dict[str, Any], field: str) -> None:
    assert ask(client, f"/bcf/3.0/projects/{project}/topics", 400, method="POST", json=document)["field"] == field


def test_a_guid_is_taken_once(client: TestClient, project: str) -> None:
    new_topic(client, project, guid=TOPIC.upper())
    assert ask(client, f"/bcf/3.0/projects/{project}/topics/{TOPIC}")["guid"] == TOPIC
    ask(client, f"/bcf/3.0/projects/{project}/topics", 409, method="POST", json={"title": "t", "guid": TOPIC})


@pytest.mark.parametrize(("filter", "expected"), [
    ("topic_status eq 'Open'", "ac"), ("topic_status ne 'Open'", "bd"), ("assigned_to eq 'o''neil@x'", "b"), ("assigned_to eq null", "acd"),
    ("assigned_to ne 'o''neil@x'", "acd"), ("not (topic_status eq 'Open' or title eq 'b')", "d"), ("contains(labels, 'MEP')", "bc"),
    ("labels/any(label: label eq 'MEP') and topic_status eq 'Open'", "c"), ("creation_date gt 2015-12-05T00:00:00+01:00", "abcd"),
    ("creation_date lt 2015-12-05", ""), ("due_date ge 2027-02-01T00:00:00+08:00", "b"), ("startswith(title, 'a') or endswith(title,'d')", "ad"),
    ("contains(title, '%')", ""), ("title in ('a', 'd')", "ad"), ("tolower(topic_status) eq 'open'", "ac"), ("priority eq 'High' and (title gt 'a')", "d"),
    ("index ge 2", "cd"),
])
def test_topics_are_filtered_as_odata_says(client: TestClient, project: str, filter: str, expected: str) -> None:
    for n, (title, status, labels, more) in enumerate([
            ("a", "Open", [], {"priority": "High"}), ("b", "Closed", ["MEP", "x"], {"assigned_to": "o'neil@x", "due_date": "2027-02-01T00:00:00+08:00"}),
            ("c", "Open", ["MEP"], {}), ("d", "Closed", [], {"priority": "High"})]):
        new_topic(client, project, title=title, topic_status=status, labels=labels, index=n, **more)
    path = f"/bcf/3.0/projects/{project}/topics"
    assert "".join(one["title"] for one in ask(client, path, params={"$filter": filter})) == expected
    assert "".join(one["title"] for one in ask(client, path, params={"$orderby": "title desc", "$top": "2", "$skip": "1"})) == "cb"


@pytest.mark.parametrize("query", [
    {"$filter": "title eq"}, {"$filter": "title eq 'x' or"}, {"$filter": "nonsense eq 'x'"}, {"$filter": "project eq 'x'"}, {"$filter": "(" * 200},
    {"$filter": "title eq 'x"}, {"$filter": "creation_date gt 'soon'"}, {"$filter": "title eq 'x' title"}, {"$orderby": "topic"}, {"$top": "-1"},
    {"$filter": "title eq 5"}, {"$filter": "labels eq 'x'"}, {"$skip": "x"}, {"$filter": "; drop table x"}])
def test_a_question_that_cannot_be_read_says_so(client: TestClient, project: str, query: dict[str, str]) -> None:
    assert ask(client, f"/bcf/3.0/projects/{project}/topics", 400, params=query)["message"]


@VERSIONS
def test_a_viewpoint_is_kept_with_its_pictures_and_components(client: TestClient, project: str, version: str) -> None:
    topic = f"/bcf/{version}/projects/{project}/topics/{new_topic(client, project, version)['guid']}"
    wall, door = {"ifc_guid": "0hm_TZ7fj2wQv5AxxV1KqF"}, {"ifc_guid": "1bbI761TbBCOoIa5Kt6PXt", "originating_system": "s"}
    document = {
        "index": 3, "perspective_camera": CAMERA, "snapshot": {"snapshot_type": "png", "snapshot_data": base64.b64encode(PNG).decode()},
        "lines": [{"start_point": {"x": 0, "y": 0, "z": 0}, "end_point": {"x": 1, "y": 1, "z": 1}}],
        "clipping_planes": [{"location": {"x": 0, "y": 0, "z": 3}, "direction": {"x": 0, "y": 0, "z": 1}}],
        "bitmaps": [{"bitmap_type": "png", "bitmap_data": base64.b64encode(PNG + b"2").decode(), "height": 2, "location": {"x": 0, "y": 0, "z": 0},
                     "normal": {"x": 0, "y": 0, "z": 1}, "up": {"x": 0, "y": 1, "z": 0}}],
        "components": {"selection": [wall], "coloring": [{"color": "#ff0000", "components": [door]}],
                       "visibility": {"default_visibility": True, "exceptions": [door], "view_setup_hints": {"spaces_visible": True}}}}
    made = ask(client, f"{topic}/viewpoints", 201, method="POST", json=document)
    at = f"{topic}/viewpoints/{made['guid']}"
    assert ask(client, at) == made
    assert (made["snapshot"], made["index"]) == ({"snapshot_type": "png"}, 3)
    assert made["perspective_camera"] == {name: value for name, value in CAMERA.items() if version == "3.0" or name != "aspect_ratio"}
    picture = ask(client, f"{at}/snapshot")
    assert (picture.content, picture.headers["content-type"]) == (PNG, "image/png")
    assert ask(client, f"{at}/bitmaps/{made['bitmaps'][0]['guid']}").content == PNG + b"2"
    assert ask(client, f"{at}/selection") == {"selection": [wall]}
    assert ask(client, f"{at}/coloring") == {"coloring": [{"color": "FF0000", "components": [door]}]}
    assert ask(client, f"{at}/visibility") == {"visibility": {
        "default_visibility": True, "exceptions": [door],
        "view_setup_hints": {"spaces_visible": True, "space_boundaries_visible": False, "openings_visible": False}}}
    second = ask(client, f"{topic}/viewpoints", 201, method="POST", json={"perspective_camera": CAMERA})
    assert [one["guid"] for one in ask(client, f"{topic}/viewpoints")] == [made["guid"], second["guid"]]
    ask(client, f"{topic}/viewpoints/{second['guid']}", method="DELETE")
    exported = client.get(f"/bcf/{version}/projects/{project}/archive?version={version}", headers=KEY).content
    kept = read_bcf(exported).topics[0]
    assert (kept.viewpoints[0].viewpoint, kept.viewpoints[0].snapshot) == ("viewpoint.bcfv", "snapshot.png")
    assert read_bcf(exported).snapshot(kept, kept.viewpoints[0]) == PNG


@pytest.mark.parametrize(("document", "field"), [
    ({}, "perspective_camera"), ({"perspective_camera": CAMERA, "orthogonal_camera": CAMERA}, "perspective_camera"),
    ({"perspective_camera": CAMERA | {"field_of_view": 180}}, "field_of_view"),
    ({"perspective_camera": CAMERA | {"camera_direction": {"x": 0, "y": 0, "z": 0}}}, "camera_direction"),
    ({"perspective_camera": CAMERA | {"camera_view_point": {"x": 0, "y": "1", "z": 0}}}, "y"),
    ({"snapshot": {"snapshot_type": "png", "snapshot_data": "!"}}, "snapshot_data"),
    ({"snapshot": {"snapshot_type": "png", "snapshot_data": base64.b64encode(b"<svg>").decode()}}, "snapshot_data"),
    ({"snapshot": {"snapshot_type": "gif", "snapshot_data": ""}}, "snapshot"),
    ({"perspective_camera": CAMERA, "components": {"coloring": [{"color": "red", "components": []}]}}, "color"),
    ({"perspective_camera": CAMERA, "lines": {}}, "lines"),
])
def test_a_viewpoint_that_cannot_be_is_refused_with_the_field(client: TestClient, project: str, document: dict[str, Any], field: str) -> None:
    topic = new_topic(client, project)["guid"]
    assert ask(client, f"/bcf/3.0/projects/{project}/topics/{topic}/viewpoints", 400, method="POST", json=document)["field"] == field


@VERSIONS
def test_comments_are_made_read_changed_filtered_and_deleted(client: TestClient, project: str, version: str) -> None:
    topic = f"/bcf/{version}/projects/{project}/topics/{new_topic(client, project, version)['guid']}"
    view = ask(client, f"{topic}/viewpoints", 201, method="POST", json={"perspective_camera": CAMERA})["guid"]
    first = ask(client, f"{topic}/comments", 201, method="POST", json={"comment": "first"})
    second = ask(client, f"{topic}/comments", 201, method="POST", json={"viewpoint_guid": view})
    assert second["viewpoint_guid"] == view
    assert [one["guid"] for one in ask(client, f"{topic}/comments")] == [first["guid"], second["guid"]]
    newest = ask(client, f"{topic}/comments", params={"$orderby": "date desc", "$top": "1", "$filter": "date gt 2015-12-05T00:00:00+01:00"})
    assert [one["guid"] for one in newest] == [second["guid"]]
    changed = ask(client, f"{topic}/comments/{first['guid']}", method="PUT", json={"comment": "better"})
    assert (changed["comment"], changed["modified_author"], changed["topic_guid"]) == ("better", "editor", topic.rpartition("/")[2])
    ask(client, f"{topic}/comments", 400, method="POST", json={"comment": " "})
    ask(client, f"{topic}/comments", 400, method="POST", json={"comment": "x", "viewpoint_guid": TOPIC})
    ask(client, f"{topic}/viewpoints/{view}", method="DELETE")
    assert "viewpoint_guid" not in ask(client, f"{topic}/comments/{second['guid']}")
    ask(client, f"{topic}/comments/{first['guid']}", method="DELETE")
    ask(client, f"{topic}/comments/{first['guid']}", 404)


def test_what_happened_stays_on_record(client: TestClient, project: str) -> None:
    made = new_topic(client, project, labels=["MEP"], priority="High")
    topic = f"/bcf/3.0/projects/{project}/topics/{made['guid']}"
    ask(client, topic, method="PUT", json={"title": "A topic", "topic_type": "Error", "topic_status": "Closed"})
    comment = ask(client, f"{topic}/comments", 201, method="POST", json={"comment": "text"})
    told = [(one["events"][0]["type"], one["events"][0]["value"]) for one in ask(client, f"{topic}/events")]
    assert told == [("topic_created", None), ("title_updated", "A topic"), ("status_updated", "Open"), ("type_updated", "Error"),
                    ("priority_updated", "High"), ("label_added", "MEP"), ("status_updated", "Closed"), ("priority_removed", None), ("label_removed", "MEP")]
    asked = {"$filter": f"type eq 'status_updated' and topic_guid eq '{made['guid']}' and author eq 'editor'", "$orderby": "date desc", "$top": "1"}
    (latest,) = ask(client, f"/bcf/3.0/projects/{project}/topics/events", params=asked)
    assert latest["events"] == [{"type": "status_updated", "value": "Closed"}]
    said = ask(client, f"/bcf/3.0/projects/{project}/topics/comments/events")
    assert [one["events"][0]["type"] for one in said] == ["comment_created", "comment_text_updated"]
    assert ask(client, f"{topic}/comments/{comment['guid']}/events") == said
    ask(client, topic, method="DELETE")
    assert len(ask(client, f"/bcf/3.0/projects/{project}/topics/events")) == len(told)


@VERSIONS
def test_files_related_topics_snippet_and_documents(client: TestClient, project: str, version: str) -> None:
    root = f"/bcf/{version}/projects/{project}"
    one, other = new_topic(client, project)["guid"], new_topic(client, project)["guid"]
    topic, name = f"{root}/topics/{one}", "filename" if version == "3.0" else "file_name"
    file = {"ifc_project": "0J$yPqHBD12v72y4qF6XcD", name: "a.ifc", "reference": "https://example.com/a.ifc"}
    assert ask(client, f"{topic}/files", method="PUT", json=[file]) == [file] == ask(client, f"{topic}/files")
    assert [entry["file"] for entry in ask(client, f"{root}/files_information")] == [file]
    related = [{"related_topic_guid": other}]
    assert ask(client, f"{topic}/related_topics", method="PUT", json=related) == related == ask(client, f"{topic}/related_topics")
    ask(client, f"{topic}/related_topics", 404, method="PUT", json=[{"related_topic_guid": "0d9a8a4e-8f0e-4a8e-9f53-0c2b8f6f9999"}])
    document = ask(client, f"{root}/documents", 201, method="POST", content=b"pdf", headers={"Content-Disposition": 'attachment; filename="../a b.pdf"'})
    assert document["filename"] == "a b.pdf"
    kept = ask(client, f"{root}/documents/{document['guid']}")
    assert (kept.content, kept.headers["content-disposition"]) == (b"pdf", 'attachment; filename="a b.pdf"')
    reference = ask(client, f"{topic}/document_references", 201, method="POST", json={"document_guid": document["guid"], "description": "d"})
    changed = ask(client, f"{topic}/document_references/{reference['guid']}", method="PUT", json={"url": "https://example.com"})
    assert ask(client, f"{topic}/document_references") == [changed] == [{"guid": reference["guid"], "url": "https://example.com"}]
    ask(client, f"{topic}/document_references", 400, method="POST", json={"document_guid": one})
    ask(client, f"{topic}/snippet", 400, method="PUT", content=b"{}")
    snippet = {"snippet_type": "JSON", "is_external": False, "reference": "a.json", "reference_schema": "s"}
    ask(client, topic, method="PUT", json={"title": "t", "bim_snippet": snippet})
    ask(client, f"{topic}/snippet", 404)
    ask(client, f"{topic}/snippet", method="PUT", content=b"{}")
    assert ask(client, f"{topic}/snippet").content == b"{}"


@needs_corpus
@pytest.mark.parametrize("name", archives("2.0", "2.1", "3.0")[::4])
def test_an_archive_becomes_a_project_and_an_archive_again(client: TestClient, name: str) -> None:
    content = corpus_file(name).read_bytes()
    made = ask(client, f"/bcf/3.0/projects?project_id={name.replace('/', '_')}", 201, method="POST", content=content,
               headers={"Content-Type": "application/octet-stream"})
    path, before = f"/bcf/3.0/projects/{made['project_id']}", read_bcf(content)
    assert {one["title"] for one in ask(client, f"{path}/topics")} == {topic.title for topic in before.topics}
    assert ask(client, f"{path}/archive", 201, method="POST", content=content) == {
        "project_id": made["project_id"], "created": 0, "updated": len(before.topics)}
    after = read_bcf(client.get(f"{path}/archive", headers=KEY).content)
    assert {topic.guid for topic in after.topics} == {topic.guid for topic in before.topics}
    assert {len(topic.comments) for topic in after.topics} == {len(topic.comments) for topic in before.topics}
    assert after.members == before.members
    for version in ("2.1", "3.0"):
        assert faults(client.get(f"{path}/archive?version={version}", headers=KEY).content, version) == []
    for topic in before.topics:
        for viewpoint in topic.viewpoints:
            at = f"{path}/topics/{topic.guid}/viewpoints/{viewpoint.guid}"
            assert ask(client, f"{at}/snapshot").content == before.snapshot(topic, viewpoint)
            assert ask(client, f"{at}/visibility")["visibility"]["default_visibility"] is not None


def test_a_broken_archive_makes_no_project(client: TestClient) -> None:
    before = ask(client, "/bcf/3.0/projects")
    told = ask(client, "/bcf/3.0/projects", 400, method="POST", content=made(small() | {f"{TOPIC}/markup.bcf": "<Markup>"}))
    assert "markup.bcf, line 1" in told["message"]
    assert ask(client, "/bcf/3.0/projects") == before


def test_a_browser_of_another_origin_may_ask(client: TestClient) -> None:
    answer = client.options("/bcf/3.0/projects", headers={"Origin": "https://viewer.example", "Access-Control-Request-Method": "PUT",
                                                          "Access-Control-Request-Headers": "authorization, content-type"})
    assert answer.status_code == 200
    assert answer.headers["access-control-allow-origin"] in ("*", "https://viewer.example")
    assert "PUT" in answer.headers["access-control-allow-methods"]
    assert client.patch("/bcf/3.0/projects", headers=KEY).status_code == 405


def test_bodies_that_are_no_json_say_so(client: TestClient, project: str) -> None:
    for body in (b"", b"{", b"[]", b"\xff"):
        assert "body" in ask(client, f"/bcf/3.0/projects/{project}/topics", 400, method="POST", content=body)["message"]


def test_a_name_of_a_file_cannot_leave_its_header(client: TestClient, project: str) -> None:
    ask(client, f"/bcf/3.0/projects/{project}", method="PUT", json={"name": 'a"\r\nX-Evil: 1/機'})
    headers = client.get(f"/bcf/3.0/projects/{project}/archive", headers=KEY).headers
    assert "x-evil" not in headers
    assert headers["content-disposition"] == 'attachment; filename="a___X-Evil: 1__.bcf"'


def test_the_archive_is_a_file_on_disk_for_others(client: TestClient, project: str, tmp_path: Path) -> None:
    new_topic(client, project)
    (tmp_path / "a.bcf").write_bytes(client.get(f"/bcf/2.1/projects/{project}/archive?version=2.1", headers=KEY).content)
    assert read_bcf(tmp_path / "a.bcf").topics[0].title == "A topic"
    assert json.dumps(ask(client, f"/bcf/2.1/projects/{project}/extensions")["user_id_type"]) == "[]"
    assert io.BytesIO((tmp_path / "a.bcf").read_bytes()).read(2) == b"PK"
