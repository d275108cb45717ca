"""`notebot init` on a real terminal: questions, wrong answers, Ctrl-C, and a config that holds."""

import json
import tomllib
from pathlib import Path
from typing import Any

import pytest

from acceptance.command import clean_environment, run
from acceptance.terminal import CTRL_C, CTRL_D, Terminal

CONTACT, LANGUAGE, ZONE = "Your e-mail address", "Language of digests", "Your time zone"
CATEGORIES, REPO, FOLDER = "arXiv categories to watch", "GitHub repository with your notes", "Folder with one Markdown"
WORDS = "Words or phrases to look for"


def environment(folder: Path, **more: str) -> dict[str, str]:
    return {**clean_environment(folder), "LANG": "en_US.UTF-8", "TZ": "Europe/Berlin", "TERM": "dumb", **more}


def config_of(folder: Path) -> dict[str, Any]:
    return tomllib.loads((folder / "config.toml").read_text(encoding="utf-8"))


def test_answers_become_a_config_that_passes_check(tmp_path: Path) -> None:
    with Terminal("init", "home", cwd=tmp_path, env=environment(tmp_path)) as terminal:
        for question, wrong, problem, right in [
            (CONTACT, "ada", "notebot.contact must be an e-mail address", "ada@example.org"),
            (f"{LANGUAGE}, ja or en [en]", "fr", "digest.language must be", "ja"),
            (f"{ZONE} [Europe/Berlin]", "Mars", "is not a time zone", ""),
            (CATEGORIES, "cs", '"cs" is a whole archive', "cs.cl, cmp-lg stat.ML"),
            (REPO, "notes", 'archive.repo must be "owner/name"', "-"),
            (FOLDER, "state", "archive.folder: ", "notes"),
            (
                WORDS,
                "proofs, *",
                '"*" cannot be looked for; write words or phrases',
                'math*, "large language model", サーバー',
            ),
        ]:
            terminal.answer(question, wrong)
            terminal.expect("Error: ")
            terminal.expect(problem)
            terminal.answer(question, right)
        terminal.expect("Wrote home/config.toml. Next: `cd home` and `notebot check`")
        assert terminal.end() == 0
    config = config_of(tmp_path / "home")
    assert config["notebot"]["contact"] == "ada@example.org"
    assert config["notebot"]["timezone"] == "Europe/Berlin"
    assert (config["digest"]["language"], config["summary"]["language"]) == ("ja", "ja")
    assert (config["archive"]["repo"], config["archive"]["folder"]) == ("", "notes")
    assert config["topics"][0]["categories"] == ["cs.CL", "stat.ML"]
    done = run("check", cwd=tmp_path / "home")
    assert (done.code, "1 topic in 2 categories" in done.out) == (0, True)
    # what was not asked is as in the example, with its comments in their column
    lines = (tmp_path / "home/config.toml").read_text(encoding="utf-8").splitlines()
    assert 'contact = "ada@example.org"          # your e-mail address, sent to arXiv with every request' in lines
    assert 'state_dir = "state"                  # the database and the lock files' in lines


@pytest.mark.parametrize("keys", [CTRL_C, CTRL_D])
def test_giving_up_leaves_nothing(tmp_path: Path, keys: str) -> None:
    with Terminal("init", "home", cwd=tmp_path, env=environment(tmp_path)) as terminal:
        terminal.answer(CONTACT, "ada@example.org")
        for question in (LANGUAGE, ZONE, CATEGORIES, REPO, FOLDER):
            terminal.answer(question, "")
        terminal.expect(WORDS)
        assert terminal.end_with(keys) == 130
    assert list(tmp_path.iterdir()) == []


def test_an_existing_config_is_refused_before_the_first_question(tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text("# mine\n")
    with Terminal("init", cwd=tmp_path, env=environment(tmp_path)) as terminal:
        assert terminal.end() == 1
        assert "already exists and was not changed" in terminal.shown
        assert CONTACT not in terminal.shown
    assert (tmp_path / "config.toml").read_text() == "# mine\n"


def test_yes_asks_nothing_and_writes_what_a_script_gets(tmp_path: Path) -> None:
    with Terminal("init", "--yes", "one", cwd=tmp_path, env=environment(tmp_path)) as terminal:
        assert terminal.end() == 0
        assert CONTACT not in terminal.shown
    assert run("init", "two", cwd=tmp_path).code == 0
    assert (tmp_path / "one/config.toml").read_bytes() == (tmp_path / "two/config.toml").read_bytes()


def test_topics_are_proposed_where_an_archive_was_imported(tmp_path: Path) -> None:
    issues = [
        {
            "number": number,
            "title": f"[Paper Note] {title} {number}, Ada Byron+, arXiv'26, 2026.05",
            "body": f"# URL\n- https://arxiv.org/abs/2605.{number:05}\n# Abstract\n- {title} in every case.",
            "labels": [{"name": tag}, {"name": "read-later"}],
            "createdAt": f"2026-05-12T00:00:{number:02}Z",
            "comments": [],
            "state": "OPEN",
            "url": f"https://github.com/ada/notes/issues/{number}",
        }
        for tag, title, first, last in [
            ("Birds", "Bird songs", 1, 20),
            ("Proofs", "Theorem provers", 21, 40),
            # what is learned from the older ones finds none of the newer ones
            ("Drift", "Slow glaciers", 41, 54),
            ("Drift", "Quick rumours", 55, 59),
        ]
        for number in range(first, last + 1)
    ]
    (tmp_path / "notes.json").write_text(json.dumps(issues), encoding="utf-8")
    assert run("import", "gh", "notes.json", cwd=tmp_path).code == 0
    with Terminal("init", cwd=tmp_path, env=environment(tmp_path)) as terminal:
        terminal.answer(CONTACT, "ada@example.org")
        for question in (LANGUAGE, ZONE, CATEGORIES):
            terminal.answer(question, "")
        terminal.answer(REPO, "ada/notes")
        listed = terminal.expect("Which of them to watch")
        assert "found 5 of 5 newer notes" in listed
        assert "read-later" not in listed
        assert "Drift: found 0 of 4 newer notes" in listed
        # the 19 notes of Drift make it the last, and it is not proposed
        terminal.expect("[1 2]")
        terminal.type("4\n")
        terminal.expect("Write numbers from 1 to 3")
        number = 1 if listed.index("Proofs") < listed.index("Birds") else 2
        terminal.answer("Which of them to watch", str(number))
        assert terminal.end() == 0
    (topic,) = config_of(tmp_path)["topics"]
    assert (topic["name"], topic["categories"], topic["tags"]) == ("Proofs", ["cs.CL", "cs.LG"], ["Proofs"])
    assert run("check", cwd=tmp_path).code == 0
