"""What one COBie file is about: a building or a model, its places, its Assets and what the models say of them."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from csdi.access import Principal
from csdi.errors import NotFound, ValueInvalid
from csdi.feature import Feature
from csdi.filter import Expression, Items, Literal, Op, Property
from csdi.query import Query, Sort
from csdi.store.base import Reader, has_collection, scan
from twin.register.keeping import both, equals, inside
from twin.register.schemas import ASSETS, LOCATIONS

_OF_ELEMENT = ("type_id", "type_name", "ports", "length", "width", "height")
_EMAIL = re.compile(r"[^@\s,;<>]+@[^@\s,;<>]+\.[^@\s,;<>.]{2,}")
_NOT_RETIRED = Op("<>", (Property("status"), Literal("retired")))


@dataclass
class Scope:
    """One facility.

    Attributes:
        root: the building, or what stands for it; None where the register knows no place of it.
        places: its locations by id, the site with them.
        assets: those that are not retired, by tag.
        elements: `model:GlobalId` -> what the model says of an element that is an Asset.
        model: row of the model that most Assets are from; {} for none.
    """

    name: str
    root: Feature | None
    places: dict[str, Feature] = field(default_factory=dict)
    assets: list[Feature] = field(default_factory=list)
    elements: dict[str, Mapping[str, Any]] = field(default_factory=dict)
    models: tuple[str, ...] = ()
    model: Mapping[str, Any] = field(default_factory=dict)

    def of_kind(self, *kinds: str) -> list[Feature]:
        """Its locations of these kinds, lowest level first."""
        found = [row for row in self.places.values() if row.properties.get("kind") in kinds]
        return sorted(found, key=lambda row: (row.properties.get("level") if row.properties.get("level") is not None else 1e9,
                                              str(row.properties.get("name") or ""), row.id))

    def above(self, row: Feature, kind: str) -> Feature | None:
        """The location of a kind that another one lies in, or is."""
        for id in reversed(str(row.properties.get("path") or row.id).split("/")):
            if id in self.places and self.places[id].properties.get("kind") == kind:
                return self.places[id]
        return None


def scope_of(reader: Reader, building: str = "", model: str = "") -> Scope:
    """The facility of a building (id or name of its location) or of a model; of the only one where neither is named.

    Raises:
        NotFound: there is no such building or model, or nothing of it in the register.
        ValueInvalid: none is named, and there are several.
    """
    root = _building(reader, building) if building or not model else None
    if root is None and not model:
        model = _only_model(reader)
    where = both(_NOT_RETIRED, inside(root.properties["path"]) if root is not None else equals("model", model))
    found = list(scan(reader, ASSETS, Query(filter=where, geometry=False, sort=(Sort("tag"),)))) if has_collection(reader, ASSETS) else []
    if root is None and not found:
        raise NotFound(f"the register has no assets of a model '{model}'", model=model, remedy=f"csdi assets build {model}")
    models = Counter(str(row.properties["model"]) for row in found if row.properties.get("model"))
    scope = Scope("", root, assets=found, models=tuple(name for name, _ in models.most_common()))
    _place(reader, scope, model)
    _describe(reader, scope)
    return scope


def chunks(ids: Sequence[str], size: int = 400) -> Iterator[list[str]]:
    """Ids, so many at a time."""
    for at in range(0, len(ids), size):
        yield list(ids[at:at + size])


def any_of(name: str, values: Sequence[str]) -> Expression:
    """The condition that a property is one of these."""
    return Op("in", (Property(name), Items(tuple(Literal(one) for one in values))))


def _building(reader: Reader, said: str) -> Feature | None:
    rows = list(scan(reader, LOCATIONS, Query(filter=equals("kind", "building"), geometry=False))) if has_collection(reader,
            LOCATIONS) else []
    if said:
        found = [row for row in rows if said in (row.id, row.properties.get("name"))] or \
            [row for row in rows if said.casefold() in str(row.properties.get("name")).casefold()]
        if not found:
            raise NotFound(f"there is no building '{said[:60]}'", building=said[:60],
                           remedy=f"known: {', '.join(str(row.properties.get('name')) for row in rows[:12]) or 'none'}")
    else:
        found = [row for row in rows if row.properties.get("total_count")] if len(rows) > 1 else rows
    if len(found) > 1:
        known = ", ".join(f"{row.properties.get('name')} ({row.id})" for row in found[:12])
        raise ValueInvalid("a COBie file is about one facility, and there are several", field="building",
                           remedy=f"name one: {known}")
    return found[0] if found else None


def _only_model(reader: Reader) -> str:
    models = [str(value) for value, _ in reader.values(ASSETS, "model") if value] if has_collection(reader, ASSETS) else []
    if len(models) != 1:
        raise ValueInvalid("it is not said which facility the file is about", field="model",
                           remedy=f"name one: {', '.join(models[:12])}" if models else "build the register first: csdi assets build")
    return models[0]


def _place(reader: Reader, scope: Scope, model: str) -> None:
    """Its places: all of its building, else all that its Assets lie in and all of its model."""
    rows = list(scan(reader, LOCATIONS, Query(geometry=False))) if has_collection(reader, LOCATIONS) else []
    by_id = {row.id: row for row in rows}
    if scope.root is None:
        used = {id for asset in scope.assets for id in str(asset.properties.get("location_path") or "").split("/") if id}
        chosen = [row for row in rows if row.id in used or row.properties.get("model") == model]
        roots = [row for kind in ("building", "site") for row in chosen if row.properties.get("kind") == kind]
        scope.root = roots[0] if roots else None
    else:
        path = scope.root.properties["path"]
        chosen = [row for row in rows if row.id == scope.root.id or str(row.properties.get("path")).startswith(f"{path}/")]
    with_above = {id for row in chosen for id in str(row.properties.get("path") or row.id).split("/")}
    scope.places = {id: by_id[id] for id in sorted(with_above) if id in by_id}
    for asset in scope.assets:
        if (id := asset.properties.get("location")) and id not in scope.places and id in by_id:
            scope.places[id] = by_id[id]


def _describe(reader: Reader, scope: Scope) -> None:
    main = scope.models[0] if scope.models else ""
    if main and has_collection(reader, "models"):
        try:
            scope.model = reader.feature("models", main).properties
        except NotFound:
            scope.model = {}
    root = scope.root.properties if scope.root is not None else {}
    scope.name = str(root.get("name") or scope.model.get("project") or scope.model.get("name") or main or "Facility")
    if has_collection(reader, "elements"):
        ids = [row.properties["element"] for row in scope.assets if row.properties.get("element")]
        for some in chunks(ids):
            keys = [id.partition(":")[2] for id in some]
            asked = Query(filter=any_of("global_id", keys), fields=("model", "global_id", *_OF_ELEMENT), geometry=False)
            scope.elements |= {row.id: row.properties for row in scan(reader, "elements", asked)}


def author_of(said: str, principal: Principal) -> str:
    """The e-mail address of whoever makes a file: the one that is said, else the principal's where it is one. Raises ValueInvalid."""
    if said and not _EMAIL.fullmatch(said):
        raise ValueInvalid(f"'{said[:60]}' is no e-mail address", field="author", value=said[:60], remedy="name@company.example")
    bare = re.sub(r"[^a-z0-9.]+", "-", principal.id.lower()).strip("-.") or "unknown"
    return said or (principal.id if _EMAIL.fullmatch(principal.id) else f"{bare}@csdi.invalid")
