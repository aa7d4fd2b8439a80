"""Proposals: what a new version of a model, or of a layer, would change in the register; nothing changes before somebody accepts."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any

import orjson

from csdi.blobs import Blobs
from csdi.errors import Conflict, NotFound
from csdi.feature import Feature
from csdi.store.base import Store
from twin.register.building import Built, Progress, device_of, drafts_of_layer, drafts_of_model
from twin.register.drafts import Draft, Drafter
from twin.register.entries import GEOMETRY, State, replayed, row_of, state_of
from twin.register.handmade import repeat_name
from twin.register.keeping import Register, Writing, both, equals
from twin.register.names import Names, id_of
from twin.register.places import Places
from twin.register.rules import LayerRule, Rules
from twin.register.schemas import ASSETS, DEVICES, LOCATIONS, PROPOSALS
from twin.register.streaming import streaming
from twin.versions import model_row, stored_changes, versions_of

ACCEPTED = "accepted"
SAYS_SOURCE = frozenset({"added", ACCEPTED})
"""What entries of an Asset say that took over what its source said."""
_OWN = frozenset({"tag", "device", "parent", "presence", "status", "terms", "name_zh", "criticality", "expected_life_years"})
"""Fields that are the register's own once an Asset is there."""
_WHERE = frozenset({"easting", "northing", "base_level", "top_level", "box", "centroid", "location", "location_path", "storey",
                    "storey_name", "space", "space_name", "building", "site", "zones", GEOMETRY})
_ROOM = frozenset({"location", "storey", "space"})

Json = dict[str, Any]


def propose_model(register: Register, blobs: Blobs, rules: Rules, model: str, who: str,
                  progress: Progress = lambda _stage, _done: None) -> Built:
    """Make the proposals that follow from the present version of a model; the same ones where nothing changed since."""
    row = model_row(register.store, model) or {}
    places, version = Places(register, blobs), int(row.get("version") or 1)
    new_places, renewed = (places.take_in(model), places.renewed(model)) if row else ([], [])
    drafts = drafts_of_model(register.store, Drafter(rules, places), model) if row else iter(())
    found = _Comparing(register, rules, model, renamed(register.store, blobs, model) if row else {}).proposals(drafts, progress)
    return _keep(register, model, version, who, found, new_places, renewed)


def propose_layer(register: Register, rules: Rules, rule: LayerRule, who: str,
                  progress: Progress = lambda _stage, _done: None) -> Built:
    """Make the proposals that follow from the present features of a layer."""
    found = _Comparing(register, rules, rule.layer, {}).proposals(drafts_of_layer(register, rules, rule), progress)
    return _keep(register, rule.layer, register.store.collection(rule.layer).version, who, found)


def renamed(store: Store, blobs: Blobs, model: str) -> dict[str, str]:
    """GlobalId that an element had in any version before -> the one that it has now, where it is another."""
    now: dict[str, str] = {}
    for version in sorted(int(one["version"]) for one in versions_of(store, model)):
        try:
            changes = stored_changes(store, blobs, model, version)["changes"]
        except NotFound:
            continue
        step = {str(one["was"]): str(one["global_id"]) for one in changes if one.get("was") and one["collection"] == "elements"}
        now = {old: step.get(new, new) for old, new in now.items()} | step
    return now


def decide(register: Register, rules: Rules, ids: Iterable[str], who: str, *, accept: bool, why: str = "") -> list[Feature]:
    """Accept or reject proposals, all or none; gives them as they are kept.

    Raises:
        NotFound: there is no such proposal.
        Conflict: one was decided before, or its Asset was changed since it was made.
    """
    with register.writing(who, why) as writing:
        deciding = _Deciding(register, rules, writing)
        return [deciding.decide(id, accept) for id in ids]


def open_proposals(register: Register, model: str = "", kind: str = "") -> Iterator[Feature]:
    """Proposals that wait for a decision."""
    return register.every(PROPOSALS, both(equals("state", "open"), equals("model", model) if model else None,
                                          equals("kind", kind) if kind else None))


@dataclass(frozen=True, slots=True)
class _Proposal:
    kind: str
    asset: str
    element: str
    before: State
    after: State
    name: str = ""
    asset_class: str = ""
    storey_name: str = ""
    distance: float | None = None

    def row(self, model: str, version: int) -> Feature:
        content = orjson.dumps([self.kind, self.asset, self.element, self.after], option=orjson.OPT_SORT_KEYS).decode()
        return Feature(id_of("p", content), None, {
            "kind": self.kind, "asset": self.asset or None, "element": self.element, "model": model, "model_version": version,
            "state": "open", "name": self.name, "asset_class": self.asset_class, "storey_name": self.storey_name, "distance": self.distance,
            "before": self.before, "after": self.after})


class _Comparing:
    """The register beside what a source says now."""

    def __init__(self, register: Register, rules: Rules, source: str, now: Mapping[str, str]) -> None:
        self._register, self._rules, self._source = register, rules, source
        self._assets = {str(row.properties["element"]): row.id
                        for row in register.every(ASSETS, equals("model", source), ("element", "presence")) if row.properties.get("element")
                        and row.properties.get("presence") not in ("missing", "unlinked")}
        self._renamed = {f"{source}:{new}": f"{source}:{old}" for old, new in now.items() if f"{source}:{old}" in self._assets}

    def proposals(self, drafts: Iterable[Draft], progress: Progress) -> Iterator[_Proposal]:
        """All that differs: what is new, moved or changed in the order of the source, then what is gone."""
        left = dict(self._assets)
        for number, draft in enumerate(drafts, 1):
            progress("compare", number)
            asset = left.pop(draft.element, None) or left.pop(self._renamed.get(draft.element, ""), None)
            if asset is None:
                yield self._new(draft)
            elif (found := self._differing(self._register.row(ASSETS, asset), draft)) is not None:
                yield found
        for element, asset in left.items():
            row = self._register.row(ASSETS, asset)
            if row.properties.get("status") != "retired":
                yield _Proposal("removed", asset, element, {"status": row.properties["status"], "presence": row.properties.get("presence")},
                                {"status": "retired", "presence": "missing"}, **_told(row.properties))

    def _new(self, draft: Draft) -> _Proposal:
        return _Proposal("new", "", draft.element, {}, state_of(ASSETS, draft.row), **_told(draft.fields))

    def _differing(self, row: Feature, draft: Draft) -> _Proposal | None:
        """What the source says otherwise than the register, and otherwise than it said itself when the register took it over."""
        now, said = state_of(ASSETS, row), state_of(ASSETS, draft.row)
        names = {name for name in now.keys() | said.keys() if name not in _OWN and _differs(now.get(name), said.get(name))}
        distance = _distance(row.properties, draft.fields)
        near = distance is not None and distance <= self._rules.move_tolerance
        returned = row.properties.get("presence") == "moved" and not names & (_ROOM if near else _WHERE)
        before: State = {}
        if names:
            before = replayed(entry for entry in self._register.entries(row.id)
                              if entry.collection == ASSETS and entry.what in SAYS_SOURCE).get((ASSETS, row.id), {})
            names = {name for name in names if _differs(before.get(name), said.get(name))}
        if near and not names & _ROOM:
            names -= _WHERE
        if returned:
            names.add("presence")
        if not names:
            return None
        kind = "moved" if names & {*_WHERE, "presence"} else "changed"
        after = {name: said.get(name) for name in sorted(names)}
        if "properties" in after:
            after["properties"] = _merged(before.get("properties") or {}, now.get("properties") or {}, said.get("properties") or {})
        return _Proposal(kind, row.id, draft.element, {name: now.get(name) for name in sorted(names)}, after,
                         distance=distance if kind == "moved" else None, **_told(row.properties))


class _Deciding:
    """Decisions in one transaction."""

    def __init__(self, register: Register, rules: Rules, writing: Writing) -> None:
        self._register, self._rules, self._writing = register, rules, writing
        self._names: Names | None = None

    def decide(self, id: str, accept: bool) -> Feature:
        p = self._writing.row(PROPOSALS, id).properties
        if p["state"] != "open":
            raise Conflict(f"proposal '{id}' was {p['state']} before", feature=id,
                           remedy="csdi assets proposals  lists those that are open")
        asset = self._accept(p) if accept else self._reject(p)
        return self._writing.edit(PROPOSALS, id, {"state": "accepted" if accept else "rejected", "decided_by": self._writing.who,
                                                  "decided_at": self._writing.now, "reason": self._writing.why or None, "asset": asset})

    def _accept(self, p: Mapping[str, Any]) -> str:
        if p["kind"] == "new":
            return self._add(p)
        before, now = p.get("before") or {}, state_of(ASSETS, self._writing.row(ASSETS, p["asset"]))
        if other := sorted(name for name, value in before.items() if _differs(now.get(name), value)):
            raise Conflict(f"'{p['asset']}' was changed since the proposal was made: {', '.join(other)}", feature=p["asset"], fields=other,
                           remedy="build again to get a proposal for what is there now, or edit the asset")
        back = {"presence": "present"} if p["kind"] == "moved" and now.get("presence") == "moved" else {}
        self._writing.edit(ASSETS, p["asset"], {**p["after"], **back}, ACCEPTED)
        return str(p["asset"])

    def _add(self, p: Mapping[str, Any]) -> str:
        if self._names is None:
            self._names = Names(self._register, self._rules)
        state = dict(p["after"])
        id = self._names.id(p["element"])
        state["tag"] = self._names.tag(self._rules.classes[state["asset_class"]], state)
        device = device_of(id, state)
        if device is not None:
            self._writing.add(DEVICES, device)
            state["device"] = device.id
        self._writing.add(ASSETS, row_of(id, state))
        return id

    def _reject(self, p: Mapping[str, Any]) -> str | None:
        """What is gone from the model stays in the register without its element; what moved stays where the register says it is."""
        presence = "missing" if p["kind"] == "removed" else "moved" if p["kind"] == "moved" and "presence" not in p["after"] else ""
        if presence:
            self._writing.edit(ASSETS, p["asset"], {"presence": presence}, "kept")
        return str(p["asset"]) if p.get("asset") else None


def _keep(register: Register, source: str, version: int, who: str, found: Iterable[_Proposal], places: Sequence[Feature] = (),
          renewed: Sequence[tuple[str, Json]] = ()) -> Built:
    """Keep proposals: those that are open or were rejected stay as they are, those that no longer follow are closed.

    Args:
        places, renewed: new locations, and those that the model names or shapes otherwise; they follow it at once, and assets repeat
            their names.
    """
    built = Built(source, locations=len(places))
    found = iter(found)
    first = next(found, None)
    stale = {row.id for row in open_proposals(register, source)}
    if first is None and not places and not renewed and not stale:
        return built
    with streaming(), register.writing(who, f"version {version} of {source}") as writing:
        writing.fill(LOCATIONS, places)
        for id, patch in renewed:
            repeat_name(writing, writing.edit(LOCATIONS, id, patch, "followed"))
        for one in chain([first] if first else [], found):
            row = one.row(source, version)
            stale.discard(row.id)
            kept = writing.find(PROPOSALS, row.id)
            if kept is None:
                built.proposals += 1
                writing.add(PROPOSALS, row, "proposed")
            elif kept.properties["state"] == "rejected" and not kept.properties.get("decided_by"):
                built.proposals += 1
                writing.edit(PROPOSALS, row.id, {"state": "open", "reason": None, "model_version": version}, "proposed")
        for id in sorted(stale):
            writing.edit(PROPOSALS, id, {"state": "rejected", "reason": "overtaken"}, "overtaken")
    return built


def _merged(before: Json, now: Json, said: Json) -> Json:
    """What the source says where it says otherwise than before, and what the register says elsewhere."""
    news = {key: said.get(key) for key in before.keys() | said.keys() if before.get(key) != said.get(key)}
    return {key: value for key, value in (now | news).items() if value is not None}


def _told(fields: Mapping[str, Any]) -> Json:
    return {name: str(fields.get(name) or "") for name in ("name", "asset_class", "storey_name")}


def _distance(before: Mapping[str, Any], after: Mapping[str, Any]) -> float | None:
    """Metres between two centres; None where one is not known."""
    one, other = before.get("centroid"), after.get("centroid")
    if not one or not other or len(one) != len(other):
        return None
    return float(round(sum((a - b) ** 2 for a, b in zip(one, other, strict=True)) ** 0.5, 4))


def _differs(one: Any, other: Any) -> bool:
    """Whether two values differ; nothing and an empty value are the same."""
    return (one or None) != (other or None) if not isinstance(one, (bool, int, float)) else one != other


