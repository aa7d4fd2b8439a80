from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import ifcopenshell.util.classification
import ifcopenshell.util.element
import ifcopenshell.util.system
import ifcopenshell.util.unit
import pytest

from bim.ifc import Entity, Model, open_model, readable
from bim.scan import scan
from bim.schemas import bim_collections
from bim.tables import ModelTables, extract_tables
from bim.tables.properties import plain
from bim.units import QUANTITY_UNITS, project_units
from csdi.feature import Feature
from tests.bim.corpus import corpus_file

pytestmark = pytest.mark.corpus

util: Any = ifcopenshell.util.element

KINDS = ["arch-fzk-haus-ifc4", "arch-office-a-ifc2x3", "arch-jesse-classified-ifc2x3", "mep-hvac-heating-ifc4",
         "geo-duplex-georeferenced-ifc2x3", "str-hhs-office-ifc2x3", "tricky-cjk-unicode-ifc2x3", "str-prefab-roof-2465el-ifc2x3",
         "infra-rail-signalling-ifc4x3-epsg3065", "arch-kit-edc-spaceboundaries-ifc4", "geo-earthworks-12d-ifc4x3rc3-epsg7856"]
MOST = 250
"""Products compared one by one in each file."""


@contextmanager
def opened(name: str) -> Iterator[Model]:
    path = corpus_file(f"ifc/{name}.ifc")
    schema = scan(path).schema
    with readable(path, schema) as (plain_path, _):
        yield open_model(plain_path, schema)


def rows_by_number(model: Model, tables: ModelTables) -> list[tuple[Entity, dict[str, Any]]]:
    numbers = {key: number for number, key in model.keys.items()}
    rows = product_rows(model, tables)
    step = max(1, len(rows) // MOST)
    return [(model.by_id(numbers[row.properties["global_id"]]), dict(row.properties)) for row in rows[::step]]


def product_rows(model: Model, tables: ModelTables) -> list[Feature]:
    """The rows of products, of all tables."""
    keys = set(model.keys.values())
    return [row for name, rows in tables.parts.items() if name not in ("systems", "types")
            for row in rows if row.properties["global_id"] in keys]


@pytest.mark.parametrize("name", KINDS)
def test_rows_agree_with_the_engine(name: str) -> None:
    with opened(name) as model:
        tables = extract_tables(model, "m")
        for product, row in rows_by_number(model, tables):
            kind = util.get_type(product)
            assert row["type_id"] == (kind.GlobalId if kind else None)
            assert row["predefined_type"] == (util.get_predefined_type(product) or None)
            assert row["materials"] == [m.Name for m in util.get_materials(product) if m is not None and m.Name]
            assert row["name"] == product.Name
            expected = {(ref[1] if ref.is_a("IfcClassificationReference") else None, ref.Name)
                        for ref in ifcopenshell.util.classification.get_references(product)
                        if not ref.is_a("IfcClassificationNotation")}
            assert {(c["code"], c["name"]) for c in row["classifications"] if c["system"] or c["name"]} == expected


@pytest.mark.parametrize("name", KINDS)
def test_property_sets_agree_with_the_engine(name: str) -> None:
    with opened(name) as model:
        tables = extract_tables(model, "m")
        for product, row in rows_by_number(model, tables):
            assert named(row["psets"]) == engine_sets(product)
            assert_quantities(model, product, row["quantities"])


@pytest.mark.parametrize("name", KINDS)
def test_containers_agree_with_the_engine(name: str) -> None:
    with opened(name) as model:
        tables = extract_tables(model, "m")
        for product, row in rows_by_number(model, tables):
            inner = row["containment"][-1]["id"] if row["containment"] else None
            container = engine_container(product)
            assert inner == (model.keys[container.id()] if container is not None else None)


def engine_container(product: Entity) -> Entity | None:
    """The innermost spatial structure around a product, by the engine's steps from part to whole."""
    at: Entity | None = product
    while at is not None:
        stands = at.is_a("IfcElement") or hasattr(at, "ContainedInStructure")
        at = (util.get_container(at) if stands else None) or util.get_parent(at)
        if at is not None and (at.is_a("IfcSpatialStructureElement") or at.is_a("IfcSpatialElement")):
            return at
    return None


@pytest.mark.parametrize("name", [*KINDS, "infra-alignments-sierrasoft-ifc4x3-epsg2056", "geo-brienenoord-bridge-ifc4x3-epsg28992"])
def test_every_product_has_one_row(name: str) -> None:
    with opened(name) as model:
        tables = extract_tables(model, "m")
        rows = [row.properties["global_id"] for row in product_rows(model, tables)]
        assert sorted(rows) == sorted(model.keys.values())
        assert len(tables.types) == len(model.of("IfcTypeObject"))
        groups = {one.GlobalId for one in model.of("IfcGroup")}
        assert {row.properties["global_id"] for row in (*tables.systems, *tables.zones)} - set(rows) == groups


@pytest.mark.parametrize("name", KINDS)
def test_links_agree_with_the_engine(name: str) -> None:
    with opened(name) as model:
        tables = extract_tables(model, "m")
        for product, row in rows_by_number(model, tables):
            def keys(things: Any, model: Model = model) -> set[str]:
                return {model.keys.get(one.id(), one.GlobalId) for one in things}

            assert {one["id"] for one in (*row["systems"], *row["zones"], *row["groups"])} == keys(util.get_groups(product))
            assert set(row["layers"]) >= {layer.Name for layer in util.get_layers(model.file, product)}
            assert {one["id"] for one in row["openings"]} >= keys(r.RelatedOpeningElement for r in getattr(product, "HasOpenings", ()))
            if not product.is_a("IfcPort"):
                assert {one["id"] for one in row["ports"]} == keys(ports(product))
                connected = {one["id"] for one in row["connected_to"] if one["by"] == "port"}
                assert connected == keys({other for port in ports(product) for other in others(port)})
            parts = [one for one in util.get_parts(product) if not one.is_a("IfcPort")]
            assert set(row["parts"]) >= keys(parts)


def ports(element: Entity) -> list[Entity]:
    return list(ifcopenshell.util.system.get_ports(element)) if element.is_a("IfcDistributionElement") else []


def others(port: Entity) -> list[Entity]:
    """The elements behind the ports that a port is connected to."""
    linked = [r.RelatedPort for r in port.ConnectedTo] + [r.RelatingPort for r in port.ConnectedFrom]
    found = [ifcopenshell.util.system.get_port_element(one) for one in linked]
    return [one for one in found if one is not None]


@pytest.mark.parametrize("name", KINDS)
def test_types_and_systems_agree_with_the_engine(name: str) -> None:
    with opened(name) as model:
        tables = extract_tables(model, "m")
        for row in (dict(r.properties) for r in tables.types[::max(1, len(tables.types) // MOST)]):
            kind = model.file.by_guid(row["global_id"].split("~")[0])
            if "~" in row["global_id"]:
                continue
            assert row["occurrence_count"] == len(util.get_types(kind))
            assert named(row["psets"]) == engine_sets(kind)
            assert row["materials"] == [m.Name for m in util.get_materials(kind) if m is not None and m.Name]
        for row in (dict(r.properties) for r in tables.systems if "~" not in r.id):
            group = model.file.by_guid(row["global_id"])
            assert set(row["members"]) == {model.keys.get(one.id(), one.GlobalId)
                                           for rel in util_groups(group) for one in rel.RelatedObjects}


def util_groups(group: Entity) -> list[Entity]:
    found = group.IsGroupedBy
    return list(found) if isinstance(found, tuple) else [found]


@pytest.mark.parametrize("name", [*KINDS, "geo-grf005-pass-feet-ifc4x3-epsg2240"])
def test_measures_keep_what_was_stated(name: str) -> None:
    with opened(name) as model:
        tables = extract_tables(model, "m")
        for _, row in rows_by_number(model, tables):
            for set_name, measures in row["measures"].items():
                for key, measure in measures.items():
                    whole = row["psets"].get(set_name, {}).get(key.split(".")[0])
                    quantity = row["quantities"].get(set_name, {}).get(key)
                    assert measure["stated"] == whole or measure["value"] == quantity or "." in key
                    assert set(measure) == {"value", "unit", "stated", "stated_unit"}


def test_millimetres_are_metres_and_stay_millimetres() -> None:
    with opened("mep-hvac-heating-ifc4") as model:
        tables = extract_tables(model, "m")
        found = [m for row in tables.elements for values in row.properties["measures"].values() for m in values.values()]
        lengths = [m for m in found if m["stated_unit"] == "mm" and isinstance(m["stated"], float)]
        assert lengths
        assert all(m["unit"] == "m" and m["value"] == pytest.approx(m["stated"] / 1000) for m in lengths)
        assert {m["unit"] for m in found if m["stated_unit"] == "°C"} <= {"K"}


def engine_sets(product: Entity) -> dict[str, Any]:
    """The engine's property sets without the quantities; sets without a name are left out."""
    quantities = util.get_psets(product, qtos_only=True)
    return {name: {key: simple(value) for key, value in values.items() if key != "id"}
            for name, values in util.get_psets(product).items() if name is not None and name not in quantities}


def named(psets: dict[str, Any]) -> dict[str, Any]:
    """Ours without the sets that have no name in the file; they go by their class."""
    return {name: values for name, values in psets.items() if not name.startswith("Ifc")}


def simple(value: Any) -> Any:
    """The engine's verbose dictionaries in our short form."""
    if isinstance(value, dict) and value.get("type") == "IfcPropertyBoundedValue":
        names = {"lower": "LowerBoundValue", "upper": "UpperBoundValue", "set_point": "SetPointValue"}
        return {ours: plain(value[theirs]) for ours, theirs in names.items() if value.get(theirs) is not None}
    if isinstance(value, dict) and "properties" in value:
        return {key: simple(inner) for key, inner in value["properties"].items()}
    if isinstance(value, dict) and value.get("type") == "IfcPropertyTableValue":
        return {"defining": plain(value["DefiningValues"]), "defined": plain(value["DefinedValues"])}
    return plain(value)


def assert_quantities(model: Model, product: Entity, found: dict[str, Any]) -> None:
    engine = util.get_psets(product, qtos_only=True, verbose=True)
    assert set(found) == set(engine)
    for name, values in engine.items():
        for key, value in values.items():
            if key != "id" and isinstance(value["value"], float):
                unit = QUANTITY_UNITS.get(value["class"], "")
                scale = ifcopenshell.util.unit.calculate_unit_scale(model.file, unit) if unit else 1.0
                assert found[name][key] == pytest.approx(value["value"] * scale)


def test_units_agree_with_the_engine() -> None:
    for name in [*KINDS, "arch-janesville-restaurant-ifc2x3", "geo-grf005-pass-feet-ifc4x3-epsg2240"]:
        with opened(name) as model:
            units = project_units(model)
            for kind in ("LENGTHUNIT", "AREAUNIT", "VOLUMEUNIT", "PLANEANGLEUNIT"):
                engine = ifcopenshell.util.unit.calculate_unit_scale(model.file, kind)
                assert units.scales.get(kind, 1.0) == pytest.approx(engine, rel=1e-12)


def test_systems_and_groups_are_kept() -> None:
    with opened("mep-hvac-heating-ifc4") as model:
        tables = extract_tables(model, "m")
        systems = {s["name"] for row in tables.elements for s in row.properties["systems"]}
        in_file = {s.Name for s in model.of("IfcSystem") for r in s.IsGroupedBy for o in r.RelatedObjects if o.is_a("IfcElement")}
        assert systems == in_file
        assert len(systems) > 3


def test_counts_are_those_of_the_file() -> None:
    with opened("arch-office-a-ifc2x3") as model:
        tables = extract_tables(model, "m")
        roles = Counter(row.properties["role"] for row in tables.elements)
        assert roles["element"] == len([e for e in model.of("IfcElement") if not e.is_a("IfcFeatureElement")])
        assert roles["opening"] == len(model.of("IfcOpeningElement"))
        assert len(tables.spaces) == 99
        assert len({row.id for row in tables.elements}) == len(tables.elements)


def test_japanese_names_are_read() -> None:
    with opened("tricky-cjk-unicode-ifc2x3") as model:
        names = " ".join(str(value) for row in extract_tables(model, "m").elements for value in row.properties.values())
        assert any("\u3040" <= c <= "\u9fff" for c in names)
        assert "\\X2\\" not in names


def test_a_global_id_used_twice_gets_a_suffix_and_a_finding() -> None:
    with opened("tricky-duplicate-guids-ifc2x3") as model:
        tables = extract_tables(model, "m")
        ids = [row.id for row in (*tables.elements, *tables.spaces, *tables.storeys)]
        assert len(set(ids)) == len(ids)
        twice = [f for f in tables.findings if f.code == "GID-001"]
        assert twice
        assert "#" in twice[0].subject
        assert any(key.endswith("~2") for key in model.keys.values())


def test_every_row_fits_its_schema() -> None:
    with opened("arch-office-a-ifc2x3") as model:
        tables = extract_tables(model, "m")
        for collection in bim_collections():
            rows = tables.parts.get(collection.id, [])
            assert {name for row in rows for name in row.properties} <= {f.name for f in collection.schema}


def test_collections_have_titles_in_three_languages() -> None:
    for collection in bim_collections():
        assert set(collection.title) == {"en", "zh-Hant", "zh-Hans"}
        assert all(set(f.title) == {"en", "zh-Hant", "zh-Hans"} for f in collection.schema)
        assert collection.schema.levels == (None if collection.id == "types" else ("base_level", "top_level"))
