"""Faults told without a login: codes on labels, who may tell how often, and the work order that follows."""

from __future__ import annotations

import hashlib
import hmac
import secrets
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from bim.submissions.submission import text
from csdi.access import Action, Principal, Role, require
from csdi.errors import NotFound, TooManyRequests, ValueInvalid
from csdi.extent import rfc3339
from csdi.feature import Feature
from csdi.filter import Instant, Op, Property
from csdi.store.base import Store
from twin.maintenance.agreed import Agreed
from twin.maintenance.orders import Orders, of_asset
from twin.maintenance.schemas import CODES, ORDERS, REPORTS
from twin.maintenance.states import State
from twin.register.keeping import both, equals

Json = dict[str, Any]
_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"
_CODE_LENGTH = 12
"""60 bits: nobody finds one by trying."""
_ANYBODY = Principal("somebody with the label", Role.EDITOR)
"""Who writes what the public tells; it can tell faults of the one Asset whose code it has, and nothing else."""
LONGEST_REPORT, LONGEST_CONTACT = 4000, 200
LANGUAGES = ("en", "zh-Hant", "zh-Hans")


@dataclass(frozen=True, slots=True)
class Told:
    """What somebody who told of a fault is given.

    Attributes:
        number: of the report.
        receipt: the secret part of the address where its state is seen; nobody is told it again.
        order: number of the work order.
    """

    number: str
    receipt: str
    order: str


class Faults:
    """Codes on labels and what is told through them."""

    def __init__(self, store: Store, agreed: Agreed) -> None:
        self._orders = Orders(store, _ANYBODY, agreed)
        self.register, self._limits = self._orders.register, agreed.limits

    def code(self, asset: str, principal: Principal) -> str:
        """The code of an Asset's label, made where there is none. Raises NotFound, AccessDenied."""
        require(principal, Action.READ)
        return self.codes([self.register.asset(asset)], principal)[0]

    def codes(self, assets: Sequence[Feature], principal: Principal) -> list[str]:
        """The codes of the labels of these Assets, in their order. Raises AccessDenied."""
        require(principal, Action.READ)
        known = {row.properties["asset"]: row.id for row in self.register.every(CODES) if not row.properties.get("revoked")}
        if missing := [asset for asset in assets if asset.id not in known]:
            with self._orders.writing() as raising:
                for asset in missing:
                    code = "".join(secrets.choice(_ALPHABET) for _ in range(_CODE_LENGTH))
                    raising.write.add(CODES, Feature(code, None, {"asset": asset.id, "created": raising.write.now}), "label-made")
                    known[asset.id] = code
        return [known[asset.id] for asset in assets]

    def revoke(self, code: str, principal: Principal) -> None:
        """Let nobody tell anything through this code any more. Raises NotFound, AccessDenied."""
        require(principal, Action.EDIT)
        self.asset(code)
        with self._orders.writing() as raising:
            raising.write.edit(CODES, code, {"revoked": raising.write.now}, "label-revoked")

    def asset(self, code: str) -> Feature:
        """The Asset of a code. Raises NotFound, the same for a code that never was and one that was revoked."""
        folded = code.strip().lower().replace("o", "0").replace("i", "1").replace("l", "1")
        try:
            row = self.register.store.feature(CODES, folded)
            if not row.properties.get("revoked"):
                return self.register.asset(row.properties["asset"])
        except NotFound:
            pass
        raise NotFound("this label is not in use", remedy="tell the operator of the building")

    def tell(self, code: str, given: Mapping[str, Any], address: str, attachments: Sequence[Json] = ()) -> Told:
        """A fault of the Asset with this code: a report, and a work order that carries all that came with it.

        Args:
            given: `text`, and if somebody wants `contact` and `language`.
            address: where it comes from, of which only a digest of the day is kept.
            attachments: what `files.kept` said.

        Raises:
            NotFound: no label has this code.
            ValueInvalid: nothing is said, or too much.
            TooManyRequests: too much was told from there, or of this Asset, just now.
        """
        asset = self.asset(code)
        said, contact = _short(given.get("text"), "text", LONGEST_REPORT), _short(given.get("contact"), "contact", LONGEST_CONTACT)
        if not said:
            raise ValueInvalid("say what is wrong", field="text", remedy="a few words are enough")
        language = given.get("language") if given.get("language") in LANGUAGES else "en"
        receipt, id = secrets.token_urlsafe(18), f"fr-{uuid.uuid4().hex[:12]}"
        with self._orders.writing() as raising:
            write = raising.write
            where = from_where(address, write.moment)
            self._check_often(asset.id, where, write.moment)
            order = raising.order(asset, {
                "title": said.splitlines()[0][:120], "description": said, "origin": "fault", "report": id,
                "reported_by": contact or _ANYBODY.id, "attachments": [dict(one) for one in attachments] or None}, state=State.REPORTED)
            number = order.properties["number"].replace("WO-", "FR-")
            write.add(REPORTS, Feature(id, None, {
                **of_asset(asset), "number": number, "text": said, "contact": contact or None, "language": language, "at": write.now,
                "from_where": where, "order": order.id, "receipt": _digest(receipt),
                "attachments": [dict(one) for one in attachments] or None}), "fault-told")
        return Told(number, f"{id}.{receipt}", order.properties["number"])

    def check_often(self, code: str, address: str, moment: datetime) -> None:
        """Do nothing where one may tell of a fault now. Raises NotFound, TooManyRequests."""
        self._check_often(self.asset(code).id, from_where(address, moment), moment)

    def status(self, receipt: str) -> Json:
        """What somebody with a receipt sees of what they told. Raises NotFound."""
        id, _, secret = receipt.partition(".")
        try:
            row = self.register.store.feature(REPORTS, id)
        except NotFound:
            row = None
        if row is None or not hmac.compare_digest(row.properties["receipt"], _digest(secret)):
            raise NotFound("there is no such receipt", remedy="use the address that you were given, unchanged")
        p, order = row.properties, self.register.store.feature(ORDERS, row.properties["order"]).properties
        return {"number": p["number"], "at": p["at"], "text": p["text"], "asset_name": p.get("asset_name"), "asset_tag": p.get("asset_tag"),
                "language": p.get("language"), "state": order["state"], "due_at": order.get("due_at"), "done_at": order.get("done_at"),
                "remedy": order.get("remedy") if order["state"] in (State.DONE, State.CLOSED) else None}

    def _check_often(self, asset: str, where: str, moment: datetime) -> None:
        minutes = self._limits["within_minutes"]
        lately = Op(">", (Property("at"), Instant(rfc3339(moment - timedelta(minutes=minutes)))))
        for test, most in ((equals("from_where", where), self._limits["per_address"]), (equals("asset", asset), self._limits["per_asset"])):
            if self.register.count(REPORTS, both(test, lately)) >= most:
                raise TooManyRequests(f"{most} reports within {minutes} minutes are enough", retry_after_s=minutes * 60,
                                      remedy="thank you; if somebody is in danger, call the emergency number on site")


def from_where(address: str, moment: datetime) -> str:
    """A digest of an address and the day, so that nobody is known by it the day after."""
    return hashlib.sha256(f"{moment.date().isoformat()} {address}".encode()).hexdigest()[:24]


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


def _short(value: Any, name: str, most: int) -> str:
    said = text(value or "", name)
    if len(said) > most:
        raise ValueInvalid(f"'{name}' has at most {most} characters", field=name, remedy="say it shorter")
    return said
