"""Four principals of a submission: two who apply, one who reviews, one who reads."""

from __future__ import annotations

import hashlib
from pathlib import Path

ROLES = {"ann": "applicant", "bob": "applicant", "roy": "reviewer", "eve": "reader"}


def write_tokens(path: Path) -> None:
    """The file of `CSDI_TOKENS` that knows them."""
    rows = (f"{name} {role} {hashlib.sha256(_token(name).encode()).hexdigest()}\n" for name, role in ROLES.items())
    path.write_text("# who may what\n" + "".join(rows))


def who(name: str, **headers: str) -> dict[str, str]:
    """The headers of a principal."""
    return {"authorization": f"Bearer {_token(name)}"} | {key.replace("_", "-"): value for key, value in headers.items()}


def _token(name: str) -> str:
    return f"token-of-{name}"
