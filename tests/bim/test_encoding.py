from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bim import encoding
from bim.encoding import escaped
from bim.ifc import open_model, readable
from bim.step import decode_string

FILE = ("ISO-10303-21;\nHEADER;\nFILE_DESCRIPTION((''),'2;1');\nFILE_NAME('','',(''),(''),'','','');\nFILE_SCHEMA(('IFC4'));\nENDSEC;\n"
        "DATA;\n#1=IFCPUMP('2O2Fr$t4X7Zf8NOew3FLOH',$,'{name}',$,$,$,$,$,$);\nENDSEC;\nEND-ISO-10303-21;\n")


@given(st.text(alphabet=st.characters(blacklist_characters="\\'", blacklist_categories=("Cs",), min_codepoint=32)))
def test_what_was_escaped_reads_as_it_was(text: str) -> None:
    made, _ = escaped(text.encode())
    assert made.isascii()
    assert decode_string(made.decode()) == text.removeprefix("\ufeff")


@pytest.mark.parametrize("name, encoding, expected", [
    ("機場客運大樓", "utf-8", "UTF-8"), ("機場客運大樓", "big5", "Big5"), ("水泵房 Pump 一號", "big5", "Big5"),
    ("机场航站楼 水泵", "gbk", "GB 18030"), ("機場客運大樓", "gb18030", "GB 18030"), ("Prüfstück é", "latin-1", "Windows-1252"),
    ("𠮷田 水泵", "utf-8", "UTF-8"),
])
def test_names_in_raw_characters_come_through_the_engine(name: str, encoding: str, expected: str, tmp_path: Path) -> None:
    path = tmp_path / "a.ifc"
    path.write_bytes(FILE.format(name=name).encode(encoding))
    with readable(path, "IFC4") as (plain, findings):
        assert open_model(plain, "IFC4").by_id(1).Name == name
    assert [f.measured for f in findings] == ([] if expected == "UTF-8" else [expected])


def test_an_ascii_file_of_a_native_schema_is_opened_where_it_is(tmp_path: Path) -> None:
    path = tmp_path / "a.ifc"
    path.write_bytes(FILE.format(name="P-1").encode())
    with readable(path, "IFC4") as (plain, findings):
        assert plain == path
        assert findings == ()


@pytest.mark.parametrize("piece", [1, 2, 3, 1 << 22])
def test_whether_a_text_decodes_is_told_whatever_the_pieces(piece: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(encoding, "_PIECE", piece)
    for text, name in (("水泵 𨋢 é".encode(), "utf-8"), ("水泵".encode("big5hkscs"), "big5hkscs"), (b"", "utf-8")):
        assert encoding.decodes(text, name)
    assert not encoding.decodes("水泵".encode()[:-1], "utf-8")
    assert not encoding.decodes("水泵".encode("big5"), "utf-8")
