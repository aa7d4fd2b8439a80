"""Strange models, each with one oddity that real files have: names, ids, units, places, shapes and structure."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

from tests.bim.small import Small

_LOCAL = Small(georeferenced=False)
_FACES = "#900=IFCCARTESIANPOINTLIST3D(({points}));\n#901=IFCTRIANGULATEDFACESET(#900,$,$,({faces}),$);\n"
_FIRST_BODY = "#504=IFCSHAPEREPRESENTATION(#10,'Body','SweptSolid',(#503));"


def _placed(number: int, x: float, y: float, z: float, below: int = 15) -> str:
    """A placement `#number` in that of the storey."""
    return (f"#{number + 2}=IFCCARTESIANPOINT(({x!r},{y!r},{z!r}));\n#{number + 1}=IFCAXIS2PLACEMENT3D(#{number + 2},$,$);\n"
            f"#{number}=IFCLOCALPLACEMENT(#{below},#{number + 1});\n")


def _with(small: Small, *pairs: tuple[str, str]) -> str:
    """The text with parts replaced, each of which must be there."""
    text = small.text
    for old, new in pairs:
        assert old in text, old
        text = text.replace(old, new)
    return text


def _faces(points: str, faces: str) -> str:
    """The slab as a set of triangles."""
    return _with(replace(Small(), extra=_FACES.format(points=points, faces=faces)),
                 (_FIRST_BODY, "#504=IFCSHAPEREPRESENTATION(#10,'Body','Tessellation',(#901));"))


def _space(number: int, key: str, name: str, placement: int = 15, shape: int = 505) -> str:
    return (f"#{number}=IFCSPACE('{key}',$,{name},$,$,#{placement},#{shape},$,.ELEMENT.,.INTERNAL.,$);\n"
            f"#{number + 1}=IFCRELAGGREGATES('R{key[1:]}',$,$,$,#16,(#{number}));\n")


def _bare(extra: str = "", *, georeferenced: bool = True) -> str:
    """Without the two elements."""
    text = Small(georeferenced=georeferenced, extra=extra).text
    lines = [line for line in text.splitlines() if not line.startswith(("#33=", "#50=", "#60="))]
    return "\n".join(lines) + "\n"


def _named(name: str) -> str:
    """Storey, slab and pump of this name, as STEP writes it."""
    return _with(Small(), ("'L1'", f"'{name}'"), ("'Slab'", f"'{name}'"), ("'\\X2\\6C346CF5\\X0\\ P-1'", f"'{name}'"))


def _feet() -> str:
    return _with(Small(), ("#2=IFCSIUNIT(*,.LENGTHUNIT.,$,.METRE.);",
                           "#990=IFCSIUNIT(*,.LENGTHUNIT.,$,.METRE.);\n#991=IFCMEASUREWITHUNIT(IFCLENGTHMEASURE(0.3048),#990);\n"
                           "#992=IFCDIMENSIONALEXPONENTS(1,0,0,0,0,0,0);\n#2=IFCCONVERSIONBASEDUNIT(#992,.LENGTHUNIT.,'FOOT',#991);"))


_TETRA = "(0.,0.,0.),(4.,0.,0.),(0.,4.,0.),(0.,0.,4.)"
_MIRRORED = (
    "#900=IFCREPRESENTATIONMAP(#7,#504);\n#901=IFCDIRECTION((-1.,0.,0.));\n#902=IFCDIRECTION((0.,1.,0.));\n#903=IFCDIRECTION((0.,0.,1.));\n"
    "#904=IFCCARTESIANTRANSFORMATIONOPERATOR3DNONUNIFORM(#901,#902,#6,1.,#903,2.,0.5);\n#905=IFCMAPPEDITEM(#900,#904);\n"
    "#906=IFCSHAPEREPRESENTATION(#10,'Body','MappedRepresentation',(#905));\n#907=IFCPRODUCTDEFINITIONSHAPE($,$,(#906));\n")

STRANGE: Mapping[str, Callable[[], str]] = {
    "as-it-is": lambda: Small().text,
    "names-with-strokes-and-quotes": lambda: _named("../A\\\\B/''C\"<b>&:*?|"),
    "names-with-control-characters": lambda: _named("a\\X\\00b\\X\\0Ac\\X\\1F"),
    "names-beyond-the-basic-plane": lambda: _named("\\X4\\0001F6EB00020BB7\\X0\\ \\X2\\05D0202E\\X0\\"),
    "names-that-are-long": lambda: _named("x" * 6000),
    "names-that-are-missing": lambda: _with(Small(), ("'L1'", "$"), ("'Slab'", "$"), ("'\\X2\\6C346CF5\\X0\\ P-1'", "''")),
    "ids-twice": lambda: _with(Small(), ("'000000000000000000000B'", "'000000000000000000000A'")),
    "ids-missing": lambda: _with(Small(), ("'000000000000000000000A'", "$"), ("'000000000000000000000B'", "''")),
    "ids-with-signs": lambda: _with(Small(), ("'000000000000000000000A'", "'../a b:c~2#?'"), ("'000000000000000000000B'", "'b,c&d=%2F'")),
    "ids-of-a-space-and-a-slab-equal": lambda: replace(Small(), extra=_space(70, "000000000000000000000A", "'Room'")).text,
    "nothing-at-all": _bare,
    "nothing-at-all-nowhere": lambda: _bare(georeferenced=False),
    "only-a-space": lambda: _bare(_space(70, "000000000000000000000S", "'Room'")),
    "only-a-space-nowhere": lambda: _bare(_space(70, "000000000000000000000S", "'Room'"), georeferenced=False),
    "only-an-annotation": lambda: _bare(
        "#900=IFCCARTESIANPOINT((1.,2.,0.));\n#901=IFCPOLYLINE((#6,#900));\n"
        "#902=IFCSHAPEREPRESENTATION(#10,'Annotation','Curve3D',(#901));\n#903=IFCPRODUCTDEFINITIONSHAPE($,$,(#902));\n"
        "#904=IFCANNOTATION('000000000000000000000N',$,'Note',$,$,#15,#903);\n"
        "#905=IFCRELCONTAINEDINSPATIALSTRUCTURE('000000000000000000000C',$,$,$,(#904),#16);\n"),
    "only-an-opening": lambda: _bare("#50=IFCOPENINGELEMENT('000000000000000000000O',$,'Void',$,$,#15,#505,$,.OPENING.);\n"),
    "one-triangle": lambda: _faces("(0.,0.,0.),(4.,0.,0.),(0.,4.,0.)", "(1,2,3)"),
    "one-triangle-without-area": lambda: _faces("(0.,0.,0.),(4.,0.,0.),(8.,0.,0.)", "(1,2,3)"),
    "one-triangle-of-a-tenth-of-a-millimetre": lambda: _faces("(0.,0.,0.),(0.0001,0.,0.),(0.,0.0001,0.)", "(1,2,3)"),
    "triangles-beyond-the-points": lambda: _faces(_TETRA, "(1,2,3),(1,2,9)"),
    "triangles-with-a-corner-twice": lambda: _faces(_TETRA, "(1,2,3),(1,1,2),(1,2,4),(2,3,4),(1,3,4)"),
    "triangles-twice": lambda: _faces(_TETRA, "(1,2,3),(1,2,3),(3,2,1)"),
    "triangles-not-finite": lambda: _faces("(0.,0.,0.),(4.,0.,0.),(0.,1.E400,0.)", "(1,2,3)"),
    "mirrored-and-stretched": lambda: _with(replace(Small(), extra=_MIRRORED), (
        "#60=IFCBUILDINGELEMENTPROXY('000000000000000000000B',$,'\\X2\\6C346CF5\\X0\\ P-1',$,$,#69,#605",
        "#60=IFCBUILDINGELEMENTPROXY('000000000000000000000B',$,'\\X2\\6C346CF5\\X0\\ P-1',$,$,#69,#907")),
    "feet": _feet,
    "millimetres": lambda: Small(unit="MILLI").text,
    "millimetres-said-to-be-metres": lambda: _with(Small(unit="MILLI"), (".MILLI.", "$")),
    "no-units": lambda: _with(Small(), ("#5=IFCUNITASSIGNMENT((#2,#3));", "#5=IFCUNITASSIGNMENT((#3));")),
    "ten-kilometres-away": lambda: _with(replace(Small(), extra=_placed(930, 10_000.0, 0.0, 0.0)), ("#505,$,.FLOOR.", "#505,$,.FLOOR."),
                                         ("'Slab',$,$,#15", "'Slab',$,$,#930")),
    "two-hundred-kilometres-away": lambda: _with(replace(Small(), extra=_placed(930, 200_000.0, 0.0, 0.0)),
                                                 ("'Slab',$,$,#15", "'Slab',$,$,#930")),
    "far-below": lambda: _with(replace(Small(), extra=_placed(930, 0.0, 0.0, -9_000.0)), ("'Slab',$,$,#15", "'Slab',$,$,#930")),
    "a-large-offset-nowhere": lambda: replace(_LOCAL, at=(8_000_000.0, -3_000_000.0, 500.0)).text,
    "placed-in-the-grid": lambda: replace(_LOCAL, at=(812_000.0, 819_000.0, 6.0)).text,
    "nowhere": lambda: _LOCAL.text,
    "amersfoort": lambda: Small(conversion="155000.,463000.,2.,1.,0.,$", crs="'EPSG:28992',$,$,'EPSG:5709',$,$,$").text,
    "new-york-feet": lambda: Small(conversion="980000.,200000.,20.,1.,0.,3.2808333333333333", crs="'EPSG:2263',$,$,$,$,$,$").text,
    "web-mercator": lambda: Small(conversion="12682000.,2548000.,2.,1.,0.,$", crs="'EPSG:3857',$,$,$,$,$,$").text,
    "macau": lambda: Small(conversion="20000.,18000.,2.,1.,0.,$", crs="'EPSG:8433',$,$,$,$,$,$").text,
    "turned-and-scaled": lambda: Small(conversion="812000.,819000.,6.5,0.6,0.8,0.9996").text,
    "beyond-the-grid": lambda: Small(conversion="99812000.,819000.,6.5,1.,0.,$").text,
    "south-pole": lambda: Small(conversion="2000000.,2000000.,2800.,1.,0.,$", crs="'EPSG:3031',$,$,$,$,$,$").text,
    "storeys-of-one-name": lambda: _with(replace(Small(), extra=(
        "#920=IFCBUILDINGSTOREY('000000000000000000000T',$,'L1',$,$,#15,$,$,.ELEMENT.,$);\n"
        "#921=IFCRELCONTAINEDINSPATIALSTRUCTURE('000000000000000000000U',$,$,$,(#60),#920);\n")),
        ("(#50,#60),#16", "(#50),#16"), ("#14,(#16)", "#14,(#16,#920)")),
    "no-storey": lambda: _with(Small(), ("$,$,$,(#50,#60),#16", "$,$,$,(#50,#60),#14")),
    "in-nothing": lambda: "\n".join(line for line in Small().text.splitlines() if not line.startswith("#33=")) + "\n",
    "rooms-on-top-of-each-other": lambda: replace(Small(), extra=_space(70, "000000000000000000000S", "'Room'") + _space(
        72, "000000000000000000000T", "'Room'")).text,
    "a-room-that-is-flat": lambda: _with(replace(Small(), extra=_space(70, "000000000000000000000S", "'Room'")),
                                         ("IFCEXTRUDEDAREASOLID(#502,#7,#40,0.5)", "IFCEXTRUDEDAREASOLID(#502,#7,#40,0.0005)")),
    "a-comment-everywhere": lambda: _with(Small(), ("#50=IFCSLAB(", "/* #50; ' */ #50 = /* ( */ IFCSLAB( /* ) */ ")),
}
"""Name -> text of the file."""


def write(name: str, folder: Path) -> Path:
    """Writes one of `STRANGE` and gives its path."""
    path = folder / f"{name}.ifc"
    path.write_text(STRANGE[name](), encoding="ascii")
    return path
