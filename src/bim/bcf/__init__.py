"""BCF: issues about models, in archives and over HTTP."""

from bim.bcf.converting import converted
from bim.bcf.model import Bcf
from bim.bcf.reading import read_bcf
from bim.bcf.references import loose_ends
from bim.bcf.roundtrip import roundtrip
from bim.bcf.topics import Group, ModelInfo, Spot, Style, grouped, topics_of
from bim.bcf.writing import bytes_of, write_bcf

__all__ = ["Bcf", "Group", "ModelInfo", "Spot", "Style", "bytes_of", "converted", "grouped", "loose_ends", "read_bcf", "roundtrip",
           "topics_of", "write_bcf"]
