"""The audit of one model file: stages with stop rules, run beside each other, never a pass without a measurement."""

from bim.audit.plan import Plan
from bim.audit.report import Report, Stage
from bim.audit.run import Audited, audit

__all__ = ["Audited", "Plan", "Report", "Stage", "audit"]
