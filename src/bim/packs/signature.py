"""Signing a rule pack: Ed25519 (RFC 8032) over the digest of its files, in `pack.sig` beside them."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from bim.packs.reading import SIGNATURE
from csdi.errors import FileBroken

State = Literal["signed", "unsigned", "broken"]
_SIGNED = b"csdi rule pack, version 1\n"
"""In front of what is signed: a signature of ours on something else is none on a pack."""
_ALGORITHM = "Ed25519"
_MOST_BYTES = 10_000


@dataclass(frozen=True, slots=True)
class Signature:
    """What `pack.sig` says.

    Attributes:
        state: `signed`, `unsigned`, or `broken`: the files are not those that were signed, or the signature is none.
        key: public key, 32 bytes in hex. Whose key that is, it does not say: compare it with the one its owner has made known.
        reason: why it is broken.
    """

    state: State
    key: str = ""
    reason: str = ""

    def to_dict(self) -> dict[str, str]:
        """The JSON form: `{state, key?, reason?}`."""
        said = {"state": str(self.state), "key": self.key, "reason": self.reason}
        return {name: value for name, value in said.items() if value}


UNSIGNED = Signature("unsigned")


def read_signature(folder: Path, digest: str) -> Signature:
    """The signature of a pack whose files have this digest, verified; nothing is raised for one that is broken."""
    file = folder / SIGNATURE
    if not file.exists():
        return UNSIGNED
    try:
        given = json.loads(file.read_bytes()[:_MOST_BYTES])
        key, said = str(given["key"]), bytes.fromhex(str(given["signature"]))
        if given.get("algorithm") != _ALGORITHM:
            return Signature("broken", key, f"the algorithm is not {_ALGORITHM}")
        Ed25519PublicKey.from_public_bytes(bytes.fromhex(key)).verify(said, _message(digest))
    except InvalidSignature:
        return Signature("broken", key, "the files are not those that were signed")
    except (ValueError, KeyError, TypeError, AttributeError, OSError, RecursionError) as error:
        return Signature("broken", "", f"{SIGNATURE} cannot be read: {type(error).__name__}")
    return Signature("signed", key)


def sign(folder: Path, digest: str, key: Ed25519PrivateKey) -> Signature:
    """Writes the signature beside the pack's files."""
    public = key.public_key().public_bytes_raw().hex()
    document: dict[str, Any] = {"algorithm": _ALGORITHM, "digest": digest, "key": public,
                                "signature": key.sign(_message(digest)).hex()}
    (folder / SIGNATURE).write_text(json.dumps(document, indent=1) + "\n", encoding="ascii")
    return Signature("signed", public)


def signing_key(path: Path) -> Ed25519PrivateKey:
    """The key in the file, 32 bytes in hex; made, for its owner's eyes only (mode 0600), where there is no such file.

    Raises:
        FileBroken: the file holds no key.
    """
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        made = Ed25519PrivateKey.generate()
        try:
            number = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except FileExistsError:
            return signing_key(path)
        with os.fdopen(number, "w", encoding="ascii") as file:
            file.write(made.private_bytes_raw().hex() + "\n")
        return made
    try:
        return Ed25519PrivateKey.from_private_bytes(bytes.fromhex(path.read_text(encoding="ascii").strip()))
    except ValueError as error:
        raise FileBroken(f"{path}: no Ed25519 key", remedy="32 bytes in hex; without the file, one is made", file=str(path)) from error


def _message(digest: str) -> bytes:
    return _SIGNED + digest.encode("ascii")
