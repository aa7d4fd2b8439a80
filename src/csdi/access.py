"""Who may do what: one policy, asked by routes, command line and processes alike.

Published Collections are open to everybody. Everything else needs a principal with a role.
"""

from __future__ import annotations

import getpass
import hashlib
import hmac
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from csdi.collection import Collection, Kind
from csdi.errors import AccessDenied, SettingsInvalid
from csdi.settings import Settings


class Role(StrEnum):
    """What a principal is trusted with; each role includes the ones above it."""

    APPLICANT = "applicant"
    """Hands in models, and sees what became of them."""
    READER = "reader"
    """Sees Collections that are not public."""
    REVIEWER = "reviewer"
    """Sees what others hand in, and decides on it."""
    EDITOR = "editor"
    """Publishes layers and models, changes Features."""
    OPERATOR = "operator"
    """Runs the installation: the person at the shell."""


class Action(StrEnum):
    """What can be asked for."""

    SUBMIT = "submit"
    READ = "read"
    REVIEW = "review"
    PUBLISH = "publish"
    EDIT = "edit"
    WITHDRAW = "withdraw"
    SEE_JOBS = "see-jobs"
    CANCEL_JOB = "cancel-job"
    OPERATE = "operate"


@dataclass(frozen=True, slots=True)
class Principal:
    """Somebody who asks; `role` is None for the anonymous public."""

    id: str
    role: Role | None = None


ANYBODY = Principal("public")

_NEEDS = {Action.SUBMIT: Role.APPLICANT, Action.REVIEW: Role.REVIEWER, Action.READ: Role.READER, Action.SEE_JOBS: Role.READER,
          Action.PUBLISH: Role.EDITOR, Action.EDIT: Role.EDITOR, Action.WITHDRAW: Role.EDITOR,
          Action.CANCEL_JOB: Role.EDITOR, Action.OPERATE: Role.OPERATOR}
_RANK = {role: rank for rank, role in enumerate(Role, start=1)}


def may(principal: Principal, action: Action, collection: Collection | None = None) -> bool:
    """Whether the principal may do this, to this Collection where one is named."""
    if action is Action.READ and collection is not None and collection.public and collection.kind is not Kind.SYSTEM:
        return True
    if principal.role is None:
        return False
    return _RANK[principal.role] >= _RANK[_needed(action, collection)]


def _needed(action: Action, collection: Collection | None) -> Role:
    """The least role that may do this. What the program keeps for itself holds secrets of some from others."""
    if collection is not None and collection.kind is Kind.SYSTEM:
        return Role.OPERATOR
    return _NEEDS[action]


def require(principal: Principal, action: Action, collection: Collection | None = None) -> None:
    """Do nothing when the principal may.

    Raises:
        AccessDenied: names who, what and the role that is needed.
    """
    if not may(principal, action, collection):
        subject = f" '{collection.id}'" if collection else ""
        raise AccessDenied(f"{principal.id} may not {action}{subject}",
                           remedy=f"ask as a principal with the role {_needed(action, collection)}",
                           action=str(action), needs=str(_needed(action, collection)))


def principal_of_token(settings: Settings, token: str | None) -> Principal:
    """Who comes with this bearer token: an editor when it is the installation's, who the file of tokens names, else the public.

    Raises:
        AccessDenied: a token was given, and it is not known.
        SettingsInvalid: the file of tokens cannot be read.
    """
    if not token:
        return ANYBODY
    if settings.token and hmac.compare_digest(token.encode(), settings.token.encode()):
        return Principal("editor", Role.EDITOR)
    found = _listed(Path(settings.tokens), token) if settings.tokens else None
    if found is None:
        raise AccessDenied("this token is not known",
                           remedy="send the value of CSDI_TOKEN, a token that CSDI_TOKENS names, or no token for public data")
    return found


def _listed(file: Path, token: str) -> Principal | None:
    """Whom a file of tokens names: lines of name, role and the SHA-256 of the token in hex."""
    digest, found = hashlib.sha256(token.encode()).hexdigest(), None
    try:
        lines = file.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsInvalid(f"CSDI_TOKENS: {error}", field="CSDI_TOKENS", remedy="name a readable text file") from None
    for number, line in enumerate(lines, 1):
        words = line.partition("#")[0].split()
        if not words:
            continue
        if len(words) != 3 or words[1] not in set(Role):
            raise SettingsInvalid(f"CSDI_TOKENS: line {number} is not: name role sha256", field="CSDI_TOKENS",
                                  remedy=f"the role is one of {', '.join(Role)}")
        if hmac.compare_digest(words[2].lower().encode(), digest.encode()):
            found = Principal(words[0], Role(words[1]))
    return found


def principal_of_shell() -> Principal:
    """The person at the command line."""
    try:
        return Principal(getpass.getuser(), Role.OPERATOR)
    except (KeyError, OSError):
        return Principal("operator", Role.OPERATOR)
