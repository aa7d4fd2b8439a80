"""The documentation says what the program does: settings, exit codes, error codes, verbs."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import typer.main

from csdi.errors import CsdiError
from csdi.exits import MEANING, exit_code
from csdi.settings import Settings
from ogc_api.cli import app
from ogc_api.problems import status_of

DOCS = Path(__file__).parents[1] / "docs"
PAGES = sorted(DOCS.rglob("*.md"))


def errors(kind: type[CsdiError] = CsdiError) -> Iterator[type[CsdiError]]:
    yield kind
    for child in kind.__subclasses__():
        yield from errors(child)


@pytest.mark.parametrize("name", Settings.model_fields)
def test_every_setting_is_documented_with_its_sentence(name: str) -> None:
    page = (DOCS / "settings.md").read_text()
    assert f"`CSDI_{name.upper()}`" in page
    assert str(Settings.model_fields[name].description) in page


@pytest.mark.parametrize("code", MEANING)
def test_every_exit_code_is_documented(code: int) -> None:
    assert f"| {code} | {MEANING[code]} |" in (DOCS / "cli.md").read_text()


@pytest.mark.parametrize("kind", sorted(set(errors()), key=lambda k: k.code), ids=lambda k: k.code)
def test_every_error_is_documented_with_its_status_and_exit_code(kind: type[CsdiError]) -> None:
    if not kind.__module__.startswith("csdi.errors"):
        pytest.fail(f"{kind} is not in the tree of csdi.errors")
    error = kind("message")
    row = re.search(rf"^\| `{kind.code}` \|.*$", (DOCS / "errors.md").read_text(), re.MULTILINE)
    assert row
    assert row.group().endswith(f"| {status_of(error)} | {exit_code(error)} |")


def test_error_codes_are_unique() -> None:
    codes = [kind.code for kind in errors()]
    assert len(set(codes)) == len(codes)


def verbs() -> list[tuple[str, str, str]]:
    """(verb, its help, its example)."""
    command = typer.main.get_command(app)
    found = []
    for name, sub in sorted(command.commands.items()):  # type: ignore[attr-defined]
        for inner, leaf in sorted(getattr(sub, "commands", {"": sub}).items()):
            found.append((f"{name} {inner}".strip(), leaf.help or "", leaf.epilog or ""))
    return found


@pytest.mark.parametrize(("verb", "text", "example"), verbs())
def test_every_verb_has_help_an_example_and_a_place_in_the_docs(verb: str, text: str, example: str) -> None:
    assert text
    assert f"csdi {verb}" in text + example, f"no example of {verb}"
    page = (DOCS / "cli.md").read_text()
    assert f"csdi {verb.split()[0]}" in page
    assert verb.split()[-1] in page


@pytest.mark.parametrize("page", PAGES, ids=lambda p: p.name)
def test_links_between_pages_lead_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", page.read_text()):
        if not target.startswith(("http", "mailto")):
            assert (page.parent / target).exists(), target


def test_the_readme_shows_the_two_commands_and_its_links_lead_somewhere() -> None:
    root = DOCS.parent
    text = (root / "README.md").read_text()
    assert re.search(r"^make demo", text, re.MULTILINE)
    assert re.search(r"^make test", text, re.MULTILINE)
    for target in re.findall(r"\]\(([^)#\s]+)\)", text):
        assert target.startswith("http") or (root / target).exists(), target
