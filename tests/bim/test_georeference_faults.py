"""Faults planted in the sample's models, one at a time and in pairs: each is named with its cure, and no right file is accused."""

import re
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pytest

from bim.georeference import Georeference, Witness, georeference_of, read_witness
from csdi.crs import transform
from tests.bim.small import Small

SAMPLE = Path(__file__).parents[2] / "sample_models" / "small"

ARCH, STRUCTURE, MEP, BRIDGE, CARPARK = (f"{name}.ifc" for name in (
    "terminal-arch", "terminal-structure", "terminal-mep", "taxiway-bridge", "carpark"))
CONVERSION = re.compile(r"(IFCMAPCONVERSION\(#\d+,#\d+,)([^,]+),([^,]+),([^,]+),([^,]+),([^,]+),([^)]+)\)")
ACCUSING = re.compile(r"GRF-|GEO-")
Plant = Callable[[str], str]


def numbers(make: Callable[[list[str]], list[str]]) -> Plant:
    """Changes Eastings, Northings, OrthogonalHeight, XAxisAbscissa, XAxisOrdinate, Scale of every map conversion."""
    def changed(found: re.Match[str]) -> str:
        return found[1] + ",".join(make([found[i] for i in range(2, 8)])) + ")"
    return lambda text: CONVERSION.sub(changed, text)


def both(first: Plant, second: Plant) -> Plant:
    return lambda text: second(first(text))


def replaced(pattern: str, by: str) -> Plant:
    def change(text: str) -> str:
        made, count = re.subn(pattern, by, text)
        assert count, pattern
        return made
    return change


def real(value: float) -> str:
    text = repr(float(value))
    return text.replace("e", ".E") if "e" in text and "." not in text else text


SWAP = numbers(lambda v: [v[1], v[0], *v[2:]])
MILLIMETRES = numbers(lambda v: [real(float(x) * 1000) for x in v[:3]] + v[3:])
FEET = numbers(lambda v: [real(float(x) / 0.3048) for x in v[:3]] + v[3:])
TRUNCATED = numbers(lambda v: [real(float(v[0]) - 800_000), real(float(v[1]) - 800_000), *v[2:]])
TRUNCATED_NORTH = numbers(lambda v: [v[0], real(float(v[1]) - 800_000), *v[2:]])
NEGATIVE = numbers(lambda v: [real(-float(v[0])), *v[1:]])
UNSHIFTED = numbers(lambda v: [real(float(v[0]) + 251.83), real(float(v[1]) - 169.24), *v[2:]])
FLIPPED = numbers(lambda v: [*v[:4], real(-float(v[4])), v[5]])
AXES_EXCHANGED = numbers(lambda v: [*v[:3], v[4], v[3], v[5]])
HALF_AXIS = numbers(lambda v: [*v[:3], "$", v[4], v[5]])
HEIGHT_MM = numbers(lambda v: [*v[:2], real(float(v[2]) * 1000), *v[3:]])
ELLIPSOIDAL = numbers(lambda v: [*v[:2], real(float(v[2]) - 3.6), *v[3:]])
CHART_DATUM = numbers(lambda v: [*v[:2], real(float(v[2]) + 0.146), *v[3:]])
NO_SCALE = numbers(lambda v: [*v[:5], "$"])
WRONG_SCALE = numbers(lambda v: [*v[:5], "1."])


def lonlat(first: int) -> Plant:
    def degrees(v: list[str]) -> list[str]:
        ((lon, lat),) = transform("EPSG:2326", "OGC:CRS84").points(np.array([[float(v[0]), float(v[1])]]))
        pair = [repr(float(lon)), repr(float(lat))]
        return [pair[first], pair[1 - first], *v[2:]]
    return numbers(degrees)


def in_crs(code: str) -> Plant:
    def moved(v: list[str]) -> list[str]:
        ((e, n),) = transform("EPSG:2326", code).points(np.array([[float(v[0]), float(v[1])]]))
        return [real(e), real(n), *v[2:]]
    return numbers(moved)


def named(code: str) -> Plant:
    return replaced(r"IFCPROJECTEDCRS\('EPSG:2326'", f"IFCPROJECTEDCRS('{code}'")


def datum(code: str) -> Plant:
    return replaced(r"'EPSG:5738'", f"'{code}'")


def doubled(text: str) -> str:
    """The site stands at the map coordinates as well."""
    e, n = (float(v) for v in CONVERSION.search(text).group(2, 3))  # type: ignore[union-attr]
    unit = 1000.0 if ".MILLI." in text else 1.0
    site = re.search(r"=IFCSITE\('[^']*',#\d+,'[^']*',\$,\$,#(\d+)", text)
    assert site
    made, count = re.subn(rf"#{site[1]}=IFCLOCALPLACEMENT\(\$,#\d+\)", f"#{site[1]}=IFCLOCALPLACEMENT($,#999995)", text)
    assert count
    return made.replace("ENDSEC;\nEND-ISO", f"#999991=IFCCARTESIANPOINT(({real(e * unit)},{real(n * unit)},0.));\n"
                        "#999995=IFCAXIS2PLACEMENT3D(#999991,$,$);\nENDSEC;\nEND-ISO")


def second_operation(text: str) -> str:
    """A second context with an operation of its own, 7 m off."""
    found = CONVERSION.search(text)
    assert found
    target = re.search(r"#(\d+)=IFCPROJECTEDCRS", text)
    context = re.search(r"#\d+=IFCGEOMETRICREPRESENTATIONCONTEXT\((.*)\);", text)
    assert target
    assert context
    more = (f"#999992=IFCGEOMETRICREPRESENTATIONCONTEXT({context[1]});\n"
            f"#999993=IFCMAPCONVERSION(#999992,#{target[1]},{real(float(found[2]) + 7)},{found[3]},{found[4]},{found[5]},{found[6]},{found[7]});\n")
    return text.replace("ENDSEC;\nEND-ISO", more + "ENDSEC;\nEND-ISO")


def true_north(x: float, y: float) -> Plant:
    """The context states another true north."""
    def change(text: str) -> str:
        made = re.sub(r"(IFCGEOMETRICREPRESENTATIONCONTEXT\(\$,'Model',3,[^,]+,#\d+,)#\d+", r"\g<1>#999994", text)
        return made.replace("ENDSEC;\nEND-ISO", f"#999994=IFCDIRECTION(({real(x)},{real(y)}));\nENDSEC;\nEND-ISO")
    return change


def site(latitude: str, longitude: str) -> Plant:
    return replaced(r"\(22,\d+,\d+,\d+\),\(113,\d+,\d+,\d+\)", f"{latitude},{longitude}")


def property_value(name: str, make: Callable[[float], float]) -> Plant:
    """Changes a number of the property sets of IFC2X3."""
    def change(text: str) -> str:
        made, count = re.subn(rf"(IFCPROPERTYSINGLEVALUE\('{name}',\$,IFCREAL\()([^)]+)\)", lambda m: f"{m[1]}{real(make(float(m[2])))})", text)
        assert count
        return made
    return change


def planted(tmp_path: Path, name: str, plant: Plant, witnesses: Sequence[Witness] = ()) -> Georeference:
    text = (SAMPLE / name).read_text(encoding="ascii")
    changed = plant(text)
    assert changed != text, "nothing was planted"
    path = tmp_path / name
    path.write_text(changed, encoding="ascii")
    return georeference_of(path, witnesses=witnesses)[0]


FAULTS: list[tuple[str, str, Plant, set[str], str]] = [
    ("swapped", STRUCTURE, SWAP, {"GEO-030"}, "exchange Eastings and Northings"),
    ("swapped, rotated by nothing", MEP, SWAP, {"GEO-030"}, "exchange Eastings and Northings"),
    ("millimetres", STRUCTURE, MILLIMETRES, {"GEO-005"}, "MapUnit"),
    ("feet", BRIDGE, FEET, {"GEO-005"}, "MapUnit"),
    ("truncated", STRUCTURE, TRUNCATED, {"GEO-031"}, "800000 m"),
    ("truncated northing", ARCH, TRUNCATED_NORTH, {"GEO-031"}, "add 0 m to the easting and 800000 m to the northing"),
    ("sign of the easting", STRUCTURE, NEGATIVE, {"GEO-036"}, "positive"),
    ("datum shift", ARCH, UNSHIFTED, {"GEO-032"}, "EPSG:1825"),
    ("degrees", STRUCTURE, lonlat(0), {"GEO-034"}, "metres"),
    ("degrees, latitude first", MEP, lonlat(1), {"GEO-034"}, "metres"),
    ("double offset", STRUCTURE, doubled, {"GEO-033"}, "origin"),
    ("double offset of a millimetre model", ARCH, doubled, {"GEO-033"}, "origin"),
    ("rotation of the wrong sign", ARCH, FLIPPED, {"GEO-037"}, "XAxisOrdinate"),
    ("components of the axis exchanged", STRUCTURE, AXES_EXCHANGED, {"GEO-038"}, "XAxisAbscissa"),
    ("half an axis", STRUCTURE, HALF_AXIS, {"GEO-006"}, "XAxisAbscissa and XAxisOrdinate"),
    ("true north off by 5 degrees", STRUCTURE, true_north(0.4, 0.9), {"GEO-011"}, "TrueNorth"),
    ("scale absent", ARCH, NO_SCALE, {"GRF-005"}, "Scale"),
    ("scale of metres", ARCH, WRONG_SCALE, {"GRF-005"}, "Scale"),
    ("height in millimetres", ARCH, HEIGHT_MM, {"GEO-015"}, "millimetres"),
    ("height above the ellipsoid", ARCH, ELLIPSOIDAL, {"GEO-015"}, "HKPD levels"),
    ("height above chart datum", ARCH, CHART_DATUM, {"GEO-015"}, "same datum"),
    ("American height datum", STRUCTURE, datum("EPSG:5703"), {"GEO-014"}, "EPSG:5738"),
    ("chart datum named", BRIDGE, datum("EPSG:5739"), {"GEO-014"}, "EPSG:5738"),
    ("geographic CRS as height datum", BRIDGE, datum("EPSG:4326"), {"GRF-007"}, "EPSG:5738"),
    ("Web Mercator named", STRUCTURE, named("EPSG:3857"), {"GEO-035"}, "EPSG:2326"),
    ("WGS 84 named", STRUCTURE, named("EPSG:4326"), {"GEO-004", "GEO-035"}, "EPSG:2326"),
    ("Hong Kong 1963 named", MEP, named("EPSG:3366"), {"GEO-035"}, "EPSG:2326"),
    ("no such code", BRIDGE, named("EPSG:2362326"), {"GRF-004", "GEO-035"}, "EPSG:2326"),
    ("UTM under the name of HK1980", STRUCTURE, in_crs("EPSG:32650"), {"GEO-035"}, "EPSG:32650"),
    ("CGCS2000 under the name of HK1980", MEP, in_crs("EPSG:4547"), {"GEO-035"}, "EPSG:4547"),
    ("Web Mercator under the name of HK1980", BRIDGE, in_crs("EPSG:3857"), {"GEO-035"}, "EPSG:3857"),
    ("several operations", BRIDGE, second_operation, {"GRF-001"}, "same coordinate operation"),
    ("site's latitude and longitude exchanged", STRUCTURE, site("(113,56,5,194293)", "(22,18,55,243166)"), {"GEO-020"}, "swapped"),
    ("site 20 km away", STRUCTURE, site("(22,18,55,243166)", "(114,10,5,194293)"), {"GEO-010"}, "RefLatitude"),
    ("property sets: easting without its 8", CARPARK, property_value("Eastings", lambda e: e - 800_000), {"GEO-031"}, "800000"),
    ("property sets: easting in millimetres", CARPARK, both(property_value("Eastings", lambda e: e * 1000),
                                                            both(property_value("Northings", lambda n: n * 1000), property_value("OrthogonalHeight", lambda h: h * 1000))), {"GEO-005"}, "MapUnit"),
    ("swapped and in millimetres", STRUCTURE, both(SWAP, MILLIMETRES), {"GEO-030", "GEO-005"}, "exchange"),
    ("swapped and truncated", STRUCTURE, both(SWAP, TRUNCATED), {"GEO-030", "GEO-031"}, "800000"),
    ("truncated, in millimetres", ARCH, both(TRUNCATED, MILLIMETRES), {"GEO-031", "GEO-005"}, "800000"),
    ("swapped and without datum shift", STRUCTURE, both(UNSHIFTED, SWAP), {"GEO-030", "GEO-032"}, "exchange"),
    ("truncated and without datum shift", STRUCTURE, both(UNSHIFTED, TRUNCATED), {"GEO-031", "GEO-032"}, "EPSG:1825"),
    ("swapped, Web Mercator named", STRUCTURE, both(SWAP, named("EPSG:3857")), {"GEO-030", "GEO-035"}, "EPSG:2326"),
    ("swapped and the rotation of the wrong sign", STRUCTURE, both(SWAP, FLIPPED), {"GEO-030", "GEO-037"}, "exchange"),
    ("truncated, American height datum", STRUCTURE, both(TRUNCATED, datum("EPSG:5703")), {"GEO-031", "GEO-014"}, "EPSG:5738"),
    ("scale absent, swapped", ARCH, both(NO_SCALE, SWAP), {"GRF-005", "GEO-030"}, "Scale"),
    ("feet, chart datum named", BRIDGE, both(FEET, datum("EPSG:5739")), {"GEO-005", "GEO-014"}, "EPSG:5738"),
]


@pytest.mark.parametrize(("name", "plant", "expected", "cure"), [fault[1:] for fault in FAULTS], ids=[fault[0] for fault in FAULTS])
def test_a_planted_fault_is_named_with_its_cure(tmp_path: Path, name: str, plant: Plant, expected: set[str], cure: str) -> None:
    found = planted(tmp_path, name, plant)
    accused = {f.code for f in found.findings}
    assert expected <= accused, f"{accused}, {found.reasons}"
    assert any(cure in f.cure or cure in f.message for f in found.findings if f.code in expected)


@pytest.mark.parametrize(("name", "plant", "expected"), [fault[1:4] for fault in FAULTS], ids=[fault[0] for fault in FAULTS])
def test_nothing_else_is_accused(tmp_path: Path, name: str, plant: Plant, expected: set[str]) -> None:
    """Faults of the coordinates beyond those that were planted; what follows from a fault (no place, another rule) may be told."""
    follows = {"GEO-001", "GEO-002", "GEO-003", "GEO-007", "GEO-013", "GEO-016", "GEO-021", "GRF-002", "GRF-003", "GRF-006", "GRF-007"}
    follows |= {"GEO-014"} if "GRF-007" in expected else set()
    follows |= {"GEO-011"} if "GEO-035" in expected else set()
    follows |= {"GEO-010"} if "GEO-032" in expected else set()
    found = planted(tmp_path, name, plant)
    assert {f.code for f in found.findings if f.severity != "note"} - expected - follows == set(), found.reasons


@pytest.mark.parametrize("name", [ARCH, STRUCTURE, MEP, BRIDGE, CARPARK])
def test_right_files_are_not_accused(name: str) -> None:
    found, _ = georeference_of(SAMPLE / name)
    assert found.findings == ()
    assert (found.crs, found.vertical_crs) == ("EPSG:2326", "EPSG:5738")
    assert "fail" not in found.rules.values()


@pytest.mark.parametrize(("label", "plant"), [(f[0], f[2]) for f in FAULTS if f[1] != CARPARK and f[3] & {
    "GEO-030", "GEO-005", "GEO-031", "GEO-036", "GEO-034", "GEO-033"} and not f[3] & {"GEO-032", "GEO-037", "GRF-005"}])
def test_the_repaired_place_is_the_true_one(tmp_path: Path, label: str, plant: Plant) -> None:
    """The site's own latitude and longitude proves the repair, so the model lands where it did before the fault."""
    name = next(f[1] for f in FAULTS if f[0] == label)
    true, _ = georeference_of(SAMPLE / name)
    found = planted(tmp_path, name, plant)
    assert found.crs == "EPSG:2326", found.reasons
    origin = np.array([[0.0, 0.0, 0.0]])
    if label.startswith("double"):
        origin = np.array([[*true.affine[:2, 3], 0.0]])
    np.testing.assert_allclose(found.to_crs(origin)[0, :2], true.to_crs(np.zeros((1, 3)))[0, :2], atol=0.05)


WITHOUT_SITE = replaced(r"\(22,\d+,\d+,\d+\),\(113,\d+,\d+,\d+\)", "$,$")


@pytest.mark.parametrize("plant", [SWAP, TRUNCATED, UNSHIFTED, lonlat(0), both(SWAP, TRUNCATED)])
def test_without_a_second_witness_nothing_is_repaired(tmp_path: Path, plant: Plant) -> None:
    """Swapped or shifted coordinates lie in Hong Kong as well: they are taken as written, and never accused without proof."""
    found = planted(tmp_path, STRUCTURE, both(plant, WITHOUT_SITE))
    assert found.reasons
    assert all(f.severity != "error" or f.code == "GEO-002" for f in found.findings)
    if not found.placed:
        assert found.candidates, "ranked candidates in place of a guess"


@pytest.mark.parametrize("witness", ["811238,819585", "113.9343,22.3154", "1123819585"])
@pytest.mark.parametrize(("plant", "code"), [(SWAP, "GEO-030"), (TRUNCATED, "GEO-031"), (lonlat(1), "GEO-034"), (named("EPSG:3857"), "GEO-035")])
def test_a_witness_of_the_submitter_decides(tmp_path: Path, witness: str, plant: Plant, code: str) -> None:
    true, _ = georeference_of(SAMPLE / STRUCTURE)
    found = planted(tmp_path, STRUCTURE, both(plant, WITHOUT_SITE), [read_witness(witness)])
    assert code in {f.code for f in found.findings}
    np.testing.assert_allclose(found.to_crs(np.zeros((1, 3))), true.to_crs(np.zeros((1, 3))), atol=0.05)


def test_nothing_is_placed_against_a_witness_of_the_submitter(tmp_path: Path) -> None:
    found, _ = georeference_of(SAMPLE / STRUCTURE, witnesses=[read_witness("835000,816000")])
    assert not found.placed
    assert "GEO-021" in {f.code for f in found.findings}
    assert found.candidates[0].place[0] == pytest.approx(811238, abs=200)


def test_a_lot_in_a_file_is_a_witness(tmp_path: Path) -> None:
    lot = tmp_path / "lot.geojson"
    lot.write_text('{"type":"Feature","properties":{},"geometry":{"type":"Polygon","coordinates":[[[113.930,22.312],[113.939,22.312],'
                   '[113.939,22.319],[113.930,22.319],[113.930,22.312]]]}}')
    found = planted(tmp_path, STRUCTURE, both(SWAP, WITHOUT_SITE), [read_witness(str(lot))])
    assert {f.code for f in found.findings} == {"GEO-030"}
    assert found.placed


def test_an_address_is_a_witness(tmp_path: Path) -> None:
    """The site says 香港離島區赤鱲角; Web Mercator's numbers would be in Africa."""
    address = "'\\X2\\99996E2F96E25CF6534097648C55\\X0\\'"
    put = both(named("EPSG:3857"), both(WITHOUT_SITE, lambda text: re.sub(
        r"(=IFCSITE\(.*,\$,\$,[-0-9.]+,\$,)\$\)", r"\1#999990)", text).replace(
        "ENDSEC;\nEND-ISO", f"#999990=IFCPOSTALADDRESS($,$,$,$,({address}),$,$,$,$,$);\nENDSEC;\nEND-ISO")))
    found = planted(tmp_path, STRUCTURE, put)
    assert (found.crs, "GEO-035" in {f.code for f in found.findings}) == ("EPSG:2326", True), found.reasons


@pytest.mark.parametrize("name", [ARCH, STRUCTURE, BRIDGE, CARPARK])
@pytest.mark.parametrize("plant", [None, "swapped", "millimetres"])
def test_what_is_written_back_is_read_as_the_same_place(tmp_path: Path, name: str, plant: str | None) -> None:
    source = SAMPLE / name
    if plant and name != CARPARK:
        source = tmp_path / f"planted-{name}"
        source.write_text({"swapped": SWAP, "millimetres": MILLIMETRES}[plant]((SAMPLE / name).read_text("ascii")), "ascii")
    target = tmp_path / name
    found, _ = georeference_of(source, write=target)
    again, _ = georeference_of(target)
    assert (again.crs, again.vertical_crs) == (found.crs, found.vertical_crs)
    np.testing.assert_allclose(again.affine, found.affine, atol=1e-6)
    assert again.findings == ()
    kept = [line for line in source.read_bytes().splitlines() if not re.search(rb"MAPCONVERSION|PROJECTEDCRS|PROPERT", line)]
    assert set(kept) <= set(target.read_bytes().splitlines()), "every other statement is byte for byte what it was"


def test_a_comment_before_an_operation_does_not_keep_it_from_being_replaced(tmp_path: Path) -> None:
    source, target = Small().write(tmp_path), tmp_path / "out.ifc"
    source.write_text(source.read_text().replace("#21=IFCMAPCONVERSION", "/* surveyed; see the report */ #21=IFCMAPCONVERSION"))
    found, _ = georeference_of(source, write=target)
    assert found.crs == "EPSG:2326"
    assert target.read_text().count("IFCMAPCONVERSION(") == 1
    assert "/* surveyed; see the report */" in target.read_text()
