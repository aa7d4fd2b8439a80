"""Uploads in parts: they go on where they ended, also after a restart, and are refused in the words of tus."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from starlette.testclient import TestClient

from csdi.bootstrap import Services, open_services
from csdi.errors import Busy, ChecksumWrong, Conflict, NotFound
from csdi.resumable import Uploads
from csdi.settings import read_settings
from ogc_api.app import create_app

WHO = {"authorization": "Bearer let-me-in", "tus-resumable": "1.0.0"}
PART = WHO | {"content-type": "application/offset+octet-stream"}
NAME = "filename " + base64.b64encode("tower 塔.ifc".encode()).decode()


@pytest.fixture
def services(tmp_path: Path) -> Iterator[Services]:
    with open_services(read_settings(home=tmp_path, token="let-me-in", upload_limit_mb=1, upload_quota_mb=2)) as opened:
        yield opened


@pytest.fixture
def client(services: Services) -> Iterator[TestClient]:
    with TestClient(create_app(services.settings, services), raise_server_exceptions=False) as made:
        yield made


def begun(client: TestClient, length: int, **more: str) -> str:
    """The path of a new upload."""
    answer = client.post("/api/uploads", headers=WHO | {"upload-length": str(length), "upload-metadata": NAME} | more)
    assert answer.status_code == 201, answer.text
    assert answer.headers["tus-resumable"] == "1.0.0"
    return answer.headers["location"].removeprefix("http://testserver")


def test_options_tell_what_the_server_can_do_without_a_token(client: TestClient) -> None:
    answer = client.options("/api/uploads")
    assert answer.status_code == 204
    assert (answer.headers["tus-version"], answer.headers["tus-max-size"]) == ("1.0.0", str(1 << 20))
    assert {"creation", "termination", "checksum", "expiration"} <= set(answer.headers["tus-extension"].split(","))


def test_an_upload_goes_on_after_a_restart_and_ends_with_the_digest_of_all_its_bytes(services: Services) -> None:
    body = bytes(range(256)) * 300
    with TestClient(create_app(services.settings, services)) as client:
        path = begun(client, len(body))
        answer = client.patch(path, headers=PART | {"upload-offset": "0"}, content=body[:30_000])
        assert (answer.status_code, answer.headers["upload-offset"]) == (204, "30000")
    with TestClient(create_app(services.settings, services)) as client:
        head = client.head(path, headers=WHO)
        assert (head.headers["upload-offset"], head.headers["upload-length"]) == ("30000", str(len(body)))
        assert head.headers["cache-control"] == "no-store"
        assert client.patch(path, headers=PART | {"upload-offset": "30000"}, content=body[30_000:]).status_code == 204
        found = client.get(path, headers=WHO).json()
    assert found["complete"]
    assert (found["file"], found["sha256"]) == ("tower 塔.ifc", hashlib.sha256(body).hexdigest())


def test_a_part_at_another_offset_is_a_conflict_that_names_the_right_one(client: TestClient) -> None:
    path = begun(client, 10)
    client.patch(path, headers=PART | {"upload-offset": "0"}, content=b"abc")
    answer = client.patch(path, headers=PART | {"upload-offset": "0"}, content=b"abc")
    assert (answer.status_code, answer.json()["offset"]) == (409, 3)


def test_a_part_that_is_not_what_its_checksum_says_leaves_the_upload_as_it_was(client: TestClient) -> None:
    path = begun(client, 6)
    good = "sha1 " + base64.b64encode(hashlib.sha1(b"abc", usedforsecurity=False).digest()).decode()
    assert client.patch(path, headers=PART | {"upload-offset": "0", "upload-checksum": good}, content=b"abc").status_code == 204
    assert client.patch(path, headers=PART | {"upload-offset": "3", "upload-checksum": good}, content=b"xyz").status_code == 460
    assert client.head(path, headers=WHO).headers["upload-offset"] == "3"
    assert client.patch(path, headers=PART | {"upload-offset": "3", "upload-checksum": "crc7 AAAA"}, content=b"x").status_code == 400
    assert client.patch(path, headers=PART | {"upload-offset": "3", "upload-checksum": good}, content=b"abc").status_code == 204
    assert client.get(path, headers=WHO).json()["sha256"] == hashlib.sha256(b"abcabc").hexdigest()


def test_an_upload_can_come_whole_with_its_creation(client: TestClient) -> None:
    answer = client.post("/api/uploads", headers=PART | {"upload-length": "5", "upload-metadata": NAME}, content=b"whole")
    assert (answer.status_code, answer.headers["upload-offset"]) == (201, "5")


def test_what_is_deleted_is_gone_and_what_is_not_ones_own_was_never_there(client: TestClient, services: Services) -> None:
    path = begun(client, 5)
    with pytest.raises(NotFound):
        Uploads(services.settings.home / "resumable", limit=9, quota=9, keep_s=9).upload(path.rpartition("/")[2], "somebody")
    assert client.delete(path, headers=WHO).status_code == 204
    assert client.head(path, headers=WHO).status_code == 404
    assert client.head("/api/uploads/..%2F..%2Fsite.gpkg", headers=WHO).status_code == 404


@pytest.mark.parametrize(("headers", "status"), [
    ({"upload-length": "2000000"}, 413), ({"upload-length": "-1"}, 400), ({"upload-length": "1e3"}, 400), ({}, 400),
    ({"upload-length": "5", "upload-metadata": "filename !!!"}, 400), ({"upload-length": "5", "upload-metadata": ""}, 400),
    ({"upload-length": "5", "tus-resumable": "0.2"}, 412), ({"upload-length": "5", "authorization": ""}, 403)])
def test_a_creation_that_cannot_be_is_refused(client: TestClient, headers: dict[str, str], status: int) -> None:
    answer = client.post("/api/uploads", headers=WHO | {"upload-metadata": NAME} | headers)
    assert answer.status_code == status
    assert answer.headers["tus-resumable"] == "1.0.0"


def test_more_than_was_announced_is_refused_and_other_media_too(client: TestClient) -> None:
    path = begun(client, 3)
    assert client.patch(path, headers=PART | {"upload-offset": "0"}, content=b"four").status_code == 413
    assert client.patch(path, headers=WHO | {"upload-offset": "0", "content-type": "text/plain"}, content=b"abc").status_code == 415


def test_uploads_that_are_not_used_count_against_the_quota_until_they_are_deleted(client: TestClient) -> None:
    first = begun(client, 1 << 20)
    begun(client, 1 << 20)
    answer = client.post("/api/uploads", headers=WHO | {"upload-length": "1", "upload-metadata": NAME})
    assert answer.status_code == 409
    client.delete(first, headers=WHO)
    begun(client, 1)


def test_two_cannot_write_one_upload_at_the_same_time(tmp_path: Path) -> None:
    uploads = Uploads(tmp_path, limit=100, quota=100, keep_s=100)
    made = uploads.begin("ann", "a.ifc", 10)
    with uploads.writing(made.id, "ann", 0) as writer:
        writer.write(b"abc")
        with pytest.raises(Busy), Uploads(tmp_path, limit=100, quota=100, keep_s=100).writing(made.id, "ann", 0):
            pass
    assert uploads.upload(made.id).offset == 3


def test_what_has_expired_is_gone_from_the_disk(tmp_path: Path) -> None:
    import os
    uploads = Uploads(tmp_path, limit=100, quota=100, keep_s=-1)
    made = uploads.begin("ann", "a.ifc", 10)
    with pytest.raises(NotFound):
        uploads.upload(made.id)
    os.utime(tmp_path / made.id, (0, 0))
    assert uploads.sweep() == 1
    assert not (tmp_path / made.id).exists()


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary(max_size=300), st.lists(st.tuples(st.integers(0, 80), st.booleans(), st.sampled_from(["good", "wrong", "none"]))))
def test_whatever_parts_come_and_break_off_the_bytes_are_those_that_were_sent(
        tmp_path: Path, body: bytes, parts: list[tuple[int, bool, str]]) -> None:
    uploads = Uploads(tmp_path, limit=1000, quota=10**9, keep_s=1000)
    made = uploads.begin("ann", "a.ifc", len(body))
    for size, restart, checksum in [*parts, (300, True, "none")]:
        uploads = Uploads(tmp_path, limit=1000, quota=10**9, keep_s=1000) if restart else uploads
        offset = uploads.upload(made.id).offset
        chunk = body[offset:offset + size]
        said = {"good": ("sha256", hashlib.sha256(chunk).digest()), "wrong": ("sha256", b"no"), "none": None}[checksum]
        try:
            with uploads.writing(made.id, "ann", offset, said) as writer:
                writer.write(chunk)
        except ChecksumWrong:
            assert checksum == "wrong"
            assert uploads.upload(made.id).offset == offset
        with pytest.raises(Conflict), uploads.writing(made.id, "ann", len(body) + 1):
            pass
    assert uploads.file(made.id, "ann").read_bytes() == body
    assert uploads.upload(made.id).sha256 == hashlib.sha256(body).hexdigest()
    uploads.delete(made.id, "ann")


