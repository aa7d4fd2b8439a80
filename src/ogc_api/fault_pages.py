"""The page behind the QR code of a label: who scans it tells of a fault without a login, and sees later what became of it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from jinja2 import Environment, PackageLoader, select_autoescape
from starlette.datastructures import UploadFile
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from csdi.errors import CsdiError, FileTooLarge, NotFound, TooManyRequests
from csdi.feature import Feature
from ogc_api.edge import in_thread, origin, services_of
from ogc_api.methods import Methods
from ogc_api.problems import status_of
from twin.maintenance import files
from twin.maintenance.agreed import Agreed
from twin.maintenance.faults import LONGEST_CONTACT, LONGEST_REPORT, Faults, Told

MOST_PHOTOS = 4
LONGEST_FORM = MOST_PHOTOS * files.MOST_BYTES + (1 << 20)
_HONEYPOT = "website"
"""A field that people do not see; programs that fill in everything fill it in too."""
_LANGUAGES = {"en": "English", "zh-Hant": "繁體中文", "zh-Hans": "简体中文"}
_PAGES = Environment(loader=PackageLoader("ogc_api"), autoescape=select_autoescape(), trim_blocks=True, lstrip_blocks=True)
_HEADERS = {"Cache-Control": "no-store", "Referrer-Policy": "no-referrer", "X-Robots-Tag": "noindex",
            "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; img-src 'self'; form-action 'self'; "
                                       "frame-ancestors 'none'"}


async def form(request: Request) -> Response:
    """The form for one Asset."""
    return await in_thread(_form, request)


async def tell(request: Request) -> Response:
    """What was filled in; leads on to the receipt, so that reloading the page tells nothing twice."""
    if int(request.headers.get("content-length") or LONGEST_FORM + 1) > LONGEST_FORM:
        too_long = FileTooLarge("pictures are too large", limit=LONGEST_FORM, remedy="send fewer or smaller pictures")
        return await in_thread(_form, request, {}, too_long)
    try:
        await in_thread(_check_often, request)
    except CsdiError as error:
        return await in_thread(_form, request, {}, error)
    async with request.form(max_files=MOST_PHOTOS, max_fields=8) as sent:
        given = {name: str(value) for name, value in sent.items() if isinstance(value, str)}
        photos = [(one.filename or "", await one.read()) for one in sent.getlist("photo") if isinstance(one, UploadFile) and one.size]
    return await in_thread(_tell, request, given, photos)


async def receipt(request: Request) -> Response:
    """What became of a report."""
    return await in_thread(_receipt, request)


def _faults(request: Request) -> Faults:
    store = services_of(request).store
    return Faults(store, Agreed.of(store))


def _check_often(request: Request) -> None:
    _faults(request).check_often(request.path_params["code"], _address(request), datetime.now(UTC))


def _address(request: Request) -> str:
    return request.client.host if request.client else ""


def _form(request: Request, given: Mapping[str, str] | None = None, error: CsdiError | None = None) -> Response:
    language = _language(request, given or {})
    try:
        asset = _faults(request).asset(request.path_params["code"])
    except NotFound as missing:
        return _page("fault_missing.html", language, missing, status=404)
    return _page("fault.html", language, error, asset=_shown(asset, language), given=given or {}, honeypot=_HONEYPOT,
                 longest=LONGEST_REPORT, longest_contact=LONGEST_CONTACT, most_photos=MOST_PHOTOS,
                 status=status_of(error) if error else 200)


def _tell(request: Request, given: Mapping[str, str], photos: list[tuple[str, bytes]]) -> Response:
    language = _language(request, given)
    faults = _faults(request)
    try:
        if given.get(_HONEYPOT):
            return RedirectResponse(f"{origin(request)}/a/{request.path_params['code']}", 303)
        kept = [files.kept(services_of(request).blobs, data, name) for name, data in photos[:MOST_PHOTOS]]
        told: Told = faults.tell(request.path_params["code"], {**given, "language": language}, _address(request), kept)
    except CsdiError as error:
        return _form(request, given, error)
    return RedirectResponse(f"{origin(request)}/a/receipt/{told.receipt}?lang={language}", 303)


def _receipt(request: Request) -> Response:
    language = _language(request, {})
    try:
        found = _faults(request).status(request.path_params["receipt"])
    except NotFound as missing:
        return _page("fault_missing.html", language, missing, status=404)
    return _page("fault_receipt.html", language, found=found, state=_STATES[found["state"]][_column(language)],
                 moment=lambda said: _moment(said, language))


def _page(name: str, language: str, error: CsdiError | None = None, *, status: int = 200, **more: Any) -> Response:
    words = {key: texts[_column(language)] for key, texts in _WORDS.items()}
    wrong = _wrong(error, language) if error else ""
    body = _PAGES.get_template(name).render(t=words, language=language, languages=_LANGUAGES, wrong=wrong, **more)
    headers = dict(_HEADERS)
    if isinstance(error, TooManyRequests):
        headers["Retry-After"] = str(error.data["retry_after_s"])
    return HTMLResponse(body, status, headers)


def _wrong(error: CsdiError, language: str) -> str:
    """What is wrong, in the reader's language where it is one of the usual things."""
    texts = _ERRORS.get((error.code, str(error.data.get("field", "")))) or _ERRORS.get((error.code, ""))
    return texts[_column(language)] if texts else f"{error.message}. {error.remedy}"


def _shown(asset: Feature, language: str) -> dict[str, str]:
    """What a stranger may know of an Asset: its tag, name and place."""
    p = asset.properties
    name = (p.get("name_zh") if language.startswith("zh") else None) or p.get("name") or ""
    place = " / ".join(str(p[key]) for key in ("building", "storey_name", "space_name") if p.get(key))
    return {"tag": str(p.get("tag") or ""), "name": str(name), "place": place}


def _language(request: Request, given: Mapping[str, str]) -> str:
    for asked in (given.get("language"), request.query_params.get("lang")):
        if asked in _LANGUAGES:
            return str(asked)
    accepted = request.headers.get("accept-language", "").lower()
    first = next((tag for tag in (part.split(";")[0].strip() for part in accepted.split(",")) if tag[:2] in ("en", "zh")), "en")
    if first.startswith("zh"):
        return "zh-Hans" if any(mark in first for mark in ("hans", "cn", "sg")) else "zh-Hant"
    return "en"


def _column(language: str) -> int:
    return list(_LANGUAGES).index(language)


def _moment(said: Any, language: str) -> str:
    found = datetime.fromisoformat(str(said)).astimezone(ZoneInfo("Asia/Hong_Kong"))
    return found.strftime("%Y-%m-%d %H:%M") if language == "en" else found.strftime("%Y年%m月%d日 %H:%M")


_WORDS: dict[str, tuple[str, str, str]] = {
    "title": ("Report a fault", "報告故障", "报告故障"),
    "what": ("What is wrong?", "有甚麼問題？", "有什么问题？"),
    "hint": ("For example: water on the floor below it", "例如：下方地面有水", "例如：下方地面有水"),
    "photo": ("Photos", "照片", "照片"),
    "photo_hint": ("At most {n}. Where and when they were taken is removed.", "最多 {n} 張。拍攝地點及時間會被移除。",
                   "最多 {n} 张。拍摄地点和时间会被移除。"),
    "contact": ("How can we reach you? (not required)", "聯絡方法（可選填）", "联系方式（可不填）"),
    "send": ("Send the report", "提交報告", "提交报告"),
    "danger": ("If somebody is in danger, call 999 first.", "如有人身危險，請先致電 999。", "如有人身危险，请先拨打 999。"),
    "language": ("Language", "語言", "语言"),
    "thanks": ("Thank you. Your report has been received.", "多謝。我們已收到你的報告。", "谢谢。我们已收到您的报告。"),
    "keep": ("Keep the address of this page: it shows what becomes of the report.", "請保留本頁網址，以便查閱跟進情況。",
             "请保留本页网址，以便查看处理情况。"),
    "number": ("Number", "編號", "编号"), "state": ("State", "狀態", "状态"), "told_at": ("Reported", "報告時間", "报告时间"),
    "due": ("To be done by", "預計完成", "预计完成"), "done": ("Done", "完成時間", "完成时间"),
    "remedy": ("What was done", "處理方法", "处理方法"),
    "asset": ("Equipment", "設備", "设备"), "told": ("What you told us", "你的報告", "您的报告"),
    "missing": ("This label is not in use", "此標籤未有使用", "此标签未启用"),
    "missing_hint": ("Please tell the staff of the building.", "請通知大廈職員。", "请通知大楼工作人员。"),
}
_STATES: dict[str, tuple[str, str, str]] = {
    "reported": ("Received", "已收到", "已收到"), "open": ("To be done", "待處理", "待处理"), "assigned": ("Assigned", "已指派", "已指派"),
    "in-progress": ("Being done", "處理中", "处理中"), "on-hold": ("Waiting", "擱置", "已挂起"), "done": ("Done", "已完成", "已完成"),
    "closed": ("Closed", "已結案", "已结案"), "cancelled": ("Not followed up", "不予跟進", "不予处理"),
}
_ERRORS: dict[tuple[str, str], tuple[str, str, str]] = {
    ("value-invalid", "text"): ("Please say what is wrong, in at most 4000 characters.", "請說明問題，最多 4000 字。",
                                "请说明问题，最多 4000 字。"),
    ("value-invalid", "contact"): ("The contact is too long.", "聯絡方法太長。", "联系方式太长。"),
    ("too-many-requests", ""): ("Too many reports just now. Please come again in an hour.", "短時間內報告過多，請一小時後再試。",
                                "短时间内报告过多，请一小时后再试。"),
    ("file-too-large", ""): ("A photo is too large (12 MB at most).", "照片過大（上限 12 MB）。", "照片过大（上限 12 MB）。"),
    ("format-unknown", ""): ("Only photos (JPEG, PNG, WebP) and PDF can be sent.", "只接受照片（JPEG、PNG、WebP）及 PDF。",
                             "只接受照片（JPEG、PNG、WebP）和 PDF。"),
    ("file-broken", ""): ("A photo cannot be read. Please take it again.", "照片無法讀取，請重新拍攝。", "照片无法读取，请重新拍摄。"),
}


def routes() -> list[BaseRoute]:
    """`/a/...`: short, since it stands in a QR code."""
    return [Route("/a/receipt/{receipt}", Methods(GET=receipt)), Route("/a/{code}", Methods(GET=form, POST=tell))]
