"""Errors: one tree, stable codes, no HTTP status.

    CsdiError
    ├── InputError                input-invalid            what a person gave us cannot be used
    │   ├── PathMissing           path-missing             no file at this path
    │   ├── PathIsDirectory       path-is-directory        a directory where a file is expected
    │   ├── FileEmpty             file-empty               zero bytes
    │   ├── FileTooLarge          file-too-large           over a stated limit
    │   ├── ChecksumWrong         checksum-wrong           bytes are not those that were announced
    │   ├── FormatUnknown         format-unknown           no reader for this content
    │   ├── FileBroken            file-broken              right kind, but damaged: truncated, malformed
    │   ├── ArchiveHostile        archive-hostile          zip bomb, path traversal, too many members
    │   ├── SchemaUnsupported     schema-unsupported       an IFC schema that we do not read
    │   ├── ValueInvalid          value-invalid            one field or argument is out of its domain
    │   └── FeatureInvalid        feature-invalid          a document that cannot be a Feature of its Collection
    │       └── AssetInvalid      asset-invalid            values that an Asset cannot have
    ├── CrsError                  crs-error
    │   ├── CrsMissing            crs-missing              the source does not say its CRS
    │   ├── CrsUnknown            crs-unknown              a name or code that we cannot resolve
    │   ├── TransformRefused      transform-refused        no transformation of known accuracy
    │   └── OutsideAreaOfUse      outside-area-of-use      coordinates where the CRS is not defined
    ├── QueryError                query-invalid
    │   ├── FilterInvalid         filter-invalid           CQL2 text or JSON that does not parse or type-check
    │   ├── PropertyUnknown       property-unknown         a property that is not a queryable
    │   └── CursorInvalid         cursor-invalid           a page cursor that we did not issue
    ├── NotFound                  not-found
    │   ├── CollectionMissing     collection-missing
    │   ├── FeatureMissing        feature-missing
    │   ├── BlobMissing           blob-missing
    │   ├── ProcessMissing        process-missing
    │   ├── JobMissing            job-missing
    │   ├── JobDismissed          job-dismissed            it was there, and was dismissed with its results
    │   └── ResultsNotReady       results-not-ready        the job has not ended
    ├── Conflict                  conflict                 somebody else changed it, or the key is taken
    │   ├── CollectionExists      collection-exists
    │   ├── PreconditionFailed    precondition-failed      it is no longer what the caller saw
    │   └── PreconditionMissing   precondition-missing     a change does not say which state it changes
    ├── AccessDenied              access-denied            the principal may not do this
    │   └── ReadOnly              read-only                nobody may: it follows from something else
    ├── StoreError                store-error
    │   ├── StoreUnavailable      store-unavailable        cannot be reached or opened
    │   └── StoreIncompatible     store-incompatible       reached, but not a store of this version
    ├── SourceUnavailable         source-unavailable       another server cannot be reached, or answers badly
    ├── Busy                      busy                     too much is asked for at once, or the work is too long to wait for
    │   └── TooManyRequests       too-many-requests        one who asks asks too often; `retry_after_s` says when to come again
    ├── JobFailed                 job-failed               a job ended without its result
    ├── SettingsInvalid           settings-invalid         a CSDI_* setting has no valid value
    └── SelfTestFailed            self-test-failed         the ground is not sound; nothing may be served

A status code for HTTP is chosen in `ogc_api.problems`, an exit code for the shell in `csdi.exits`.
A fault *inside a user's model or layer* is a Finding, not an exception, as long as the rest can be used.
"""

from __future__ import annotations

from typing import Any, ClassVar


class CsdiError(Exception):
    """Something that we can name went wrong.

    Attributes:
        message: one line: what is wrong and where.
        remedy: one line: what to do about it; empty when there is nothing to do.
        data: machine-readable particulars, JSON-compatible: `file`, `line`, `field`, `value`, `limit`, ...
    """

    code: ClassVar[str] = "csdi-error"

    def __init__(self, message: str, *, remedy: str = "", **data: Any) -> None:
        super().__init__(message)
        self.message = message
        self.remedy = remedy
        self.data = data

    def __str__(self) -> str:
        return f"{self.message} ({self.remedy})" if self.remedy else self.message

    def __reduce__(self) -> tuple[Any, ...]:
        return (_rebuild, (type(self), self.message, self.remedy, self.data))

    def to_dict(self) -> dict[str, Any]:
        """`{code, message, remedy, ...data}`, the form used in jobs, `--json` answers and problem documents."""
        return {"code": self.code, "message": self.message, "remedy": self.remedy, **self.data}


def _rebuild(kind: type[CsdiError], message: str, remedy: str, data: dict[str, Any]) -> CsdiError:
    return kind(message, remedy=remedy, **data)


class InputError(CsdiError):
    """What a person gave us cannot be used."""

    code = "input-invalid"


class PathMissing(InputError):
    """There is no file at this path."""

    code = "path-missing"


class PathIsDirectory(InputError):
    """A directory was given where a file is expected."""

    code = "path-is-directory"


class FileEmpty(InputError):
    """The file has no bytes."""

    code = "file-empty"


class FileTooLarge(InputError):
    """The file is larger than a stated limit."""

    code = "file-too-large"


class ChecksumWrong(InputError):
    """Bytes are not those that were announced."""

    code = "checksum-wrong"


class FormatUnknown(InputError):
    """No reader recognises the content."""

    code = "format-unknown"


class FileBroken(InputError):
    """The format is known, but the content is damaged."""

    code = "file-broken"


class ArchiveHostile(InputError):
    """An archive that would do harm when unpacked."""

    code = "archive-hostile"


class SchemaUnsupported(InputError):
    """An IFC schema that we do not read."""

    code = "schema-unsupported"


class ValueInvalid(InputError):
    """One field or argument is outside its domain."""

    code = "value-invalid"


class FeatureInvalid(InputError):
    """A document that reads well, but cannot be a Feature of its Collection."""

    code = "feature-invalid"


class AssetInvalid(FeatureInvalid):
    """Values that an Asset cannot have; `findings` says which, and why."""

    code = "asset-invalid"


class CrsError(CsdiError):
    """Something about a coordinate reference system is wrong."""

    code = "crs-error"


class CrsMissing(CrsError):
    """The source does not say in which CRS its coordinates are."""

    code = "crs-missing"


class CrsUnknown(CrsError):
    """A CRS name or code that cannot be resolved."""

    code = "crs-unknown"


class TransformRefused(CrsError):
    """No transformation of known accuracy exists between two CRSs."""

    code = "transform-refused"


class OutsideAreaOfUse(CrsError):
    """Coordinates lie where the CRS is not defined."""

    code = "outside-area-of-use"


class QueryError(CsdiError):
    """A question to a Collection that cannot be answered as asked."""

    code = "query-invalid"


class FilterInvalid(QueryError):
    """A CQL2 filter that does not parse or does not type-check."""

    code = "filter-invalid"


class PropertyUnknown(QueryError):
    """A property that the Collection does not declare as queryable."""

    code = "property-unknown"


class CursorInvalid(QueryError):
    """A page cursor that this Collection and sort order did not issue."""

    code = "cursor-invalid"


class NotFound(CsdiError):
    """The named thing does not exist."""

    code = "not-found"


class CollectionMissing(NotFound):
    """There is no Collection with this id."""

    code = "collection-missing"


class FeatureMissing(NotFound):
    """There is no Feature with this id in the Collection."""

    code = "feature-missing"


class BlobMissing(NotFound):
    """There is no blob under this key."""

    code = "blob-missing"


class JobMissing(NotFound):
    """There is no job with this id."""

    code = "job-missing"


class ProcessMissing(NotFound):
    """There is no process with this id."""

    code = "process-missing"


class JobDismissed(NotFound):
    """The job was dismissed, and its results with it."""

    code = "job-dismissed"


class ResultsNotReady(NotFound):
    """The job has not ended, so it has no results yet."""

    code = "results-not-ready"


class Conflict(CsdiError):
    """Somebody else changed the thing first, or the key is taken."""

    code = "conflict"


class CollectionExists(Conflict):
    """A Collection with this id exists already."""

    code = "collection-exists"


class PreconditionFailed(Conflict):
    """The thing is no longer what the caller saw."""

    code = "precondition-failed"


class PreconditionMissing(Conflict):
    """A change that does not say which state of the thing it changes."""

    code = "precondition-missing"


class AccessDenied(CsdiError):
    """The principal may not do this."""

    code = "access-denied"


class ReadOnly(AccessDenied):
    """The Features of this Collection follow from something else and cannot be edited one by one."""

    code = "read-only"


class StoreError(CsdiError):
    """The store failed."""

    code = "store-error"


class StoreUnavailable(StoreError):
    """The store cannot be reached or opened."""

    code = "store-unavailable"


class StoreIncompatible(StoreError):
    """The store answers, but is not a store of this version."""

    code = "store-incompatible"


class SourceUnavailable(CsdiError):
    """Another server cannot be reached, or does not answer as it should."""

    code = "source-unavailable"


class Busy(CsdiError):
    """Too much is asked for at once, or the work takes longer than a client may wait."""

    code = "busy"


class TooManyRequests(Busy):
    """Somebody asks too often; `retry_after_s` in its data says when to come again."""

    code = "too-many-requests"


class JobFailed(CsdiError):
    """A job ended without its result."""

    code = "job-failed"


class SettingsInvalid(CsdiError):
    """A `CSDI_*` setting has no valid value."""

    code = "settings-invalid"


class SelfTestFailed(CsdiError):
    """A self-test at start found a wrong result; nothing may be served."""

    code = "self-test-failed"
