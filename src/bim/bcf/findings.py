"""What is found on archives: what another version cannot say, what had to be filled in, what points nowhere."""

from __future__ import annotations

from csdi.finding import Finding

LOST, FILLED, DANGLING = "BCF-001", "BCF-002", "BCF-003"
"""A version cannot say it; a version requires what is not there; a reference leads to nothing."""


def lost(subject: str, what: str, version: str, measured: str = "") -> Finding:
    """BCF of this version has no place for it."""
    return Finding(LOST, "warning", f"BCF {version} cannot say {what}", subject, measured=measured, cure="write the other version",
                   data={"field": what, "version": version})


def filled(subject: str, what: str, version: str, value: str, measured: str = "") -> Finding:
    """BCF of this version requires it, or requires it otherwise."""
    return Finding(FILLED, "note", f"BCF {version} requires {what} otherwise: '{value}' was written", subject, measured=measured,
                   expected=value, cure=f"say {what} in the source", data={"field": what, "version": version})


def dangling(subject: str, what: str, reference: str) -> Finding:
    """A reference inside an archive that leads to nothing."""
    return Finding(DANGLING, "warning", f"{what} '{reference}' is not in the archive", subject, measured=reference,
                   cure="export the archive again with everything it refers to", data={"field": what})
