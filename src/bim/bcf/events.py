"""What happened to topics and comments, as BCF names it: from the state before and the state after."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from bim.bcf.model import Comment, Topic

_REQUIRED = {"title": "title", "topic_status": "status", "topic_type": "type"}
_OPTIONAL = {"description": "description", "priority": "priority", "due_date": "due_date", "assigned_to": "assigned_to", "stage": "stage"}
_LONGEST = 1024
_LONGEST_TITLE = 128


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that happened.

    Attributes:
        type: as the standard names it: `topic_created`, `status_updated`, `label_added`, ...
        value: the new value; None where it was removed or there is none.
        comment: guid of the comment that it happened to; "" for the topic itself.
    """

    type: str
    value: str | None = None
    comment: str = ""


def events_between(before: Topic | None, after: Topic) -> list[Event]:
    """What happened to a topic and its comments; a new topic has an event for every attribute that it starts with."""
    return [*_of_topic(before, after), *_of_comments(before.comments if before else (), after.comments)]


def _of_topic(before: Topic | None, after: Topic) -> Iterator[Event]:
    was = before or Topic()
    if before is None:
        yield Event("topic_created")
    for name, called in (_REQUIRED | _OPTIONAL).items():
        old, new = getattr(was, name), getattr(after, name)
        if old != new and new:
            yield Event(f"{called}_updated", new[:_LONGEST_TITLE if name == "title" else _LONGEST])
        elif old != new and name in _OPTIONAL:
            yield Event(f"{called}_removed")
    yield from (Event("label_added", label) for label in after.labels if label not in was.labels)
    yield from (Event("label_removed", label) for label in was.labels if label not in after.labels)


def _of_comments(before: tuple[Comment, ...], after: tuple[Comment, ...]) -> Iterator[Event]:
    known = {one.guid: one for one in before}
    for one in after:
        was = known.get(one.guid, Comment())
        if one.guid not in known:
            yield Event("comment_created", comment=one.guid)
        if one.comment != was.comment:
            yield Event("comment_text_updated", one.comment[:_LONGEST], one.guid)
        if one.viewpoint != was.viewpoint:
            yield Event("viewpoint_updated" if one.viewpoint else "viewpoint_removed", one.viewpoint or None, one.guid)
