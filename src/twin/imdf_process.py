"""The process `export-imdf`: the indoor map of one model or of several as an IMDF archive."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from csdi.processes.description import Content, Input, Output, Process, Work, text

ZIP = "application/zip"


def run(inputs: Mapping[str, Any], work: Work) -> Mapping[str, Any]:
    """The archive. Raises FeatureMissing, ValueInvalid, AccessDenied."""
    from csdi.access import Action, require
    from twin.export.imdf import write_imdf
    from twin.export.imdf.writing import models_with_rooms
    services = work.services
    for collection in ("models", "spaces"):
        require(work.principal, Action.READ, services.store.collection(collection))
    given = inputs.get("model") or []
    with tempfile.TemporaryDirectory(prefix="csdi-imdf-") as folder:
        path = Path(folder) / "indoor.zip"
        work.progress("indoor map", 0.0)
        write_imdf(services, [given] if isinstance(given, str) else list(given) or models_with_rooms(services), path)
        return {"archive": Content(path.read_bytes(), ZIP)}


PROCESS = Process(
    "export-imdf", text("Indoor map (IMDF)", "室內地圖（IMDF）", "室内地图（IMDF）"),
    text("Levels, rooms, doors, fixtures, amenities and the ways between levels of building models as an Indoor Mapping Data Format "
         "archive (OGC 20-094); names in English and Chinese, ids that stay the same from version to version.",
         "將建築模型的樓層、房間、門、固定設備、設施及樓層之間的通道匯出為室內地圖資料格式檔案（OGC 20-094）；"
         "附中英文名稱，識別碼在各版本之間保持不變。",
         "将建筑模型的楼层、房间、门、固定设备、设施及楼层之间的通道导出为室内地图数据格式文件（OGC 20-094）；"
         "附中英文名称，标识在各版本之间保持不变。"),
    (Input("model", text("Model", "模型", "模型"), {"type": "string", "minLength": 1}, least=0, most=50,
           description=text("Ids of models; all with rooms and a place where none is given.",
                            "模型識別碼；如不提供，則取所有具房間及定位的模型。",
                            "模型标识；如不提供，则取所有具有房间及定位的模型。")),),
    (Output("archive", text("Archive", "壓縮檔", "压缩包"), {"type": "string", "format": "binary", "contentMediaType": ZIP,
                                                        "contentEncoding": "base64"}, media=ZIP),),
    run, keywords=("IMDF", "indoor map", "export"))
