"""Reports for people: a page of what is wrong with a file, sheet by sheet and cell by cell, in three languages."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

_WORDS: Mapping[str, Mapping[str, str]] = {
    "title": {"en": "Check of a file", "zh-Hant": "檔案檢查報告", "zh-Hans": "文件检查报告"},
    "valid": {"en": "No errors.", "zh-Hant": "沒有錯誤。", "zh-Hans": "没有错误。"},
    "errors": {"en": "errors", "zh-Hant": "項錯誤", "zh-Hans": "项错误"},
    "warnings": {"en": "warnings", "zh-Hant": "項警告", "zh-Hans": "项警告"},
    "sheet": {"en": "Sheet", "zh-Hant": "工作表", "zh-Hans": "工作表"},
    "rows": {"en": "Rows", "zh-Hant": "行數", "zh-Hans": "行数"},
    "cell": {"en": "Cell", "zh-Hant": "儲存格", "zh-Hans": "单元格"},
    "column": {"en": "Column", "zh-Hant": "欄", "zh-Hans": "列"},
    "code": {"en": "Code", "zh-Hant": "代碼", "zh-Hans": "代码"},
    "message": {"en": "What is wrong", "zh-Hant": "問題", "zh-Hans": "问题"},
    "cure": {"en": "What to do", "zh-Hant": "處理方法", "zh-Hans": "处理方法"},
    "severity": {"en": "Severity", "zh-Hant": "嚴重程度", "zh-Hans": "严重程度"},
    "error": {"en": "error", "zh-Hant": "錯誤", "zh-Hans": "错误"},
    "warning": {"en": "warning", "zh-Hant": "警告", "zh-Hans": "警告"},
    "note": {"en": "note", "zh-Hant": "備註", "zh-Hans": "备注"},
}
_STYLE = ("body{font:16px/1.5 system-ui,sans-serif;margin:2rem auto;max-width:72rem;padding:0 1rem;color:#1b1b1b;background:#fff}"
          "table{border-collapse:collapse;width:100%;margin:1rem 0}th,td{border:1px solid #b0b0b0;padding:.35rem .6rem;text-align:left;"
          "vertical-align:top;overflow-wrap:anywhere}th{background:#eef2f6}.error{color:#a40000}.warning{color:#7a4b00}")


def report_page(name: str, report: Mapping[str, Any], language: str = "en") -> str:
    """The page of a report: `findings`, and `sheets` with the rows of each where it has them."""
    findings: Sequence[Mapping[str, Any]] = report["findings"]
    errors = sum(1 for one in findings if one["severity"] == "error") + int(report.get("findings_left_out", 0))
    warnings = sum(1 for one in findings if one["severity"] == "warning")
    told = f"{errors} {_say('errors', language)}, {warnings} {_say('warnings', language)}" if errors or warnings else _say("valid",
            language)
    sheets = "".join(f"<tr><td>{escape(sheet)}</td><td>{rows}</td></tr>" for sheet, rows in (report.get("sheets") or {}).items())
    listed = f"<table><thead>{_heading(('sheet', 'rows'), language)}</thead><tbody>{sheets}</tbody></table>" if sheets else ""
    rows = "".join(_row(one, language) for one in findings)
    heading = _heading(("severity", "sheet", "cell", "column", "code", "message", "cure"), language)
    found = f"<table><thead>{heading}</thead><tbody>{rows}</tbody></table>" if rows else ""
    return (f'<!doctype html><html lang="{language}"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
            f"<title>{escape(name)}</title><style>{_STYLE}</style></head><body><main><h1>{_say('title', language)}: {escape(name)}</h1>"
            f"<p>{told}</p>{found}{listed}</main></body></html>")


def _say(word: str, language: str) -> str:
    return _WORDS[word].get(language) or _WORDS[word]["en"]


def _heading(words: Sequence[str], language: str) -> str:
    return "<tr>" + "".join(f'<th scope="col">{_say(word, language)}</th>' for word in words) + "</tr>"


def _row(one: Mapping[str, Any], language: str) -> str:
    place = one.get("data") or {}
    cells = (_say(one["severity"], language), place.get("sheet", ""), place.get("cell") or place.get("row", ""), place.get("column", ""),
             one["code"],
             one["message"], one.get("cure", ""))
    return f'<tr class="{one["severity"]}">' + "".join(f"<td>{escape(str(cell))}</td>" for cell in cells) + "</tr>"
