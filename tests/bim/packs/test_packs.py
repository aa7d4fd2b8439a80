"""Rule packs as folders: begun, tried, signed, published; and what a pack of a stranger is refused for."""

from __future__ import annotations

import json
import stat
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

from bim.audit import Plan, audit
from bim.audit.trial import try_pack
from bim.check import Outcome
from bim.packs import published, read_pack, shipped
from bim.packs.measurement import Measurement
from bim.packs.publishing import begin, put
from bim.packs.rule import read_rule
from bim.packs.samples import Samples
from bim.packs.signature import signing_key
from bim.rules_cli import app
from csdi.errors import CollectionExists, FileBroken, FileTooLarge, InputError, PathMissing, ValueInvalid
from tests.bim.small import Small

RUN = CliRunner()


@pytest.fixture
def begun(tmp_path: Path) -> Path:
    begin(tmp_path / "my-rules")
    return tmp_path / "my-rules"


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("CSDI_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


def change(file: Path, old: str, new: str) -> None:
    text = file.read_text(encoding="utf-8")
    assert old in text
    file.write_text(text.replace(old, new), encoding="utf-8")


# --- beginning and trying ----------------------------------------------------------------------------------------------------------------


def test_a_pack_that_is_begun_passes_its_own_test(begun: Path) -> None:
    tried = try_pack(read_pack(begun))
    assert tried.is_right
    assert {one.kind for one in tried.trials} == {"pass", "fail", "na"}


def test_nothing_is_begun_where_something_is(begun: Path, tmp_path: Path) -> None:
    with pytest.raises(CollectionExists):
        begin(begun)
    with pytest.raises(ValueInvalid, match="id 'My Rules' is not allowed"):
        begin(tmp_path / "My Rules")
    assert not (tmp_path / "My Rules").exists()


def test_a_rule_that_finds_nothing_wrong_is_found_out(begun: Path) -> None:
    change(begun / "rules" / "1-walls.yaml", "{in: {table: wall-names}}", "{present: true}")
    tried = try_pack(read_pack(begun))
    (wrong,) = tried.wrong
    assert not tried.is_right
    assert (wrong.kind, wrong.expected, wrong.got) == ("fail", Outcome.FAIL, Outcome.PASS)


def test_a_rule_that_finds_too_much_is_found_out(begun: Path) -> None:
    change(begun / "tables" / "wall-names.csv", "Parapet", "Another")
    assert {one.kind for one in try_pack(read_pack(begun)).wrong} == {"pass"}


def test_a_note_must_have_found_something(begun: Path) -> None:
    change(begun / "rules" / "1-walls.yaml", "severity: error", "severity: note")
    assert try_pack(read_pack(begun)).is_right
    change(begun / "rules" / "1-walls.yaml", "{in: {table: wall-names}}", "{present: true}")
    assert [one.kind for one in try_pack(read_pack(begun)).wrong] == ["fail"]


def test_a_rule_without_samples_and_a_sample_that_is_not_there_are_told(begun: Path) -> None:
    change(begun / "rules" / "1-walls.yaml", "fail: [bad.ifc]", "na: [gone.ifc]")
    change(begun / "rules" / "1-walls.yaml", ", na: [bare.ifc]", "")
    tried = try_pack(read_pack(begun))
    assert tried.untried == {"MYR-001": ("fail",)}
    assert [(one.sample, one.got) for one in tried.wrong] == [("gone.ifc", None)]


def test_an_ids_file_that_is_invalid_is_told(begun: Path) -> None:
    (begun / "ids").mkdir()
    (begun / "ids" / "rooms.ids").write_text("<ids/>")
    tried = try_pack(read_pack(begun))
    assert list(tried.invalid) == ["rooms.ids"]
    assert not tried.is_right


@pytest.mark.parametrize("name", ["../good.ifc", "/etc/passwd", "sub/good.ifc", "good.txt", "", "..\\good.ifc"])
def test_samples_are_names_and_not_paths(begun: Path, tmp_path: Path, name: str) -> None:
    with pytest.raises(ValueInvalid, match="no name of a sample"):
        Samples(begun).write(name, tmp_path)


def test_an_edit_must_find_what_it_edits_and_may_not_go_in_circles(begun: Path, tmp_path: Path) -> None:
    (begun / "samples" / "edits.yaml").write_text(yaml.safe_dump({
        "a.ifc": {"from": "house.ifc", "replace": {"'No such wall'": "$"}}, "b.ifc": {"from": "b.ifc"},
        "c.ifc": {"from": "house.ifc", "drop": ["IFCMAPCONVERSION"]}}))
    samples = Samples(begun)
    with pytest.raises(ValueInvalid, match="is not in the file"):
        samples.write("a.ifc", tmp_path)
    with pytest.raises(PathMissing):
        samples.write("b.ifc", tmp_path)
    assert "IFCMAPCONVERSION" not in samples.write("c.ifc", tmp_path).read_text()


def test_layers_of_samples_are_names_too(begun: Path) -> None:
    (begun / "samples" / "layers").mkdir()
    (begun / "samples" / "edits.geojson").write_text('{"features": []}')
    ground = Samples(begun).ground
    assert ground.layer("../edits") is None
    (begun / "samples" / "layers" / "lots.geojson").write_text("{")
    with pytest.raises(FileBroken):
        ground.layer("lots")


# --- signing and publishing --------------------------------------------------------------------------------------------------------------


def test_a_published_pack_is_signed_and_found_by_its_id(begun: Path, tmp_path: Path) -> None:
    key = tmp_path / "keys" / "signing.key"
    made = put(read_pack(begun), tmp_path / "shelf", key)
    assert made.signature.state == "signed"
    assert made.signature.key == signing_key(key).public_key().public_bytes_raw().hex()
    assert stat.S_IMODE(key.stat().st_mode) == 0o600
    assert read_pack("my-rules", tmp_path / "shelf").digest == read_pack(begun).digest
    assert read_pack("my-rules@0.1.0", tmp_path / "shelf").folder == made.folder
    assert read_pack(begun).signature.state == "unsigned"


def test_the_report_says_whether_a_pack_is_signed(begun: Path, tmp_path: Path) -> None:
    signed = put(read_pack(begun), tmp_path / "shelf", tmp_path / "key")
    report = audit(Small().write(tmp_path), Plan(packs=(signed,), normative=False, express=False)).report
    assert report.to_dict()["packs"][0]["signature"] == {"state": "signed", "key": signed.signature.key}


@pytest.mark.parametrize("file", ["rules/1-walls.yaml", "tables/wall-names.csv", "samples/edits.yaml", "pack.yaml"])
def test_a_file_that_is_changed_breaks_the_signature(begun: Path, tmp_path: Path, file: str) -> None:
    folder = put(read_pack(begun), tmp_path / "shelf", tmp_path / "key").folder
    with (folder / file).open("a") as text:
        text.write("\n" if file.endswith("yaml") else "More,\n")
    assert read_pack(folder).signature.state == "broken"


def test_a_file_that_is_added_or_taken_away_breaks_the_signature(begun: Path, tmp_path: Path) -> None:
    folder = put(read_pack(begun), tmp_path / "shelf", tmp_path / "key").folder
    (folder / "rules" / "more.yaml").write_text("[]")
    assert read_pack(folder).signature.state == "broken"
    (folder / "rules" / "more.yaml").unlink()
    assert read_pack(folder).signature.state == "signed"
    (folder / "samples" / "bare.ifc").unlink()
    assert read_pack(folder).signature.state == "broken"


@pytest.mark.parametrize("text", ["", "{}", "[]", "null", '{"algorithm": "Ed25519", "key": "00", "signature": "00"}', "{" * 5000,
                                  '{"algorithm": "none", "key": "' + "0" * 64 + '", "signature": "00"}', "\udcff"])
def test_a_signature_that_is_none_is_broken_and_raises_nothing(begun: Path, text: str) -> None:
    (begun / "pack.sig").write_bytes(text.encode("utf-8", "surrogateescape"))
    assert read_pack(begun).signature.state == "broken"


def test_another_key_over_the_same_files_is_another_signer(begun: Path, tmp_path: Path) -> None:
    first = put(read_pack(begun), tmp_path / "one", tmp_path / "key1")
    second = put(read_pack(begun), tmp_path / "two", tmp_path / "key2")
    assert first.signature.key != second.signature.key
    said = json.loads((first.folder / "pack.sig").read_text()) | {"key": second.signature.key}
    (first.folder / "pack.sig").write_text(json.dumps(said))
    assert read_pack(first.folder).signature.state == "broken"


def test_a_version_that_is_published_does_not_change(begun: Path, tmp_path: Path) -> None:
    shelf, key = tmp_path / "shelf", tmp_path / "key"
    first = put(read_pack(begun), shelf, key)
    assert put(read_pack(begun), shelf, key) == first
    change(begun / "tables" / "wall-names.csv", "Parapet", "Another")
    with pytest.raises(CollectionExists):
        put(read_pack(begun), shelf, key)
    change(begun / "pack.yaml", "0.1.0", "0.10.0")
    put(read_pack(begun), shelf, key)
    change(begun / "pack.yaml", "0.10.0", "0.9.0")
    put(read_pack(begun), shelf, key)
    assert read_pack("my-rules", shelf).version == "0.10.0"
    assert sorted(published(shelf)) == ["my-rules", "my-rules@0.1.0", "my-rules@0.10.0", "my-rules@0.9.0"]


def test_the_id_of_a_pack_that_ships_is_taken(begun: Path, tmp_path: Path) -> None:
    change(begun / "pack.yaml", "id: my-rules", "id: common")
    with pytest.raises(CollectionExists, match="ships"):
        put(read_pack(begun), tmp_path / "shelf", tmp_path / "key")


def test_what_changes_while_it_is_tried_is_not_published(begun: Path, tmp_path: Path) -> None:
    pack = read_pack(begun)
    change(begun / "tables" / "wall-names.csv", "Parapet", "Another")
    with pytest.raises(ValueInvalid, match="changed"):
        put(pack, tmp_path / "shelf", tmp_path / "key")
    assert published(tmp_path / "shelf") == {}


def test_a_key_file_that_holds_no_key_is_refused(tmp_path: Path) -> None:
    (tmp_path / "key").write_text("not a key")
    with pytest.raises(FileBroken):
        signing_key(tmp_path / "key")


# --- packs of strangers ------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("text", "said"), [
    ("a: &a [1, 2]\nb: *a\n", "anchors"), ("[" * 20_000, "deeply|parsing|flow"), ("- id: A\n  id: B\n", "twice"),
    ("- !!python/object/apply:os.system [ls]\n", "constructor"), ("a: \x00", "special characters"), ("# " + "x" * (1 << 20), "1 MB"),
])
def test_yaml_that_could_harm_is_refused(begun: Path, text: str, said: str) -> None:
    (begun / "rules" / "2.yaml").write_text(text)
    with pytest.raises((FileBroken, FileTooLarge), match=said):
        read_pack(begun)


def test_a_pattern_that_would_explode_elsewhere_is_matched_at_once(begun: Path) -> None:
    change(begun / "rules" / "1-walls.yaml", "{in: {table: wall-names}}", '{pattern: "(a|aa|a?)*(.*.*)*[bc]"}')
    change(begun / "rules" / "1-walls.yaml", 'select: "IfcWall"', 'select: "IfcWall, Name=/(a|a)*(a*)*x|(.*)*P.*/"')
    change(begun / "samples" / "edits.yaml", "'Wall 7'", "'P" + "a" * 5000 + "'")
    pack = read_pack(begun)
    started = time.process_time()
    found = {one.kind: one.got for one in try_pack(pack).trials}
    assert time.process_time() - started < 20
    assert found["fail"] is Outcome.FAIL


@pytest.mark.parametrize(("field", "value"), [("require", {"pattern": "(?<=a)b"}), ("require", {"pattern": "(a)\\1"}),
                                              ("select", "IfcWall, Name=/(?=a)b/"), ("require", {"pattern": "(a{900}){900}"})])
def test_patterns_that_the_automaton_does_not_have_are_refused(begun: Path, field: str, value: Any) -> None:
    rule = {"id": "X", "title": "x", "select": "IfcWall", "measure": {"op": "attribute", "name": "name"}, field: value}
    (begun / "rules" / "2.yaml").write_text(yaml.safe_dump(rule))
    with pytest.raises(ValueInvalid, match="rule X"):
        read_pack(begun)


def test_a_huge_table_is_refused(begun: Path) -> None:
    (begun / "tables" / "big.csv").write_text("a\n" + "1\n" * 100_001)
    with pytest.raises(FileTooLarge, match="rows"):
        read_pack(begun)
    (begun / "tables" / "big.csv").write_bytes(b"a\n" + b"1" * (17 << 20))
    with pytest.raises(FileTooLarge, match="16 MB"):
        read_pack(begun)


@pytest.mark.parametrize("text", [b"a\n\xff\n", b"a\n1,2\n", b'a\n"1\n'])
def test_a_table_that_is_none_is_refused(begun: Path, text: bytes) -> None:
    (begun / "tables" / "odd.csv").write_bytes(text)
    with pytest.raises(FileBroken):
        read_pack(begun)


def test_links_lead_nowhere(begun: Path, tmp_path: Path) -> None:
    (tmp_path / "secret.csv").write_text("a\n1\n")
    (begun / "tables" / "secret.csv").symlink_to(tmp_path / "secret.csv")
    with pytest.raises(ValueInvalid, match="links"):
        read_pack(begun)


@pytest.mark.parametrize("name", ["../wall-names", "/etc/passwd", "tables/wall-names"])
def test_tables_are_names_and_not_paths(begun: Path, name: str) -> None:
    change(begun / "rules" / "1-walls.yaml", "table: wall-names", f"table: {name}")
    with pytest.raises(ValueInvalid, match="there is no table"):
        read_pack(begun)


@pytest.mark.parametrize(("field", "value"), [("id", "../up"), ("id", "A B"), ("version", "../1"), ("version", "1/2")])
def test_ids_and_versions_cannot_lead_out_of_the_shelf(begun: Path, field: str, value: str) -> None:
    said = yaml.safe_load((begun / "pack.yaml").read_text()) | {field: value}
    (begun / "pack.yaml").write_text(yaml.safe_dump(said))
    with pytest.raises(ValueInvalid, match="not allowed"):
        read_pack(begun)


@pytest.mark.parametrize("text", ["- just text\n", "12\n", "- {id: A, title: x, measure: count}\n",
                                  "- {id: a rule, title: x, measure: {op: count}}\n"])
def test_what_is_no_rule_is_told(begun: Path, text: str) -> None:
    (begun / "rules" / "2.yaml").write_text(text)
    with pytest.raises(ValueInvalid, match=r"no rule|mapping|not allowed"):
        read_pack(begun)


JUNK = st.recursive(st.none() | st.booleans() | st.integers(-9, 9) | st.floats() | st.text("abIfc=/[(*.", max_size=8),
                    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text("abIfc", max_size=4), inner, max_size=3), max_leaves=6)
WHOLE = {"id": "X-1", "title": "x", "select": "IfcWall", "measure": {"op": "attribute", "name": "name"}, "require": {"min": 1},
         "clause": {"doc": "d"}, "message": {"en": "m"}, "tests": {"pass": ["good.ifc"]}, "severity": "error", "group": "quality"}


@settings(max_examples=300, deadline=None)
@given(st.sampled_from(sorted(WHOLE)), st.sampled_from(["min", "equals", "in", "pattern", "decimals", "present", "unit", "op", "name", "en"]),
       JUNK, st.booleans())
def test_whatever_stands_in_a_rule_it_is_read_or_refused(field: str, inner: str, junk: Any, deep: bool) -> None:
    held = WHOLE[field]
    value = {**held, inner: junk} if deep and isinstance(held, dict) else junk
    with suppress(InputError):
        rule = read_rule({**WHOLE, field: value}, "1.yaml", {})
        for measured in ("text", 1.5, True, None):
            assert rule.require.holds(Measurement("", measured)) in (True, False)


@pytest.mark.parametrize("text", ["[]", "12", "id: [1]\nversion: 1\n", "id: p\nversion: 1\ntitle: 7\n", "id: p\nversion: {}\n"])
def test_a_description_that_is_none_is_refused(begun: Path, text: str) -> None:
    (begun / "pack.yaml").write_text(text)
    with pytest.raises(ValueInvalid):
        read_pack(begun)


def test_bounds_in_another_unit_than_the_measure_are_refused(begun: Path) -> None:
    rule = {**WHOLE, "measure": {"op": "measure", "name": "height", "unit": "m"}, "require": {"min": 2500, "unit": "mm"}}
    with pytest.raises(ValueInvalid, match="measures in m"):
        read_rule(rule, "1.yaml", {})


# --- the command line --------------------------------------------------------------------------------------------------------------------


def run(*arguments: str) -> tuple[int, Any]:
    result = RUN.invoke(app, [*arguments, "--json"])
    return result.exit_code, json.loads(result.stdout)


def test_the_verbs_from_new_to_check(home: Path, tmp_path: Path) -> None:
    folder = tmp_path / "site-rules"
    assert run("new", str(folder))[1]["folder"] == str(folder)
    code, tried = run("test", str(folder))
    assert (code, tried["right"]) == (0, True)
    code, pack = run("publish", str(folder))
    assert (code, pack["signature"]["state"]) == (0, "signed")
    assert (home / "signing.key").is_file()
    _, listed = run("list")
    assert [(one["id"], one["signature"]["state"]) for one in listed][-1] == ("site-rules", "signed")
    assert {one["id"] for one in listed} == {*shipped(), "site-rules"}
    _, rule = run("show", "site-rules", "SIT-001")
    assert rule["measure"] == {"op": "attribute", "name": "name"}


def test_a_pack_that_is_wrong_is_neither_right_nor_published(home: Path, begun: Path) -> None:
    change(begun / "tables" / "wall-names.csv", "Parapet", "Another")
    code, tried = run("test", str(begun))
    assert (code, tried["right"]) == (12, False)
    assert RUN.invoke(app, ["publish", str(begun)]).exit_code == 12
    assert published(home / "packs") == {}


def test_tables_for_people(home: Path, begun: Path) -> None:
    assert "common" in RUN.invoke(app, ["list"]).stdout
    assert "模型以毫米為單位" in RUN.invoke(app, ["list", "hk-building-plans", "--language", "zh-Hant"]).stdout
    assert "MYR-001" in RUN.invoke(app, ["show", str(begun)]).stdout
    assert RUN.invoke(app, ["test", str(begun)]).exit_code == 0
