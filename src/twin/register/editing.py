"""Editing Assets: what people may change, checked, with all that follows from it."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from csdi.errors import AssetInvalid, Conflict, NotFound, ValueInvalid
from csdi.extent import Interval
from csdi.feature import Feature
from csdi.finding import Finding
from csdi.store.base import has_collection
from twin.register.drafts import DEVICE_FIELDS
from twin.register.entries import Entry, replayed, state_of
from twin.register.keeping import Register, Writing, equals
from twin.register.names import Names
from twin.register.places import zones_of
from twin.register.rules import Rules
from twin.register.schemas import ASSETS, DEVICES, LOCATIONS
from twin.register.validity import device_faults, faults

_PLACE = ("storey", "storey_name", "space", "space_name", "building", "site")
_DEVICE_KEPT = ("asset", "revision", "since_version", "valid_from")
Json = dict[str, Any]


class Editor:
    """Edits in one transaction; each is checked, and what follows from it is changed too."""

    def __init__(self, writing: Writing, rules: Rules) -> None:
        self.writing, self.rules = writing, rules
        self._names: Names | None = None

    def faults(self, said: Mapping[str, Any], id: str = "") -> list[Finding]:
        """What is wrong with a change of an Asset, or with a new one; see `change`."""
        return faults(self.writing, self.rules, self._merged(said, id), id)

    def create(self, said: Mapping[str, Any], geometry: Any = None) -> Feature:
        """A new Asset, with a tag by the template where none is given; geometry in CRS84, x = longitude first. Raises AssetInvalid."""
        self._insist(faults(self.writing, self.rules, said))
        found = self.rules.classes[said["asset_class"]]
        fields: Json = {"name": found.names["en"], "name_zh": found.names["zh-Hant"], "status": found.status or self.rules.status,
                        "category": found.category, "criticality": found.criticality, "expected_life_years": found.life,
                        "uniclass": found.uniclass or None, "omniclass": found.omniclass or None, "presence": "unlinked"}
        fields |= self._following(said) | {name: value for name, value in said.items() if value is not None}
        id = f"a-{secrets.token_hex(6)}"
        while self.writing.find(ASSETS, id) is not None:
            id = f"a-{secrets.token_hex(6)}"
        if not fields.get("tag"):
            self._names = self._names or Names(self.writing.register, self.rules)
            fields["tag"] = self._names.tag(found, fields)
        fields["device"] = self._device(id, fields)
        return self.writing.add(ASSETS, Feature(id, geometry, {name: value for name, value in fields.items() if value is not None}))

    def change(self, id: str, patch: Mapping[str, Any], revision: int | None = None, what: str = "changed") -> Feature:
        """An Asset after a merge patch (RFC 7396): None takes a field away, members of `properties` are patched one by one.

        Raises:
            NotFound, PreconditionFailed: see `Writing.edit`.
            AssetInvalid: a value that it cannot have.
        """
        self.writing.row(ASSETS, id)
        said = self._merged(patch, id)
        self._insist(faults(self.writing, self.rules, said, id))
        if not {"tag", "name", "asset_class", "status"}.isdisjoint(name for name, value in said.items() if value is None):
            raise AssetInvalid("an asset has a tag, a name, a class and a status", remedy="give them other values", feature=id)
        kept = self.writing.edit(ASSETS, id, {**self._following(said), **said}, what, revision=revision)
        device = kept.properties.get("device")
        if device and (own := {name: said[name] for name in DEVICE_FIELDS if name in said}):
            self.writing.edit(DEVICES, device, own)
        return kept

    def retire(self, id: str, revision: int | None = None) -> Feature:
        """An Asset that is no longer there; it stays in the register. Raises as `change`."""
        return self.writing.edit(ASSETS, id, {"status": "retired"}, "retired", revision=revision)

    def replace_device(self, id: str, said: Mapping[str, Any], revision: int | None = None) -> Feature:
        """An Asset after another device took the place of the one before: the role stays, the device before is kept with its end.

        Args:
            said: fields of the new device; `installed_on` is today where it is not said. `removed_on` is that of the one before.

        Raises:
            NotFound, PreconditionFailed, AssetInvalid: as `change`.
        """
        own = {name: value for name, value in said.items() if name != "removed_on"}
        self._insist([*device_faults(said), *(_not_said(name) for name in own if name in _DEVICE_KEPT)])
        row = self.writing.row(ASSETS, id)
        new = {"installed_on": date.today().isoformat(), **{name: value for name, value in own.items() if value is not None}}
        if before := row.properties.get("device"):
            self.writing.edit(DEVICES, before, {"removed_on": said.get("removed_on") or new["installed_on"]}, "removed")
        device = self.writing.add(DEVICES, Feature(f"d-{secrets.token_hex(6)}", None, {**new, "asset": id}), "installed")
        shown = {name: new.get(name) for name in DEVICE_FIELDS}
        return self.writing.edit(ASSETS, id, {**shown, "device": device.id}, "device-replaced", revision=revision)

    def attach(self, id: str, document: Mapping[str, Any], revision: int | None = None) -> Feature:
        """An Asset with one more document: `title`, `type`, and `url`, or `blob` with `file` and `size`. Raises as `change`."""
        url = document.get("url")
        if url is not None and not (isinstance(url, str) and url.startswith(("https://", "http://"))):
            raise ValueInvalid("a link begins with https:// or http://", field="url", value=str(url)[:100])
        if not isinstance(document.get("title"), str) or not document["title"].strip():
            raise ValueInvalid("a document has a title", field="title", remedy="say what it is")
        added = {"id": f"f-{secrets.token_hex(6)}", **document, "added": self.writing.now, "by": self.writing.who}
        kept = self.writing.row(ASSETS, id).properties.get("documents") or []
        return self.change(id, {"documents": [*kept, added]}, revision, "document-added")

    def detach(self, id: str, document: str, revision: int | None = None) -> Feature:
        """An Asset without one of its documents; its history keeps it. Raises as `change`."""
        kept = self.writing.row(ASSETS, id).properties.get("documents") or []
        left = [one for one in kept if one.get("id") != document]
        if len(left) == len(kept):
            raise NotFound(f"'{id}' has no document '{document}'", feature=id, document=document,
                           remedy="read the asset to see its documents")
        return self.change(id, {"documents": left or None}, revision, "document-removed")

    def restore(self, id: str, to: int | datetime, revision: int | None = None) -> Feature:
        """An Asset with its devices as it was after entry number `to`, or at a moment. Raises as `change`."""
        entries = list(self.writing.register.entries(id))
        then = replayed(entries, to) if isinstance(to, int) else replayed(entries, moment=to)
        state = then.get((ASSETS, id))
        if state is None:
            raise NotFound(f"'{id}' was not there then", feature=id, remedy=f"csdi assets history {id}  says since when")
        self._insist([one for one in faults(self.writing, self.rules, _references(state), id) if one.code != "asset-class-unknown"])
        for row in self.writing.register.rows(DEVICES, equals("asset", id), limit=10_000):
            was = then.get((DEVICES, row.id))
            self.writing.edit(DEVICES, row.id, {} if was else {"removed_on": date.today().isoformat()}, "restored",
                              to=(lambda _, was=was: was) if was else None)  # type: ignore[misc]
        return self.writing.edit(ASSETS, id, {}, "restored", revision=revision, to=lambda _: state)

    def take_back(self, entries: Sequence[Entry]) -> None:
        """The rows of these entries as they were before; other fields, which were changed since, stay.

        Args:
            entries: changes of rows that were there, the last one first.

        Raises:
            Conflict: one of their fields says something else by now, or a row was added.
            AssetInvalid: what a row referred to is gone.
        """
        patches = [(one, self._back(one)) for one in entries]
        for one, patch in patches:
            self.writing.edit(one.collection, one.feature, patch, "restored")

    def _back(self, entry: Entry) -> Json:
        """The fields of an entry as they were before it; attributes one by one. Raises as `take_back`."""
        state = state_of(entry.collection, self.writing.row(entry.collection, entry.feature))
        before, after = dict(entry.before or {}), dict(entry.after or {})
        if "properties" in after:
            state["properties"] = state.get("properties") or {}
            before["properties"], after["properties"] = _attributes(state["properties"], before["properties"], after["properties"] or {})
        other = [name for name, value in after.items() if state.get(name) != value]
        if other or entry.before is None:
            raise Conflict(f"{', '.join(other) or 'a row'} was changed since", feature=entry.feature, field=other[0] if other else "",
                           remedy="look at its history, and change it by hand")
        self._insist([fault for fault in faults(self.writing, self.rules, _references(before), entry.asset)
                      if fault.code != "asset-class-unknown"])
        return before

    def _merged(self, patch: Mapping[str, Any], id: str) -> Json:
        """The patched fields as they will be."""
        row = self.writing.find(ASSETS, id) if id else None
        said = dict(patch)
        if row is not None and isinstance(said.get("properties"), dict):
            said["properties"] = merged(row.properties.get("properties") or {}, said["properties"])
        return said

    def _following(self, said: Mapping[str, Any]) -> Json:
        """What follows from the fields that are set."""
        made: Json = {}
        if said.get("asset_class"):
            made["terms"] = self.rules.classes[said["asset_class"]].words
        if "location" in said:
            made |= self._placed(said["location"]) | ({} if "zones" in said else {"zones": self._zones(said["location"])})
        if "element" in said:
            model, _, key = str(said["element"] or "").partition(":")
            made |= {"model": model or None, "global_id": key or None, "presence": "present" if said["element"] else "unlinked"}
        return made

    def _placed(self, id: str | None) -> Json:
        made: Json = dict.fromkeys((*_PLACE, "location_path"))
        location = self.writing.find(LOCATIONS, id) if id else None
        if location is None:
            return made
        made["location_path"] = location.properties["path"]
        for part in str(location.properties["path"]).split("/"):
            row = self.writing.find(LOCATIONS, part)
            kind = row.properties["kind"] if row is not None else ""
            if row is not None and kind in ("storey", "space"):
                key = str(row.properties.get("element") or "").partition(":")[2]
                made |= {kind: key or None, f"{kind}_name": row.properties["name"]}
            elif row is not None and kind in ("site", "building"):
                made[kind] = row.properties["name"]
        return made

    def _zones(self, location: str | None) -> list[Json] | None:
        """Zones of the room that a location is or lies in; None where it is in none."""
        place = self.writing.find(LOCATIONS, location) if location else None
        for id in reversed(str(place.properties["path"]).split("/") if place is not None else []):
            row = self.writing.find(LOCATIONS, id)
            if row is not None and row.properties.get("kind") == "space":
                part = str(row.properties.get("element") or "")
                space = self.writing.find("spaces", part) if part and has_collection(self.writing.register.store, "spaces") else None
                return zones_of(space.properties) or None if space is not None else None
        return None

    def _device(self, id: str, fields: Mapping[str, Any]) -> str | None:
        own = {name: fields[name] for name in DEVICE_FIELDS if fields.get(name) is not None}
        if not own.keys() & {"manufacturer", "product", "serial"}:
            return None
        return self.writing.add(DEVICES, Feature(f"d-{secrets.token_hex(6)}", None, {**own, "asset": id}), "installed").id

    def _insist(self, found: list[Finding]) -> None:
        wrong = [one for one in found if one.severity == "error"]
        if wrong:
            raise AssetInvalid(wrong[0].message, remedy=wrong[0].cure, findings=[one.to_dict() for one in wrong],
                               field=wrong[0].subject, reason=wrong[0].code)


def merged(before: Any, patch: Any) -> Any:
    """A JSON value after a merge patch (RFC 7396)."""
    if not isinstance(patch, dict):
        return patch
    made = dict(before) if isinstance(before, dict) else {}
    for name, value in patch.items():
        if value is None:
            made.pop(name, None)
        else:
            made[name] = merged(made.get(name), value)
    return made


def _attributes(now: Json, was: Json | None, made: Json) -> tuple[Json | None, Json]:
    """Attributes before and after a change that touched some of them; those that it left alone are as they are now."""
    own = {key for key in (was or {}).keys() | made.keys() if (was or {}).get(key) != made.get(key)}
    others = {key: value for key, value in now.items() if key not in own}
    back = {**others, **{key: value for key, value in (was or {}).items() if key in own}}
    return back if back or was is not None else None, {**others, **{key: value for key, value in made.items() if key in own}}


def history(register: Register, id: str) -> list[Json]:
    """All that happened to an Asset, its devices and the proposals about it, the last first. Raises NotFound."""
    row = register.asset(id)
    return [entry.to_dict() for entry in register.entries(row.id, newest_first=True)]


def moment_of(text: str) -> int | datetime:
    """What `restore` goes back to: the number of an entry, or a time; a date without a time is its end in UTC. Raises ValueInvalid."""
    if text.isascii() and text.isdigit() and len(text) < 10:
        return int(text)
    end = Interval.parse(text).end if "/" not in text else None
    if end is None:
        raise ValueInvalid(f"'{text}' is no number and no time", field="to", value=text[:40],
                           remedy="12, 2027-01-31 or 2027-01-31T08:00:00Z")
    return end


def _references(state: Mapping[str, Any]) -> Json:
    return {name: state[name] for name in ("tag", "location", "parent") if name in state}


def _not_said(name: str) -> Finding:
    return Finding("asset-field-kept", "error", f"{name}: it follows from other fields", subject=name)


