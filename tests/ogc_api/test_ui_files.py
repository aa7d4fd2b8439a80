"""Files of the web UI over HTTP: packed where that is taken, the plain ones otherwise, and how long they may be kept."""

from __future__ import annotations

import gzip
from pathlib import Path

import brotli
import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.routing import Mount
from starlette.testclient import TestClient

from ogc_api.compression import Compression
from ogc_api.ui_files import UiFiles

SCRIPT = b"console.log('a script');\n" * 400


@pytest.fixture
def client(tmp_path: Path) -> TestClient:
    """A page, a script with both packed forms, and one without."""
    (tmp_path / "assets").mkdir()
    (tmp_path / "index.html").write_bytes(b"<!doctype html>")
    for name, content in (("packed.mjs", SCRIPT), ("plain.mjs", SCRIPT)):
        (tmp_path / "assets" / name).write_bytes(content)
    (tmp_path / "assets" / "packed.mjs.gz").write_bytes(gzip.compress(SCRIPT))
    (tmp_path / "assets" / "packed.mjs.br").write_bytes(brotli.compress(SCRIPT))
    return TestClient(Starlette(routes=[Mount("/", UiFiles(directory=tmp_path, html=True))], middleware=[Middleware(Compression)]))


@pytest.mark.parametrize(("accept", "encoding"), [("gzip, deflate, br", "br"), ("gzip", "gzip"), ("br;q=0, gzip", "gzip"), ("identity", None)])
def test_a_script_comes_in_the_smallest_form_that_is_taken(client: TestClient, accept: str, encoding: str | None) -> None:
    answer = client.get("/assets/packed.mjs", headers={"Accept-Encoding": accept})
    assert answer.headers.get("content-encoding") == encoding
    assert answer.content == SCRIPT
    assert answer.headers["content-type"].startswith("text/javascript")
    assert "accept-encoding" in answer.headers["vary"].lower()
    if encoding:
        assert int(answer.headers["content-length"]) < len(SCRIPT) / 4


def test_a_script_that_the_build_did_not_pack_is_packed_now(client: TestClient) -> None:
    answer = client.get("/assets/plain.mjs", headers={"Accept-Encoding": "gzip"})
    assert answer.headers["content-encoding"] == "gzip"
    assert answer.content == SCRIPT


def test_a_part_is_one_of_the_plain_file(client: TestClient) -> None:
    answer = client.get("/assets/packed.mjs", headers={"Accept-Encoding": "br", "Range": "bytes=0-9"})
    assert (answer.status_code, answer.content) == (206, SCRIPT[:10])
    assert "content-encoding" not in answer.headers


def test_what_is_named_by_its_content_is_kept_and_the_page_is_asked_for_again(client: TestClient) -> None:
    assert "immutable" in client.get("/assets/packed.mjs").headers["cache-control"]
    page = client.get("/")
    assert page.headers["cache-control"] == "no-cache"
    assert client.get("/", headers={"If-None-Match": page.headers["etag"]}).status_code == 304


def test_forms_of_a_file_have_tags_of_their_own(client: TestClient) -> None:
    tags = {client.get("/assets/packed.mjs", headers={"Accept-Encoding": accept}).headers["etag"] for accept in ("br", "gzip", "identity")}
    assert len(tags) == 3
