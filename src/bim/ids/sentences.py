"""What an IDS requires and why something does not meet it, as sentences in English and Chinese."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from bim.ids import document as doc
from bim.ids.document import Cardinality

LANGUAGES = ("en", "zh-Hant", "zh-Hans")
"""Languages of every sentence, in the order of the tables."""

Sentence = dict[str, str]
"""Language -> text."""

_REASONS: Mapping[str, tuple[str, str, str]] = {
    "class": ("its class is {actual}, not {wanted}", "其類別為 {actual}，而非 {wanted}", "其类别为 {actual}，而非 {wanted}"),
    "predefined": ("its predefined type is {actual}, not {wanted}", "其預定類型為 {actual}，而非 {wanted}",
                   "其预定义类型为 {actual}，而非 {wanted}"),
    "attribute-missing": ("the attribute {name} has no value", "特性 {name} 沒有值", "特性 {name} 没有值"),
    "attribute-empty": ("the attribute {name} is empty", "特性 {name} 為空", "特性 {name} 为空"),
    "attribute-value": ("the attribute {name} is {actual}, not {wanted}", "特性 {name} 為 {actual}，而非 {wanted}",
                        "特性 {name} 为 {actual}，而非 {wanted}"),
    "set-missing": ("it has no property set {group}", "沒有屬性集 {group}", "没有属性集 {group}"),
    "property-missing": ("the property set {group} has no property {name} with a value", "屬性集 {group} 沒有帶值的屬性 {name}",
                         "属性集 {group} 没有带值的属性 {name}"),
    "property-kind": ("{group}.{name} is a complex or reference property, which cannot be checked",
                      "{group}.{name} 為複合或參照屬性，無法檢查", "{group}.{name} 为复合或引用属性，无法检查"),
    "data-type": ("{group}.{name} is of type {actual}, not {wanted}", "{group}.{name} 的資料類型為 {actual}，而非 {wanted}",
                  "{group}.{name} 的数据类型为 {actual}，而非 {wanted}"),
    "property-value": ("{group}.{name} is {actual}, not {wanted}", "{group}.{name} 為 {actual}，而非 {wanted}",
                       "{group}.{name} 为 {actual}，而非 {wanted}"),
    "classification-missing": ("it is not classified", "沒有分類", "没有分类"),
    "classification-system": ("it is classified by {actual}, not by {wanted}", "其分類系統為 {actual}，而非 {wanted}",
                              "其分类系统为 {actual}，而非 {wanted}"),
    "classification-value": ("its code in {system} is {actual}, not {wanted}", "其 {system} 編碼為 {actual}，而非 {wanted}",
                             "其 {system} 编码为 {actual}，而非 {wanted}"),
    "material-missing": ("it has no material", "沒有材料", "没有材料"),
    "material-value": ("its materials are {actual}, not {wanted}", "其材料為 {actual}，而非 {wanted}", "其材料为 {actual}，而非 {wanted}"),
    "whole-missing": ("it is not a part of anything by {relation}", "它並無透過 {relation} 屬於任何整體",
                      "它没有通过 {relation} 属于任何整体"),
    "whole-class": ("it is a part of {actual}, not of {wanted}", "它屬於 {actual}，而非 {wanted}", "它属于 {actual}，而非 {wanted}"),
    "prohibited": ("it has what is prohibited", "它具有被禁止的內容", "它具有被禁止的内容"),
    "exists": ("it exists, although nothing of the kind may", "它存在，但不得有此類構件", "它存在，但不得有此类构件"),
    "none": ("the model has nothing that the specification applies to, but must have", "模型沒有此規格適用的內容，但必須有",
             "模型没有此规格适用的内容，但必须有"),
}
_BINDING: Mapping[Cardinality, tuple[str, str, str]] = {
    Cardinality.REQUIRED: ("must have {what}", "必須有{what}", "必须有{what}"),
    Cardinality.OPTIONAL: ("if it has one, must have {what}", "如有，須為{what}", "如有，须为{what}"),
    Cardinality.PROHIBITED: ("must not have {what}", "不得有{what}", "不得有{what}"),
}
_WHAT: Mapping[str, tuple[str, str, str]] = {
    "entity": ("the class {said}", "類別 {said}", "类别 {said}"),
    "whole": ("a whole {said}", "所屬整體 {said}", "所属整体 {said}"),
    "classification": ("the classification {said}", "分類 {said}", "分类 {said}"),
    "attribute": ("the attribute {said}", "特性 {said}", "特性 {said}"),
    "property": ("the property {said}", "屬性 {said}", "属性 {said}"),
    "material": ("the material {said}", "材料 {said}", "材料 {said}"),
}


@dataclass(frozen=True, slots=True)
class Reason:
    """Why something does not meet a requirement.

    Attributes:
        code: of the sentence.
        data: its parameters.
    """

    code: str
    data: Mapping[str, str] = field(default_factory=dict)

    @property
    def sentence(self) -> Sentence:
        """The reason in words."""
        return {language: text.format(**self.data) for language, text in zip(LANGUAGES, _REASONS[self.code], strict=True)}


def required(facet: doc.Facet) -> Sentence:
    """What a requirement asks for."""
    kind, said = _said(facet)
    said = said or "*"
    return {language: bound.format(what=what.format(said=said))
            for language, bound, what in zip(LANGUAGES, _BINDING[facet.cardinality], _WHAT[kind], strict=True)}


def _said(facet: doc.Facet) -> tuple[str, str]:
    if isinstance(facet, doc.EntityFacet):
        return "entity", _dotted(facet.name, facet.predefined)
    if isinstance(facet, doc.PartOfFacet):
        return "whole", _dotted(facet.entity.name, facet.entity.predefined) + (f" ({facet.relation})" if facet.relation else "")
    if isinstance(facet, doc.ClassificationFacet):
        return "classification", f"{facet.system}" + _equals(facet.value)
    if isinstance(facet, doc.AttributeFacet):
        return "attribute", f"{facet.name}" + _equals(facet.value)
    if isinstance(facet, doc.PropertyFacet):
        return "property", f"{facet.group}.{facet.name}" + (f" ({facet.data_type})" if facet.data_type else "") + _equals(facet.value)
    return "material", str(facet.value or "") if isinstance(facet, doc.MaterialFacet) else ""


def _dotted(name: doc.Value, predefined: doc.Value | None) -> str:
    return f"{name}" + (f".{predefined}" if predefined else "")


def _equals(value: doc.Value | None) -> str:
    return f" = {value}" if value else ""
