"""Bearer tokens: the installation's own, and those of a file with names and roles."""

from __future__ import annotations

import hashlib
import itertools
from dataclasses import replace
from pathlib import Path

import pytest

from csdi.access import ANYBODY, Action, Principal, Role, may, principal_of_token
from csdi.collection import Collection, Kind
from csdi.errors import AccessDenied, SettingsInvalid
from csdi.feature import Schema
from csdi.settings import Settings, read_settings


def file_of(folder: Path, *lines: str) -> Settings:
    """Settings with a file of tokens."""
    (folder / "tokens").write_text("\n".join(lines))
    return read_settings(token="own", tokens=str(folder / "tokens"))


def line(name: str, role: str, token: str) -> str:
    """A line of the file."""
    return f"{name} {role} {hashlib.sha256(token.encode()).hexdigest()}"


def test_a_token_of_the_file_names_its_principal_and_the_own_token_stays_an_editor(tmp_path: Path) -> None:
    settings = file_of(tmp_path, "# people", "", line("ann", "applicant", "a"), line("roy", "reviewer", "r").upper().replace(
        "ROY REVIEWER", "roy reviewer"))
    assert principal_of_token(settings, "a") == Principal("ann", Role.APPLICANT)
    assert principal_of_token(settings, "r") == Principal("roy", Role.REVIEWER)
    assert principal_of_token(settings, "own") == Principal("editor", Role.EDITOR)
    assert principal_of_token(settings, None) is ANYBODY
    with pytest.raises(AccessDenied):
        principal_of_token(settings, "b")


@pytest.mark.parametrize("wrong", ["ann applicant", "ann king 00", "ann"])
def test_a_line_that_is_none_is_named_without_what_stands_in_it(tmp_path: Path, wrong: str) -> None:
    with pytest.raises(SettingsInvalid, match="line 2") as raised:
        principal_of_token(file_of(tmp_path, "# people", wrong), "a")
    assert wrong not in str(raised.value)


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(SettingsInvalid):
        principal_of_token(read_settings(tokens=str(tmp_path / "none")), "a")


def test_roles_include_those_before_them() -> None:
    order = [Role.APPLICANT, Role.READER, Role.REVIEWER, Role.EDITOR, Role.OPERATOR]
    allowed = [{action for action in Action if may(Principal("x", role), action)} for role in order]
    assert all(less < more for less, more in itertools.pairwise(allowed))
    assert allowed[0] == {Action.SUBMIT}
    assert not [action for action in Action if may(ANYBODY, action)]


def test_what_the_program_keeps_for_itself_is_for_operators_alone() -> None:
    kept = Collection("webhooks", {}, Schema(), kind=Kind.SYSTEM, public=False)
    assert [role for role in Role if may(Principal("x", role), Action.READ, kept)] == [Role.OPERATOR]
    assert next(role for role in Role if may(Principal("x", role), Action.READ, replace(kept, kind=Kind.BIM))) is Role.READER
