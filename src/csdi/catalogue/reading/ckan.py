"""CKAN packages as parts of a Record, data.gov.hk among them; one package may come in several languages."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from csdi.catalogue.language import tag_of, text_of, words_of
from csdi.catalogue.reading.values import box_of, first, frequency_of, sides, span_of

Json = dict[str, Any]

_FREQUENCIES = ("update_frequency", "frequency", "accrual_periodicity", "frequency-of-update", "updateFrequency")
_STARTS = ("temporal_start", "temporal-extent-begin", "temporal_coverage_from", "temporal_coverage-from", "start_date")
_ENDS = ("temporal_end", "temporal-extent-end", "temporal_coverage_to", "temporal_coverage-to", "end_date")


def read_ckan(package: Mapping[str, Any], others: Mapping[str, Mapping[str, Any]] | None = None, language: str = "") -> Json:
    """The parts of a package; `others` is the same package by language tag where the portal has one API for each language."""
    versions = {language: package} | dict(others or {})
    extras = _extras(package)
    span = span_of(first(extras.get(name) for name in _STARTS), first(extras.get(name) for name in _ENDS))
    return {
        "identifier": str(first([extras.get("guid"), extras.get("identifier"), package.get("id"), package.get("name")]) or ""),
        "type": "dataset", "title": _texts(versions, "title"), "description": _texts(versions, "notes"), "keywords": _keywords(versions),
        "licence": str(first([package.get("license_url"), package.get("license_title"), package.get("license_id")]) or ""),
        "contacts": _contacts(package, versions), "update_frequency": _frequency(package, extras),
        "extent": {"bbox": _box(package, extras), "time": span},
        "lineage": text_of(extras.get("lineage")), "created": package.get("metadata_created"), "updated": package.get("metadata_modified"),
        "links": [link for link in (*_resources(versions), _page(package)) if link],
    }


def _extras(package: Mapping[str, Any]) -> dict[str, Any]:
    """What CKAN calls extras, and plain members of the package beside them."""
    found: dict[str, Any] = {name: value for name, value in package.items() if isinstance(value, str | int | float)}
    listed = package.get("extras")
    for one in listed if isinstance(listed, list) else ():
        if isinstance(one, dict) and one.get("key"):
            found[str(one["key"])] = one.get("value")
    return found


def _texts(versions: Mapping[str, Mapping[str, Any]], name: str) -> dict[str, str]:
    """A text in every language: of each version of the package, and of its `..._translated` member."""
    found: dict[str, str] = {}
    for tag, package in versions.items():
        found |= text_of(package.get(f"{name}_translated") or {}) if isinstance(package.get(f"{name}_translated"), Mapping) else {}
        for inner, words in text_of(package.get(name), tag).items():
            found.setdefault(inner, words)
        found |= {inner: str(package[f"{name}_{suffix}"]) for suffix in ("en", "tc", "sc", "zh_hant", "zh_hans")
                  if package.get(f"{name}_{suffix}") and (inner := tag_of(suffix))}
    return found


def _keywords(versions: Mapping[str, Mapping[str, Any]]) -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    for tag, package in versions.items():
        names = [_name(one) for field in ("tags", "groups") for one in _list(package.get(field))]
        for inner, words in words_of(names, tag).items():
            found[inner] = tuple(dict.fromkeys((*found.get(inner, ()), *words)))
        translated = package.get("tags_translated") or package.get("keywords")
        if isinstance(translated, Mapping):
            found |= {inner: tuple(map(str, listed)) for name, listed in translated.items()
                      if isinstance(listed, list) and (inner := tag_of(name))}
    return found


def _name(one: Any) -> str:
    return str(first([one.get("display_name"), one.get("title"), one.get("name")]) or "") if isinstance(one, dict) else str(one)


def _contacts(package: Mapping[str, Any], versions: Mapping[str, Mapping[str, Any]]) -> list[Json]:
    owners = {tag: org for tag, version in versions.items() if isinstance(org := version.get("organization"), Mapping)}
    owner: dict[str, str] = {}
    for tag, org in owners.items():
        owner |= text_of(org.get("title_translated") or first([org.get("title"), org.get("name")]), tag)
    found: list[Json] = [{"organisation": owner, "role": "publisher"}] if owner else []
    for name, role in (("maintainer", "pointOfContact"), ("author", "author")):
        if package.get(name) or package.get(f"{name}_email"):
            called = package.get(name) or package.get(f"{name}_email")
            found.append({"name": str(called), "role": role, "email": package.get(f"{name}_email"), "phone": package.get(f"{name}_phone"),
                          "organisation": owner})
    return found


def _frequency(package: Mapping[str, Any], extras: Mapping[str, Any]) -> str:
    return first(frequency_of(one.get(name)) for name in _FREQUENCIES for one in (extras, package)) or ""


def _box(package: Mapping[str, Any], extras: Mapping[str, Any]) -> list[float] | None:
    names = [f"bbox-{side}" for side in ("west-long", "south-lat", "east-long", "north-lat")]
    stated = sides(*(extras[name] for name in names)) if all(name in extras for name in names) else None
    return stated or box_of(first([package.get("spatial"), extras.get("spatial"), extras.get("spatial_coverage")]))


def _resources(versions: Mapping[str, Mapping[str, Any]]) -> list[Json]:
    """A link for each URL, with its name in every language."""
    found: dict[str, Json] = {}
    for tag, package in versions.items():
        for one in _list(package.get("resources")):
            if not isinstance(one, dict) or not one.get("url"):
                continue
            kind = str(one.get("format") or "")
            link = found.setdefault(str(one["url"]), {
                "href": str(one["url"]), "rel": "service" if kind.casefold() in ("wms", "wfs", "wmts", "api", "esri rest") else "enclosure",
                "type": one.get("mimetype"), "format": kind, "title": {}})
            link["title"] |= text_of(first([one.get("name_translated"), one.get("name"), one.get("description")]), tag)
    return list(found.values())


def _page(package: Mapping[str, Any]) -> Json | None:
    return {"href": str(package["url"]), "rel": "about"} if str(package.get("url") or "").startswith("http") else None


def _list(value: Any) -> Sequence[Any]:
    return value if isinstance(value, list) else ()
