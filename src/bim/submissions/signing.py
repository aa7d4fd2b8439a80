"""The signed report of a submission: what was judged, by what, and what came of it, under the site's own Ed25519 key (RFC 8032)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from bim.packs.signature import signing_key
from csdi.errors import FileBroken

ALGORITHM = "Ed25519"
_SIGNED = b"csdi submission report, version 1\n"
"""In front of what is signed: a signature of ours on something else is none on a report."""


@dataclass(frozen=True, slots=True)
class Seal:
    """What a look at a signed report gives.

    Attributes:
        valid: whether the report is what was signed.
        key: public key that it names, hex. Whose it is, it does not say: compare it with the one that its site has made known.
        ours: whether that is the key it was compared with; None without one.
        reason: why it is not valid.
    """

    valid: bool
    key: str = ""
    ours: bool | None = None
    reason: str = ""

    def to_dict(self) -> dict[str, Any]:
        """The JSON form."""
        return {"valid": self.valid, "key": self.key, "ours": self.ours, **({"reason": self.reason} if self.reason else {})}


def public_key(file: Path) -> str:
    """The public half of the key in the file, 32 bytes in hex; the key is made where there is none."""
    return signing_key(file).public_key().public_bytes_raw().hex()


def signed(report: Mapping[str, Any], file: Path) -> dict[str, Any]:
    """`{report, signature: {algorithm, key, signature}}` by the key in the file, which is made where there is none (mode 0600)."""
    key = signing_key(file)
    return {"report": dict(report), "signature": {"algorithm": ALGORITHM, "key": key.public_key().public_bytes_raw().hex(),
                                                  "signature": key.sign(_message(report)).hex()}}


def look(document: Any, ours: str = "") -> Seal:
    """Whether a signed report is what was signed.

    Args:
        ours: public key to compare with, hex; "" for none.

    Raises:
        FileBroken: it is no signed report at all.
    """
    try:
        report, signature = document["report"], document["signature"]
        key, said = str(signature["key"]).lower(), bytes.fromhex(str(signature["signature"]))
        if signature.get("algorithm") != ALGORITHM:
            return Seal(False, key, reason=f"the algorithm is not {ALGORITHM}")
        verifier = Ed25519PublicKey.from_public_bytes(bytes.fromhex(key))
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise FileBroken(f"this is no signed report: {type(error).__name__}", remedy="give the file as it was downloaded") from None
    known = (key == ours.lower()) if ours else None
    try:
        verifier.verify(said, _message(report))
    except InvalidSignature:
        return Seal(False, key, known, "it was changed after it was signed")
    return Seal(True, key, known)


def _message(report: Any) -> bytes:
    """What is signed: the report as JSON with sorted keys, without blanks."""
    return _SIGNED + orjson.dumps(report, option=orjson.OPT_SORT_KEYS)
