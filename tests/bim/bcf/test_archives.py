"""Official archives go through whole; what we write is valid, and another reader reads it."""

from __future__ import annotations

import io
import warnings
import zipfile
from dataclasses import replace
from pathlib import Path

import pytest

from bim.bcf import bytes_of, converted, loose_ends, read_bcf, roundtrip, write_bcf
from bim.bcf.model import Bcf, Camera, Comment, Component, Document, DocumentReference, Documents, Extensions, Other, Topic, View, Viewpoint
from tests.bim.bcf.schemas import TOPIC, archives, faults, made, needs_corpus, small
from tests.bim.corpus import corpus_file


@needs_corpus
@pytest.mark.parametrize("name", archives("2.1", "3.0"))
def test_an_official_archive_goes_through_with_every_member_the_same(name: str, tmp_path: Path) -> None:
    trip = roundtrip(corpus_file(name), tmp_path / "out.bcf")
    assert (trip.version, trip.lost, trip.changed, trip.added, trip.findings) == (trip.written, (), (), (), ())
    assert trip.is_whole
    assert trip.counts["topics"] > 0
    assert faults((tmp_path / "out.bcf").read_bytes(), trip.written) == []
    assert read_bcf(tmp_path / "out.bcf") == read_bcf(corpus_file(name))


@needs_corpus
@pytest.mark.parametrize("version", ["2.1", "3.0"])
@pytest.mark.parametrize("name", archives("2.0", "2.1", "3.0"))
def test_an_official_archive_in_another_version_keeps_topics_comments_viewpoints_and_pictures(name: str, version: str, tmp_path: Path) -> None:
    trip = roundtrip(corpus_file(name), tmp_path / "out.bcf", version)
    assert trip.lost == ()
    assert faults((tmp_path / "out.bcf").read_bytes(), version) == []
    pictures = [path for path in trip.changed if path.endswith((".png", ".ifc", ".json"))]
    assert pictures == []


@needs_corpus
@pytest.mark.parametrize("name", archives("2.1", "3.0"))
def test_the_model_alone_says_everything_that_the_archive_said(name: str) -> None:
    """Without the parts as received, every part is written from the model: it is valid, and reads the same."""
    before = replace(read_bcf(corpus_file(name)), sources={})
    content, _ = bytes_of(before)
    assert faults(content, before.version) == []
    after = read_bcf(content)
    assert replace(after, project=None) == replace(before, project=None)


@needs_corpus
@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("version", ["2.1", "3.0"])
@pytest.mark.parametrize("name", archives("2.0", "2.1", "3.0"))
def test_another_reader_reads_what_we_write(name: str, version: str, tmp_path: Path) -> None:
    from bcf.bcfxml import load
    before = read_bcf(corpus_file(name))
    write_bcf(before, tmp_path / "out.bcf", version)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with load(tmp_path / "out.bcf") as read:
            topics = {guid.lower(): handler for guid, handler in read.topics.items()}
            assert len(topics) == len(before.topics)
            titles = sorted(handler.topic.title for handler in topics.values())
            seen = sum(len(handler.viewpoints) for handler in topics.values())
    assert titles == sorted(topic.title for topic in before.topics)
    assert seen == sum(len(topic.viewpoints) for topic in before.topics)


@needs_corpus
def test_a_2_0_component_list_becomes_selection_exceptions_and_colours() -> None:
    bcf = read_bcf(corpus_file("bcf/v2.0/Markup/HeaderWithNoFiles/HeaderWithNoFiles.bcfzip"))
    view = bcf.topics[0].viewpoints[0].view
    assert view is not None
    assert [one.ifc_guid for one in view.selection] == ["0hm_TZ7fj2wQv5AxxV1KqF"]
    assert view.default_visibility is True
    assert [one.ifc_guid for one in view.exceptions] == ["0hm_TZ7fj2wQv5AxxV1KqF", "1bbI761TbBCOoIa5Kt6PXt", "1m5wAJelDFdhn6qBdOGjos"]


@needs_corpus
def test_a_document_beside_the_topics_goes_into_the_list_of_3_0_and_back(tmp_path: Path) -> None:
    bcf = read_bcf(corpus_file("bcf/v2.1/Markup/PDFFile/PDFFile.bcf"))
    pdf = bcf.members["Requirements.pdf"]
    listed, _ = converted(bcf, "3.0")
    assert listed.documents is not None
    (document,) = listed.documents.documents
    assert document.filename == "Requirements.pdf"
    assert listed.members[f"documents/{document.guid}"] == pdf
    assert listed.topics[0].document_references[0].document_guid == document.guid
    back, _ = converted(listed, "2.1")
    assert back.members["Requirements.pdf"] == pdf
    assert back.topics[0].document_references[0].url == "../Requirements.pdf"


def test_what_nobody_knows_is_kept_and_written_back_also_into_a_changed_topic_and_another_version() -> None:
    members = small()
    markup = str(members[f"{TOPIC}/markup.bcf"]).replace("<Title>", '<Mood xmlns:q="urn:q" q:a="1">good<i/>x</Mood><Title lang="en">')
    members |= {f"{TOPIC}/markup.bcf": markup.replace("<Markup>", '<Markup vendor="v">'), f"{TOPIC}/notes.txt": "note", "vendor/data.bin": b"\x00\x01"}
    bcf = read_bcf(made(members))
    topic = bcf.topics[0]
    assert Other("Topic[0]", '<Mood xmlns:ns0="urn:q" ns0:a="1">good<i />x</Mood>') in topic.others
    assert Other("", name="vendor", value="v") in topic.others
    assert Other("Topic[0]/Title[0]", name="lang", value="en") in topic.others
    for version in ("2.1", "3.0"):
        changed = replace(bcf, topics=(replace(topic, title="Another title"),))
        after = read_bcf(bytes_of(changed, version)[0])
        assert after.topics[0].title == "Another title"
        assert set(after.topics[0].others) == set(topic.others)
        assert after.members == {f"{TOPIC}/notes.txt": b"note", "vendor/data.bin": b"\x00\x01"}


def test_only_what_changed_is_written_anew() -> None:
    members = small()
    bcf = read_bcf(made(members))
    changed = replace(bcf, topics=(replace(bcf.topics[0], priority="High"),))
    with zipfile.ZipFile(io.BytesIO(bytes_of(changed)[0])) as archive:
        assert archive.read(f"{TOPIC}/viewpoint.bcfv").decode() == members[f"{TOPIC}/viewpoint.bcfv"]
        assert b"<Priority>High</Priority>" in archive.read(f"{TOPIC}/markup.bcf")
        assert f"{TOPIC}/" in archive.namelist()


def _rich() -> Bcf:
    view = View(guid="0d9a8a4e-8f0e-4a8e-9f53-0c2b8f6f0003", selection=(Component("0hm_TZ7fj2wQv5AxxV1KqF"),),
                perspective_camera=Camera(field_of_view=30.0, aspect_ratio=1.5))
    topic = Topic(guid=TOPIC.upper(), title="T", topic_type="Error", server_assigned_id="7", creation_date="2026-11-21T10:00:00+08:00",
                  creation_author="a", comments=(Comment(guid="0d9a8a4e-8f0e-4a8e-9f53-0c2b8f6f0004", date="2026-11-21", author="b"),),
                  viewpoints=(Viewpoint(guid=view.guid, view=view),),
                  document_references=(DocumentReference(document_guid="0d9a8a4e-8f0e-4a8e-9f53-0c2b8f6f0005"),))
    documents = Documents((Document("0d9a8a4e-8f0e-4a8e-9f53-0c2b8f6f0005", "../evil/plan.pdf"),))
    return Bcf("3.0", (topic,), extensions=Extensions(users=("a",)), documents=documents,
               members={"documents/0d9a8a4e-8f0e-4a8e-9f53-0c2b8f6f0005": b"pdf"})


@pytest.mark.parametrize("version", ["2.1", "3.0"])
@needs_corpus
def test_a_made_archive_is_valid_and_tells_what_the_version_cannot_say(version: str) -> None:
    content, findings = bytes_of(_rich(), version)
    assert faults(content, version) == []
    told = {one.data["field"] for one in findings}
    after = read_bcf(content)
    assert after.topics[0].viewpoints[0].viewpoint == "viewpoint.bcfv"
    if version == "2.1":
        assert {"server_assigned_id", "perspective_camera.aspect_ratio", "field_of_view"} <= told
        assert after.members == {"plan.pdf": b"pdf"}
    else:
        assert told == {"topic_status", "comment date", "reference guid"}
        assert after.topics[0].guid == TOPIC


def test_the_same_archive_is_written_as_the_same_bytes() -> None:
    assert bytes_of(_rich())[0] == bytes_of(_rich())[0]


def test_what_xml_cannot_hold_is_left_out_of_texts() -> None:
    topic = Topic(guid=TOPIC, title="a\x00b\x1f\ud800c\ufffe 機", creation_date="2026-11-21T10:00:00Z")
    assert read_bcf(bytes_of(Bcf("2.1", (topic,)))[0]).topics[0].title == "abc 機"


def test_two_viewpoints_of_one_file_name_are_both_kept() -> None:
    guids = [f"0d9a8a4e-8f0e-4a8e-9f53-0c2b8f6f000{n}" for n in range(3)]
    seen = tuple(Viewpoint(guid, "viewpoint.bcfv", view=View(guid, perspective_camera=Camera((float(n), 0, 0), field_of_view=50.0)))
                 for n, guid in enumerate(guids))
    after = read_bcf(bytes_of(Bcf("2.1", (Topic(guid=TOPIC, title="t", viewpoints=seen),)))[0]).topics[0]
    assert [one.view.perspective_camera.view_point[0] for one in after.viewpoints] == [0, 1, 2]  # type: ignore[union-attr]
    assert after.viewpoints[0].viewpoint == "viewpoint.bcfv"


@needs_corpus
@pytest.mark.parametrize("name", archives("2.0", "2.1", "3.0"))
def test_official_archives_refer_only_to_what_they_have(name: str) -> None:
    assert [one.message for one in loose_ends(read_bcf(corpus_file(name)))] == []


def test_what_is_referred_to_and_not_there_is_found() -> None:
    markup = str(small()[f"{TOPIC}/markup.bcf"])
    markup = markup.replace("</Topic>", '<BimSnippet SnippetType="a"><Reference>a.json</Reference><ReferenceSchema>s</ReferenceSchema></BimSnippet>'
                            "<DocumentReference><ReferencedDocument>../plan.pdf</ReferencedDocument></DocumentReference>"
                            '<RelatedTopic Guid="0d9a8a4e-8f0e-4a8e-9f53-0c2b8f6f00ff"/></Topic>')
    markup = markup.replace("</Viewpoint>", "</Viewpoint><Snapshot>snapshot.png</Snapshot>")
    members = small(markup=markup)
    del members[f"{TOPIC}/viewpoint.bcfv"]
    found = {one.message.partition(" '")[0] for one in loose_ends(read_bcf(made(members)))}
    assert found == {"snippet", "document", "related topic", "viewpoint", "snapshot"}
