"""What a TestNG run of a conformance suite found, read from its `testng-results.xml`."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree

PASSED, FAILED, SKIPPED = "PASS", "FAIL", "SKIP"


@dataclass(frozen=True, slots=True)
class Result:
    """One test of one class, with how often each of its invocations ended that way and why."""

    test: str
    status: str
    reason: str
    times: int


@dataclass(frozen=True, slots=True)
class Outcome:
    """A finished run."""

    passed: int
    failed: int
    skipped: int
    unclean: tuple[Result, ...]
    """Everything that failed or was skipped, the failed first."""

    @property
    def conforms(self) -> bool:
        """Nothing failed, and something was tested: a suite whose preconditions fail skips all of its tests."""
        return self.failed == 0 and self.passed > 0


def read_results(path: Path) -> Outcome:
    """The outcome in a results file. A set-up method that failed counts as a failure: TestNG itself does not count it.

    Raises:
        xml.etree.ElementTree.ParseError: the file is not XML.
    """
    counts: Counter[str] = Counter()
    unclean: Counter[tuple[str, str, str]] = Counter()
    for group in ElementTree.parse(path).getroot().iter("class"):
        for method in group.iter("test-method"):
            status = method.get("status", "")
            if method.get("is-config") == "true" and status != FAILED:
                continue
            counts[status] += 1
            if status != PASSED:
                name = f"{group.get('name', '').rpartition('.')[2]}.{method.get('name')}"
                unclean[status, name, _reason(method)] += 1
    results = [Result(name, status, reason, times) for (status, name, reason), times in sorted(unclean.items())]
    return Outcome(counts[PASSED], counts[FAILED], counts[SKIPPED], tuple(results))


def _reason(method: ElementTree.Element) -> str:
    error = method.find("exception")
    if error is None:
        return "no reason given: a test that this one depends on did not pass"
    message = " ".join((error.findtext("message") or "").split())
    return message or error.get("class", "")
