"""The documents say what the program does."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from notebot import __version__
from notebot.cli.root import COMMANDS
from notebot.config.sections import SECTIONS

TOP = Path(__file__).parents[1]
README = (TOP / "README.md").read_text(encoding="utf-8")
PAGES = [TOP / "README.md", TOP / "CONTRIBUTING.md", TOP / "CHANGELOG.md", *sorted((TOP / "docs").glob("*.md"))]


@pytest.mark.parametrize(
    ("name", "maker", "function"),
    [("reference.md", "make_reference.py", "reference"), ("notebot.1", "make_man.py", "man_page")],
)
def test_a_generated_page_is_what_the_program_says_of_itself(name: str, maker: str, function: str) -> None:
    # in a process of its own, because click remembers its help options
    script = (
        "import importlib.util, sys\n"
        "spec = importlib.util.spec_from_file_location('maker', sys.argv[1])\n"
        "module = importlib.util.module_from_spec(spec)\n"
        "spec.loader.exec_module(module)\n"
        "sys.stdout.buffer.write(getattr(module, sys.argv[2])().encode())"
    )
    words = [sys.executable, "-c", script, str(TOP / "docs" / maker), function]
    made = subprocess.run(words, capture_output=True, check=True, timeout=30)
    written = (TOP / "docs" / name).read_text(encoding="utf-8")
    assert written == made.stdout.decode(), f"docs/{name} is out of date; run `make docs`"


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_is_in_readme_and_reference(command: str) -> None:
    assert f"| `notebot {command}" in README
    assert f"\n### notebot {command}\n" in (TOP / "docs" / "reference.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_no_page_speaks_of_a_command_that_does_not_exist(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    shown = "".join(re.findall(r"^```sh\n(.*?)^```", text, re.MULTILINE | re.DOTALL))
    told = re.findall(r"`notebot ([a-z][a-z-]*)", text) + re.findall(r"^notebot ([a-z][a-z-]*)", shown, re.MULTILINE)
    assert set(told) <= COMMANDS.keys()


@pytest.mark.parametrize("section", [*(f"[{name}]" for name in SECTIONS), "[[deliver]]", "[[sources]]", "[[topics]]"])
def test_every_section_of_the_config_is_in_the_reference(section: str) -> None:
    assert f"\n### `{section}`\n" in (TOP / "docs" / "reference.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_relative_link_leads_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", page.read_text(encoding="utf-8")):
        assert (page.parent / target).exists(), target


@pytest.mark.parametrize("page", sorted((TOP / "docs").glob("*.md")), ids=lambda page: page.name)
def test_the_readme_leads_to_every_page(page: Path) -> None:
    assert f"](docs/{page.name})" in README


@pytest.mark.parametrize("target", re.findall(r"^make (\w+)", README, re.MULTILINE))
def test_the_readme_s_make_targets_exist(target: str) -> None:
    assert f"\n{target}:" in (TOP / "Makefile").read_text(encoding="utf-8")


def test_the_changelog_starts_with_this_version_or_with_what_is_not_released() -> None:
    headings = re.findall(r"^## (.+)$", (TOP / "CHANGELOG.md").read_text(encoding="utf-8"), re.MULTILINE)
    assert headings[0] in ("Unreleased", __version__)
    assert __version__ in headings
