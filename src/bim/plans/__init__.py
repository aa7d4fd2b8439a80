"""Storey plans: what a horizontal cut 1.2 m over each floor shows, computed from the shapes of a model."""

from bim.plans.collection import STOREY_PLANS, plans_collection
from bim.plans.cutting import sections
from bim.plans.drawing import CUT_M, storey_plans

__all__ = ["CUT_M", "STOREY_PLANS", "plans_collection", "sections", "storey_plans"]
