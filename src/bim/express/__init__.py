"""Whether a file follows its EXPRESS schema: attributes, inverse attributes and where-rules, in several processes at once."""

from bim.express.check import NOT_ENDED, check_express

__all__ = ["NOT_ENDED", "check_express"]
