from __future__ import annotations

import io

import pytest
from PIL import Image

from csdi.blobs import Blobs
from csdi.errors import FileBroken, FileTooLarge, FormatUnknown, NotFound, TooManyRequests, ValueInvalid
from csdi.store import Store, open_store
from tests.twin.maintenance.site import EDITOR, READER, orders, stocked
from twin.maintenance import files
from twin.maintenance.agreed import Agreed
from twin.maintenance.faults import Faults
from twin.maintenance.schemas import ORDERS, REPORTS
from twin.register.keeping import Register


@pytest.fixture
def store() -> Store:
    return stocked(open_store("memory:"))


def faults(store: Store) -> Faults:
    return Faults(store, Agreed.of(store))


def test_a_fault_becomes_an_order_with_its_photos_and_the_receipt_follows_it(store: Store) -> None:
    code = faults(store).code("B-PUMP-1", READER)
    photo = {"sha256": "1" * 64, "media": "image/jpeg", "size": 3}
    told = faults(store).tell(code, {"text": "水泵漏水\nunder the base", "contact": "9123 4567", "language": "zh-Hant"}, "10.0.0.7", [photo])
    order = orders(store).order(told.order)
    assert (order.properties["state"], order.properties["title"], order.properties["attachments"]) == ("reported", "水泵漏水", [photo])
    assert faults(store).status(told.receipt)["state"] == "reported"
    for state, said in (("open", {}), ("in-progress", {}), ("done", {"remedy": "已更換軸封"})):
        orders(store).lead(order.id, state, said)
    seen = faults(store).status(told.receipt)
    assert (seen["state"], seen["remedy"]) == ("done", "已更換軸封")
    assert "contact" not in seen
    assert "assignee" not in seen
    assert orders(store).order(order.id).properties["attachments"] == [photo]


def test_a_label_keeps_its_code_until_it_is_revoked(store: Store) -> None:
    code = faults(store).code("B-PUMP-1", READER)
    assert faults(store).code("a-000000000001", READER) == code
    assert faults(store).asset(code.upper()).id == "a-000000000001"
    faults(store).revoke(code, EDITOR)
    for gone in (code, "000000000000", "../../etc"):
        with pytest.raises(NotFound) as caught:
            faults(store).asset(gone)
        assert caught.value.message == "this label is not in use"
    assert faults(store).code("B-PUMP-1", READER) != code


def test_codes_cannot_be_guessed_from_one_another(store: Store) -> None:
    codes = faults(store).codes(list(Register(store).every("asset-register")), READER)
    assert len(set(codes)) == 3
    assert all(len(code) == 12 for code in codes)


def test_too_many_reports_from_one_place_or_of_one_asset_are_refused_and_not_kept(store: Store) -> None:
    code, limits = faults(store).code("B-PUMP-1", READER), Agreed.of(store).limits
    for _ in range(limits["per_address"]):
        faults(store).tell(code, {"text": "x"}, "10.0.0.7")
    with pytest.raises(TooManyRequests) as caught:
        faults(store).tell(code, {"text": "x"}, "10.0.0.7")
    assert caught.value.data["retry_after_s"] == 3600
    for number in range(limits["per_asset"] - limits["per_address"]):
        faults(store).tell(code, {"text": "x"}, f"10.0.1.{number}")
    with pytest.raises(TooManyRequests):
        faults(store).tell(code, {"text": "x"}, "10.0.2.1")
    assert Register(store).count(REPORTS) == Register(store).count(ORDERS) == limits["per_asset"]
    faults(store).tell(faults(store).code("B-PUMP-2", READER), {"text": "x"}, "10.0.2.1")


def test_addresses_are_not_kept(store: Store) -> None:
    faults(store).tell(faults(store).code("B-PUMP-1", READER), {"text": "x"}, "203.0.113.77")
    assert all("203.0.113.77" not in str(row.properties) for row in Register(store).every(REPORTS))


@pytest.mark.parametrize("given", [{}, {"text": "  "}, {"text": "x" * 4001}, {"text": "x", "contact": "y" * 201}, {"text": "\x00"}])
def test_reports_that_say_nothing_or_too_much_are_refused(store: Store, given: dict[str, str]) -> None:
    with pytest.raises(ValueInvalid):
        faults(store).tell(faults(store).code("B-PUMP-1", READER), given, "10.0.0.7")


def test_wrong_receipts_show_nothing(store: Store) -> None:
    told = faults(store).tell(faults(store).code("B-PUMP-1", READER), {"text": "x"}, "10.0.0.7")
    for wrong in ("", "x", told.receipt[:-1], told.receipt.split(".")[0], told.receipt + "x"):
        with pytest.raises(NotFound):
            faults(store).status(wrong)


def picture(kind: str = "JPEG", size: tuple[int, int] = (60, 40), **more: object) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", size, "red").save(out, kind, **more)
    return out.getvalue()


def test_pictures_lose_what_the_camera_noted_and_stand_upright() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    exif.get_ifd(0x8825)[2] = (22.0, 18.0, 30.0)
    blobs = Blobs("memory:///")
    said = files.kept(blobs, picture(exif=exif), "IMG 1.jpg")
    with Image.open(io.BytesIO(blobs.get(said["sha256"]))) as kept:
        assert kept.size == (40, 60)
        assert not kept.getexif()
    assert said["media"] == "image/jpeg"
    assert said["name"] == "IMG 1.jpg"


def test_files_that_are_no_pictures_are_refused() -> None:
    blobs = Blobs("memory:///")
    for data, wrong in ((b"<svg onload=alert(1)>", FormatUnknown), (picture()[:200], FileBroken), (b"", FormatUnknown),
                        (b"x" * (files.MOST_BYTES + 1), FileTooLarge), (picture("PNG", (9000, 8000)), FileTooLarge)):
        with pytest.raises(wrong):
            files.kept(blobs, data)
