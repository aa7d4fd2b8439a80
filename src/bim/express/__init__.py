"""Whether a file follows its EXPRESS schema: attributes, inverse attributes and where-rules, in several processes at once."""

from bim.express.check import check_express

__all__ = ["check_express"]
