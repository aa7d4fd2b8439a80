"""The normative rules of buildingSMART, in our own words and code."""

from bim.normative.registry import RULES, judge
from bim.normative.rule import Rule

__all__ = ["RULES", "Rule", "judge"]
