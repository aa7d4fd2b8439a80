"""Small STEP texts for the tests of tessellation."""

from __future__ import annotations

from pathlib import Path

from bim.tessellation.instances import Instances
from bim.tessellation.source import Source

from .solids import CUBE_FACES

CORNERS = [(0, 0, 0), (1, 0, 0), (1, 2, 0), (0, 2, 0), (0, 0, 3), (1, 0, 3), (1, 2, 3), (0, 2, 3)]
"""A box of volume 6."""


def source_in(folder: Path, *lines: str, length_m: float = 1.0) -> Source:
    """A source of these instances."""
    path = folder / "水泵.ifc"
    path.write_text("ISO-10303-21;\nHEADER;\nENDSEC;\nDATA;\n" + "\n".join(lines) + "\nENDSEC;\nEND-ISO-10303-21;\n", encoding="utf-8")
    return Source(Instances.read(path), length_m=length_m)


def refs(ids) -> str:
    """A list of references."""
    return "(" + ",".join(f"#{n}" for n in ids) + ")"


def point_lines(corners, first: int) -> list[str]:
    """Cartesian points `#first`, `#first+1`, ..."""
    return [f"#{first + k}=IFCCARTESIANPOINT(({','.join(str(float(c)) for c in corner)}));" for k, corner in enumerate(corners)]


def shell_lines(first: int, corners=CORNERS, shell="IFCCLOSEDSHELL", faces=CUBE_FACES) -> list[str]:
    """A shell `#first`; its instances take the 100 numbers after it."""
    at = first + 20
    lines, numbers = point_lines(corners, at), []
    for k, face in enumerate(faces):
        loop = at + 10 + 3 * k
        lines += [f"#{loop}=IFCPOLYLOOP({refs(at + c for c in face)});", f"#{loop + 1}=IFCFACEOUTERBOUND(#{loop},.T.);",
                  f"#{loop + 2}=IFCFACE((#{loop + 1}));"]
        numbers.append(loop + 2)
    return [f"#{first}={shell}({refs(numbers)});", *lines]
