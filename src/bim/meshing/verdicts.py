"""What became of the products that the first kernel did not tessellate, as Findings."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from threading import Lock

from bim.finding import Finding, Severity
from bim.ifc import Model
from bim.meshing.fence import Ended
from bim.meshing.wanted import Wanted

EATEN = "MSH-004"
"""Code of the Finding for a product that its openings take whole."""
_SINGLE = 20
"""Findings of one kind that are told one by one; the rest are told together."""

_CURE = {
    "box": "simplify the element's geometry in the authoring tool and export it again",
    "none": "check that the element is visible in the authoring tool and export it again",
}


class Verdicts:
    """Notes of a run; thread-safe while it goes on."""

    def __init__(self, model: Model) -> None:
        self._model = model
        self._lock = Lock()
        self._kernel: dict[str, list[Wanted]] = defaultdict(list)
        self._reasons: dict[int, list[str]] = defaultdict(list)
        self._fallen: dict[str, list[Wanted]] = defaultdict(list)

    def by_kernel(self, products: Iterable[Wanted], kernel: str) -> None:
        """These came from a later kernel of the chain."""
        with self._lock:
            self._kernel[kernel].extend(products)

    def guilty(self, product: Wanted, kernel: str, ended: Ended) -> None:
        """This one stopped a child."""
        with self._lock:
            did = "made no progress" if ended is Ended.STALLED else "ended abnormally"
            self._reasons[product.product].append(f"kernel {kernel} {did}")

    def late(self, products: Iterable[Wanted]) -> None:
        """These were not reached in time."""
        with self._lock:
            for one in products:
                self._reasons[one.product].append("the time limit was reached")

    def stray(self, product: Wanted) -> None:
        """This one has a shape that lies nowhere."""
        self._reasons[product.product].append("its coordinates are beyond the Earth, or no numbers")

    def eaten(self, products: Iterable[int]) -> list[Finding]:
        """Products of which nothing is left once their openings are cut: right, but perhaps not what was meant."""
        return [Finding(EATEN, "note", f"{self._model.by_id(product).is_a()} is taken whole by its openings", self._model.subject(
            self._model.by_id(product)), cure="check the size of the openings") for product in products]

    def fell_back(self, product: Wanted, how: str) -> None:
        """This one has a box, or nothing."""
        self._fallen[how].append(product)

    @property
    def boxed(self) -> list[Wanted]:
        """Products that are shown as a box."""
        return self._fallen["box"]

    def fallbacks(self, of: set[int]) -> dict[str, int]:
        """Number of products, of these ids, by the way they went instead of the first kernel."""
        ways = [*self._kernel.items(), *self._fallen.items()]
        counts = Counter({way: sum(one.product in of for one in products) for way, products in ways})
        return {how: count for how, count in counts.items() if count}

    def findings(self) -> list[Finding]:
        """One Finding per product, or one for many of a kind."""
        found: list[Finding] = []
        for kernel, products in self._kernel.items():
            found += self._told("MSH-001", "note", products, f"the first kernel gave no shape, {kernel} did", "")
        found += self._told("MSH-002", "warning", self._fallen["box"], "shown as a box: the one that it states, or that of its points",
                            _CURE["box"])
        found += self._told("MSH-003", "error", self._fallen["none"], "has no shape", _CURE["none"])
        return found

    def _told(self, code: str, severity: Severity, products: list[Wanted], what: str, cure: str) -> list[Finding]:
        single = [self._one(code, severity, one, what, cure) for one in products[:_SINGLE]]
        rest = products[_SINGLE:]
        if not rest:
            return single
        classes = ", ".join(f"{n} {name}" for name, n in Counter(one.ifc_class for one in rest).most_common())
        reasons = sorted({reason for one in rest for reason in self._reasons[one.product]})
        because = f" ({'; '.join(reasons)})" if reasons else ""
        data = {"elements": [self._model.keys.get(one.product, f"#{one.product}") for one in rest]}
        return [*single, Finding(code, severity, f"{len(rest)} more: {what}: {classes}{because}", self._model.name, cure=cure,
                                 data=data)]

    def _one(self, code: str, severity: Severity, one: Wanted, what: str, cure: str) -> Finding:
        reasons = self._reasons[one.product]
        because = f" ({'; '.join(reasons)})" if reasons else ""
        return Finding(code, severity, f"{one.ifc_class} {what}{because}", self._model.subject(self._model.by_id(one.product)),
                       cure=cure)
