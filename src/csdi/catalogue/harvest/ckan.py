"""Sources that speak CKAN's package_search; those with one API for each language, as data.gov.hk has, are read in all of them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from csdi.catalogue.harvest.fetching import JSON, fetched, json_of
from csdi.catalogue.harvest.source import Found, Source, Watch
from csdi.catalogue.reading.ckan import read_ckan
from csdi.errors import CsdiError, SourceUnavailable
from csdi.outgoing import Outgoing

PAGE = 100
_VARIANTS = {"en": "en", "tc": "zh-Hant", "sc": "zh-Hans"}
_IN_LANGUAGE = re.compile(r"/(en|tc|sc)-data(?=/|$)")


def read_packages(source: Source, asker: Outgoing, watch: Watch) -> Iterator[Found]:
    """Every package there.

    Raises:
        SourceUnavailable: the server cannot be reached, or is no CKAN.
        ValueInvalid: it lies inside this network.
    """
    root = api_root(source.url)
    main = _IN_LANGUAGE.search(root)
    language = _VARIANTS[main[1]] if main else ""
    others = {tag: _IN_LANGUAGE.sub(f"/{name}-data", root) for name, tag in _VARIANTS.items() if main and tag != language}
    start = 0
    while True:
        try:
            result = _search(root, start, asker)
        except SourceUnavailable as error:
            if not start:
                raise
            watch.miss(f"packages from {start} on could not be read: {error.message}", source.url, cure="harvest again")
            return
        packages = [one for one in result["results"] if isinstance(one, dict)]
        watch.total = result["count"] if isinstance(result.get("count"), int) else 0
        translated = {tag: _by_name(url, start, asker, watch) for tag, url in others.items()} if packages else {}
        for package in packages:
            name = _key(package)
            yield Found(str(package.get("id") or name), read_ckan(package, {tag: known[name] for tag, known in translated.items()
                                                                            if name in known}, language), f"{root}/dataset/{name}")
        start += PAGE
        if not packages or start >= watch.total:
            return


def api_root(url: str) -> str:
    """The address of a portal, without its API's own part."""
    return re.sub(r"(/api(/\d+)?(/action(/\w+)?)?)?/*$", "", url.partition("?")[0])


def _search(root: str, start: int, asker: Outgoing) -> dict[str, Any]:
    asked = {"rows": str(PAGE), "start": str(start), "sort": "name asc"}
    answer = fetched(f"{root}/api/3/action/package_search", asker, asked, accept=JSON)
    document = json_of(answer)
    result = document.get("result") if isinstance(document, dict) and document.get("success") is not False else None
    if not isinstance(result, dict) or not isinstance(result.get("results"), list):
        said = document.get("error") if isinstance(document, dict) else ""
        raise SourceUnavailable(f"{answer.url}: this is no answer of CKAN" + (f": {str(said)[:200]}" if said else ""), url=answer.url)
    return result


def _by_name(root: str, start: int, asker: Outgoing, watch: Watch) -> dict[str, Mapping[str, Any]]:
    """The same page of the portal in another language, by the packages' names; {} when it cannot be had."""
    try:
        return {_key(one): one for one in _search(root, start, asker)["results"] if isinstance(one, dict)}
    except CsdiError as error:
        watch.miss(f"the texts of another language could not be read: {error.message}", root)
        return {}


def _key(package: Mapping[str, Any]) -> str:
    return str(package.get("name") or package.get("id") or "")
