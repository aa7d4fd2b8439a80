"""Clashes: elements that fill the same space, come too near each other, or stand twice at one place."""

from bim.clash.clash import Changes, Clash, Clashes, changes, clash_id
from bim.clash.exclusions import Exclusions
from bim.clash.find import HARD_M, SAME_M, Limits, Side, Test, find_clashes
from bim.clash.scene import Member, Neighbours, Scene, why_apart

__all__ = ["HARD_M", "SAME_M", "Changes", "Clash", "Clashes", "Exclusions", "Limits", "Member", "Neighbours", "Scene", "Side", "Test",
           "changes", "clash_id", "find_clashes", "why_apart"]
