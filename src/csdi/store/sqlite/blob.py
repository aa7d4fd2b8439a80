"""Geometries as GeoPackage keeps them: a header, then ISO WKB.

What is written has no envelope: it is optional, the index has it, and conformance suites compare it with the 32-bit numbers of that
index to 0.1 mm, which coordinates of 800 km cannot meet.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

_LITTLE_ENDIAN, _EMPTY = 0x01, 0x10
_ENVELOPE_SIZES = (0, 32, 48, 48, 64)


def encoded(geometries: NDArray[np.object_], srs_id: int) -> list[bytes | None]:
    """Each geometry as a GeoPackage blob, None where there is none."""
    wkb = shapely.to_wkb(geometries, output_dimension=3, byte_order=1, flavor="iso")
    full, hollow = (struct.pack("<2sBBi", b"GP", 0, flags, srs_id) for flags in (_LITTLE_ENDIAN, _LITTLE_ENDIAN | _EMPTY))
    return [None if body is None else (hollow if empty else full) + body
            for body, empty in zip(wkb, shapely.is_empty(geometries), strict=True)]


def decoded(blobs: Sequence[bytes | None]) -> NDArray[np.object_]:
    """The geometries of GeoPackage blobs."""
    heads = {blob[3] for blob in blobs if blob is not None}
    if len(heads) == 1:  # as all are that we wrote, but for empty ones
        size = 8 + _ENVELOPE_SIZES[(heads.pop() >> 1) & 7]
        bodies = [None if blob is None else blob[size:] for blob in blobs]
    else:
        bodies = [None if blob is None else blob[header_size(blob):] for blob in blobs]
    return np.asarray(shapely.from_wkb(np.array(bodies, object)), object)


def one(blob: bytes) -> BaseGeometry:
    """The geometry of a GeoPackage blob, or of plain WKB."""
    return shapely.from_wkb(blob[header_size(blob):] if blob[:2] == b"GP" else blob)


def iso_wkb(blob: bytes) -> bytes:
    """The geometry as ISO WKB, little-endian, in the one form that shapely writes."""
    if blob[3] == _LITTLE_ENDIAN:  # as we write it
        return blob[8:]
    found: bytes = shapely.to_wkb(one(blob), byte_order=1, flavor="iso")
    return found


def header_size(blob: bytes) -> int:
    """Bytes before the WKB."""
    return 8 + _ENVELOPE_SIZES[(blob[3] >> 1) & 7]


def envelope(blob: bytes) -> tuple[float, float, float, float] | None:
    """minx, maxx, miny, maxy; None for an empty geometry."""
    if header_size(blob) > 8:
        order = "<" if blob[3] & 1 else ">"
        values = np.frombuffer(blob, f"{order}f8", 4, 8)
    else:
        minx, miny, maxx, maxy = one(blob).bounds or (np.nan,) * 4
        values = np.array([minx, maxx, miny, maxy])
    if np.isnan(values).any():
        return None
    return float(values[0]), float(values[1]), float(values[2]), float(values[3])


def is_empty(blob: bytes) -> bool:
    """Whether the geometry has no points."""
    return bool(blob[3] & _EMPTY) or (header_size(blob) == 8 and one(blob).is_empty)
