"""Small IFC models written out as text, each fault and feature by choice."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

PUMP = "\\X2\\6C346CF5\\X0\\"
"""水泵 as STEP writes it."""


@dataclass(frozen=True)
class Small:
    """A model of two boxes: a slab 10 x 6 x 0.5 m whose corner is the origin of its storey, and a pump on it.

    `unit` is the length unit's prefix, lengths are written in it; `at` is the site's placement in that unit.
    """

    schema: str = "IFC4"
    unit: str = ""
    at: tuple[float, float, float] = (0.0, 0.0, 0.0)
    conversion: str = "812000.,819000.,6.5,1.,0.,$"
    crs: str = "'EPSG:2326',$,$,'EPSG:5738',$,$,$"
    georeferenced: bool = True
    latitude: str = "$"
    longitude: str = "$"
    true_north: str = "$"
    extra: str = ""

    @property
    def text(self) -> str:
        """The whole file."""
        k = 1000.0 if self.unit else 1.0
        prefix = f".{self.unit}." if self.unit else "$"
        placed = ",".join(f"{v!r}" for v in self.at)
        conversion = f"#20=IFCPROJECTEDCRS({self.crs});\n#21=IFCMAPCONVERSION(#10,#20,{self.conversion});\n" if self.georeferenced else ""
        return f"""ISO-10303-21;
HEADER;
FILE_DESCRIPTION((''),'2;1');
FILE_NAME('small.ifc','2024-01-01T00:00:00',(''),(''),'','tests','');
FILE_SCHEMA(('{self.schema}'));
ENDSEC;
DATA;
#1=IFCPROJECT('0000000000000000000001',$,'P',$,$,$,$,(#10),#5);
#2=IFCSIUNIT(*,.LENGTHUNIT.,{prefix},.METRE.);
#3=IFCSIUNIT(*,.PLANEANGLEUNIT.,$,.RADIAN.);
#5=IFCUNITASSIGNMENT((#2,#3));
#6=IFCCARTESIANPOINT((0.,0.,0.));
#7=IFCAXIS2PLACEMENT3D(#6,$,$);
#8=IFCCARTESIANPOINT(({placed}));
#9=IFCAXIS2PLACEMENT3D(#8,$,$);
#10=IFCGEOMETRICREPRESENTATIONCONTEXT($,'Model',3,1.E-05,#7,{self.true_north});
#11=IFCLOCALPLACEMENT($,#9);
#12=IFCSITE('0000000000000000000002',$,'Site',$,$,#11,$,$,.ELEMENT.,{self.latitude},{self.longitude},$,$,$);
#13=IFCLOCALPLACEMENT(#11,#7);
#14=IFCBUILDING('0000000000000000000003',$,'\\X2\\6A5F58345BA2904B59276A13\\X0\\',$,$,#13,$,$,.ELEMENT.,$,$,$);
#15=IFCLOCALPLACEMENT(#13,#7);
#16=IFCBUILDINGSTOREY('0000000000000000000004',$,'L1',$,$,#15,$,$,.ELEMENT.,0.);
{conversion}#30=IFCRELAGGREGATES('0000000000000000000005',$,$,$,#1,(#12));
#31=IFCRELAGGREGATES('0000000000000000000006',$,$,$,#12,(#14));
#32=IFCRELAGGREGATES('0000000000000000000007',$,$,$,#14,(#16));
#33=IFCRELCONTAINEDINSPATIALSTRUCTURE('0000000000000000000008',$,$,$,(#50,#60),#16);
#40=IFCDIRECTION((0.,0.,1.));
{_box(50, 10 * k, 6 * k, 0.5 * k)}
#50=IFCSLAB('000000000000000000000A',$,'Slab',$,$,#15,#505,$,.FLOOR.);
{_box(60, 1 * k, 1 * k, 2 * k)}
#69=IFCLOCALPLACEMENT(#15,#68);
#68=IFCAXIS2PLACEMENT3D(#67,$,$);
#67=IFCCARTESIANPOINT(({2 * k!r},{2 * k!r},{0.5 * k!r}));
#60=IFCBUILDINGELEMENTPROXY('000000000000000000000B',$,'{PUMP} P-1',$,$,#69,#605,'P-1',$);
{self.extra}ENDSEC;
END-ISO-10303-21;
"""

    def write(self, folder: Path, name: str = "small.ifc") -> Path:
        """Writes the file and gives its path."""
        path = folder / name
        path.write_text(self.text, encoding="ascii")
        return path


def _box(number: int, length: float, width: float, height: float) -> str:
    """An extruded rectangle with its corner at the origin, as shape `#number*10+5`."""
    n = number * 10
    return f"""#{n}=IFCCARTESIANPOINT(({length / 2!r},{width / 2!r}));
#{n + 1}=IFCAXIS2PLACEMENT2D(#{n},$);
#{n + 2}=IFCRECTANGLEPROFILEDEF(.AREA.,$,#{n + 1},{length!r},{width!r});
#{n + 3}=IFCEXTRUDEDAREASOLID(#{n + 2},#7,#40,{height!r});
#{n + 4}=IFCSHAPEREPRESENTATION(#10,'Body','SweptSolid',(#{n + 3}));
#{n + 5}=IFCPRODUCTDEFINITIONSHAPE($,$,(#{n + 4}));"""
