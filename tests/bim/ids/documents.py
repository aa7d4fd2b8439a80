"""IDS documents and small IFC files written out as text."""

from __future__ import annotations

from pathlib import Path

from bim.ids import Ids, IdsResult, check, read_ids
from bim.ifc import open_model, readable

WALL = "<entity><name><simpleValue>IFCWALL</simpleValue></name></entity>"


def simple(tag: str, value: str) -> str:
    return f"<{tag}><simpleValue>{value}</simpleValue></{tag}>"


def restricted(tag: str, base: str, *constraints: tuple[str, str]) -> str:
    inner = "".join(f'<xs:{kind} value="{value}"/>' for kind, value in constraints)
    return f'<{tag}><xs:restriction base="xs:{base}">{inner}</xs:restriction></{tag}>'


def attribute(name: str, value: str = "", cardinality: str = "required") -> str:
    return f'<attribute cardinality="{cardinality}">{simple("name", name)}{value}</attribute>'


def prop(group: str, name: str, data_type: str = "", value: str = "", cardinality: str = "required") -> str:
    typed = f' dataType="{data_type}"' if data_type else ""
    groups = group if group.startswith("<") else simple("propertySet", group)
    return f'<property{typed} cardinality="{cardinality}">{groups}{simple("baseName", name)}{value}</property>'


def specification(requirements: str, applicability: str = WALL, versions: str = "IFC4", occurs: tuple[str, str] = ("1", "unbounded")) -> str:
    wanted = f"<requirements>{requirements}</requirements>" if requirements else ""
    return (f'<specification name="S" ifcVersion="{versions}"><applicability minOccurs="{occurs[0]}" maxOccurs="{occurs[1]}">{applicability}'
            f"</applicability>{wanted}</specification>")


def document(*specifications: str) -> str:
    return ('<?xml version="1.0" encoding="UTF-8"?>\n<ids xmlns="http://standards.buildingsmart.org/IDS" '
            'xmlns:xs="http://www.w3.org/2001/XMLSchema">\n<info><title>T</title></info>\n'
            f"<specifications>{''.join(specifications)}</specifications>\n</ids>")


def read(folder: Path, text: str) -> Ids:
    path = folder / "t.ids"
    path.write_text(text, encoding="utf-8")
    return read_ids(path)


def model_text(*instances: str, schema: str = "IFC4") -> str:
    lines = "\n".join(f"{one};" for one in instances)
    return (f"ISO-10303-21;\nHEADER;\nFILE_DESCRIPTION((''),'2;1');\nFILE_NAME('','',(''),(''),'','','');\nFILE_SCHEMA(('{schema}'));\n"
            f"ENDSEC;\nDATA;\n{lines}\nENDSEC;\nEND-ISO-10303-21;\n")


def checked(folder: Path, ids: Ids, *instances: str, schema: str = "IFC4", kept: int = 50) -> IdsResult:
    path = folder / "t.ifc"
    path.write_text(model_text(*instances, schema=schema), encoding="utf-8")
    with readable(path, schema) as (plain, _):
        return check(ids, open_model(plain, schema), kept=kept)


def said(folder: Path, requirement: str, *instances: str, applicability: str = WALL, schema: str = "IFC4") -> str:
    """The outcome of one requirement on some instances."""
    ids = read(folder, document(specification(requirement, applicability, schema)))
    return str(checked(folder, ids, *instances, schema=schema).outcome)
