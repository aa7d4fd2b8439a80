"""A call about maintenance: what whoever asks may do with it, and answers that carry the revision of a row."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from csdi.errors import NotFound
from csdi.feature import Feature
from ogc_api.calls import Call, Json
from ogc_api.edge import origin
from twin.maintenance.agreed import Agreed
from twin.maintenance.faults import Faults
from twin.maintenance.hooks import announce
from twin.maintenance.inspections import Inspections
from twin.maintenance.orders import Orders, is_overdue
from twin.maintenance.plans import Plans

USUAL, MOST = 100, 10_000
CSV, PDF, HTML = "text/csv; charset=utf-8", "application/pdf", "text/html; charset=utf-8"


class Asked(Call):
    """One request, and what whoever asks may do with maintenance."""

    def __init__(self, request: Request, body: bytes) -> None:
        super().__init__(request, body)
        store = self.services.store
        self.agreed = Agreed.of(store)
        self.orders, self.plans = Orders(store, self.principal, self.agreed), Plans(store, self.principal, self.agreed)
        self.inspections, self.faults = Inspections(store, self.principal, self.agreed), Faults(store, self.agreed)
        self.register = self.orders.register

    def revision(self, row: Feature) -> int:
        """The revision that a change is meant for. Raises PreconditionMissing, PreconditionFailed."""
        conditions = self.conditions
        conditions.check(_mark(row), row.id)
        return int(row.properties.get("revision") or 0)

    def param(self, name: str) -> str:
        """A parameter, "" where it is not given."""
        return str(self.request.query_params.get(name, ""))

    def told(self, row: Feature, status: int = 200, more: Mapping[str, Any] | None = None, at: str = "") -> Response:
        """A row with its entity tag, which stands for its revision."""
        location = {"Location": f"{origin(self.request)}/api/{at}/{row.id}"} if at else None
        return self.answer({"id": row.id, **row.properties, **(more or {})}, status, _mark(row), location)

    def order(self, row: Feature, status: int = 200, event: str = "") -> Response:
        """An order with where it can be led to; webhooks are told where something happened."""
        if event:
            announce(self.services, self.orders, row, event)
        ways = [str(one) for one in self.orders.ways(row)]
        return self.told(row, status, {"ways": ways, "overdue": is_overdue(row.properties, datetime.now(UTC))},
                         "work-orders" if status == 201 else "")


def _mark(row: Feature) -> str:
    return f"{row.id}-{row.properties.get('revision') or 0}"


def with_id(row: Feature) -> Json:
    """A row as a JSON object."""
    return {"id": row.id, **row.properties}


def file_answer(data: bytes, media: str, name: str) -> Response:
    """A file to be kept by whoever asked."""
    return Response(data, media_type=media, headers={"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "private"})


def attachment_of(asked: Asked, row: Feature) -> Response:
    """The bytes of an attachment of a row, which browsers do not run. Raises NotFound."""
    found = next((one for one in row.properties.get("attachments") or () if one["sha256"] == asked.part("sha256")), None)
    if found is None:
        raise NotFound(f"'{row.id}' has no such attachment", feature=row.id)
    headers = {"X-Content-Type-Options": "nosniff", "Content-Security-Policy": "default-src 'none'; sandbox", "Cache-Control": "private"}
    return Response(asked.services.blobs.get(found["sha256"]), headers=headers, media_type=found["media"])
