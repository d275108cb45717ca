"""The installed command on a real terminal, in a pipe that is closed early, and in three shells."""

import re
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path

import pytest

from acceptance.command import MONDAY, NOTEBOT, Desk, clean_environment, desk_with, run_here, sample_paper
from notebot.cli.table import cells
from terminal import on_terminal

HOSTILE = (
    "Evil\u009b2J \u202egnp.exe\u202c 大規模言語モデルによる数学的推論と定理証明のための補題の再利用についての考察"
)
TITLES = [HOSTILE, *(f"Theorem {number} in mathematics, and a title that is longer than a row" for number in range(30))]
COLOUR = re.compile(r"\x1b\[[0-9;]*m")


@pytest.fixture(scope="module")
def full(tmp_path_factory: pytest.TempPathFactory) -> Desk:
    """A desk with 31 stubs, one of them hostile and Japanese."""
    papers = [sample_paper(f"2605.9{number:04d}", MONDAY, title) for number, title in enumerate(TITLES, 1)]
    with desk_with(papers, tmp_path_factory.mktemp("full"), now=f"{MONDAY}T14:00+09:00") as (arxiv, desk):
        arxiv.day = MONDAY
        desk.topics = [{"name": "Every day", "categories": ["cs.CL"], "tags": ["NLP"]}]
        desk.ok("poll")
    desk.write_config()
    return desk


def shown(desk: Desk, *words: str, columns: int = 80, environment: Mapping[str, str] | None = None) -> str:
    code, text = on_terminal(
        [NOTEBOT, "--config", str(desk.config), *words],
        columns=columns,
        cwd=desk.folder,
        env={**clean_environment(desk.folder), "NOTEBOT_NOW": desk.now or ""},
        **(environment or {}),
    )
    assert code == 0, text
    return text


@pytest.mark.parametrize("columns", [80, 200])
@pytest.mark.parametrize("command", ["queue list", "ledger", "status"])
def test_a_table_fits_the_terminal_and_text_of_a_paper_cannot_act_on_it(command: str, columns: int, full: Desk) -> None:
    text = shown(full, *command.split(), columns=columns)
    assert COLOUR.search(text) or command == "status"
    plain = COLOUR.sub("", text)
    assert all(line.isprintable() for line in plain.splitlines())
    if command != "status":  # sentences, which the terminal breaks
        assert max(map(cells, plain.splitlines())) <= columns


def test_a_list_has_a_head_topics_nearness_and_counts(full: Desk) -> None:
    head, first, *_, counts = COLOUR.sub("", shown(full, "queue", "list")).splitlines()
    assert head.split() == ["state", "paper", "topic", "near", "title", "line"]
    assert re.fullmatch(r"queued +2605\.9\d{4} +Every day +(-|\d\.\d\d) +Theorem .*…", first)
    assert counts == "31 stubs: 31 queued; Every day 31"
    quiet = shown(full, "-q", "queue", "list")
    assert "31 stubs" not in quiet


def test_a_whole_stub_cannot_act_on_the_terminal(full: Desk) -> None:
    for words in (["queue", "show", "2605.90001"], ["queue", "show", "2605.90001", "--json"], ["digest", "--dry-run"]):
        text = shown(full, *words)
        assert "Evil" in text
        assert [char for char in text if not char.isprintable() and char != "\n"] == []


@pytest.mark.parametrize(
    ("words", "environment", "coloured"),
    [
        ([], {}, True),
        ([], {"NO_COLOR": "1"}, False),
        ([], {"TERM": "dumb"}, False),
        (["--color", "never"], {}, False),
        (["--color", "always"], {"NO_COLOR": "1"}, True),
    ],
)
def test_colours_on_a_terminal(words: list[str], environment: dict[str, str], coloured: bool, full: Desk) -> None:
    assert bool(COLOUR.search(shown(full, *words, "queue", "list", environment=environment))) is coloured


def test_a_pipe_gets_no_colours_and_whole_lines(full: Desk) -> None:
    plain = full.ok("queue", "list")
    assert "\x1b" not in plain.out
    assert len(plain.out.splitlines()) == 31
    assert all(line.endswith("Ada Example+, arXiv'26, 2026.05") for line in plain.out.splitlines())
    assert "\x1b[36mqueued" in full.ok("--color", "always", "queue", "list").out
    assert full.ok("-q", "queue", "list").err == ""
    assert plain.err == "31 stubs: 31 queued; Every day 31\n"


@pytest.mark.parametrize("words", [["queue", "list"], ["queue", "list", "--json"], ["ledger"]], ids=" ".join)
def test_a_pipe_that_is_closed_early_is_no_error(words: list[str], full: Desk) -> None:
    process = subprocess.Popen(
        [NOTEBOT, "--config", str(full.config), *words],
        cwd=full.folder,
        env={**clean_environment(full.folder), "NOTEBOT_NOW": full.now or ""},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert process.stdout is not None
    assert process.stderr is not None
    process.stdout.close()  # before the command has printed anything: every write of it fails
    said = process.stderr.read().decode()
    process.stderr.close()
    process.wait()
    assert said == ""


def test_quiet_and_verbose_together_are_refused(full: Desk) -> None:
    done = full.run("-q", "-v", "queue", "list")
    assert (done.code, done.out) == (2, "")
    assert "-q" in done.err


# Completion


def completed(shell: str, full: Desk, line: str) -> list[str]:
    """What the shell offers after the words of a line, its last word being incomplete."""
    environment = {
        **clean_environment(full.folder),
        "PATH": f"{Path(NOTEBOT).parent}:{clean_environment(full.folder)['PATH']}",
    }
    words = line.split()
    if line.endswith(" "):
        words.append("")
    script = {
        "bash": (
            'eval "$(notebot completion bash)"; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1));'
            ' _notebot_completion notebot; printf "%s\\n" "${COMPREPLY[@]}"'
        ),
        "zsh": (
            "compdef() { :; }; _describe() { print -l ${completions_with_descriptions%%:*}; };"
            ' compadd() { print -l $completions; }; eval "$(notebot completion zsh)";'
            ' words=("$@"); CURRENT=$#; _notebot_completion'
        ),
        "fish": "notebot completion fish | source; complete -C (string join -- ' ' $argv)",
    }[shell]
    options = {"bash": ["--norc", "-c", script, "bash"], "zsh": ["-f", "-c", script, "zsh"], "fish": ["-c", script]}
    done = subprocess.run(
        [shell, *options[shell], *words],
        cwd=full.folder,
        env=environment,
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    assert done.stderr == ""
    return [row.partition("\t")[0] for row in done.stdout.splitlines() if row]


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
@pytest.mark.slow
def test_a_shell_completes_commands_topics_and_papers(shell: str, full: Desk) -> None:
    if shutil.which(shell) is None:
        pytest.skip(f"{shell} is not installed")
    assert completed(shell, full, "notebot queue sk") == ["skip"]
    assert completed(shell, full, "notebot po") == ["poll", "post"]
    assert sorted(completed(shell, full, "notebot queue keep 2605.9003")) == ["2605.90030", "2605.90031"]
    topic = "Every\\ day" if shell == "bash" else "Every day"
    assert completed(shell, full, "notebot queue list --topic Ev") == [topic]


def test_completion_without_a_config_offers_nothing_and_says_nothing(tmp_path: Path) -> None:
    environment = {**clean_environment(tmp_path), "COMP_WORDS": "notebot why 26", "COMP_CWORD": "2"}
    for config in ("", "[notebot"):
        (tmp_path / "config.toml").write_text(config, encoding="utf-8")
        done = run_here(cwd=tmp_path, env={**environment, "_NOTEBOT_COMPLETE": "bash_complete"})
        assert (done.code, done.out.strip(), done.err) == (0, "", "")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["config.toml"]


@pytest.mark.parametrize(
    ("shell", "place"),
    [
        ("bash", ".local/share/bash-completion/completions/notebot"),
        ("zsh", ".local/share/zsh/site-functions/_notebot"),
        ("fish", "xdg/fish/completions/notebot.fish"),
    ],
)
def test_a_script_is_installed_where_the_shell_looks(shell: str, place: str, tmp_path: Path) -> None:
    environment = clean_environment(tmp_path)
    environment.pop("XDG_DATA_HOME", None)
    printed = run_here("completion", shell, cwd=tmp_path, env=environment)
    for _ in range(2):  # a newer version replaces its own script
        done = run_here("completion", shell, "--install", cwd=tmp_path, env=environment)
        assert (done.code, done.out) == (0, "")
        assert str(tmp_path / place) in done.err
        assert (tmp_path / place).read_text(encoding="utf-8") == printed.out
    (tmp_path / place).write_text("# mine", encoding="utf-8")
    refused = run_here("completion", shell, "--install", cwd=tmp_path, env=environment)
    assert refused.code == 1
    assert "was not changed" in refused.err
    assert (tmp_path / place).read_text(encoding="utf-8") == "# mine"
