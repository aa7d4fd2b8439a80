"""Errors as exit codes of the command line: one table, shown in the documentation."""

from __future__ import annotations

from csdi import errors

OK = 0
INTERNAL = 1
USAGE = 2
REFUSED = 3
MISSING = 4
CONFLICT = 5
DENIED = 6
STORE = 7
JOB = 8
SETTINGS = 9
PARTLY = 10
SOURCE = 11
FAILED = 12

MEANING: dict[int, str] = {
    OK: "everything that was asked for was done",
    INTERNAL: "a fault of ours: please report it",
    USAGE: "the command line could not be understood",
    REFUSED: "the input cannot be used: a file is missing, empty, damaged, hostile, of an unknown format, or in no known CRS",
    MISSING: "the collection, feature, model or job does not exist",
    CONFLICT: "somebody else changed it first, or the name is taken",
    DENIED: "this principal may not do this",
    STORE: "the store, the blobs or the jobs cannot be reached or are not ours",
    JOB: "the job ended without its result",
    SETTINGS: "a CSDI_* setting is not valid, or the self-test failed",
    PARTLY: "of several inputs some were done and some refused: each says which",
    SOURCE: "another server cannot be reached, or does not answer as it should",
    FAILED: "a check did not pass, and --exit-code or `rules test` asked to be told so",
}

_TABLE: tuple[tuple[type[errors.CsdiError], int], ...] = (
    (errors.InputError, REFUSED),
    (errors.CrsError, REFUSED),
    (errors.QueryError, REFUSED),
    (errors.NotFound, MISSING),
    (errors.Conflict, CONFLICT),
    (errors.AccessDenied, DENIED),
    (errors.StoreError, STORE),
    (errors.SourceUnavailable, SOURCE),
    (errors.JobFailed, JOB),
    (errors.Busy, JOB),
    (errors.SettingsInvalid, SETTINGS),
    (errors.SelfTestFailed, SETTINGS),
)


def exit_code(error: errors.CsdiError) -> int:
    """The exit code of an error."""
    return next((code for kind, code in _TABLE if isinstance(error, kind)), INTERNAL)
