"""Rule packs: rules as data over a closed set of typed operators."""

from bim.packs.judge import judge
from bim.packs.pack import Pack, published, read_pack, shipped
from bim.packs.rule import Rule
from bim.packs.subject import Ground, NoGround, Subject

__all__ = ["Ground", "NoGround", "Pack", "Rule", "Subject", "judge", "published", "read_pack", "shipped"]
