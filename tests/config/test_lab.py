"""The files of a lab: what each may contain, and the config that they make together."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

import pytest

from notebot.config import Config, load_config
from notebot.config.lab import Lab
from notebot.core.model.errors import ConfigError
from notebot.features.topics.rules.topic import Topic

LAB = """
[notebot]
contact = "lab@example.org"
database = "postgresql://db.example.org/lab"
[arxiv]
pace_s = 4.0
[lab]
desks = "desks/*.toml"
"""
DESK = """
[notebot]
timezone = "Europe/Berlin"
[digest]
language = "en"
[[topics]]
name = "Math"
categories = ["cs.CL"]
query = "ti:math*"
"""


@pytest.fixture
def lab(tmp_path: Path) -> Path:
    """A lab of two desks."""
    (tmp_path / "desks").mkdir()
    for name in ("ada", "ben-2"):
        (tmp_path / f"desks/{name}.toml").write_text(DESK, "utf-8")
    path = tmp_path / "lab.toml"
    path.write_text(LAB, "utf-8")
    return path


def problems(path: Path, desk: str = "") -> str:
    with pytest.raises(ConfigError) as raised:
        load_config(path, desk=desk)
    return str(raised.value)


def test_a_desk_has_what_all_share_and_what_is_its_own(lab: Path) -> None:
    config = load_config(lab, desk="ada")
    assert (config.desk, config.desks) == ("ada", None)
    assert (config.contact, config.database) == ("lab@example.org", "postgresql://db.example.org/lab")
    assert (config.arxiv.pace_s, config.timezone.key, config.digest.language) == (4.0, "Europe/Berlin", "en")
    assert [topic.name for topic in config.topics] == ["Math"]


def test_two_desks_share_no_file(lab: Path) -> None:
    ada, ben = load_config(lab, desk="ada"), load_config(lab, desk="ben-2")
    folders = [
        {config.state_dir, config.digest_dir, config.inbox_dir, config.pages_dir, config.web_token_file}
        for config in (ada, ben)
    ]
    assert not folders[0] & folders[1]
    assert ada.digest_dir == lab.parent / "desks/ada/digests"


def test_the_hub_watches_what_any_desk_watches(lab: Path) -> None:
    hub = load_config(lab)
    assert (hub.desk, hub.desks) == ("", ("ada", "ben-2"))
    assert [topic.name for topic in hub.topics] == ["ada/Math", "ben-2/Math"]
    assert hub.categories == ("cs.CL",)


@pytest.mark.parametrize(
    ("lab_text", "desk_text", "sentence"),
    [
        (LAB + '[[topics]]\nname = "X"\n', DESK, "lab.toml: [topics] belongs in the file of a desk."),
        (LAB + '[digest]\nlanguage = "en"', DESK, "lab.toml: [digest] belongs in the file of a desk."),
        (LAB.replace("[arxiv]", 'timezone = "UTC"\n[arxiv]'), DESK, "notebot.timezone belongs in the file of a desk."),
        (LAB.replace('database = "postgresql://db.example.org/lab"', ""), DESK, "notebot.database is missing"),
        (LAB, "[arxiv]\npace_s = 9.0\n" + DESK, "ada.toml: [arxiv] belongs in lab.toml"),
        (
            LAB,
            DESK.replace("[notebot]", '[notebot]\ncontact = "me@example.org"'),
            "notebot.contact belongs in lab.toml",
        ),
        (LAB, DESK.replace("ti:math*", "ti:("), "ada.toml: topics[0]"),
        (LAB, DESK + "[nonsense]\n", "ada.toml: [nonsense] is not a key"),
        (LAB, "not toml", "ada.toml is not valid TOML"),
        (LAB.replace('"desks/*.toml"', "3"), DESK, 'write desks = "desks/*.toml"'),
        (LAB.replace("desks/*.toml", "/etc/*.toml"), DESK, "below the folder of this file"),
        (LAB.replace("desks/*.toml", "../*.toml"), DESK, "below the folder of this file"),
    ],
)
def test_each_mistake_names_its_file_and_key(lab: Path, lab_text: str, desk_text: str, sentence: str) -> None:
    lab.write_text(lab_text, "utf-8")
    (lab.parent / "desks/ada.toml").write_text(desk_text, "utf-8")
    assert sentence in problems(lab, "ada")


@pytest.mark.parametrize("name", ["Ada", "a_b", "-x", "ä", "a b"])
def test_a_name_that_is_no_desk_is_refused(lab: Path, name: str) -> None:
    (lab.parent / f"desks/{name}.toml").write_text(DESK, "utf-8")
    assert f"{name}.toml: the name of a desk has small letters" in problems(lab, "ada")


def test_an_unknown_desk_is_answered_with_those_there_are(lab: Path) -> None:
    assert problems(lab, "eve") == "lab.toml has no desk eve; there are ada, ben-2."
    (lab.parent / "config.toml").write_text('[notebot]\ncontact = "me@example.org"\n' + DESK.partition("[digest]")[2])
    assert "has no [lab] section" in problems(lab.parent / "config.toml", "ada")


def settle(*paths: Path) -> None:
    """Dates a change back, as if somebody had waited."""
    for path in paths:
        before = path.stat().st_mtime_ns - 10**10
        os.utime(path, ns=(before, before))


def test_a_lab_is_read_again_when_a_file_has_changed(lab: Path) -> None:
    desks, ada = lab.parent / "desks", lab.parent / "desks/ada.toml"
    settle(lab, desks, ada)
    first = Lab.read(lab)
    assert Lab.read(lab) is first
    assert first.desk("ada") == load_config(lab, desk="ada")
    ada.write_text(DESK.replace("Math", "Maps"), "utf-8")
    assert [topic.name for topic in first.desk("ada").topics] == ["Maps"]
    ada.write_text(DESK.replace("Math", "Mats"), "utf-8")  # as long, and maybe within the same tick of the clock
    assert [topic.name for topic in first.desk("ada").topics] == ["Mats"]
    settle(ada)
    assert [topic.name for topic in Lab.read(lab).desk("ada").topics] == ["Mats"]
    ada.write_text("topics = 1", "utf-8")
    with pytest.raises(ConfigError):
        Lab.read(lab).desk("ada")
    (desks / "eve.toml").write_text(DESK, "utf-8")
    assert list(Lab.read(lab).files) == ["ada", "ben-2", "eve"]
    settle(desks)
    lab.write_text(LAB.replace("4.0", "5.0"), "utf-8")
    assert Lab.read(lab).desk("eve").arxiv.pace_s == 5.0
    (desks / "eve.toml").unlink()
    assert list(Lab.read(lab).files) == ["ada", "ben-2"]


def test_desks_in_folders_of_their_own_are_found_when_they_are_added(lab: Path) -> None:
    lab.write_text(LAB.replace("desks/*.toml", "desks/*/*.toml"), "utf-8")
    (lab.parent / "desks/group").mkdir()
    settle(lab, lab.parent / "desks", lab.parent / "desks/group")
    assert list(Lab.read(lab).files) == []
    (lab.parent / "desks/group/ada.toml").write_text(DESK, "utf-8")
    assert list(Lab.read(lab).files) == ["ada"]


def test_a_desk_with_a_mistake_is_left_out_of_the_poll_or_has_its_last_topics(lab: Path) -> None:
    ada, ben = (f"{name}/Math" for name in ("ada", "ben-2"))
    last_good: dict[str, Sequence[Topic]] = {}
    assert names(Lab.read(lab).hub(last_good=last_good)) == [ada, ben]
    file = lab.parent / "desks/ben-2.toml"
    file.write_text("[digest", "utf-8")
    assert names(load_config(lab)) == [ada]
    assert names(Lab.read(lab).hub(last_good=last_good)) == [ada, ben]
    file.unlink()
    assert names(Lab.read(lab).hub(last_good=last_good)) == [ada]


def test_a_lab_without_any_right_file_names_the_first_mistake(lab: Path) -> None:
    for name in ("ada", "ben-2"):
        (lab.parent / f"desks/{name}.toml").write_text("[digest", "utf-8")
    assert "ada.toml is not valid TOML" in problems(lab)


@pytest.mark.parametrize(
    ("pattern", "home"), [("desks/*.toml", "desks"), ("*.toml", "."), ("a/b/*.toml", "a/b"), ("a/*/c/*.toml", "a")]
)
def test_the_folder_of_the_desks_is_known_before_there_is_one(lab: Path, pattern: str, home: str) -> None:
    text = lab.read_text("utf-8").replace("desks/*.toml", f"shelf/{pattern}")
    lab.write_text(text, "utf-8")
    assert Lab.read(lab).home == lab.parent / "shelf" / home


def names(config: Config) -> list[str]:
    return [topic.name for topic in config.topics]
