"""What the processes that ask about assets share."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from csdi.access import Action, may
from csdi.processes.description import Input, Output, Work, text
from twin.questions.expanding import Asker
from twin.questions.finding import MOST, Criteria, found

OF = Input("of", text("From", "起點", "起点"), {"type": "string", "minLength": 1},
           description=text("An asset or element by id or tag, or longitude,latitude,level (HKPD metres).",
                            "資產或構件的識別碼或標籤，或經度,緯度,高程（主水平基準以上米）。",
                            "资产或构件的标识或标签，或经度,纬度,高程（香港主水平基准以上米）。"))
FILTER = Input("filter", text("Filter (CQL2)", "篩選（CQL2）", "筛选（CQL2）"), {"type": "string"}, least=0)
CLASS = Input("asset_class", text("Equipment type", "設備類型", "设备类型"), {"type": "string"}, least=0)
LIMIT = Input("limit", text("How many", "數目", "数目"), {"type": "integer", "minimum": 1, "maximum": MOST, "default": 100}, least=0)
ASSETS = Output("assets", text("Assets", "資產", "资产"), {"type": "object", "required": ["assets", "matched"]})


def metres(name: str, en: str, hant: str, hans: str, most: float, *, least: int = 1) -> Input:
    """A distance in metres."""
    return Input(name, text(en, hant, hans), {"type": "number", "minimum": 0, "maximum": most}, least=least)


def answer(inputs: Mapping[str, Any], work: Work, **more: Any) -> Mapping[str, Any]:
    """The answer to criteria among the inputs, for whom the process runs. Raises as `found`."""
    said = {name: str(value) for name, value in inputs.items() if name not in ("limit",)}
    criteria = replace(Criteria.of_texts(said), **more)
    with work.services.store.snapshot() as reader:
        asker = Asker(reader, lambda collection: may(work.principal, Action.READ, collection), work.services.blobs)
        return {"assets": found(criteria, asker, limit=int(inputs.get("limit", 100)))}
