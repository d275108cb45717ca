"""``[posts]``, ``[links]``, ``[x]``, ``[inbox]``, ``[venue]`` and ``[[sources]]`` of the config."""

from pathlib import Path

import pytest

from notebot.config import Config, load_config
from notebot.core.model.errors import ConfigError
from notebot.features.intake.rules.source_settings import SourceKind, WatchedSource

HEAD = '[notebot]\ncontact = "you@example.org"\n'
TOPIC = '[[topics]]\nname = "Math"\ncategories = ["cs.CL"]\n'


def config(folder: Path, text: str) -> Config:
    file = folder / "config.toml"
    file.write_text(HEAD + text + TOPIC, encoding="utf-8")
    return load_config(file)


def source(text: str) -> str:
    return f"[[sources]]\n{text}\n"


CLIENT = '[x]\nclient_id = "abc"\n'
BOOKMARKS = source('name = "B"\nkind = "x_bookmarks"')


def test_bookmarks_need_only_a_client_id(tmp_path: Path) -> None:
    loaded = config(tmp_path, CLIENT + BOOKMARKS)
    assert loaded.sources == (WatchedSource("B", SourceKind.X_BOOKMARKS),)
    assert (loaded.x_token_file, loaded.x.daily_posts) == (tmp_path / "x-token.json", 100)


def test_every_key_is_read_and_all_are_optional(tmp_path: Path) -> None:
    bare = config(tmp_path, "")
    assert (bare.inbox_dir, bare.inbox_file, bare.sources) == (tmp_path / "inbox", None, ())
    text = (
        '[posts]\nstrip_share = false\nx_oembed = true\nmastodon_url = "http://127.0.0.1:8"\n'
        '[inbox]\ndir = "in"\nfile = "/abs/links.txt"\n[links]\nmax_bytes = 9\n'
        + source('name = "A"\nkind = "feed"\nurl = "https://a.example/feed"\ntopics = ["Math"]')
        + source('name = "B"\nkind = "bluesky"\nurl = "@ben.example"\ntake_all = true')
        + source('name = "C"\nkind = "huggingface"')
    )
    full = config(tmp_path, text)
    assert (full.posts.strip_share, full.posts.x_oembed, full.links.max_bytes) == (False, True, 9)
    assert (full.inbox_dir, full.inbox_file) == (tmp_path / "in", Path("/abs/links.txt"))
    assert full.sources == (
        WatchedSource("A", SourceKind.FEED, "https://a.example/feed", frozenset({"Math"})),
        WatchedSource("B", SourceKind.BLUESKY, "@ben.example", take_all=True),
        WatchedSource("C", SourceKind.HUGGINGFACE),
    )


def test_venue_resolvers_are_off_by_default(tmp_path: Path) -> None:
    assert config(tmp_path, "").venue_resolvers == ()
    assert config(tmp_path, '[venue]\nresolvers = ["acl"]\n').venue_resolvers == ("acl",)


def test_two_malformed_paths_are_reported_once_each(tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as caught:
        config(tmp_path, '[x]\ntoken_file = "a\\u0000b"\n[venue]\nextra_table = "a\\u0000b"\n')
    assert [problem.partition(":")[0] for problem in caught.value.problems] == ["venue.extra_table", "x.token_file"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('[posts]\nx_url = "ftp://x"\n', "posts.x_url must be a web address"),
        ('[log]\nformat = "xml"\n', 'log.format must be "text" or "json", not \'xml\''),
        ('[posts]\nbluesky_url = ""\n', "posts.bluesky_url must be"),
        ("[links]\ntimeout_s = 0\n", "links.timeout_s must be"),
        ("[links]\nmax_bytes = 0\n", "links.max_bytes must be"),
        (source('kind = "feed"\nurl = "https://a.example/"'), "sources[0].name is missing"),
        (source('name = " "\nkind = "huggingface"'), "sources[0].name must be"),
        (source('name = "A"\nkind = "rss"'), "kind must be one of 'feed', 'huggingface'"),
        (source('name = "A"\nkind = "feed"'), "url must be a web address"),
        (source('name = "A"\nkind = "bluesky"\nurl = "a b"'), "url must be a web address"),
        (source('name = "cs.CL"\nkind = "huggingface"'), "is already the name of something else"),
        (source('name = "oai"\nkind = "huggingface"'), "is already the name of something else"),
        (source('name = "A"\nkind = "hackernews"\n') * 2, "is already the name of something else"),
        (source('name = "A"\nkind = "hackernews"\ntopics = ["Maths"]'), "there is no topic 'Maths'"),
        (source('name = "A"\nkind = "hackernews"\ntopics = ["Math"]\ntake_all = true'), "not both"),
        (source('name = "A"\nkind = "hackernews"\nnmae = 1'), "is not a key of notebot"),
        ("[sources]\nx = 1\n", "sources must be tables"),
        (source('name = "A"\nkind = "x_bookmarks"'), "x.client_id is missing"),
        (CLIENT + source('name = "A"\nkind = "x_bookmarks"\nurl = "https://x.com/ada"'), "takes no url"),
        (CLIENT + source('name = "A"\nkind = "x_bookmarks"') + BOOKMARKS, "there can be only one such source"),
        ('[x]\nclient_id = "a b"\n', "x.client_id must be"),
        ('[x]\ntoken_file = "."\n', "x.token_file must be a file"),
        ('[inbox]\ndir = "digests"\n', "inbox.dir: "),
        ('[inbox]\ndir = "state"\n', "is already notebot.state_dir"),
        ('[inbox]\ndir = "."\n', "is already the config's folder"),
        ('[inbox]\ndir = "config.toml"\n', "is a file; name a folder"),
        ('[inbox]\nfile = "config.toml"\n', "is the config file itself"),
        ('[inbox]\nfile = "."\n', "is a folder; name a file"),
        ('[inbox]\nfile = ".notebot-taken-x"\n', "are reserved for notebot"),
        ('[inbox]\nfile = "digests/links.md"\n', "is in a folder that notebot writes to"),
        (source('name = "A"\nkind = "bluesky"\nurl = "@"'), "url must be a web address"),
        (source('name = "A"\nkind = "bluesky"\nurl = "!!??"'), "url must be a web address"),
        ('[venue]\nresolvers = ["dblp"]\n', "venue.resolvers may contain"),
        ("[venue]\nresolvers = 3\n", "venue.resolvers must be a list"),
        ("[venue]\nextra_table = 3\n", "venue.extra_table must be text"),
        ("[x]\ndaily_posts = 0\n", "x.daily_posts must be"),
        ('[x]\napi_url = "x.com"\n', "x.api_url must be"),
        ('[x]\ntoken_file = "a\\u0000b"\n', "x.token_file: "),
    ],
)
def test_a_mistake_is_reported_with_its_key(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(ConfigError) as caught:
        config(tmp_path, text)
    assert any(message in problem for problem in caught.value.problems), caught.value.problems
