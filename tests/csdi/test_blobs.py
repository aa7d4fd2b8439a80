"""Blobs behave the same in a folder and in S3-compatible storage."""

from __future__ import annotations

import hashlib
import os
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from csdi.blobs import Blobs
from csdi.errors import BlobMissing, SettingsInvalid, ValueInvalid


@pytest.fixture(scope="session")
def s3_url() -> Iterator[str]:
    """A bucket of an S3 server on loopback."""
    server_module = pytest.importorskip("moto.server", reason="moto's S3 server is not installed")
    server = server_module.ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    wanted = {"AWS_ENDPOINT_URL": f"http://{host}:{port}", "AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test",
              "AWS_REGION": "us-east-1", "AWS_ALLOW_HTTP": "true"}
    before = {name: os.environ.get(name) for name in wanted}
    os.environ.update(wanted)
    import boto3
    boto3.client("s3", endpoint_url=wanted["AWS_ENDPOINT_URL"]).create_bucket(Bucket="twin")
    yield "s3://twin/blobs"
    server.stop()
    for name, value in before.items():
        os.environ.pop(name) if value is None else os.environ.__setitem__(name, value)


@pytest.fixture(params=["folder", "s3"])
def blobs(request: pytest.FixtureRequest, tmp_path: Path) -> Blobs:
    return Blobs(f"file://{tmp_path}/blobs" if request.param == "folder" else request.getfixturevalue("s3_url"))


def test_bytes_come_back_under_their_digest(blobs: Blobs) -> None:
    key = blobs.put_bytes("機場客運大樓".encode())
    assert key == hashlib.sha256("機場客運大樓".encode()).hexdigest()
    assert blobs.get(key).decode() == "機場客運大樓"
    assert blobs.size(key) == 18


def test_a_file_larger_than_one_part_is_streamed(blobs: Blobs, tmp_path: Path) -> None:
    path = tmp_path / "large.bin"
    path.write_bytes(os.urandom(1 << 20) * 9)
    key = blobs.put_file(path)
    assert blobs.size(key) == path.stat().st_size
    with blobs.file(key, ".tif") as local:
        assert local.suffix == ".tif"
        assert hashlib.sha256(local.read_bytes()).hexdigest() == key


def test_a_range_is_cut_at_the_end(blobs: Blobs) -> None:
    key = blobs.put_bytes(b"0123456789")
    assert blobs.get_range(key, 3, 4) == b"3456"
    assert blobs.get_range(key, 8, 100) == b"89"
    assert blobs.get_range(key, 10, 5) == b""


def test_a_name_keeps_its_first_content_unless_replaced(blobs: Blobs) -> None:
    blobs.put_named("tiles3d/a.glb", b"one")
    blobs.put_named("tiles3d/a.glb", b"two")
    assert blobs.get("tiles3d/a.glb") == b"one"
    blobs.put_named("tiles3d/a.glb", b"two", replace=True)
    assert blobs.get("tiles3d/a.glb") == b"two"
    assert list(blobs.names("tiles3d")) == ["tiles3d/a.glb"]


def test_what_is_not_there_is_named(blobs: Blobs) -> None:
    with pytest.raises(BlobMissing, match="tiles3d/none"):
        blobs.get("tiles3d/none.glb")
    assert not blobs.exists("0" * 64)
    blobs.delete("tiles3d/none.glb")


@pytest.mark.parametrize("name", ["../secret", "/etc/passwd", "a/../../b", "", "a\\b", "nul\x00"])
def test_a_name_cannot_leave_the_root(tmp_path: Path, name: str) -> None:
    with pytest.raises(ValueInvalid):
        Blobs(f"file://{tmp_path}/blobs").put_named(name, b"x")


def test_writers_of_the_same_content_do_not_disturb_each_other(tmp_path: Path) -> None:
    blobs, data = Blobs(f"file://{tmp_path}/blobs"), os.urandom(1 << 20)
    threads = [threading.Thread(target=blobs.put_bytes, args=(data,)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert blobs.get(hashlib.sha256(data).hexdigest()) == data


def test_an_unknown_kind_of_url_is_a_setting_error() -> None:
    with pytest.raises(SettingsInvalid, match="blob URL"):
        Blobs("ftp://host/blobs")


def test_a_new_folder_is_kept_whole_or_not_at_all(blobs: Blobs) -> None:
    with pytest.raises(ZeroDivisionError), blobs.new_folder("intake/job-2") as folder:
        (folder / "rows.jsonl").write_text("half")
        raise ZeroDivisionError
    with pytest.raises(BlobMissing), blobs.folder("intake/job-2"):
        pass
    with blobs.new_folder("intake/job-2") as folder:
        (folder / "rows.jsonl").write_text("水泵")
    with blobs.folder("intake/job-2") as local:
        assert [(path.name, path.read_text()) for path in local.iterdir()] == [("rows.jsonl", "水泵")]


def test_a_folder_goes_in_and_comes_back_whole(blobs: Blobs, tmp_path: Path) -> None:
    source = tmp_path / "intake"
    (source / "deep").mkdir(parents=True)
    (source / "one.json").write_text("{}")
    (source / "deep" / "two.bin").write_bytes(b"\x00\x01")
    blobs.put_folder("intake/job-1", source)
    with blobs.folder("intake/job-1") as local:
        assert {p.relative_to(local).as_posix() for p in local.rglob("*") if p.is_file()} == {"one.json", "deep/two.bin"}
    blobs.drop_folder("intake/job-1")
    assert not list(blobs.names("intake/job-1"))
    with pytest.raises(BlobMissing), blobs.folder("intake/none"):
        pass
