"""Webhooks: who wants to be told what happens to a submission, and how what is told is signed."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Callable
from typing import Any
from uuid import uuid4

from bim.submissions.desk import Desk
from bim.submissions.keeping import equals
from bim.submissions.schemas import HOOKS
from csdi.access import Action, require
from csdi.errors import CollectionMissing, Conflict, FeatureMissing, NotFound
from csdi.feature import Feature

SIGNATURE_HEADER = "CSDI-Signature"
MOST_HOOKS = 20
"""Webhooks of one submission, or of the site."""


def signature(secret: str, moment: int, body: bytes) -> str:
    """The value of the signature header: `t=<seconds since 1970>,v1=<HMAC-SHA256 of "<t>.<body>" in hex>`."""
    said = hmac.new(secret.encode(), f"{moment}.".encode() + body, hashlib.sha256).hexdigest()
    return f"t={moment},v1={said}"


def add_hook(desk: Desk, submission: str, url: str, judge: Callable[[str], object]) -> dict[str, Any]:
    """A new webhook, with the secret that nobody is told again.

    Args:
        submission: which one it is told of, for those who may see it; "" for all of the site, for operators and editors.
        judge: looks at the URL and raises where nothing may be sent there.

    Raises:
        NotFound, AccessDenied: see `Desk`.
        ValueInvalid: the URL cannot be told anything.
        Conflict: there are too many.
    """
    _check(desk, submission)
    judge(url)
    register, id, secret = desk.register, f"h-{uuid4().hex[:16]}", secrets.token_urlsafe(32)
    with register.writing(desk.principal.id) as write:
        if len(hooks(desk, submission)) >= MOST_HOOKS:
            raise Conflict(f"there are {MOST_HOOKS} webhooks already", remedy="remove one that is not needed")
        row = {"submission": submission, "url": url, "secret": secret, "owner": desk.principal.id, "created": write.now}
        write.change.write(HOOKS, [Feature(id, None, row)])
        write.note("webhook-added", submission, {"webhook": id, "url": url})
    return {"id": id, **row}


def hooks(desk: Desk, submission: str) -> list[dict[str, Any]]:
    """The webhooks of a submission, or of the site, without their secrets. Raises as `add_hook`."""
    _check(desk, submission)
    rows = desk.register.rows(HOOKS, equals("submission", submission), (), 1000)
    return [{"id": row.id, **{name: value for name, value in row.properties.items() if name != "secret"}} for row in rows]


def drop_hook(desk: Desk, submission: str, id: str) -> None:
    """Tell nothing there any more. Raises as `add_hook`, and NotFound."""
    _check(desk, submission)
    with desk.register.writing(desk.principal.id) as write:
        try:
            row = desk.register.store.feature(HOOKS, id)
        except (CollectionMissing, FeatureMissing):
            row = None
        if row is None or row.properties["submission"] != submission:
            raise NotFound(f"there is no webhook '{id}' here")
        write.change.delete(HOOKS, ids=[id])
        write.note("webhook-removed", submission, {"webhook": id})


def _check(desk: Desk, submission: str) -> None:
    if submission:
        desk.submission(submission)
    else:
        require(desk.principal, Action.PUBLISH)
