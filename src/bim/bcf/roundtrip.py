"""Reading, writing and reading again: the proof that nothing is lost."""

from __future__ import annotations

from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

from bim.bcf.archive import unpacked
from bim.bcf.model import Bcf
from bim.bcf.reading import read_bcf
from bim.bcf.writing import write_bcf
from csdi.finding import Finding

_XML = (".bcf", ".bcfv", ".bcfp", ".version", ".xml", ".xsd")


@dataclass(frozen=True, slots=True)
class Trip:
    """What went through.

    Attributes:
        version, written: versions read and written.
        counts: topics, comments, viewpoints, snapshots and member files that were read.
        lost: topics, comments, viewpoints and snapshots that were read and are not in what was written, by kind and guid.
        changed: members that are not there any more, or not the same by content or canonical XML.
        added: members that were not there before.
        findings: what the version cannot say, what was filled in.
    """

    version: str
    written: str
    counts: dict[str, int]
    lost: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    added: tuple[str, ...] = ()
    findings: tuple[Finding, ...] = field(default=())

    @property
    def is_whole(self) -> bool:
        """Whether nothing was lost: between the same versions no member may change, between others no topic, comment or picture."""
        return not self.lost and (self.version != self.written or not self.changed)

    def to_dict(self) -> dict[str, Any]:
        """The JSON form."""
        return {"version": self.version, "written": self.written, "whole": self.is_whole, **self.counts, "lost": list(self.lost),
                "changed": list(self.changed), "added": list(self.added), "findings": [one.to_dict() for one in self.findings]}


def roundtrip(source: Path | str, target: Path | str, version: str = "") -> Trip:
    """Read an archive, write it, and read what was written. Raises as `read_bcf` and `write_bcf`."""
    before = read_bcf(source)
    findings = write_bcf(before, target, version)
    after = read_bcf(target)
    had, has = contents_of(before), contents_of(after)
    old, new = unpacked(Path(source))[1], unpacked(Path(target))[1]
    changed = [path for path in sorted(old) if path not in new or not is_equal(path, old[path], new[path])]
    return Trip(before.version, after.version, {**_counts(before), "members": len(old)}, tuple(sorted(had - has)), tuple(changed),
                tuple(sorted(set(new) - set(old))), tuple(findings))


def contents_of(bcf: Bcf) -> set[str]:
    """What an archive has, by kind and guid, pictures by their digest."""
    found = set[str]()
    for topic in bcf.topics:
        found.add(f"topic {topic.guid.lower()}")
        found |= {f"comment {one.guid.lower()}" for one in topic.comments if one.guid}
        for one in topic.viewpoints:
            found.add(f"viewpoint {one.guid.lower()}")
            if (picture := bcf.snapshot(topic, one)) is not None:
                found.add(f"snapshot {one.guid.lower()} {sha256(picture).hexdigest()}")
    return found


def is_equal(path: str, old: bytes, new: bytes) -> bool:
    """Whether two members are the same: their bytes, or, of XML, their canonical form."""
    if old == new:
        return True
    if not path.endswith(_XML):
        return False
    try:
        return canonical(old) == canonical(new)
    except ElementTree.ParseError:
        return False


def canonical(content: bytes) -> str:
    """Canonical XML without the space around texts; elements of one name keep their order, names stand in that of the alphabet."""
    root = ElementTree.fromstring(content)
    for element in list(root.iter()):
        element[:] = sorted(element, key=lambda child: str(child.tag))
    return ElementTree.canonicalize(ElementTree.tostring(root, encoding="unicode"), strip_text=True)


def _counts(bcf: Bcf) -> dict[str, int]:
    return {"topics": len(bcf.topics), "comments": sum(len(topic.comments) for topic in bcf.topics),
            "viewpoints": sum(len(topic.viewpoints) for topic in bcf.topics),
            "snapshots": sum(bcf.snapshot(topic, one) is not None for topic in bcf.topics for one in topic.viewpoints)}
