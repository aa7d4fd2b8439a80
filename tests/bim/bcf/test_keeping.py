"""Projects and topics in a store."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from bim.bcf import Bcf, bytes_of, read_bcf
from bim.bcf.as_json import from_json, to_json
from bim.bcf.keeping import Board, KeptProject, KeptTopic
from bim.bcf.model import Camera, Comment, Topic, View, Viewpoint
from csdi.blobs import Blobs
from csdi.errors import Conflict, NotFound, ValueInvalid
from csdi.store import open_store
from tests.bim.bcf.schemas import TOPIC, archives, made, needs_corpus, small
from tests.bim.corpus import corpus_file


@pytest.fixture(params=["memory", "sqlite", pytest.param("postgis", marks=pytest.mark.postgis)])
def board(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Board]:
    urls = {"memory": lambda: "memory:", "sqlite": lambda: f"sqlite:///{tmp_path}/site.gpkg",
            "postgis": lambda: request.getfixturevalue("postgres_database")}
    store = open_store(urls[request.param]())
    yield Board(store, Blobs("memory:///"))
    store.close()


@needs_corpus
@pytest.mark.parametrize("name", archives("2.1", "3.0"))
def test_a_topic_as_json_is_the_same_topic(name: str) -> None:
    for topic in read_bcf(corpus_file(name)).topics:
        assert from_json(Topic, to_json(topic)) == topic


@pytest.mark.parametrize("document", [5, {"title": 5}, {"labels": "x"}, {"labels": [5]}, {"index": True}, {"viewpoints": [{"view": {"lines": [{"start_point": [1]}]}}]}])
def test_json_of_another_shape_is_refused(document: object) -> None:
    with pytest.raises(ValueInvalid):
        from_json(Topic, document)


def test_a_document_beside_topics_is_kept_in_the_list_and_goes_out_as_it_came(board: Board) -> None:
    markup = str(small()[f"{TOPIC}/markup.bcf"]).replace("</Topic>", "<DocumentReference><ReferencedDocument>../plan.pdf</ReferencedDocument></DocumentReference></Topic>")
    board.create(KeptProject("p"))
    assert board.take_in(read_bcf(made(small(markup=markup) | {"plan.pdf": b"pdf"})), board.project("p"), "me") == (1, 0)
    (document,) = board.project("p").documents.documents
    assert board.topic("p", TOPIC).topic.document_references[0].document_guid == document.guid
    out = read_bcf(bytes_of(board.archive("p"), "2.1")[0])
    assert out.members == {"plan.pdf": b"pdf"}
    assert out.topics[0].document_references[0].url == "../plan.pdf"


def view(guid: str, x: float) -> Viewpoint:
    return Viewpoint(guid, "viewpoint.bcfv", "snapshot.png", view=View(guid, perspective_camera=Camera((x, 0, 0), field_of_view=50.0, aspect_ratio=1.0)))


def test_another_copy_of_a_topic_adds_what_is_new_and_takes_nothing_away(board: Board) -> None:
    one, two = "0d9a8a4e-8f0e-4a8e-9f53-0c2b8f6f000a", "0d9a8a4e-8f0e-4a8e-9f53-0c2b8f6f000b"
    ours = Topic(guid=TOPIC, title="old", viewpoints=(view(one, 1),), comments=(Comment(one, "2026-01-01T00:00:00Z", "a", "first"),))
    theirs = replace(ours, title="new", modified_date="2026-02-01T00:00:00Z", viewpoints=(view(two, 2),),
                     comments=(Comment(two, "2026-01-02T00:00:00Z", "b", "second"),), guid=TOPIC.upper())
    board.create(KeptProject("p", version="3.0"))
    board.take_in(Bcf("3.0", (ours,), members={f"{TOPIC}/snapshot.png": b"one"}), board.project("p"), "me")
    board.take_in(Bcf("3.0", (theirs,), members={f"{TOPIC.upper()}/snapshot.png": b"two"}), board.project("p"), "me")
    out = read_bcf(bytes_of(board.archive("p"))[0])
    (topic,) = out.topics
    assert (topic.title, [one.comment for one in topic.comments]) == ("new", ["first", "second"])
    shown = {one.view.camera.view_point[0]: out.snapshot(topic, one) for one in topic.viewpoints}  # type: ignore[union-attr]
    assert shown == {1.0: b"one", 2.0: b"two"}
    assert board.take_in(out, board.project("p"), "me") == (0, 1)
    assert read_bcf(bytes_of(board.archive("p"))[0]) == out


def test_what_is_not_there_is_named_and_what_is_taken_conflicts(board: Board) -> None:
    for ask in (lambda: board.project("p"), lambda: board.topic("p", TOPIC), lambda: board.add("p", KeptTopic(Topic(guid=TOPIC)), "me")):
        with pytest.raises(NotFound):
            ask()
    assert (board.projects(), board.topics("p"), board.events("p", "topic")) == ([], [], [])
    board.create(KeptProject("p"))
    board.add("p", KeptTopic(Topic(guid=TOPIC, title="t")), "me")
    with pytest.raises(Conflict):
        board.create(KeptProject("p"))
    with pytest.raises(Conflict):
        board.add("p", KeptTopic(Topic(guid=TOPIC, title="t")), "me")


def test_a_change_that_fails_changes_nothing(board: Board) -> None:
    board.create(KeptProject("p"))
    board.add("p", KeptTopic(Topic(guid=TOPIC, title="t")), "me")
    before = board.events("p", "topic")

    def fails(_: KeptTopic) -> KeptTopic:
        raise ValueInvalid("no")

    with pytest.raises(ValueInvalid):
        board.change("p", TOPIC, fails, "me")
    assert board.topic("p", TOPIC).topic.title == "t"
    assert board.events("p", "topic") == before
