"""Whatever is wrong, the command says so in one sentence, ends with the right code, and loses nothing stored."""

import signal
import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from acceptance.command import EVERYTHING, MATHEMATICS, Desk, Done, run, wait_for
from notebot.core.packaged_files import packaged_path
from servers.faulty_arxiv import Fault, FaultKind, FaultyArxiv
from servers.loopback import Loopback, answer, unused_port

pytestmark = pytest.mark.slow


def assert_refused(done: Done, code: int, *words: str, sentences: int = 1) -> None:
    """The code, nothing on stdout, and so many sentences on stderr that hold the words."""
    assert done.code == code, done
    assert done.out == ""
    lines = done.err.strip().splitlines()
    assert len(lines) == sentences, done.err
    for word in words:
        assert word in done.err, (word, done.err)


@dataclass(frozen=True)
class WrongConfig:
    """What is changed in a good config, and what the sentence has to name."""

    words: tuple[str, ...]
    sections: dict[str, dict[str, object]] = field(default_factory=dict)
    topic: dict[str, object] | None = None


WRONG_CONFIGS = {
    "an unknown key": WrongConfig(
        ("notebot.contcat", "did you mean contact"), {"notebot": {"contact": "a@b.org", "contcat": "a@b.org"}}
    ),
    "an unknown section": WrongConfig(("shedule", "did you mean schedule"), {"shedule": {"poll": "every 6h"}}),
    "an unknown key of a topic": WrongConfig(
        ("topics[0].catgories", "did you mean categories"), topic={**MATHEMATICS, "catgories": ["cs.CL"]}
    ),
    "a topic without categories": WrongConfig(
        ("topics[0]", "Mathematics", "categories"), topic={**MATHEMATICS, "categories": []}
    ),
    "a category that does not exist": WrongConfig(
        ("Mathematics", "cs.CX", "nearest"), topic={**MATHEMATICS, "categories": ["cs.CX"]}
    ),
    "a whole archive": WrongConfig(("Mathematics", '"cs"', "2,000"), topic={**MATHEMATICS, "categories": ["cs"]}),
    "a query without operator": WrongConfig(
        ("Mathematics", "character 12", "expected", "AND, OR or ANDNOT"),
        topic={**MATHEMATICS, "query": "ti:theorem proving"},
    ),
    "a query with an open parenthesis": WrongConfig(
        ("Mathematics", "character 9", "expected", "closing )"), topic={**MATHEMATICS, "query": "ti:a OR (ti:b"}
    ),
    "a query with an unknown prefix": WrongConfig(
        ("Mathematics", "character 1", "expected ti:"), topic={**MATHEMATICS, "query": "title:theorem"}
    ),
    "a missing contact": WrongConfig(("notebot.contact", "NOTEBOT_CONTACT"), {"notebot": {"contact": ""}}),
    "a contact that is none": WrongConfig(("notebot.contact", "e-mail"), {"notebot": {"contact": "me"}}),
    "a wrong type": WrongConfig(("digest.full", "must be a whole number"), {"digest": {"full": "twenty"}}),
    "a wrong schedule": WrongConfig(("schedule.poll", "expected"), {"schedule": {"poll": "sometimes"}}),
    "a wrong time zone": WrongConfig(("notebot.timezone", "Tokio"), {"notebot": {"timezone": "Asia/Tokio"}}),
    "an impolite pace": WrongConfig(
        ("arxiv.pace_s", "1.0", "3 s"),
        {"arxiv": {"pace_s": 1.0, "feed_url": "https://rss.arxiv.org"}},
    ),
}  # fmt: skip


@pytest.mark.parametrize("wrong", WRONG_CONFIGS.values(), ids=WRONG_CONFIGS)
def test_a_wrong_config_is_named_with_its_key(wrong: WrongConfig, desk: Desk) -> None:
    contact: dict[str, object] = {"contact": "curator@example.org"}
    desk.sections = {**wrong.sections, "notebot": {**contact, **wrong.sections.get("notebot", {})}}
    desk.topics = [wrong.topic or MATHEMATICS]
    assert_refused(desk.run("check"), 2, *wrong.words)
    assert not desk.database.exists()


def test_every_mistake_is_listed_at_once(desk: Desk) -> None:
    desk.sections = {"digest": {"full": -1, "langauge": "en"}, "summary": {"backend": "magic"}}
    desk.topics = [{**MATHEMATICS, "query": "ti:"}]
    done = desk.run("check")
    assert_refused(done, 2, "digest.full", "digest.langauge", "summary.backend", "Mathematics", sentences=4)
    document = desk.run("check", "--json")
    assert document.code == 2
    assert document.json["errors"] == done.err.strip().splitlines()


BROKEN_TOML = {
    "a section that is a number": ("arxiv = 3\n", ("arxiv", "table")),
    "a value for a section's head": ("[arxiv] = 3\n", ("config.toml", "TOML", "line 1")),
    "a string without its end": ('[notebot]\ncontact = "me\n', ("config.toml", "TOML", "line 2")),
    "topics that are no tables": ("topics = [1]\n", ("topics[0]", "table")),
    "bytes that are no text": ("", ("config.toml", "cannot be read")),
}


@pytest.mark.parametrize(("text", "words"), BROKEN_TOML.values(), ids=BROKEN_TOML)
def test_a_file_that_is_not_a_config(text: str, words: tuple[str, ...], tmp_path: Path) -> None:
    good = '[notebot]\ncontact = "curator@example.org"\n' if text.startswith(("arxiv", "topics")) else ""
    rest = "" if text.startswith("topics") or not good else '[[topics]]\nname = "All"\ncategories = ["cs.CL"]\n'
    (tmp_path / "config.toml").write_bytes((text + good + rest).encode() or b"\xff\xfe\x00")
    assert_refused(run("check", cwd=tmp_path), 2, *words)


def test_a_config_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    assert_refused(run("--config", "gone.toml", "status", cwd=tmp_path), 2, "gone.toml", "notebot init")


def test_without_any_config_init_is_recommended(tmp_path: Path) -> None:
    assert_refused(run("poll", cwd=tmp_path), 2, "config.toml", "notebot init")


@pytest.mark.parametrize("command", ["check", "status", "digest", "poll"])
def test_a_clock_of_ones_own_is_refused_with_the_real_arxiv(command: str, tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    assert_refused(desk.run(command), 2, "NOTEBOT_NOW", "three arXiv URLs")


@pytest.mark.parametrize("now", ["yesterday", "2026-13-01T00:00"])
def test_a_clock_that_is_not_a_time_is_refused(now: str, desk: Desk) -> None:
    assert_refused(desk.run("check", now=now), 2, "NOTEBOT_NOW", "ISO", now)


WRONG_USE = {
    "an unknown command": (["polll"], "polll"),
    "an unknown option": (["poll", "--hard"], "--hard"),
    "a fetch of nothing": (["fetch"], "REF"),
    "a form that is none": (["fetch", "--format", "pdf", "2605.90101"], "pdf"),
    "a state that is none": (["queue", "list", "--status", "lost"], "lost"),
    "a post that is no link": (["fetch", "2605.90101", "--post", "javascript:alert(1)"], "--post"),
}


@pytest.mark.parametrize(("arguments", "word"), WRONG_USE.values(), ids=WRONG_USE)
def test_wrong_use_ends_with_2(arguments: list[str], word: str, desk: Desk) -> None:
    done = desk.run(*arguments)
    assert (done.code, done.out) == (2, "")
    assert word in done.err


BAD_REFS = {
    "2513.02807": "month 13",
    "foo": "neither an arXiv id",
    "": "reference is empty",
    "https://arxiv.org/list/cs.CL/new": "without a paper id",
    "2605.99999": "no paper 2605.99999",
}


@pytest.mark.parametrize("ref", BAD_REFS)
def test_a_bad_ref_is_an_answer(ref: str, desk: Desk) -> None:
    assert_refused(desk.run("fetch", ref), 1, BAD_REFS[ref], repr(ref))


@pytest.mark.parametrize(
    ("verb", "ref"), [("show", "2605.99999"), ("keep", "foo"), ("skip", "2605.99999"), ("requeue", "2605.99999")]
)
def test_a_ref_without_a_stub_is_an_answer(verb: str, ref: str, desk: Desk) -> None:
    assert_refused(desk.run("queue", verb, ref), 1, ref)


def test_a_service_that_cannot_be_reached_is_named_and_nothing_is_lost(polled: Desk) -> None:
    desk = polled
    before, addresses = desk.stubs(), desk.urls
    with unused_port() as port:
        base = f"http://127.0.0.1:{port}"
        desk.urls = {"feed_url": base, "api_url": f"{base}/api/query", "oai_url": f"{base}/oai"}
        done = desk.run("poll")
        assert done.code == 1
        assert [line.split(":")[0] for line in done.err.splitlines()] == ["cs.CL", "cs.LG"]
        assert done.err.count("cannot be reached") == 2
        assert_refused(desk.run("fetch", "2605.90101"), 1, "2605.90101", "cannot be reached")
    desk.urls = addresses
    assert desk.stubs() == before
    assert {row["state"] for row in desk.rows("SELECT state FROM ledger")} == {"fresh"}


@pytest.mark.parametrize("command", [("fetch", "2605.90101"), ("poll",)])
def test_a_person_is_told_what_a_command_waits_for_and_can_end_it(command: tuple[str, ...], desk: Desk) -> None:
    with Loopback([answer("down", 503)]) as server:
        desk.urls = dict.fromkeys(("feed_url", "api_url", "oai_url"), server.url)
        desk.sections = {"arxiv": {"retry_s": 3600.0, "timeout_s": 5.0}}
        with desk.start(*command) as running:
            wait_for(lambda: "Trying again in" in running.said, "the first wait")
            assert running.end(signal.SIGINT) == 130
    first = running.said.splitlines()[0]
    assert first.startswith("arXiv")
    assert "503" in first
    assert "Ctrl-C ends the command" in first


FAULTS = {
    FaultKind.TOO_MANY_REQUESTS: "throttled",
    FaultKind.NOT_ACCEPTABLE: "throttled",
    FaultKind.RATE_EXCEEDED: "throttled",
    FaultKind.UNAVAILABLE: "throttled",  # this 503 says `Rate exceeded.`
    FaultKind.SERVER_ERROR: "unavailable",
    FaultKind.DROPPED_BEFORE_HEADERS: "unavailable",
    FaultKind.FORBIDDEN: "refused",
    FaultKind.EMPTY_BODY: "bad-answer",
    FaultKind.TRUNCATED: "bad-answer",
    FaultKind.BOT_WALL: "bad-answer",
    FaultKind.WRONG_TYPE: "bad-answer",
    FaultKind.ENTITY_BOMB: "bad-answer",
    FaultKind.DROPPED_MID_BODY: "bad-answer",
    FaultKind.HUGE: "bad-answer",
    FaultKind.HANG: "timeout",
}


@pytest.mark.parametrize("kind", FAULTS, ids=str)
@pytest.mark.parametrize("service", ["feed", "api"])
def test_a_fault_has_its_kind_and_the_next_poll_makes_up_for_it(
    service: str, kind: FaultKind, desk: Desk, arxiv: FaultyArxiv
) -> None:
    desk.sections = {"arxiv": {"timeout_s": 0.5, "retry_s": 0.0}}
    arxiv.set_faults(Fault(service, kind, times=None))  # type: ignore[arg-type]
    done = desk.run("poll", "--json")
    errors = {source["source"]: source["error"] for source in done.json["sources"] if source["error"]}
    assert (done.code, done.json["status"]) == (1, "failed" if service == "feed" else "partial")
    assert {error["kind"] for error in errors.values()} == {FAULTS[kind]}, errors
    assert set(errors) == ({"cs.CL", "cs.LG"} if service == "feed" else {"api"})
    arxiv.set_faults()
    arxiv.release()
    later = {"now": "2026-05-12T21:00+09:00"} if kind is FaultKind.FORBIDDEN else {}  # a 403 is heeded for 6 hours
    desk.ok("poll", **later)
    assert {name: stub["complete"] for name, stub in desk.stubs().items()} == {"2605.90101": True}


def test_a_digest_folder_that_is_a_file_loses_no_stub(polled: Desk) -> None:
    taken = polled.folder / "digests"
    taken.write_text("mine")
    assert_refused(polled.run("digest"), 1, str(taken), "cannot be written")
    assert taken.read_text() == "mine"
    assert set(polled.statuses().values()) == {"queued"}
    taken.unlink()
    done = polled.ok("digest", "--json").json
    assert done["entries"] == list(polled.statuses())
    assert set(polled.statuses().values()) == {"digested"}


TEMPLATES = {
    "a name that is not there": ("digest.md.j2", "{{ nonsense }}", "nonsense"),
    "a syntax error": ("entry.md.j2", "line one\n{% if %}", "line 2"),
    "an unknown filter": ("digest.md.j2", "{{ day | shout }}", "shout"),
    "a field that is not there": ("digest.md.j2", "{{ layout.colour }}", "colour"),
}


@pytest.mark.parametrize(("name", "text", "word"), TEMPLATES.values(), ids=TEMPLATES)
def test_a_broken_template_is_named_and_loses_no_stub(name: str, text: str, word: str, polled: Desk) -> None:
    folder = polled.folder / "templates"
    folder.mkdir()
    (folder / name).write_text(text)
    polled.sections = {"notebot": {"templates_dir": "templates", "contact": "curator@example.org"}}
    assert_refused(polled.run("digest"), 2, name, word)
    assert polled.digests() == []
    polled.sections = {}
    assert set(polled.statuses().values()) == {"queued"}
    polled.ok("digest")
    assert len(polled.digests()) == 1


@pytest.mark.makes_mistakes
def test_an_entry_that_cannot_be_rendered_is_named_and_the_others_are_written(desk: Desk) -> None:
    desk.topics = [EVERYTHING]
    desk.ok("poll")
    bad, *others = sorted(desk.statuses())
    folder = desk.folder / "templates"
    folder.mkdir()
    packaged = packaged_path("templates").joinpath("entry.md.j2").read_text(encoding="utf-8")
    fault = f"{{% if stub.arxiv_id == '{bad}' %}}{{{{ stub.colour }}}}{{% endif %}}"
    (folder / "entry.md.j2").write_text(packaged.replace("Issue Date:", f"{fault}Issue Date:"), encoding="utf-8")
    desk.sections["notebot"] = {"templates_dir": "templates", "contact": "curator@example.org"}
    done = desk.run("digest")
    assert done.code == 1
    assert f"{bad} is left out of the digest and stays queued. The template" in done.err
    assert "colour" in done.err
    reference = done.err.partition("traceback is [")[2][:8]
    assert reference in (desk.database.parent / "errors.log").read_text(encoding="utf-8")
    assert desk.statuses() == {bad: "queued"} | dict.fromkeys(others, "digested")
    text = desk.digests()[0].read_text(encoding="utf-8")
    assert [arxiv_id in text for arxiv_id in (bad, *others)] == [False, *[True] * len(others)]
    desk.sections = {}
    desk.ok("digest")
    assert desk.statuses()[bad] == "digested"


@pytest.mark.parametrize("case", ["a syntax error", "an unknown filter"])
def test_check_finds_a_template_that_does_not_parse(case: str, desk: Desk) -> None:
    name, text, word = TEMPLATES[case]
    (desk.folder / name).write_text(text)
    desk.sections = {"notebot": {"templates_dir": ".", "contact": "curator@example.org"}}
    assert_refused(desk.run("check"), 2, name, word)


def write_newer(path: Path) -> None:
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA user_version = 999")


def write_garbage(path: Path) -> None:
    for each in path.parent.glob("notebot.db*"):
        each.unlink()
    path.write_bytes(b"this was a database once\n" * 500)


DATABASES: dict[str, tuple[Callable[[Path], None], tuple[str, ...]]] = {
    "from a newer version": (write_newer, ("notebot.db", "newer notebot", "999")),
    "corrupt": (write_garbage, ("notebot.db", "not a database", "backup")),
}


@pytest.mark.parametrize(
    "command",
    [
        ("poll",),
        ("queue", "list"),
        *(pytest.param(command, marks=pytest.mark.slow) for command in (("digest",), ("status",), ("run",))),
    ],
    ids=" ".join,
)
@pytest.mark.parametrize(("spoil", "words"), DATABASES.values(), ids=DATABASES)
def test_a_database_that_cannot_be_read_is_left_as_it_is(
    spoil: Callable[[Path], None], words: tuple[str, ...], command: tuple[str, ...], polled: Desk
) -> None:
    spoil(polled.database)
    before = polled.database.read_bytes()
    assert_refused(polled.run(*command), 1, *words)
    assert polled.database.read_bytes() == before


def test_a_damaged_page_is_reported_in_a_sentence(polled: Desk) -> None:
    with closing(sqlite3.connect(polled.database)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    body = polled.database.read_bytes()
    polled.database.write_bytes(body[:4096] + b"\xff" * (len(body) - 4096))
    for command in (("queue", "list"), ("poll",), ("digest",)):
        done = polled.run(*command)
        assert done.code == 1
        assert "notebot.db" in done.err
        assert "malformed" in done.err


def test_a_state_folder_that_is_a_file(desk: Desk) -> None:
    (desk.folder / "state").write_text("mine")
    for command in (("poll",), ("queue", "list"), ("run",)):
        assert_refused(desk.run(*command), 1, str(desk.folder / "state"))
