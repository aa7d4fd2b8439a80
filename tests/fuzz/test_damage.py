"""The kinds of damage that the engine passes over or dies of, done to a sample model: each is refused with its line and reason."""

from collections.abc import Callable
from pathlib import Path

import pytest

from bim.ifc import class_names
from bim.intake import intake
from bim.scan import scan
from csdi.errors import FileBroken, FormatUnknown, InputError, SchemaUnsupported

CARPARK = (Path(__file__).parents[2] / "sample_models" / "small" / "carpark.ifc").read_text(encoding="ascii")

Damage = tuple[Callable[[str], str], type[InputError], str, str]
"""What is done, the error, the first words of the line that is blamed, the reason."""

FATAL: dict[str, Damage] = {
    "cut in half": (lambda t: t[:len(t) // 2], FileBroken, "", "truncated"),
    "bracket broken": (lambda t: t.replace("#20=", "#20=(", 1), FileBroken, "#20=", "malformed"),
    "bracket lost": (lambda t: t.replace("$);\n#4=", "$;\n#4=", 1), FileBroken, "#3=", "brackets"),
    "first ENDSEC missing": (lambda t: t.replace("ENDSEC;\n", "", 1), FileBroken, "DATA;", "ENDSEC"),
    "id used twice": (lambda t: t.replace("\n#12=", "\n#11=", 1), FileBroken, "#11=", "#11 is defined twice"),
    "schema unknown": (lambda t: t.replace("('IFC2X3')", "('IFC9')", 1), SchemaUnsupported, "FILE_SCHEMA", "schema IFC9 is not read"),
    "no magic line": (lambda t: t.replace("ISO-10303-21;\n", "", 1), FormatUnknown, "HEADER", "no ISO-10303-21 header"),
}
PARTIAL: dict[str, Damage] = {
    "class unknown": (lambda t: t.replace("=IFCORGANIZATION(", "=IFCORGANISATION(", 1), FileBroken, "#2=", "IFCORGANISATION is not a class"),
    "reference dangles": (lambda t: t.replace("(#1,#2,$)", "(#999999,#2,$)", 1), FileBroken, "#3=", "refers to #999999"),
    "FILE_NAME short": (lambda t: t.replace("'csdi','');", "'csdi');", 1), FileBroken, "FILE_NAME", "FILE_NAME has 6 values"),
}


def damaged(folder: Path, damage: Damage) -> tuple[Path, list[str]]:
    text = damage[0](CARPARK)
    assert text != CARPARK
    path = folder / "damaged.ifc"
    path.write_text(text, encoding="ascii")
    return path, text.splitlines()


@pytest.mark.parametrize("kind", FATAL)
def test_a_file_that_cannot_be_trusted_is_refused_with_line_and_reason(kind: str, tmp_path: Path) -> None:
    path, lines = damaged(tmp_path, FATAL[kind])
    _, error, blamed, reason = FATAL[kind]
    with pytest.raises(error) as caught:
        intake(path, model="m")
    assert reason in caught.value.message
    assert caught.value.message.startswith("damaged.ifc: ")
    assert caught.value.remedy
    assert lines[caught.value.data["line"] - 1].startswith(blamed)
    assert caught.value.data["file"] == "damaged.ifc"


@pytest.mark.parametrize("kind", PARTIAL)
def test_damage_to_one_instance_is_found_with_its_line_and_refused_by_a_strict_reader(kind: str, tmp_path: Path) -> None:
    path, lines = damaged(tmp_path, PARTIAL[kind])
    _, error, blamed, reason = PARTIAL[kind]
    with pytest.raises(error) as caught:
        scan(path, known=class_names, strict=True)
    (finding,) = [one for one in intake(path, model="m").findings if one.severity == "error" and reason in one.message]
    for data, message in ((caught.value.data, caught.value.message), (finding.data, finding.message)):
        assert lines[data["line"] - 1].startswith(blamed)
        assert f"line {data['line']}: " in message
