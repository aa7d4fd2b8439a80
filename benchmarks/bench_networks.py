"""How long the questions to a distribution network take, on made-up networks of known size.

    python benchmarks/bench_networks.py [CONNECTIONS ...]
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from dataclasses import replace

import numpy as np

from bim.networks.directions import computed
from bim.networks.failures import failures
from bim.networks.flows import Flows
from bim.networks.kinds import kind_of
from bim.networks.model import Connection, Element, End, Network
from bim.networks.questions import Questions
from bim.networks.schematic import schematic
from bim.networks.shutting import shut_off

REPEATS = 30
_CLASSES = ("IfcPipeSegment", "IfcPipeFitting", "IfcValve", "IfcPipeSegment", "IfcPipeSegment")


def plant(connections: int, seed: int = 1) -> Network:
    """A tree of pipes from one boiler with so many connections, one in twenty of them closing a loop; ends are radiators."""
    rng = np.random.default_rng(seed)
    count = connections - connections // 20 + 1
    parents = [int(rng.integers(max(0, one - 40), one)) for one in range(1, count)]
    inner = set(parents)
    names = ["IfcBoiler", *(_CLASSES[one % 5] if one in inner else "IfcSpaceHeater" for one in range(1, count))]
    loops = [tuple(sorted(rng.choice(sorted(inner - {0}), 2, replace=False).tolist())) for _ in range(connections - count + 1)]
    pairs = [*((parent, one) for one, parent in enumerate(parents, 1)), *loops]
    elements = tuple(Element(f"m:{one}", "m", str(one), str(one), name, kind_of(name)) for one, name in enumerate(names))
    links = tuple(Connection(End(a, medium="pipe"), End(b, medium="pipe"), number, way=1, basis="stated")
                  for number, (a, b) in enumerate(pairs))
    return Network(elements, links)


def milliseconds(work: Callable[[int], object]) -> tuple[float, float]:
    """p50 and p95 of some runs; each is given its number."""
    taken = []
    for number in range(REPEATS):
        start = time.perf_counter()
        work(number)
        taken.append((time.perf_counter() - start) * 1000)
    return float(np.percentile(taken, 50)), float(np.percentile(taken, 95))


def asked_of(network: Network) -> dict[str, Callable[[int], object]]:
    """Name of a question -> what asks it for the nth time; the arrays are made before."""
    unsaid = replace(network, connections=tuple(replace(one, way=0, basis="unknown") for one in network.connections))
    questions, last = Questions(Flows.of(network)), len(network.elements) - 1
    questions.isolate([0])
    valves = [number for number, one in enumerate(network.elements) if one.kind.closes]
    return {
        "trace downstream of the source": lambda _: questions.trace([0]),
        "trace upstream of an end": lambda number: questions.trace([last - number], "upstream"),
        "trace with the arrays made anew": lambda _: Questions(Flows.of(network)).trace([0]),
        "isolate: one valve": lambda number: questions.isolate([valves[number % len(valves)]]),
        "shut off an end": lambda number: shut_off(questions, last - number),
        "single points of failure": lambda _: failures(questions),
        "ways where none is stated": lambda _: computed(unsaid),
        "schematic": lambda _: schematic(network),
    }


def main(sizes: list[int]) -> None:
    """Prints one line for each question and size."""
    print(f"{'question':<34}{'connections':>12}{'p50 ms':>10}{'p95 ms':>10}")
    for size in sizes:
        for name, work in asked_of(plant(size)).items():
            p50, p95 = milliseconds(work)
            print(f"{name:<34}{size:>12}{p50:>10.2f}{p95:>10.2f}")


if __name__ == "__main__":
    main([int(one) for one in sys.argv[1:]] or [500, 5_000])
