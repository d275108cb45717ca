"""Attempts of the desk ben at what belongs to ada, on the command line and in the files of a lab; none gets in."""

from __future__ import annotations

import hashlib
import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from acceptance.command import TUESDAY, Done, sample_paper, table
from acceptance.test_lab import Lab
from servers.faulty_arxiv import FaultyArxiv
from store.test_desks import rows_of

pytestmark = pytest.mark.usefixtures("postgres")
SHARED, HERS = "2605.00001", "2605.00002"
IN = "remark of ada's"
"""What ada typed; whatever says it has got in."""
PAPERS = [sample_paper(SHARED, TUESDAY, "A shared paper"), sample_paper(HERS, TUESDAY, "A paper for ada")]
DIGEST = "2026-05-12.md"


class LabOfTwo(Lab):
    """A lab in which ada has decided, written and published, and ben has a queue."""

    def __init__(self, folder: Path, arxiv: FaultyArxiv) -> None:
        super().__init__(folder, arxiv)
        (folder / "desks/eve.toml").unlink()
        for name, query in (("ada", "ti:paper*"), ("ben", "ti:shared")):
            self.write_desk(name, [{"name": "Papers", "categories": ["cs.CL"], "query": query, "tags": ["NLP"]}])
            with (folder / f"desks/{name}.toml").open("a", encoding="utf-8") as file:
                file.write('\n[archive]\nfolder = "notes"\n')
        assert self.run("poll").code == 0
        path = Path(self.ok("ada", "digest").out.strip())
        text = re.sub(r"- \[ \] keep", "- [x] keep", path.read_text(encoding="utf-8"))
        path.write_text(re.sub(r"\*\*Comment\*\*\n", f"**Comment**\n\n{IN}\n", text), encoding="utf-8")
        self.ok("ada", "collect")
        self.ok("ada", "publish")
        assert IN in self.ok("ada", "export").out
        self.home = folder / "desks/ada"
        self.before = self.state()

    def ok(self, desk: str, *words: str) -> Done:
        done = self.run("--desk", desk, *words)
        assert done.code == 0, done
        return done

    def state(self) -> object:
        """All of ada's rows and files; the log of errors is the machine's."""
        files = {
            str(path.relative_to(self.home)): hashlib.sha256(path.read_bytes()).hexdigest()
            for path in self.home.rglob("*")
            if path.is_file() and "state" not in path.relative_to(self.home).parts
        }
        return rows_of(self.url, "ada"), files

    def check(self, done: Done) -> None:
        assert IN not in done.out + done.err
        assert self.state() == self.before


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LabOfTwo]:
    with FaultyArxiv(PAPERS) as arxiv:
        arxiv.day = TUESDAY
        yield LabOfTwo(tmp_path_factory.mktemp("isolation") / "lab", arxiv)


COMMANDS = [
    f"queue show {HERS}",
    f"queue keep {HERS}",
    f"queue skip {HERS}",
    f"queue requeue {HERS}",
    f"queue keep {SHARED}",
    f"queue requeue {SHARED}",
    "queue undo",
    "queue list --status kept --json",
    f"why {HERS}",
    "ledger --json",
    "status --json",
    "stats --json",
    "search remark --json",
    "search --json",
    "export",
    "audit",
    "duplicates",
    "doctor --offline",
    "doctor --offline --repair",
    "digest --dry-run",
    "collect",
    f"collect {DIGEST}",
    f"collect {{lab}}/desks/ada/digests/{DIGEST}",
    f"collect --as-typed {{lab}}/desks/ada/digests/{DIGEST}",
    f"collect ../ada/digests/{DIGEST}",
    f"deliver --again {DIGEST}",
    "deliver",
    f"publish {HERS}",
    "publish",
    "fill 1",
    "fill",
    "venues {lab}/desks/ada/notes --as ICLR'26",
    "pages",
    "site {lab}/site-of-ben",
    "zotero --json",
    "sources export",
    "backfill --topic ada/Papers --since 2026-05-01",
    "import folder",
    f"fetch {HERS} --save",
]


@pytest.mark.parametrize("words", COMMANDS)
def test_a_command_of_one_desk_shows_and_changes_nothing_of_another(words: str, lab: LabOfTwo) -> None:
    done = lab.run("--desk", "ben", *words.format(lab=lab.folder).split())
    lab.check(done)
    site = lab.folder / "site-of-ben"
    assert all(IN.encode() not in path.read_bytes() for path in site.rglob("*") if path.is_file())


NAMES = [
    "../ada",
    "ADA",
    "ada%00",
    "(hub)",
    "ada ",
    "ada/../ada",
    "a*",
    "ada.toml",
    "ada;",
    "ａda",
    "ada\n",
    "desks/ada",
]


@pytest.mark.parametrize("name", NAMES)
def test_a_name_that_is_nearly_hers_is_no_desk(name: str, lab: LabOfTwo) -> None:
    done = lab.run("--desk", name, "queue", "list", "--json")
    assert (done.code, done.out) == (2, "")
    assert "has no desk" in done.err and "there are ada, ben" in done.err
    lab.check(done)


def test_a_copy_of_one_desk_has_nothing_of_another(lab: LabOfTwo) -> None:
    lab.check(lab.ok("ben", "db", "copy", "--to", "ben.db"))
    with closing(sqlite3.connect(lab.folder / "ben.db")) as copy:
        assert copy.execute("SELECT count(*) > 0 FROM stubs").fetchone() == (1,)
    assert IN.encode() not in (lab.folder / "ben.db").read_bytes()
    taken = lab.run("--desk", "ben", "db", "copy", "--to", lab.url, "--into", "ada")
    assert taken.code != 0
    lab.check(taken)


def test_a_digest_of_another_desk_is_not_read_as_one_of_the_same_name(lab: LabOfTwo) -> None:
    lab.ok("ben", "queue", "requeue", SHARED)
    own = Path(lab.ok("ben", "digest").out.strip())
    assert own.name == DIGEST
    hers = lab.home / "digests" / DIGEST
    decided = lab.ok("ben", "queue", "list", "--json").json
    done = lab.run("--desk", "ben", "collect", str(hers))
    assert (done.code, "is a digest of the desk ada; it was not read" in done.err) == (1, True)
    lab.check(done)
    written = own.read_text(encoding="utf-8")
    own.write_bytes(hers.read_bytes())
    done = lab.run("--desk", "ben", "collect")
    assert (done.code, "is a digest of the desk ada" in done.err) == (1, True)
    assert lab.ok("ben", "queue", "list", "--json").json == decided
    lab.check(done)
    own.write_text(written, encoding="utf-8")
    assert lab.run("--desk", "ben", "collect").code == 0


PATHS = [
    ("notebot", "digest_dir", "../ada/digests"),
    ("notebot", "digest_dir", "{lab}/desks/ada"),
    ("notebot", "digest_dir", "link/digests"),
    ("notebot", "templates_dir", "../ada/digests"),
    ("notebot", "digest_dir", "../ben/../ada/digests"),
    ("archive", "folder", "../ada/notes"),
    ("archive", "pages_dir", "../ada/pages"),
    ("inbox", "dir", "../ada/inbox"),
    ("inbox", "file", "../ada/inbox.txt"),
    ("venue", "extra_table", "../ada/venues.toml"),
    ("x", "token_file", "../ada/x.json"),
    ("notebot", "state_dir", "../ada/state"),
    ("notebot", "database", "postgresql:///other"),
    ("web", "token_file", "../ada/state/web-tokens.json"),
    ("lab", "desks", "*.toml"),
]


@pytest.mark.parametrize(("section", "key", "value"), PATHS)
def test_a_desk_s_file_leads_to_no_file_of_another_desk(section: str, key: str, value: str, lab: LabOfTwo) -> None:
    zoe = lab.folder / "desks/zoe.toml"
    (lab.folder / "desks/zoe").mkdir(exist_ok=True)
    link = lab.folder / "desks/zoe/link"
    if not link.is_symlink():
        link.symlink_to(lab.home, target_is_directory=True)
    (lab.folder / "desks/ada/venues.toml").touch()
    try:
        topic = table("[[topics]]", {"name": "All", "categories": ["cs.CL"]})
        zoe.write_text(table(f"[{section}]", {key: value.format(lab=lab.folder)}) + topic, encoding="utf-8")
        for words in (("--desk", "zoe", "digest"), ("--desk", "zoe", "import", "folder")):
            done = lab.run(*words)
            assert (done.code, done.out) == (2, "")
            assert "zoe.toml: " in done.err
        assert lab.run("desk", "check").code == 1
    finally:
        zoe.unlink()
        (lab.folder / "desks/ada/venues.toml").unlink()
    assert lab.state() == lab.before


def test_a_desk_s_folder_that_is_a_link_to_another_one_is_refused(lab: LabOfTwo) -> None:
    zoe, home = lab.folder / "desks/zed.toml", lab.folder / "desks/zed"
    zoe.write_text(table("[[topics]]", {"name": "All", "categories": ["cs.CL"]}), encoding="utf-8")
    home.symlink_to(lab.home, target_is_directory=True)
    try:
        done = lab.run("--desk", "zed", "collect")
        assert (done.code, "notebot.digest_dir is in the folder of the desk ada" in done.err) == (2, True)
    finally:
        home.unlink()
        zoe.unlink()
    lab.check(done)


def test_a_topic_named_like_one_of_another_desk_s_is_one_s_own(lab: LabOfTwo) -> None:
    zoe = lab.folder / "desks/zoe.toml"
    topic = {"name": "ada/Papers", "categories": ["cs.CL"], "query": "ti:shared"}
    zoe.write_text(table("[[topics]]", topic), encoding="utf-8")
    try:
        assert lab.run("desk", "check").code in (0, 1)
        lab.run("poll")
    finally:
        zoe.unlink()
    assert lab.state() == lab.before
