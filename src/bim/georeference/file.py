"""Where a file's model lies, from the file alone, and the same file with that place written into it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from bim.georeference.resolve import Georeference, resolve
from bim.georeference.witness import Witness
from bim.georeference.write import write_back
from bim.ifc import class_names, open_model, read_as, readable
from bim.receive import DEFAULT_LIMITS, Limits, received
from bim.scan import Scan, scan
from csdi.errors import ValueInvalid

_SAME = 1e-9


def georeference_of(path: Path, *, name: str = "", limits: Limits = DEFAULT_LIMITS, witnesses: Sequence[Witness] = (),
                    write: Path | None = None) -> tuple[Georeference, Scan]:
    """Where a file's model lies and why, from its text and placements alone: no shapes are made, so it takes a second.

    Args:
        name: how messages call the file; its own name by default.
        witnesses: what the submitter says of the place.
        write: a file to make: the same model with the resolved place as its map conversion, geometry untouched.

    Raises:
        InputError: the file cannot be read at all, as in `bim.intake.intake`.
        ValueInvalid: the place cannot be written.
    """
    name = name or Path(path).name
    with received(Path(path), limits) as plain:
        scanned = scan(plain, name=name, known=class_names)
        read_as(scanned.schema, name=name, line=scanned.schema_line)
        with readable(plain, scanned.schema) as (opened, _notes):
            model = open_model(opened, scanned.schema, name=name)
            found = resolve(model, witnesses=witnesses)
            if write is not None:
                write_back(plain, write, model, found)
                _proved(write, found)
    return found, scanned


def _proved(written: Path, meant: Georeference) -> None:
    """What was written is read back, and taken away again if it means another place.

    Raises:
        ValueInvalid: it means another place.
    """
    again, _scan = georeference_of(written)
    same = again.crs == meant.crs and again.vertical_crs == meant.vertical_crs \
        and np.allclose(again.affine, meant.affine, rtol=_SAME, atol=1e-6)
    if not same:
        written.unlink()
        raise ValueInvalid(f"{written.name} would be read as {again.crs or 'no place'}, not as {meant.crs}", field="write",
                           value=str(written), remedy="give another witness; a property or a second operation of the file contradicts")
