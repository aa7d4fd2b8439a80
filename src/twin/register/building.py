"""Building the register: Assets, devices and locations of a model or a layer that the register does not know yet."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from itertools import chain, islice
from typing import Any

from csdi.blobs import Blobs
from csdi.errors import NotFound
from csdi.feature import Feature
from csdi.filter import parse_text
from csdi.finding import Finding
from csdi.query import Query
from csdi.store.base import Store, has_collection, scan
from twin.register.drafts import DEVICE_FIELDS, Draft, Drafter
from twin.register.keeping import Register, Writing, both, equals
from twin.register.names import Names, id_of
from twin.register.places import Places
from twin.register.rules import LayerRule, Rules
from twin.register.schemas import ASSETS, DEVICES, LOCATIONS
from twin.register.streaming import streaming

PAGE = 2000
FINDINGS_KEPT = 500
Progress = Callable[[str, int], None]


@dataclass
class Built:
    """What building a model or a layer gave.

    Attributes:
        assets, devices, locations: how many were added.
        proposals: how many were made, where the register knew the model before.
        findings: the first 500; `finding_count` is how many there are.
    """

    source: str
    assets: int = 0
    devices: int = 0
    locations: int = 0
    proposals: int = 0
    finding_count: int = 0
    findings: list[Finding] = field(default_factory=list)

    def note(self, findings: Iterable[Finding]) -> None:
        """Take in findings."""
        for one in findings:
            self.finding_count += 1
            if len(self.findings) < FINDINGS_KEPT:
                self.findings.append(one)

    def to_dict(self) -> dict[str, Any]:
        """The JSON form."""
        return {"source": self.source, "assets": self.assets, "devices": self.devices, "locations": self.locations,
                "proposals": self.proposals, "finding_count": self.finding_count, "findings": [one.to_dict() for one in self.findings]}


def models_of(store: Store) -> list[str]:
    """Ids of all models."""
    return [row.id for row in scan(store, "models", Query(fields=("name",), geometry=False))] if has_collection(store, "models") else []


def knows(register: Register, model: str) -> bool:
    """Whether the register has Assets of a model, or of a layer."""
    return register.count(ASSETS, equals("model", model)) > 0


def build_model(register: Register, rules: Rules, model: str, who: str, *, blobs: Blobs | None = None, public: bool = False,
                progress: Progress = lambda _stage, _done: None) -> Built:
    """Make the Assets of a model that the register does not know yet; one transaction. Raises NotFound.

    The locations of all models are made first: what one model holds stands in rooms of another. With `blobs`, where shapes of models
    are kept, elements find their room by these too.
    """
    models = models_of(register.store)
    if model not in models:
        raise NotFound(f"there is no model '{model}'", remedy="csdi models list  shows what there is", model=model)
    built, places = Built(model), Places(register, blobs)
    locations = [row for one in sorted(models) for row in places.take_in(one)]
    drafts = drafts_of_model(register.store, Drafter(rules, places), model)
    first = list(islice(drafts, 1))
    if not first and not locations:
        return built
    with streaming(), register.writing(who, f"built from {model}", public=public) as writing:
        built.locations = writing.fill(LOCATIONS, locations)
        _write(writing, Names(register, rules), chain(first, drafts), built, progress)
    return built


def build_layer(register: Register, rules: Rules, rule: LayerRule, who: str, *, public: bool = False,
                progress: Progress = lambda _stage, _done: None) -> Built:
    """Make the Assets of a layer that the register does not know yet; one transaction. Raises CollectionMissing, QueryError."""
    built = Built(rule.layer)
    drafts = drafts_of_layer(register, rules, rule)
    with streaming(), register.writing(who, f"built from layer {rule.layer}", public=public) as writing:
        _write(writing, Names(register, rules), drafts, built, progress)
    return built


def drafts_of_model(store: Store, drafter: Drafter, model: str) -> Iterator[Draft]:
    """Drafts of all elements of a model that are Assets, page by page."""
    schema = str(store.feature("models", model).properties.get("schema") or "")
    types, systems = _kinds(store, "types", model, "ifc_class"), _kinds(store, "systems", model, "predefined_type")
    rows = scan(store, "elements", Query(filter=both(equals("model", model), equals("role", "element"))), page=PAGE)
    while page := list(islice(rows, PAGE)):
        yield from drafter.of_elements(page, schema, types, systems)


def drafts_of_layer(register: Register, rules: Rules, rule: LayerRule) -> Iterator[Draft]:
    """Drafts of the features of a layer that are Assets. Raises CollectionMissing, QueryError."""
    layer = register.store.collection(rule.layer)
    rows = scan(register.store, rule.layer, Query(filter=parse_text(rule.where) if rule.where else None), page=PAGE)
    for draft in Drafter(rules, Places(register)).of_layer(rule, rows, layer.storage_crs):
        draft.fields["model"] = rule.layer
        yield draft


def device_of(asset: str, fields: dict[str, Any], number: int = 1) -> Feature | None:
    """The device that is installed in a role, as far as it is known; None where nothing is."""
    said = {name: fields[name] for name in DEVICE_FIELDS if fields.get(name) is not None}
    if not said.keys() & {"manufacturer", "product", "serial"}:
        return None
    return Feature(id_of("d", f"{asset}:{number}"), None, {"asset": asset, **said})


def _kinds(store: Store, part: str, model: str, field: str) -> dict[str, str]:
    rows = scan(store, part, Query(filter=equals("model", model), fields=("global_id", field), geometry=False)) \
        if has_collection(store, part) else ()
    return {row.properties["global_id"]: str(row.properties.get(field) or "").upper() for row in rows}


def _write(writing: Writing, names: Names, drafts: Iterable[Draft], built: Built, progress: Progress) -> None:
    """Add the Assets of drafts with their devices; parts of others wait until their whole is known."""
    known: dict[str, str] = {}
    waiting: list[tuple[Draft, Feature]] = []

    def rows() -> Iterator[Feature]:
        for draft in drafts:
            row, device = _named(draft, names)
            built.devices += writing.fill(DEVICES, device)
            known[draft.element] = row.id
            built.note(draft.findings)
            built.assets += 1
            if built.assets % PAGE == 0:
                progress("assets", built.assets)
            if draft.part_of:
                waiting.append((draft, row))
            else:
                yield row
    writing.fill(ASSETS, rows())
    writing.fill(ASSETS, (_with_parent(row, known.get(f"{draft.fields['model']}:{draft.part_of}")) for draft, row in waiting))


def _named(draft: Draft, names: Names) -> tuple[Feature, list[Feature]]:
    """The row of a draft with its id and its tag, and its device where one is known."""
    fields = draft.fields
    id = names.id(draft.element)
    device = device_of(id, fields)
    if device is not None:
        fields["device"] = device.id
    fields["tag"] = names.tag(draft.found, fields)
    said = {name: value for name, value in fields.items() if value not in (None, "", [])}
    return Feature(id, draft.row.geometry, said), [device] if device is not None else []


def _with_parent(row: Feature, parent: str | None) -> Feature:
    return Feature(row.id, row.geometry, {**row.properties, "parent": parent}) if parent else row
