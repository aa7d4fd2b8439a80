"""A submission: what is handed in, by whom, for what, and where it stands."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from typing import Any, Self

import orjson

from bim.submissions.states import State
from csdi.errors import ValueInvalid

NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,62}")
"""What names of models and parties look like: they are parts of addresses."""
LONGEST_TEXT = 4000
"""Characters of a reason, comment or purpose."""
MOST = 50
"""Models, documents or parties of one submission."""


class Stage(StrEnum):
    """The stage of the works that a submission is for."""

    DESIGN = "design"
    CONSTRUCTION = "construction"
    AS_BUILT = "as-built"


@dataclass(frozen=True, slots=True)
class SubmittedModel:
    """One model file of a submission.

    Attributes:
        name: under which it is published in the twin, the same over all versions of the submission.
        discipline: `architecture`, `structure`, `mep`, ... in the words of the applicant.
        file: its file name.
        sha256: of its bytes, which are the blob of that digest.
        size: bytes.
        published: version of the model in the twin; 0 until the submission is approved.
    """

    name: str
    discipline: str
    file: str
    sha256: str
    size: int
    published: int = 0


@dataclass(frozen=True, slots=True)
class Document:
    """Another file: a drawing, a letter, a calculation."""

    name: str
    title: str
    file: str
    sha256: str
    size: int


@dataclass(frozen=True, slots=True)
class Party:
    """Somebody who reviews.

    Attributes:
        name: part of its address.
        principal: id of who speaks for it; "" for every reviewer.
        deadline: RFC 3339 moment by which it should have answered, "" for none.
        opinion: "" until it has answered, then `agrees` or `objects`.
    """

    name: str
    title: str = ""
    principal: str = ""
    deadline: str = ""
    opinion: str = ""
    comment: str = ""
    answered: str = ""

    def is_late(self, now: datetime) -> bool:
        """Whether the deadline is over without an answer."""
        return bool(self.deadline and not self.opinion) and _moment(self.deadline, "deadline") < now


@dataclass(frozen=True, slots=True)
class Comment:
    """What somebody says of the submission."""

    by: str
    at: str
    text: str


@dataclass(frozen=True, slots=True)
class Submission:
    """One version of a submission.

    Attributes:
        series: id of its first version; what decisions on findings hold for.
        version: 1, 2, ... in the series.
        previous: id of the version before, "" for the first.
        applicant: id of the principal who hands it in.
        organisation, project, lot, purpose: particulars in the applicant's words.
        packs: ids of the rule packs that it is judged by.
        job: of its audit.
        reports: model name -> `{digest, blob, outcome, result}` of its audit.
        publication: the job that brings its models into the twin.
        created, changed: RFC 3339 moments.
    """

    id: str
    series: str
    applicant: str
    created: str
    changed: str
    version: int = 1
    previous: str = ""
    state: State = State.DRAFT
    title: str = ""
    organisation: str = ""
    project: str = ""
    lot: str = ""
    purpose: str = ""
    stage: Stage = Stage.DESIGN
    packs: tuple[str, ...] = ()
    models: tuple[SubmittedModel, ...] = ()
    documents: tuple[Document, ...] = ()
    parties: tuple[Party, ...] = ()
    comments: tuple[Comment, ...] = ()
    job: str = ""
    reports: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    publication: str = ""

    @property
    def mark(self) -> str:
        """A digest of all that is said of it: the state that a change is made on."""
        return hashlib.sha256(orjson.dumps(self.to_dict(), option=orjson.OPT_SORT_KEYS)).hexdigest()[:32]

    def to_dict(self) -> dict[str, Any]:
        """The JSON form; `Submission.from_dict` reads it."""
        found = asdict(self)
        return found | {"state": str(self.state), "stage": str(self.stage), "reports": {k: dict(v) for k, v in self.reports.items()}}

    @classmethod
    def from_dict(cls, found: Mapping[str, Any]) -> Self:
        """From the JSON form."""
        parts = {"models": SubmittedModel, "documents": Document, "parties": Party, "comments": Comment}
        made = {name: tuple(kind(**one) for one in found.get(name) or ()) for name, kind in parts.items()}
        return cls(**{**found, **made, "state": State(found["state"]), "stage": Stage(found["stage"]),
                      "packs": tuple(found.get("packs") or ())})

    def model(self, name: str) -> SubmittedModel | None:
        """The model of that name."""
        return next((one for one in self.models if one.name == name), None)

    @property
    def unanswered(self) -> tuple[Party, ...]:
        """Parties that have not yet agreed."""
        return tuple(one for one in self.parties if one.opinion != "agrees")


PARTICULARS = ("title", "organisation", "project", "lot", "purpose", "stage", "packs")
"""What an applicant may say of a submission while it is a draft."""


def with_particulars(submission: Submission, given: Mapping[str, Any], packs: Sequence[str]) -> Submission:
    """The submission with what is given of `PARTICULARS`; `packs` are the ids that may be named.

    Raises:
        ValueInvalid: naming the field.
    """
    for name in given:
        if name not in PARTICULARS:
            raise ValueInvalid(f"'{name}' is nothing that can be said of a submission", field=name,
                               remedy=f"one of {', '.join(PARTICULARS)}")
    said: dict[str, Any] = {name: text(given[name], name) for name in given if name not in ("stage", "packs")}
    if "stage" in given:
        said["stage"] = _one_of(Stage, given["stage"], "stage")
    if "packs" in given:
        said["packs"] = _known(given["packs"], packs)
    return replace(submission, **said)


def text(value: Any, name: str, *, needed: bool = False) -> str:
    """A text for people without blanks around it. Raises ValueInvalid."""
    if not isinstance(value, str) or len(value) > LONGEST_TEXT:
        raise ValueInvalid(f"'{name}' is no text of at most {LONGEST_TEXT} characters", field=name)
    if any((ord(c) < 32 and c not in "\n\t\r") or 0xD800 <= ord(c) <= 0xDFFF for c in value):
        raise ValueInvalid(f"'{name}' has control characters", field=name)
    if needed and not value.strip():
        raise ValueInvalid(f"'{name}' is empty", field=name, remedy="say it in words")
    return value.strip()


def name_of(value: Any, field_name: str = "name") -> str:
    """A name that can be part of an address. Raises ValueInvalid."""
    if not isinstance(value, str) or not NAME.fullmatch(value):
        raise ValueInvalid(f"'{str(value)[:80]}' cannot be a {field_name}", field=field_name,
                           remedy="1 to 63 of a-z, 0-9, _ and -, with a letter or digit first")
    return value


def party_of(given: Any) -> Party:
    """A reviewing party from its JSON form: name, title, principal, deadline. Raises ValueInvalid."""
    if not isinstance(given, Mapping) or set(given) - {"name", "title", "principal", "deadline"}:
        raise ValueInvalid("a party has name, title, principal and deadline", field="parties")
    deadline = text(given.get("deadline", ""), "deadline")
    if deadline:
        _moment(deadline, "deadline")
    return Party(name_of(given.get("name")), text(given.get("title", ""), "title"), text(given.get("principal", ""), "principal"), deadline)


def _moment(value: str, name: str) -> datetime:
    try:
        found = datetime.fromisoformat(value)
    except ValueError:
        found = None
    if found is None or found.tzinfo is None:
        raise ValueInvalid(f"'{value[:60]}' is no moment", field=name, value=value[:60], remedy="write it as 2030-06-30T12:00:00Z")
    return found


def _one_of(kind: type[Stage], value: Any, name: str) -> Stage:
    try:
        return kind(value)
    except ValueError:
        raise ValueInvalid(f"there is no {name} '{str(value)[:60]}'", field=name, remedy=f"one of {', '.join(kind)}") from None


def _known(given: Any, packs: Sequence[str]) -> tuple[str, ...]:
    if not isinstance(given, list | tuple) or not all(isinstance(one, str) for one in given):
        raise ValueInvalid("'packs' is no list of ids", field="packs")
    for one in given:
        if one not in packs:
            raise ValueInvalid(f"there is no rule pack '{one[:60]}'", field="packs", value=one[:60],
                               remedy=f"known: {', '.join(packs) or 'none'}")
    return tuple(dict.fromkeys(given))
