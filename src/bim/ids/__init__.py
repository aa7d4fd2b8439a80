"""Information Delivery Specifications (IDS 1.0): read, audited, and models checked by them."""

from bim.ids.audit import audit
from bim.ids.document import IFC_VERSIONS, Ids
from bim.ids.engine import check
from bim.ids.reader import read_ids
from bim.ids.result import Failure, IdsOutcome, IdsResult, RequirementResult, SpecificationResult

__all__ = ["IFC_VERSIONS", "Failure", "Ids", "IdsOutcome", "IdsResult", "RequirementResult", "SpecificationResult", "audit", "check",
           "read_ids"]
