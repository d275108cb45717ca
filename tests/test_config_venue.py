"""``[venue]`` of the config."""

from pathlib import Path

import pytest

from notebot.config import load_config
from notebot.core.model.errors import ConfigError

HEAD = '[notebot]\ncontact = "ada@example.org"\n[venue]\n'


def load(folder: Path, keys: str) -> tuple[str, ...]:
    (folder / "config.toml").write_text(HEAD + keys, encoding="utf-8")
    return load_config(folder / "config.toml", need_topics=False).venue_resolvers


def test_resolvers_are_off_until_they_are_named(tmp_path: Path) -> None:
    assert load(tmp_path, "") == ()
    assert load(tmp_path, 'resolvers = ["acl"]') == ("acl",)


@pytest.mark.parametrize(("keys", "why"), [
    ('resolvers = ["dblp"]', "venue.resolvers takes"), ("resolvers = 3", "venue.resolvers"),
    ("extra_table = 3", "venue.extra_table"),
])  # fmt: skip
def test_a_wrong_key_is_named(tmp_path: Path, keys: str, why: str) -> None:
    with pytest.raises(ConfigError, match=why):
        load(tmp_path, keys)
