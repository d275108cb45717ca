"""Reading the config: defaults, mistakes with their keys, and the order in which files are looked for."""

import json
import tomllib
from datetime import time
from pathlib import Path
from zoneinfo import ZoneInfo

import msgspec
import pytest

from notebot.config import find_config, is_loopback, load_config
from notebot.config.sections import SECTIONS, ArxivSection, TopicSection
from notebot.core.model.errors import ConfigError
from notebot.core.note_format.stub_title import NoteStyle
from notebot.core.schedule.schedule_text import CompleteBy, Every, Weekly

EXAMPLE = Path(__file__).parents[2] / "config.example.toml"
TOPIC = '[[topics]]\nname = "Math"\ncategories = ["cs.CL"]\n'
CONTACT = '[notebot]\ncontact = "you@example.org"\n'
LOOPBACK = 'feed_url = "http://127.0.0.1:8"\napi_url = "http://localhost:8/api"\noai_url = "http://[::1]:8/oai"\n'


@pytest.fixture(autouse=True)
def bare_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Hides every config of this machine."""
    for name in ("NOTEBOT_CONFIG", "NOTEBOT_CONTACT", "NOTEBOT_NOW"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "xdg"))
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "config.toml"


def problems(file: Path, text: str, *, need_topics: bool = True) -> list[str]:
    file.write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError) as caught:
        load_config(file, need_topics=need_topics)
    assert str(caught.value).splitlines() == caught.value.problems
    return caught.value.problems


def one_problem(file: Path, text: str) -> str:
    reported = problems(file, text)
    assert len(reported) == 1, reported
    return reported[0]


# valid configs


@pytest.mark.parametrize(("after", "seconds"), [("10m", 600), ("90s", 90), ("2h", 7200), ("0s", 0), ("off", None)])
def test_the_daemon_collects_after_a_while_or_never(file: Path, after: str, seconds: int | None) -> None:
    file.write_text(f'{CONTACT}{TOPIC}[digest]\ncollect_after = "{after}"\n', encoding="utf-8")
    assert load_config(file).collect_after_s == seconds


def test_contact_and_one_topic_are_enough(file: Path) -> None:
    file.write_text(CONTACT + TOPIC)
    config = load_config(file)
    assert config.path == file
    assert (config.contact, config.timezone) == ("you@example.org", ZoneInfo("Asia/Tokyo"))
    assert (config.state_dir, config.digest_dir) == (file.parent / "state", file.parent / "digests")
    assert config.templates_dir is None
    assert config.arxiv == ArxivSection()
    assert (config.digest.language, config.digest.full, config.digest.on_digest) == ("ja", 20, [])
    assert config.digest.related == 2
    assert config.note == NoteStyle("[Paper Note]", month=True)
    assert config.summary.backend == "extractive"
    assert isinstance(config.poll_schedule, Weekly)
    assert config.digest_schedule == CompleteBy(time(18), ZoneInfo("Asia/Tokyo"))
    assert not config.on_loopback
    (topic,) = config.topics
    assert (topic.name, topic.categories, topic.query, topic.tags) == ("Math", ("cs.CL",), None, ())
    assert topic.announce == {"new", "cross"}


def test_the_example_is_valid_once_a_contact_is_set(file: Path) -> None:
    text = EXAMPLE.read_text(encoding="utf-8")
    assert "notebot.contact" in one_problem(file, text)
    file.write_text(text.replace('contact = ""', 'contact = "you@example.org"'), encoding="utf-8")
    assert load_config(file).categories == ("cs.CL", "cs.LG")


def test_the_example_shows_every_key_with_its_default() -> None:
    shown = tomllib.loads(EXAMPLE.read_text(encoding="utf-8"))
    (topic,) = shown.pop("topics")
    assert list(shown) == list(SECTIONS)
    for name, values in shown.items():
        keys = [field.name for field in msgspec.structs.fields(SECTIONS[name])]
        assert list(values) == keys
        assert msgspec.convert(values, SECTIONS[name]) == SECTIONS[name]()
    assert list(topic) == [field.name for field in msgspec.structs.fields(TopicSection)]


def test_keys_of_every_section_are_read(file: Path) -> None:
    (file.parent / "home" / "mine").mkdir(parents=True, exist_ok=True)
    file.write_text(
        '[notebot]\ncontact = "you@example.org"\ntimezone = "Europe/Berlin"\nstate_dir = "../var"\n'
        'digest_dir = "/abs/digests"\ntemplates_dir = "~/mine"\n'
        '[arxiv]\npace_s = 5\ntimeout_s = 10.5\n[schedule]\npoll = "every 6h"\ndigest = "mon-fri 08:00"\n'
        '[digest]\nlanguage = "en"\nfull = 0\non_digest = ["notify-send", "{path}"]\n'
        '[note]\nprefix = ""\nmonth = false\n[summary]\nbackend = "none"\n[llm]\ndaily_calls = 7\n'
        '[[topics]]\nname = "Old"\ncategories = ["CMP-LG", "cs.cl", "stat.TH", "hep-th"]\n'
        'query = "ti:math*"\nannounce = ["replace"]\ntags = ["NLP", "Old"]\n'
    )
    config = load_config(file)
    assert config.state_dir == file.parent.parent / "var"
    assert config.digest_dir == Path("/abs/digests")
    assert config.templates_dir == file.parent / "home" / "mine"
    assert (config.arxiv.pace_s, config.arxiv.timeout_s) == (5.0, 10.5)
    assert config.poll_schedule == Every(21600)
    assert config.digest_schedule == Weekly(frozenset(range(5)), (time(8),), ZoneInfo("Europe/Berlin"))
    assert (config.digest.language, config.digest.full) == ("en", 0)
    assert config.note == NoteStyle("", month=False)
    assert config.summary.backend == "none"
    assert config.topics[0].categories == ("cs.CL", "math.ST", "hep-th")
    assert config.topics[0].announce == {"replace"}
    assert config.topics[0].query is not None


def test_categories_are_deduplicated_in_the_order_of_the_topics(file: Path) -> None:
    file.write_text(
        CONTACT
        + '[[topics]]\nname = "A"\ncategories = ["cs.LG", "cs.CL"]\n'
        + '[[topics]]\nname = "B"\ncategories = ["cs.CL", "cs.AI"]\n'
    )
    assert load_config(file).categories == ("cs.LG", "cs.CL", "cs.AI")


def test_the_contact_can_come_from_the_environment(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NOTEBOT_CONTACT", "env@example.org")
    assert load_config(None, need_topics=False).contact == "env@example.org"
    file.write_text(CONTACT + TOPIC)
    assert load_config(file).contact == "you@example.org"


def test_without_need_of_topics_only_the_contact_is_required(file: Path) -> None:
    file.write_text(CONTACT)
    assert load_config(file, need_topics=False).topics == ()
    assert problems(file, "", need_topics=False)[0].startswith("notebot.contact is missing")
    with pytest.raises(ConfigError, match=r"^There is no config\.toml here; `notebot init` writes one"):
        load_config(None, need_topics=False)


# mistakes


def test_all_mistakes_are_reported_at_once_with_their_keys(file: Path) -> None:
    reported = problems(
        file,
        '[notebot]\nstate_dirs = "x"\nstate_dir = 3\ntimezone = "Mars/Base"\ndatabase = "mysql://x"\n'
        '[arxvi]\n[arxiv]\nfeed_url = "ftp://x"\npace_s = 1\nretry_s = -1\ntimeout_s = 0\napi_url = 5\n'
        '[schedule]\npoll = "complete, latest 18:00"\n'
        '[digest]\nlanguage = "fr"\nfull = -1\nrelated = -1\non_digest = "notify"\n[note]\nmonth = 1\nprefx = ""\n'
        '[summary]\nbackend = "gpt"\n[llm]\nmodel = "x"\n'
        '[[topics]]\nnme = "x"\ncategories = ["cs.CL"]\n'
        '[[topics]]\nname = "B"\ncategories = ["cs", "cs.XX"]\nquery = "ti:("\nannounce = ["nwe"]\ntags = [1]\n'
        '[[topics]]\nname = "B"\ncategories = []\n',
    )
    for start in (
        "notebot.contact is missing",
        "notebot.state_dirs is not a key of notebot; did you mean state_dir?",
        "notebot.state_dir must be text",
        "notebot.timezone: 'Mars/Base'",
        "notebot.database must be",
        "[arxvi] is not a key of notebot; did you mean arxiv?",
        "arxiv.feed_url must be a web address",
        "arxiv.api_url must be text",
        "arxiv.pace_s = 1.0 is below the 3 s",
        "arxiv.retry_s must be a number of seconds",
        "arxiv.timeout_s must be a number of seconds",
        'schedule.poll: "complete, latest 18:00"',
        'digest.language must be "ja" or "en"',
        "digest.full must be 0 or more",
        "digest.related must be 0 or more",
        "digest.on_digest must be a list",
        "note.month must be true or false",
        "note.prefx is not a key of notebot; did you mean prefix?",
        "summary.backend must be",
        "llm.model is not a key of notebot",
        "topics[0].nme is not a key of notebot; did you mean name?",
        "topics[0].name is missing",
        "topics[1].tags (item 1) must be text in quotes",
        'topics[1] "B".categories: ',
        'topics[1] "B".query: ',
        'topics[1] "B".announce may contain',
        'topics[2] "B".categories must name at least one',
        'topics: the name "B" is used more than once',
    ):
        assert any(problem.startswith(start) for problem in reported), start
    assert sum(problem.startswith('topics[1] "B".categories: ') for problem in reported) == 2


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("state_dir = 3", "notebot.state_dir must be text in quotes, not a whole number."),
        ("[digest]\nfull = 2.5", "digest.full must be a whole number, not a number with a fraction."),
        ("[digest]\nfull = true", "digest.full must be a whole number, not true or false."),
        ('[digest]\non_digest = ["a", 1]', "digest.on_digest (item 2) must be text in quotes, not a whole number."),
        ('[note]\nmonth = "yes"', "note.month must be true or false, not text in quotes."),
        ('[digest]\non_digest = "a"', "digest.on_digest must be a list in brackets, not text in quotes."),
        ('[arxiv]\npace_s = "3"', "arxiv.pace_s must be a number, not text in quotes."),
    ],
)
def test_a_wrong_type_is_reported_with_the_expected_one(file: Path, text: str, message: str) -> None:
    assert one_problem(file, f"{CONTACT}{text}\n{TOPIC}") == message


@pytest.mark.parametrize(
    ("key", "message"),
    [
        ("[notbot]", "[notbot] is not a key of notebot; did you mean notebot?"),
        ("[topic]", "[topic] is not a key of notebot; did you mean topics?"),
        ("[zzzzzz]", "[zzzzzz] is not a key of notebot."),
        ("[schedule]\npol = 'every 6h'", "schedule.pol is not a key of notebot; did you mean poll?"),
        ("[schedule]\nzzzzzz = 'every 6h'", "schedule.zzzzzz is not a key of notebot."),
    ],
)
def test_an_unknown_key_is_reported_with_the_most_similar_key(file: Path, key: str, message: str) -> None:
    assert one_problem(file, f"{CONTACT}{key}\n{TOPIC}") == message


@pytest.mark.parametrize("contact", ["me", "a b@example.org", "私@example.org", "a@b\\nc", "  "])
def test_a_contact_that_does_not_fit_into_a_header_is_rejected(file: Path, contact: str) -> None:
    assert one_problem(file, f'[notebot]\ncontact = "{contact}"\n{TOPIC}').startswith("notebot.contact ")


@pytest.mark.parametrize(
    ("categories", "message"),
    [
        ('["cs"]', "whole archive"),
        ('["math"]', "whole archive"),
        ('["cs.XX"]', "cs.XX"),
        ("[]", "at least one category"),
    ],
)
def test_a_category_that_cannot_be_watched_is_reported(file: Path, categories: str, message: str) -> None:
    problem = one_problem(file, f'{CONTACT}[[topics]]\nname = "A"\ncategories = {categories}\n')
    assert problem.startswith('topics[0] "A".categories')
    assert message in problem


def test_a_malformed_query_is_reported_with_topic_and_position(file: Path) -> None:
    problem = one_problem(file, f'{CONTACT}{TOPIC}query = "ti:math OR"\n')
    assert problem.startswith('topics[0] "Math".query: ')
    assert "character" in problem
    assert "expected" in problem


@pytest.mark.parametrize("words", ["[]", '["new", "old"]'])
def test_announce_accepts_three_words_only(file: Path, words: str) -> None:
    problem = one_problem(file, f"{CONTACT}{TOPIC}announce = {words}\n")
    assert problem.startswith('topics[0] "Math".announce may contain "new", "cross" and "replace"')


@pytest.mark.parametrize("topics", ["", "topics = []\n", "topics = 'x'\n"])
def test_missing_topics_are_reported(file: Path, topics: str) -> None:
    assert one_problem(file, topics + CONTACT).startswith("topics: at least one [[topics]] is needed")


def test_a_section_that_is_not_a_table_is_reported(file: Path) -> None:
    assert one_problem(file, f"digest = 5\n{CONTACT}{TOPIC}").startswith("digest must be a table")


@pytest.mark.parametrize("content", [b"[notebot\n", b"\xff\xfe", b"a = 1\na = 2\n"])
def test_a_file_that_is_not_toml_is_reported_with_its_name(file: Path, content: bytes) -> None:
    file.write_bytes(content)
    with pytest.raises(ConfigError, match=r"config\.toml"):
        load_config(file)


# arXiv's terms


@pytest.mark.parametrize(
    ("urls", "pace", "accepted"),
    [
        (LOOPBACK, 0.0, True),
        (LOOPBACK.replace("127.0.0.1", "127.9.9.9"), 0.1, True),
        ("", 3.0, True),
        ("", 2.99, False),
        (LOOPBACK.replace("localhost", "example.org"), 0.0, False),
        (LOOPBACK.replace("127.0.0.1", "10.0.0.1"), 0.0, False),
        (LOOPBACK.replace("localhost", "localhost.example.org"), 0.0, False),
    ],
)
def test_a_pace_below_arxiv_s_terms_is_accepted_on_loopback_only(
    file: Path, urls: str, pace: float, accepted: bool
) -> None:
    text = f"{CONTACT}[arxiv]\n{urls}pace_s = {pace}\n{TOPIC}"
    if accepted:
        file.write_text(text)
        assert load_config(file).arxiv.pace_s == pace
    else:
        assert one_problem(file, text).startswith(f"arxiv.pace_s = {pace} is below the 3 s of arXiv's terms")


@pytest.mark.parametrize(
    ("url", "loopback"),
    [
        ("http://127.0.0.1", True),
        ("http://127.1.2.3:80/x", True),
        ("https://LOCALHOST", True),
        ("http://[::1]:9/", True),
        ("http://[::2]", False),
        ("http://0.0.0.0", False),
        ("http://user@example.org", False),
        ("http://2130706433", False),
        ("127.0.0.1", False),
        ("", False),
    ],
)
def test_is_loopback_looks_at_the_host_only(url: str, loopback: bool) -> None:
    assert is_loopback(url) == loopback


# where the file is looked for


def test_a_config_named_on_the_command_line_must_exist(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"nowhere\.toml; `notebot init`"):
        find_config(str(tmp_path / "nowhere.toml"))
    with pytest.raises(ConfigError, match=r"is a folder; name the file, such as .*config\.toml\."):
        find_config(str(tmp_path))


def test_a_config_named_in_the_environment_must_exist(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NOTEBOT_CONFIG", str(tmp_path / "nowhere.toml"))
    with pytest.raises(ConfigError, match=r"nowhere\.toml"):
        find_config(None)


def test_find_config_tries_option_environment_folder_and_xdg_in_this_order(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    places = {
        "given": tmp_path / "given.toml",
        "env": tmp_path / "env.toml",
        "here": tmp_path / "here" / "config.toml",
        "xdg": tmp_path / "xdg" / "notebot" / "config.toml",
        "home": tmp_path / "home" / ".config" / "notebot" / "config.toml",
    }
    for place in places.values():
        place.parent.mkdir(parents=True, exist_ok=True)
        place.touch()
    monkeypatch.setenv("NOTEBOT_CONFIG", str(places["env"]))
    assert find_config(str(places["given"])) == places["given"]
    assert find_config(None) == places["env"]
    monkeypatch.delenv("NOTEBOT_CONFIG")
    assert find_config(None) == places["here"]
    places["here"].unlink()
    assert find_config(None) == places["xdg"]
    monkeypatch.delenv("XDG_CONFIG_HOME")
    assert find_config(None) == places["home"]
    places["home"].unlink()
    assert find_config(None) is None


def test_without_a_file_the_error_names_notebot_init() -> None:
    with pytest.raises(ConfigError, match="`notebot init`"):
        load_config(None)


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("[arxiv]\npace_s = nan\n", "arxiv.pace_s"),
        ("[arxiv]\ntimeout_s = inf\n", "arxiv.timeout_s"),
        ("[arxiv]\nretry_s = -1\n", "arxiv.retry_s"),
        ('[arxiv]\nfeed_url = "http://[::1"\n', "arxiv.feed_url"),
        ('[arxiv]\nfeed_url = "http://"\n', "arxiv.feed_url"),
        ('[arxiv]\nfeed_url = "https://me:secret@example.org"\n', "arxiv.feed_url"),
        ('[note]\nprefix = "a\\nb"\n', "note.prefix"),
        ('[summary]\nlanguage = "tlh"\n', "summary.language"),
        ('[digest]\non_digest = ["a\\u0000b"]\n', "digest.on_digest"),
        ('[digest]\ncollect_after = "soon"\n', 'digest.collect_after must be a time such as "10m"'),
        ('[digest]\ncollect_after = "10"\n', "digest.collect_after"),
    ],
)
def test_an_impossible_value_is_reported(file: Path, text: str, named: str) -> None:
    assert one_problem(file, CONTACT + text + TOPIC).startswith(named)


@pytest.mark.parametrize("folder", ["~nosuchuser/x", "a\\u0000b"])
def test_a_malformed_path_is_reported(file: Path, folder: str) -> None:
    text = f'[notebot]\ncontact = "you@example.org"\nstate_dir = "{folder}"\n{TOPIC}'
    assert one_problem(file, text).startswith("notebot.state_dir")


def test_a_missing_templates_folder_is_reported(file: Path) -> None:
    text = f'[notebot]\ncontact = "you@example.org"\ntemplates_dir = "none"\n{TOPIC}'
    assert one_problem(file, text).startswith("notebot.templates_dir: there is no folder")


def test_a_topic_without_a_name_has_its_other_mistakes_reported_too(file: Path) -> None:
    reported = problems(file, CONTACT + '[[topics]]\ncategories = ["cs"]\nquery = "(ti:a"\n')
    assert [problem.split(":")[0].split(" ")[0] for problem in reported] == ["topics[0].name", "topics[0]", "topics[0]"]


def test_a_file_with_a_byte_order_mark_is_read(file: Path) -> None:
    file.write_bytes(b"\xef\xbb\xbf" + (CONTACT + TOPIC).encode())
    assert load_config(file).contact == "you@example.org"


@pytest.mark.parametrize(
    ("text", "key"),
    [
        (f"[notebot]\ncontact = 3\n{TOPIC}", "notebot.contact"),
        (f"notebot = 3\n{TOPIC}", "notebot"),
        (f'{CONTACT}[summary]\nbackend = "llm"\n[llm]\nbase_url = 3\nsummary_model = "m"\n{TOPIC}', "llm.base_url"),
        (f"{CONTACT}[x]\ntoken_file = 3\n{TOPIC}", "x.token_file"),
    ],
)
def test_a_value_of_the_wrong_type_is_reported_once(file: Path, text: str, key: str) -> None:
    assert one_problem(file, text).startswith(key)


@pytest.mark.parametrize(("section", "key"), [("archive", "token_env"), ("llm", "api_key_env")])
def test_a_secret_in_the_place_of_its_variable_is_not_repeated(file: Path, section: str, key: str) -> None:
    summary = '[summary]\nbackend = "llm"\n' if section == "llm" else ""
    address = 'base_url = "http://127.0.0.1:1/v1"\nsummary_model = "m"\n' if section == "llm" else 'repo = "o/n"\n'
    report = one_problem(file, f'{CONTACT}{summary}[{section}]\n{address}{key} = "sk-invented-0123"\n{TOPIC}')
    assert report.startswith(f"{section}.{key} must be the name of an environment variable")
    assert "invented" not in report


@pytest.mark.parametrize("tag", ["", " ", "#A B", "A, B", "A、B", "A\nB", "A" * 51])
def test_a_tag_that_cannot_be_a_label_is_refused(file: Path, tag: str) -> None:
    assert 'topics[0] "Math".tags: ' in one_problem(file, f"{CONTACT}{TOPIC}tags = [{json.dumps(tag)}]\n")


def test_a_tag_may_have_blanks(file: Path) -> None:
    file.write_text(f'{CONTACT}{TOPIC}tags = ["Author Thread-Post", "Test-Time Scaling"]\n')
    assert load_config(file).topics[0].tags == ("Author Thread-Post", "Test-Time Scaling")


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("postgresql://u:hunter22@h/x", "notebot.database must not contain a password; put it into PGPASSWORD"),
        ("postgresql://h/x?password=hunter22", "notebot.database must not contain a password"),
        ("postgresql://u:hunter22@[h/x", "notebot.database must be a PostgreSQL URL"),
        ("postgresql://u:hunter22/x", "notebot.database must be"),
        ("host=h password=hunter22", "notebot.database must be"),
        ("mysql://h/x", "notebot.database must be"),
        ("postgresql:x", "notebot.database must be"),
        ("postgresql://h/x\n", "notebot.database must be"),
    ],
)
def test_an_unusable_database_is_refused_without_repeating_its_password(file: Path, url: str, says: str) -> None:
    reported = problems(file, f"{CONTACT}database = {json.dumps(url)}\n{TOPIC}")
    assert [line[: len(says)] for line in reported] == [says]
    assert "hunter22" not in str(reported)


@pytest.mark.parametrize(
    "url",
    [
        "postgresql:///notebot?service=lab",
        "postgres://u@[::1]:5432/x",
        "postgresql://a:1,b:2/x?target_session_attrs=any",
    ],
)
def test_a_database_on_a_server_is_accepted(file: Path, url: str) -> None:
    file.write_text(f'{CONTACT}database = "{url}"\n{TOPIC}', encoding="utf-8")
    assert load_config(file).database == url


@pytest.mark.parametrize(
    ("section", "key", "secret"),
    [
        ("archive", "github_url", "the token"),
        ("zotero", "url", "the key"),
        ("venue", "s2_url", "the key"),
        ("x", "api_url", "the token"),
    ],
)
def test_no_secret_is_sent_without_tls(file: Path, section: str, key: str, secret: str) -> None:
    for address in ("https://host.example", "http://127.0.0.1:8", "http://[::1]:8"):
        file.write_text(f'{CONTACT}{TOPIC}[{section}]\n{key} = "{address}"\n', encoding="utf-8")
        load_config(file)
    assert problems(file, f'{CONTACT}{TOPIC}[{section}]\n{key} = "http://host.example"\n') == [
        f"{section}.{key} must begin with https:, because {secret} is sent there, not 'http://host.example'."
    ]


@pytest.mark.parametrize(
    ("lines", "problem"),
    [
        ('library = "me"', 'zotero.library must be "users/NUMBER" or "groups/NUMBER", not \'me\'; your number is at'),
        ('library = "users/1/../2"', "zotero.library must be"),
        ('collection = "My papers"', "zotero.collection must be the eight letters and digits at the end"),
        ('api_key_env = "P9NiFoyL+eZu2"', "zotero.api_key_env must be the name of an environment variable"),
        ('url = "zotero.org"', "zotero.url must be a web address"),
        ('url = "http://api.zotero.org"', "zotero.url must begin with https:, because the key is sent there"),
        ('libary = "users/1"', "zotero.libary is not a key of notebot; did you mean library?"),
        ("library = 475425", "zotero.library must be text in quotes, not a whole number"),
    ],
)
def test_mistakes_in_the_access_to_zotero_are_one_sentence(file: Path, lines: str, problem: str) -> None:
    found = problems(file, f"{CONTACT}{TOPIC}[zotero]\n{lines}\n")
    assert len(found) == 1
    assert found[0].startswith(problem)
    assert "P9NiFoyL" not in found[0]
