"""What must hold of the assets of any model: each check asks one part of the program, and something independent beside it."""

from __future__ import annotations

import math
import random
from collections import Counter, defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import networkx as nx
import numpy as np

from csdi.access import principal_of_shell
from csdi.bootstrap import Services
from csdi.errors import CsdiError, NotFound
from csdi.query import Query
from csdi.store.base import has_collection, scan

_TRIED = 30
_EQUIPMENT = ("IfcTransportElement", "IfcBuildingElementProxy", "IfcElementAssembly", "IfcFurnishingElement")
_PAIRS = 6


@dataclass
class Checked:
    """A model that is checked, its figures, and what does not hold."""

    services: Services
    model: str
    folder: Path
    figures: dict[str, Any] = field(default_factory=dict)
    faults: list[str] = field(default_factory=list)

    def hold(self, what: bool, fault: str) -> None:
        """Note a fault where something does not hold."""
        if not what:
            self.faults.append(fault)

    def rows(self, collection: str) -> list[Any]:
        """All rows of a Collection."""
        store = self.services.store
        return list(scan(store, collection, Query())) if has_collection(store, collection) else []


def built(checked: Checked) -> None:
    """The register: classes, what is no asset although it is equipment, storeys, a second build that proposes nothing."""
    from bim.networks.kinds import is_distribution
    from twin.register.following import build
    from twin.register.keeping import Register
    from twin.register.verifying import verified

    services = checked.services
    first = not has_collection(services.store, "asset-register") or not services.store.count("asset-register", Query())
    if first:
        made = build(services, checked.model, "sweep")
        checked.figures["notes"] = made.finding_count
    again = build(services, checked.model, "sweep")
    checked.hold(not again.assets and not again.proposals, f"a second build gives {again.assets} assets, {again.proposals} proposals")
    rows, elements = checked.rows("asset-register"), checked.rows("elements")
    checked.figures["assets"] = len(rows)
    checked.figures["classes"] = dict(Counter(row.properties["asset_class"] for row in rows).most_common())
    own = {row.properties["global_id"] for row in rows}
    left = Counter(f"{row.properties['ifc_class']}|{row.properties.get('type_name') or row.properties.get('name')}"[:70] for row in elements
                   if row.properties["global_id"] not in own and not str(row.properties["ifc_class"]).endswith(("Segment", "Fitting"))
                   and (is_distribution(str(row.properties["ifc_class"])) or row.properties["ifc_class"] in _EQUIPMENT))
    checked.figures["left"] = dict(left.most_common(12))
    told = verified(Register(services.store))
    checked.hold(told.is_right, f"verify: {told}")
    _storeys(checked, rows)


def _storeys(checked: Checked, rows: list[Any]) -> None:
    """Assets far below their storey or above the next one, and those without a place."""
    levels = {row.properties["global_id"]: row.properties.get("elevation") for row in checked.rows("storeys")} \
        if has_collection(checked.services.store, "storeys") else {}
    order = sorted(one for one in levels.values() if one is not None)
    off = []
    for row in rows:
        p = row.properties
        level, base, top = levels.get(p.get("storey")), p.get("base_level"), p.get("top_level")
        if level is None or base is None:
            continue
        above = next((one for one in order if one > level + 0.5), math.inf)
        if top < level - 0.5 or base > above + 0.5:
            off.append(f"{p['tag']} {p['storey_name']} {level:.1f}..{above:.1f}: {base:.1f}-{top:.1f}")
    if off:
        checked.figures["off storey"] = f"{len(off)} {off[:3]}"
    checked.figures["in rooms"] = sum(bool(row.properties.get("space")) for row in rows)
    checked.figures["no place"] = sum(not row.properties.get("location") for row in rows)


def found(checked: Checked) -> None:
    """Lists by class, by words in three scripts, by selector; facets."""
    from twin.questions.expanding import Asker
    from twin.questions.finding import Criteria, facets
    from twin.questions.finding import found as find
    from twin.register.rule_files import default_rules

    rows, rules = checked.rows("asset-register"), default_rules()
    if not rows:
        return
    classes = Counter(row.properties["asset_class"] for row in rows)
    with checked.services.store.snapshot() as reader:
        asker = Asker(reader, lambda _: True)
        for key, count in classes.items():
            names = rules.classes[key].names
            checked.hold(find(Criteria(filter=f"asset_class = '{key}'"), asker)["matched"] == count, f"CQL2 of {key}")
            for word in names.values():
                n = find(Criteria(text=word), asker)["matched"]
                checked.hold(n >= count, f"{word}: {n} of {count}")
        kinds = Counter(row.properties["ifc_class"] for row in rows)
        for kind, count in kinds.items():
            n = find(Criteria(selector=kind), asker)["matched"]
            checked.hold(n >= count, f"selector {kind}: {n} of {count}")
        for row in random.Random(8).sample(rows, min(5, len(rows))):
            _around(checked, asker, row, rows)
        checked.hold(sum(one["count"] for one in facets(Criteria(), asker)["facets"]["asset_class"]) == len(rows), "facets")


def _around(checked: Checked, asker: Any, row: Any, rows: list[Any]) -> None:
    """Nearest and sight of one asset."""
    from twin.questions.finding import Criteria
    from twin.questions.finding import found as find

    if row.geometry is None:
        return
    placed = sum(one.geometry is not None for one in rows)
    near = find(Criteria(of=row.id, nearest=5), asker)["assets"]
    checked.hold(len(near) in (min(5, placed), min(5, placed - 1)), f"nearest of {row.id}: {len(near)} of {placed}")
    find(Criteria(of=row.id, sees=30.0), asker)


def networks(checked: Checked) -> None:
    """Components, traces and isolation beside networkx; schematic and failures."""
    from twin.networks.answers import Answers

    answers = Answers(checked.services, principal_of_shell())
    site = answers.site
    net, flows = site.network, site.questions.flows
    listed = answers.systems()
    links = len(net.connections)
    if not net.elements:
        return
    graph = nx.Graph()
    graph.add_nodes_from(range(flows.size))
    graph.add_edges_from(zip(flows.tail.tolist(), flows.head.tolist(), strict=True))
    pieces = nx.number_connected_components(graph)
    checked.hold(pieces == int(flows.pieces.max()) + 1, f"{pieces} components by networkx")
    basis = Counter(one.basis for one in net.connections)
    stuck = Counter(finding["code"] for model in listed["models"] for finding in model["findings"])
    checked.figures["network"] = f"{len(net.elements)} elements {links} links {dict(basis)} pieces>1 " \
        f"{sum(len(c) > 1 for c in nx.connected_components(graph))} {dict(stuck)}"
    _traced(checked, answers)
    _isolated(checked, answers)
    answers.failures()
    answers.circuits()
    for one in (*listed["models"], *listed["systems"])[:10]:
        answers.schematic_svg(one["id"], "zh-Hant")
        answers.graph(one["id"])


def _directed(flows: Any) -> Any:
    graph = nx.DiGraph()
    graph.add_nodes_from(range(flows.size))
    graph.add_edges_from(zip(flows.tail.tolist(), flows.head.tolist(), strict=True))
    return graph


def _traced(checked: Checked, answers: Any) -> None:
    """Traces up and down of some elements against a search of networkx that stops at what does not pass on."""
    site, flows = answers.site, answers.site.questions.flows
    graph, passes = _directed(flows), flows.passes
    some = random.Random(3).sample(range(len(site.network.elements)), min(_TRIED, len(site.network.elements)))
    for number in some:
        for along, way in (("downstream", graph), ("upstream", graph.reverse(copy=False))):
            starts = set(flows.vertices[number].tolist())
            seen, todo = set(starts), list(starts)
            while todo:
                for after in way[todo.pop()]:
                    if after not in seen:
                        seen.add(after)
                        if passes[after]:
                            todo.append(after)
            expected = {site.network.elements[int(flows.element[one])].id for one in seen} - {site.network.elements[number].id}
            got = {one["id"] for one in answers.trace([site.network.elements[number].id], along)["elements"]}
            checked.hold(got - {site.network.elements[number].id} == expected, f"trace {along} of {site.network.elements[number].id}")


def _isolated(checked: Checked, answers: Any) -> None:
    """Each closer shut: what is isolated is exactly what no living source reaches in networkx."""
    site, flows = answers.site, answers.site.questions.flows
    closers = [number for number, one in enumerate(site.network.elements) if one.kind.closes]
    checked.figures["closers"] = len(closers)
    graph = _directed(flows)
    sources = set(np.flatnonzero(site.questions.anchors).tolist())
    before = set(nx.multi_source_dijkstra_path_length(graph, sources)) if sources else set()
    fed_anew = {one for one in sources if any(other in before for other in graph.predecessors(one))}
    stops = 0
    for number in random.Random(5).sample(closers, min(_TRIED, len(closers))):
        shut = set(flows.vertices[number].tolist())
        rest, active = graph.subgraph(set(graph) - shut), sources - shut
        while True:
            now = set(nx.multi_source_dijkstra_path_length(rest, active)) if active else set()
            alive = {one for one in active if one not in fed_anew or any(other in now for other in rest.predecessors(one))}
            if alive == active:
                break
            active = alive
        lost = {site.network.elements[int(flows.element[one])].id for one in before - now - shut} - {site.network.elements[number].id}
        told = answers.isolate([site.network.elements[number].id], lines=False)
        stops += told["count"]
        checked.hold({one["id"] for one in told["isolated"]} == lost, f"isolate {site.network.elements[number].id}: "
                     f"{len(told['isolated'])}, networkx {len(lost)}")
        answers.shut_off(site.network.elements[number].id)
    if closers:
        checked.figures["stopped by closers"] = stops


def ways(checked: Checked) -> None:
    """The graph of rooms and doors, routes for each profile against networkx, evacuation against networkx."""
    from twin.wayfinding.asking import Asking, Wish

    asking = Asking.of(checked.services, principal_of_shell())
    router = asking.ways.router
    net = router.network
    if not net.spaces:
        checked.figures["ways"] = "; ".join(reason for _, reason in asking.ways.missing)[:60]
        return
    told = asking.check()
    reasons = Counter(f"{one['kind']}: {one['reason']}" for one in told["unlinked"])
    checked.figures["ways"] = {**told["counts"], "unlinked": len(told["unlinked"]),
                               "cut off": {name: len(cut) for name, cut in told["cut_off"].items()}}
    checked.figures["unlinked"] = dict(reasons.most_common(6))
    for profile in asking.ways.rules.profiles:
        graph = _ways_graph(router.costs(asking.ways.rules.profile(profile)).matrix)
        for _ in range(_PAIRS):
            _routed(checked, asking, graph, profile, random.Random(f"{profile}{_}"))
    try:
        asking.evacuation(Wish("", "exit", "emergency"), farthest=True)
        _escaped(checked, asking)
    except CsdiError as error:
        checked.figures["evacuation"] = error.code


def _ways_graph(matrix: Any) -> Any:
    graph = nx.DiGraph()
    graph.add_nodes_from(range(matrix.shape[0]))
    coo = matrix.tocoo()
    graph.add_weighted_edges_from(zip(coo.row.tolist(), coo.col.tolist(), coo.data.tolist(), strict=True))
    return graph


def _routed(checked: Checked, asking: Any, graph: Any, profile: str, dice: random.Random) -> None:
    """One route between two rooms: as long in seconds as the quickest of networkx between their points and middles."""
    from twin.wayfinding.asking import Wish
    from twin.wayfinding.router import _pace

    router = asking.ways.router
    begin, end = dice.choices(router.network.spaces, k=2)
    if begin.id == end.id:
        return
    one, other = (asking._places().find(f"space:{space.id}")[0] for space in (begin, end))
    pace = _pace(asking.ways.rules.profile(profile))
    heads, tails = router._links(one), router._links(other)
    wider = graph.copy()
    wider.add_weighted_edges_from(("begin", number, away / pace) for number, away in heads.items())
    wider.add_weighted_edges_from((number, "end", away / pace) for number, away in tails.items())
    wider.add_nodes_from(("begin", "end"))
    try:
        expected = nx.dijkstra_path_length(wider, "begin", "end")
    except nx.NetworkXNoPath:
        expected = math.inf
    try:
        got = asking.route(Wish(f"space:{begin.id}", f"space:{end.id}", profile, "zh-Hant", "EPSG:2326"))["route"]["seconds"]
    except NotFound:
        got = math.inf
    except CsdiError as error:
        checked.faults.append(f"route {begin.id} {end.id}: {error}")
        return
    checked.hold(got == expected or abs(got - expected) < 0.51, f"route {begin.id} - {end.id} {profile}: {got} s, networkx {expected}")


def _escaped(checked: Checked, asking: Any) -> None:
    router = asking.ways.router
    profile = asking.ways.rules.profile("emergency")
    graph = _ways_graph(router.costs(profile).metres).reverse(copy=False)
    away = nx.multi_source_dijkstra_path_length(graph, set(router.exit_points()))
    points: dict[int, list[int]] = defaultdict(list)
    for number, space in enumerate(router.network.space_of.tolist()):
        points[space].append(number)
    none = 0
    for escape in router.escapes(profile):
        expected = min((away.get(number, math.inf) for number in points[escape.space]), default=math.inf)
        none += math.isinf(expected)
        checked.hold(escape.metres == expected or abs(escape.metres - expected) < 1e-6, f"evacuation of {escape.space}")
    checked.figures["evacuation"] = f"{none} without"


def sheets(checked: Checked) -> None:
    """A spreadsheet and COBie that come back without a change; COBie's own rules."""
    from twin.handover.books import read_book
    from twin.handover.cobie_book import write_cobie
    from twin.handover.cobie_check import check_cobie
    from twin.handover.cobie_export import cobie_rows
    from twin.handover.cobie_scope import scope_of
    from twin.handover.desk import Desk
    from twin.handover.exporting import export_assets
    from twin.register.rule_files import default_rules

    if not checked.rows("asset-register"):
        return
    services, rules, desk = checked.services, default_rules(), Desk(checked.services, principal_of_shell())
    for language in ("en", "zh-Hant"):
        path = checked.folder / f"a-{language}.xlsx"
        with services.store.snapshot() as reader:
            export_assets(reader, rules, principal_of_shell(), path, language=language)
        _unchanged(checked, desk, path, "assets")
    path = checked.folder / "c.xlsx"
    with services.store.snapshot() as reader:
        rows = cobie_rows(reader, rules, scope_of(reader, model=checked.model), "fm@site.example")
    write_cobie(path, rows)
    report = check_cobie(read_book(path)).to_dict()
    checked.figures["cobie"] = f"{sum(len(one) for one in rows.values())} rows {report['warnings']} warnings"
    checked.hold(not report["errors"], f"cobie: {report['errors']} errors {[one['message'] for one in report['findings']][:3]}")
    _unchanged(checked, desk, path, "cobie")


def _unchanged(checked: Checked, desk: Any, path: Path, kind: str) -> None:
    seen = desk.look_at_file(path, path.name, kind)
    told = seen["preview"]
    desk.forget(seen["token"])
    changed = {name: count for name, count in told["counts"].items() if count and name != "unchanged"}
    some = [(one["kind"], one["tag"], one["changes"][:2], one["findings"][:2]) for one in told["rows"] if one["kind"] != "unchanged"][:3]
    checked.hold(not changed and not told["stopped"], f"{path.name} comes back with {changed} {some} {told['findings'][:2]}")


def written(checked: Checked) -> None:
    """The model written with its assets opens in ifcopenshell, with the properties on every element."""
    import ifcopenshell
    from ifcopenshell.util.element import get_pset

    from twin.handover.ifc_export import export_ifc

    rows = [row for row in checked.rows("asset-register") if row.properties.get("global_id")]
    if not rows:
        return
    path = checked.folder / "m.ifc"
    back = export_ifc(checked.services.store, checked.services.blobs, checked.model, path)
    checked.hold(not back.missing, f"{len(back.missing)} elements are not in the file")
    file = ifcopenshell.open(str(path))
    told = {(get_pset(one, "CSDI_Asset") or {}).get("AssetId") for one in file.by_type("IfcProduct")}
    lost = [row.id for row in rows if row.id not in told]
    checked.hold(not lost, f"{len(lost)} of {len(rows)} elements have no set in ifcopenshell")


CHECKS: dict[str, Callable[[Checked], None]] = {"built": built, "found": found, "networks": networks, "ways": ways, "sheets": sheets,
                                                "written": written}
