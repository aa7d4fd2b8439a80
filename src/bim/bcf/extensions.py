"""The words of a project as BCF 2 keeps them: an XML schema that narrows the types of the markup."""

from __future__ import annotations

from typing import Any
from xml.etree.ElementTree import Element, SubElement

from bim.bcf.layout import xml_of
from bim.bcf.model import Extensions

_SCHEMA = "http://www.w3.org/2001/XMLSchema"
_TYPES = {"TopicType": "topic_types", "TopicStatus": "topic_statuses", "TopicLabel": "topic_labels", "SnippetType": "snippet_types",
          "Priority": "priorities", "UserIdType": "users", "Stage": "stages"}


def words_of(schema: Element) -> Extensions:
    """The words that `extensions.xsd` lists by type."""
    found: dict[str, Any] = {}
    for one in schema.iter(f"{{{_SCHEMA}}}simpleType"):
        if name := _TYPES.get(one.get("name", "")):
            found[name] = tuple(word for entry in one.iter(f"{{{_SCHEMA}}}enumeration") if (word := entry.get("value")))
    return Extensions(**found)


def schema_of(extensions: Extensions) -> bytes:
    """`extensions.xsd` with these words."""
    root = Element("schema", {"xmlns": _SCHEMA})
    redefine = SubElement(root, "redefine", {"schemaLocation": "markup.xsd"})
    for type_name, name in _TYPES.items():
        restriction = SubElement(SubElement(redefine, "simpleType", {"name": type_name}), "restriction", {"base": type_name})
        for word in getattr(extensions, name):
            SubElement(restriction, "enumeration", {"value": word})
    return xml_of(root)
