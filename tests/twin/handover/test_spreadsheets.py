"""Spreadsheets of the register: out, changed, looked at, and in again."""

from __future__ import annotations

import csv
import random
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from csdi.errors import AssetInvalid, Conflict
from tests.twin.handover.conftest import EDITOR
from twin.handover.books import read_book
from twin.handover.exporting import export_assets
from twin.handover.importing import take_book
from twin.handover.plans import Plan, insist
from twin.questions.finding import Criteria
from twin.register.editing import Editor
from twin.register.keeping import Register
from twin.register.rules import Rules
from twin.register.schemas import ASSETS
from twin.register.verifying import verified


def exported(register: Register, rules: Rules, path: Path, **more: Any) -> Path:
    return export_assets(register.store, rules, EDITOR, path, format=path.suffix[1:], **more).path


def preview(register: Register, rules: Rules, path: Path) -> Plan:
    return take_book(register.trying("ann"), rules, read_book(path))


def apply(register: Register, rules: Rules, path: Path, *, leave_out: bool = False, digest: str = "") -> Plan:
    with register.writing("ann", "import") as writing:
        plan = take_book(writing, rules, read_book(path))
        insist(plan, leave_out=leave_out, digest=digest)
    return plan


def sheet_of(path: Path) -> tuple[Any, Any, dict[str, int]]:
    book = openpyxl.load_workbook(path)
    page = book["assets"]
    return book, page, {str(cell.value): int(cell.column or 0) for cell in page[2]}


@pytest.mark.parametrize("pumps", [300])
@pytest.mark.usefixtures("pumps")
def test_200_cells_changed_10_rows_added_5_broken(register: Register, rules: Rules, tmp_path: Path) -> None:
    book, page, at = sheet_of(exported(register, rules, tmp_path / "a.xlsx", language="zh-Hant"))
    assert page.cell(1, at["manufacturer"]).value == "製造商"
    for row in range(3, 203):
        page.cell(row, at["serial"]).value = f"NEW-{row}"
    taken = page.cell(210, at["tag"]).value
    for n in range(10):
        for name, value in (("name", f"Added {n}"), ("asset_class", "pump"), ("location", page.cell(3, at["location"]).value)):
            page.cell(400 + n, at[name]).value = value
    wrong = {"asset_class": (250, "no-such-class", "asset-class-unknown"), "location": (251, "Nowhere / At all", "asset-location-missing"),
             "warranty_end": (252, "31/02/2027", "sheet-value-unreadable"), "tag": (253, taken, "asset-tag-taken"),
             "description": (254, "=HYPERLINK(\"http://x\",\"y\")", "sheet-formula")}
    for name, (row, value, _) in wrong.items():
        page.cell(row, at[name]).value = value
    book.save(tmp_path / "b.xlsx")
    before = register.head.number  # type: ignore[union-attr]

    plan = preview(register, rules, tmp_path / "b.xlsx")
    assert dict(plan.counts) | {"unchanged": 0} == {"changed": 200, "new": 10, "error": 5, "unchanged": 0}
    found = {(fault.data["row"], fault.data["column"], fault.code) for fault in plan.faults}
    assert found == {(row, name, code) for name, (row, _, code) in wrong.items()}
    for name, (row, _, _) in wrong.items():
        assert f"{openpyxl.utils.get_column_letter(at[name])}{row}" in {one.data["cell"] for one in plan.faults}
    assert all(fault.cure for fault in plan.faults)
    assert register.head.number == before  # type: ignore[union-attr]

    with pytest.raises(AssetInvalid):
        apply(register, rules, tmp_path / "b.xlsx")
    assert register.head.number == before  # type: ignore[union-attr]
    assert register.count(ASSETS) == 304

    done = apply(register, rules, tmp_path / "b.xlsx", leave_out=True, digest=plan.digest)
    assert (done.counts["changed"], done.counts["new"], register.count(ASSETS)) == (200, 10, 314)
    entries = [one for one in register.entries() if one.number > before and one.collection == ASSETS]
    assert len(entries) == 210
    assert {one.what for one in entries} == {"imported", "added"}
    assert verified(register).is_right


@pytest.mark.parametrize("suffix", ["xlsx", "csv"])
def test_an_export_comes_back_unchanged(register: Register, rules: Rules, tmp_path: Path, suffix: str) -> None:
    with register.writing("ann") as writing:
        pump = Editor(writing, rules).change(register.rows(ASSETS)[0].id, {
            "name": "=1+1", "description": " '=quoted\r\nand more\x0b ", "serial": "00123", "supplier": "+852 2182 8888", "product": "1E5",
            "cost": 12.5,
            "condition": 2, "properties": {"own": "@x", "flow": 0.1}})
    path = exported(register, rules, tmp_path / f"a.{suffix}")
    plan = preview(register, rules, path)
    assert (plan.faults, dict(plan.counts)) == ([], {"unchanged": register.count(ASSETS)}), plan.to_dict()
    if suffix == "csv":
        with path.open(encoding="utf-8-sig", newline="") as source:
            said = [cell for row in csv.reader(source) for cell in row]
        assert "'=1+1" in said
        assert not [cell for cell in said if cell[:1] in "=@+" and cell[:1]]
    else:
        assert not [cell for page in openpyxl.load_workbook(path) for row in page for cell in row if cell.data_type == "f"]
    assert pump.properties["serial"] == "00123"


class Desk:
    """Register and rules, which say little of themselves."""

    def __init__(self, register: Register, rules: Rules) -> None:
        self.register, self.rules = register, rules


@pytest.fixture
def desk(register: Register, rules: Rules) -> Desk:
    return Desk(register, rules)


_TEXTS = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=40).filter(lambda text: text.strip() and "\0" not in text)


@settings(max_examples=12, deadline=None, phases=[Phase.explicit, Phase.reuse, Phase.generate],
          suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(texts=st.lists(_TEXTS, min_size=3, max_size=3), number=st.floats(-9e307, 9e307),  # a workbook holds no larger ones
       suffix=st.sampled_from(["xlsx", "csv"]),
       day=st.dates())
def test_whatever_an_asset_says_comes_back_unchanged(desk: Desk, tmp_path: Path, texts: list[str], number: float, suffix: str,
                                                     day: Any) -> None:
    register, rules = desk.register, desk.rules
    said = dict(zip(("name", "description", "serial"), texts, strict=True)) | {"cost": number, "warranty_end": day.isoformat(),
                                                                               "properties": {"flow_rate": number}}
    with register.writing("ann") as writing:
        Editor(writing, rules).change(register.rows(ASSETS)[0].id, said)
    plan = preview(register, rules, exported(register, rules, tmp_path / f"p.{suffix}"))
    assert (plan.faults, set(plan.counts)) == ([], {"unchanged"}), plan.to_dict()


def test_a_row_that_was_changed_since_the_export_is_a_conflict_unless_its_own_cells_are_as_they_were(register: Register, rules: Rules,
        tmp_path: Path) -> None:
    book, page, at = sheet_of(exported(register, rules, tmp_path / "a.xlsx"))
    first, second = page.cell(3, at["id"]).value, page.cell(4, at["id"]).value
    with register.writing("bob", "meanwhile") as writing:
        for id in (first, second):
            Editor(writing, rules).change(id, {"condition": 4})
    page.cell(3, at["condition"]).value = 2
    book.save(tmp_path / "b.xlsx")
    plan = preview(register, rules, tmp_path / "b.xlsx")
    assert (plan.counts["conflict"], plan.counts["unchanged"]) == (1, register.count(ASSETS) - 1)
    (fault,) = plan.faults
    assert (fault.code, fault.data["column"]) == ("asset-changed-since", "condition")
    apply(register, rules, tmp_path / "b.xlsx", leave_out=True)
    assert register.row(ASSETS, first).properties["condition"] == 4


def test_what_was_looked_at_is_what_is_applied(register: Register, rules: Rules, tmp_path: Path) -> None:
    book, page, at = sheet_of(exported(register, rules, tmp_path / "a.xlsx", columns=["name", "condition"]))
    page.cell(3, at["condition"]).value = 2
    page.cell(3, at["revision"]).value = None
    book.save(tmp_path / "b.xlsx")
    seen = preview(register, rules, tmp_path / "b.xlsx").digest
    with register.writing("bob") as writing:
        Editor(writing, rules).change(page.cell(3, at["id"]).value, {"condition": 5})
    with pytest.raises(Conflict, match="changed since"):
        apply(register, rules, tmp_path / "b.xlsx", digest=seen)


@pytest.mark.parametrize("encoding", ["big5hkscs", "gb18030", "utf-8-sig", "utf-16"])
def test_a_csv_of_tags_in_any_encoding_with_full_width_digits(register: Register, rules: Rules, tmp_path: Path, encoding: str) -> None:
    row = next(one for one in register.rows(ASSETS) if one.properties["asset_class"] == "pump")
    titles = "資產編號,狀況(1 良好至 5 失效),說明,保養期屆滿日期" if encoding != "gb18030" else "资产编号,状况(1 良好至 5 失效),说明,保修期届满日期"
    text = f"{titles}\r\n{row.properties['tag']},３,機房水泵已維修,２０２７年１月３１日\r\n" if encoding != "gb18030" else \
        f"{titles}\r\n{row.properties['tag']},３,机房水泵已维修,２０２７年１月３１日\r\n"
    (tmp_path / "a.csv").write_bytes(text.encode(encoding))
    plan = apply(register, rules, tmp_path / "a.csv")
    assert plan.counts["changed"] == 1
    now = register.row(ASSETS, row.id).properties
    assert (now["condition"], now["warranty_end"], now["description"][:1]) == (3, "2027-01-31", "機" if encoding != "gb18030" else "机")


def test_numbers_as_text_are_numbers_and_units_are_not(register: Register, rules: Rules, tmp_path: Path) -> None:
    tags = [one.properties["tag"] for one in register.rows(ASSETS)][:3]
    (tmp_path / "a.csv").write_text("tag,cost\n" + "\n".join(f'{tag},"{cost}"' for tag,
                                                             cost in zip(tags, ("1,250.50", "12 kW", "１２"), strict=True)))
    plan = preview(register, rules, tmp_path / "a.csv")
    assert [change.new for one in plan.outcomes for change in one.changes] == [1250.5, 12]
    assert [(one.code, one.data["cell"], one.measured) for one in plan.faults] == [("sheet-value-unreadable", "B3", "12 kW")]


def test_merged_cells_hidden_sheets_and_locked_columns_are_told(register: Register, rules: Rules, tmp_path: Path) -> None:
    book, page, at = sheet_of(exported(register, rules, tmp_path / "a.xlsx"))
    page.merge_cells(start_row=3, end_row=4, start_column=at["name"], end_column=at["name"])
    page.cell(5, at["storey_name"]).value = "Roof"
    hidden = book.copy_worksheet(page)
    hidden.sheet_state = "hidden"
    book.save(tmp_path / "b.xlsx")
    plan = preview(register, rules, tmp_path / "b.xlsx")
    assert [one.code for one in plan.findings] == ["sheet-not-read"]
    assert {(one.row, fault.code) for one in plan.outcomes for fault in one.findings if fault.code != "sheet-value-missing"} == {
        (3, "sheet-cell-merged"), (4, "sheet-cell-merged"), (5, "sheet-cell-locked")}


def test_a_part_may_come_before_its_whole_and_clearing_a_cell_takes_the_value_away(register: Register, rules: Rules,
                                                                                   tmp_path: Path) -> None:
    book, page, at = sheet_of(exported(register, rules, tmp_path / "a.xlsx", criteria=Criteria(asset_class="pump")))
    row = next(r for r in (3, 4) if page.cell(r, at["manufacturer"]).value)
    page.cell(row, at["manufacturer"]).value = None
    for n, (tag, parent) in enumerate((("CHILD", "WHOLE"), ("WHOLE", None))):
        for name, value in (("tag", tag), ("asset_class", "水泵"), ("parent", parent)):
            page.cell(10 + n, at[name]).value = value
    book.save(tmp_path / "b.xlsx")
    plan = apply(register, rules, tmp_path / "b.xlsx")
    assert (plan.counts["new"], plan.counts["changed"]) == (2, 1)
    assert register.asset("CHILD").properties["parent"] == register.asset("WHOLE").id
    assert "manufacturer" not in {k for k, v in register.row(ASSETS, page.cell(row, at["id"]).value).properties.items() if v is not None}


def test_an_id_that_is_not_there_twice_the_same_row_and_no_heading(register: Register, rules: Rules, tmp_path: Path) -> None:
    id = register.rows(ASSETS)[0].id
    (tmp_path / "a.csv").write_text(f"id,name\n{id},A\n{id},B\na-000000000000,C\n")
    plan = preview(register, rules, tmp_path / "a.csv")
    assert {(one.data["row"], one.code) for one in plan.faults} == {(3, "sheet-row-twice"), (4, "asset-missing")}
    (tmp_path / "b.csv").write_text("x,y\n1,2\n")
    stopped = preview(register, rules, tmp_path / "b.csv")
    assert stopped.is_stopped
    with pytest.raises(AssetInvalid):
        apply(register, rules, tmp_path / "b.csv", leave_out=True)


def test_random_bytes_never_break_the_reader(tmp_path: Path) -> None:
    from csdi.errors import CsdiError
    source = random.Random(8)
    for n in range(60):
        path = tmp_path / f"{n}.bin"
        path.write_bytes((b"PK\x03\x04" if n % 3 == 0 else b"") + source.randbytes(source.randint(1, 400)))
        try:
            read_book(path)
        except CsdiError as error:
            assert error.code in ("format-unknown", "file-broken", "archive-hostile")
