"""The official schemas of BCF, used in place, and archives made for tests."""

from __future__ import annotations

import io
import zipfile
from functools import cache
from pathlib import Path

import pytest
from lxml import etree

from tests.bim.corpus import corpus_file, corpus_folder

TOPIC = "0d9a8a4e-8f0e-4a8e-9f53-0c2b8f6f0001"
_PARTS = {"bcf.version": "version", "project.bcfp": "project", "markup.bcf": "markup", "extensions.xml": "extensions",
          "documents.xml": "documents"}


def archives(*versions: str) -> list[str]:
    """Names of the corpus's archives of these versions; one telling name where there is no corpus."""
    folder = corpus_folder()
    if folder is None:
        return ["absent"]
    found = [path for version in versions for path in sorted((folder / "bcf" / f"v{version}").rglob("*.bcf*"))]
    return [str(path.relative_to(folder)) for path in found]


@cache
def _schema(version: str, name: str) -> etree.XMLSchema:
    return etree.XMLSchema(etree.parse(str(corpus_file(f"schemas/bcf-{version}/{name}.xsd"))))


def faults(content: bytes, version: str) -> list[str]:
    """What the official schemas of the version have against the members of an archive."""
    found = []
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        for name in archive.namelist():
            part = "visinfo" if name.endswith(".bcfv") else _PARTS.get(name.rpartition("/")[2])
            if part is None or (version == "2.1" and part in ("extensions", "documents")):
                continue
            schema = _schema(version, part)
            if not schema.validate(etree.fromstring(archive.read(name))):
                found.append(f"{name}: {schema.error_log.last_error}")
    return found


def made(members: dict[str, str | bytes]) -> bytes:
    """A zip archive with these members."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return target.getvalue()


def small(version: str = "2.1", **changes: str | bytes) -> dict[str, str | bytes]:
    """The members of an archive with one topic; `changes` by `version`, `markup`, `viewpoint`."""
    view = ('<VisualizationInfo Guid="0d9a8a4e-8f0e-4a8e-9f53-0c2b8f6f0002"><PerspectiveCamera>'
            "<CameraViewPoint><X>1</X><Y>2.5</Y><Z>-3e2</Z></CameraViewPoint>"
            "<CameraDirection><X>0</X><Y>1</Y><Z>0</Z></CameraDirection><CameraUpVector><X>0</X><Y>0</Y><Z>1</Z></CameraUpVector>"
            "<FieldOfView>50</FieldOfView></PerspectiveCamera></VisualizationInfo>")
    markup = (f'<Markup><Topic Guid="{TOPIC}" TopicType="Error" TopicStatus="Open"><Title>A title</Title>'
              "<CreationDate>2026-11-21T10:00:00Z</CreationDate><CreationAuthor>a@example.com</CreationAuthor></Topic>"
              '<Viewpoints Guid="0d9a8a4e-8f0e-4a8e-9f53-0c2b8f6f0002"><Viewpoint>viewpoint.bcfv</Viewpoint></Viewpoints></Markup>')
    return {"bcf.version": changes.get("version", f'<Version VersionId="{version}"/>'),
            f"{TOPIC}/markup.bcf": changes.get("markup", markup), f"{TOPIC}/viewpoint.bcfv": changes.get("viewpoint", view)}


def written(tmp_path: Path, content: bytes) -> Path:
    """The bytes as a file."""
    path = tmp_path / "archive.bcf"
    path.write_bytes(content)
    return path


needs_corpus = pytest.mark.corpus
