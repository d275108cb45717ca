"""What a newcomer does: the demo, and from ``init`` to a config that holds."""

import os
import re
from pathlib import Path

import pytest

from acceptance.command import clean_environment, run


def test_the_demo_leaves_three_digests_and_a_folder_to_go_on_with(tmp_path: Path) -> None:
    done = run("demo", "tour", cwd=tmp_path)
    assert done.code == 0, done
    files = sorted((tmp_path / "tour/digests").iterdir())
    assert [file.name for file in files] == ["2026-05-11.md", "2026-05-12.md", "2026-05-13.md"]
    assert [Path(line).name for line in done.out.splitlines()] == [file.name for file in files]
    linked = [link for file in files for link in re.findall(r"arxiv\.org/abs/(\S+)", file.read_text(encoding="utf-8"))]
    assert len(linked) == len(set(linked)) > 10

    # the last digest shows all that an archive adds, and each headline says what it matched
    last = files[-1].read_text(encoding="utf-8")
    assert "「OlympiaSet-500」を提案" in last
    assert "共通のタグ: " in last
    assert re.search(r"^- \[ \] #110 .*`arXiv'25` → `ACL'26`", last, re.MULTILINE)
    assert re.search(r"^元ポスト: https://x\.com/", last, re.MULTILINE)
    unread = last.partition("## まだ読んでいないもの\n")[2].partition("\n\n")[0].splitlines()
    assert [re.sub(r".* — \d+ ", "", line) for line in unread] == ["か月前"] * 3
    for file in files:
        headlines = re.findall(r"^- \[ \] .* https://arxiv\.org/.*", file.read_text(encoding="utf-8"), re.MULTILINE)
        assert headlines
        assert all(re.search(r"\+, .* — 一致 \S", line) for line in headlines)

    listed = run("--config", "tour/config.toml", "queue", "list", cwd=tmp_path)
    assert listed.code == 0
    found = run("--config", "tour/config.toml", "search", "補題", cwd=tmp_path)
    assert "Borrowed Lemmas" in found.out
    assert {line.split()[1] for line in listed.out.splitlines()} == set(linked)
    assert {line.split()[0] for line in listed.out.splitlines()} == {"digested"}

    before = {path: path.stat().st_mtime_ns for path in (tmp_path / "tour").rglob("*")}
    again = run("demo", "tour", cwd=tmp_path)
    assert (again.code, again.out) == (2, "")
    assert "tour is not empty" in again.err
    assert {path: path.stat().st_mtime_ns for path in (tmp_path / "tour").rglob("*")} == before


@pytest.mark.slow
def test_the_demo_speaks_english_too(tmp_path: Path) -> None:
    assert run("demo", "tour", "--language", "en", cwd=tmp_path).code == 0
    for file in (tmp_path / "tour/digests").iterdir():
        text = file.read_text(encoding="utf-8")
        assert "paper digest" in text
        # the only Japanese in it is that of a paper's title
        assert not re.search("[ぁ-ヿ一-龯]", text.replace("琉球諸語", ""))
        assert "## Coverage" in text


def test_what_init_writes_lacks_the_contact_alone(tmp_path: Path) -> None:
    assert run("init", "home", cwd=tmp_path).code == 0
    config = tmp_path / "home/config.toml"
    text = config.read_text(encoding="utf-8")
    refused = run("check", cwd=config.parent)
    assert refused.code == 2
    assert len(refused.err.splitlines()) == 1
    assert "notebot.contact" in refused.err
    told = {**clean_environment(tmp_path), "NOTEBOT_CONTACT": "curator@example.org"}
    assert run("check", cwd=config.parent, env=told).code == 0

    config.write_text(text.replace('contact = ""', 'contact = "curator@example.org"'), encoding="utf-8")
    assert run("check", cwd=config.parent).code == 0
    assert sorted(path.name for path in config.parent.iterdir()) == ["config.toml"]


def test_init_never_overwrites(tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text("# mine\n")
    done = run("init", cwd=tmp_path)
    assert (done.code, done.out) == (1, "")
    assert "config.toml" in done.err
    assert (tmp_path / "config.toml").read_text() == "# mine\n"
    assert [path.name for path in tmp_path.iterdir()] == ["config.toml"]


GOOD = '[notebot]\ncontact = "curator@example.org"\n[[topics]]\nname = "{}"\ncategories = ["cs.CL"]\n'


@pytest.mark.slow
def test_the_config_is_sought_in_the_documented_order(tmp_path: Path) -> None:
    places = {name: tmp_path / name / "config.toml" for name in ("given", "environment", "here", "xdg/notebot")}
    for name, path in places.items():
        path.parent.mkdir(parents=True)
        path.write_text(GOOD.format(name))
    home = tmp_path / "here"
    environment = {**clean_environment(tmp_path), "NOTEBOT_CONFIG": str(places["environment"])}
    given = run("--config", str(places["given"]), "check", cwd=home, env=environment)
    assert str(places["given"]) in given.out
    assert str(places["environment"]) in run("check", cwd=home, env=environment).out
    del environment["NOTEBOT_CONFIG"]
    assert str(places["here"]) in run("check", cwd=home, env=environment).out
    assert str(places["xdg/notebot"]) in run("check", cwd=tmp_path, env=environment).out


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_folder_that_may_not_be_written_is_said(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    assert run("init", cwd=tmp_path).code == 1


def test_version_and_help(tmp_path: Path) -> None:
    assert re.fullmatch(r"notebot \d+\.\d+\.\d+\n", run("--version", cwd=tmp_path).out)
    text = run("--help", cwd=tmp_path).out
    for command in ("init", "check", "fetch", "poll", "queue", "digest", "status", "run", "demo"):
        assert re.search(rf"^  {command} ", text, re.MULTILINE), command
