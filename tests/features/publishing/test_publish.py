"""Publishing exactly once: a real store, the real adapter, a GitHub on loopback, and faults at every step."""

import json
from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path

import pytest
from msgspec.structs import replace

from fakes import KEPT_STUB as STUB
from fakes import FakeClock
from fresh_store import new_store
from notebot.core.model.errors import UsageError
from notebot.core.model.note import Note
from notebot.core.model.offer import DigestPlan, Update
from notebot.core.model.stub import AttributedText, Curator, Stub, StubStatus, Venue
from notebot.core.note_format.stub_title import NoteStyle
from notebot.core.note_format.tag_order import TagOrder
from notebot.features.archive.import_notes import Importer
from notebot.features.digests.adapters.jinja import JinjaRenderer
from notebot.features.publishing.adapters.outbox_folder import OutboxFolder
from notebot.features.publishing.archive_port import Issue, IssueArchive
from notebot.features.publishing.publish.publish_kept import publish
from notebot.features.publishing.publish.report import PublishReport
from notebot.features.publishing.publish.session import PublishRules
from notebot.features.publishing.publish.write_scripts import write_scripts
from notebot.features.publishing.rules.issue_draft import OutboxState, issue_body
from notebot.store.update_rows import change_of_earlier_version
from servers.github_archive import TOKEN, DyingGitHub, GitHubArchive, Killed, read_note
from servers.github_server import GitHubServer
from servers.loopback import Handler, answer, raw

pytestmark = pytest.mark.slow

CLOCK = FakeClock()
STYLE = NoteStyle()
LABELS: dict[str, str | None] = {"NLP": None, "Mathematics": None}
OTHER = replace(
    STUB,
    key="arxiv:2605.09920",
    arxiv_id="2605.09920",
    url="https://arxiv.org/abs/2605.09920",
    title="Another",
    posts=(),
    curator=Curator(comment="二つ目"),
)
COMMENTS = ["元ポスト:\nhttps://x.com/ada/status/1", "関連:\n- #7", "- 良い。\n\n  二行目  @me\n"]


class Desk(GitHubArchive):
    """A store with kept stubs, and a repository."""

    def keep(self, *stubs: Stub) -> None:
        with self.store.transaction():
            for stub in stubs:
                self.store.stubs.save(stub, CLOCK())

    def rules(self, *, new_labels: bool = False) -> PublishRules:
        return PublishRules(STYLE, TagOrder(("NLP", "Mathematics")), new_labels)

    def publish(self, *, new_labels: bool = False, github: IssueArchive | None = None) -> PublishReport:
        return publish(self.session(self.rules(new_labels=new_labels), CLOCK, github))

    def offer(self, *offers: tuple[str, str], number: int = 1) -> None:
        """Accepted offers on a note."""
        with self.store.transaction():
            for place, value in offers:
                self.store.digests.add_update(
                    Update(0, f"note:{number}", change_of_earlier_version(place, value), "why"), CLOCK()
                )
            ids = tuple(update.id for update in self.store.digests.open_updates())
            plan = DigestPlan(f"{ids}.md", CLOCK(), date(2026, 5, 12), "", (), ids, ())
            self.store.digests.plan(plan)
            self.store.digests.written(plan, CLOCK())
            for place, _ in offers:
                assert self.store.digests.accept(f"note:{number}", place)


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with new_desk(tmp_path) as made:
        yield made


class new_desk:  # noqa: N801 (reads as a statement)
    """A desk with an archive of one note, whose server must have had nothing against any request."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._server = GitHubServer(TOKEN)
        self._folder = folder

    def __enter__(self) -> Desk:
        server = self._server.__enter__()
        repository = server.add_repository(labels=dict(LABELS))
        server.open_issue(
            repository, "[Paper Note]  Old，  A+,  arXiv'25, 2025.07", "# URL\n- https://x.test/", ("NLP",)
        )
        self._desk = Desk(new_store(self._folder / "notebot.db"), server, repository, self._folder)
        return self._desk

    def __exit__(self, kind: object, error: object, trace: object) -> None:
        self._desk.store.close()
        self._server.__exit__(None, None, None)
        assert [call.refused_for for call in self._server.calls if call.refused_for] == []


def check_published(desk: Desk, number: int = 2) -> None:
    """The kept stub is in the archive once, whole and in order."""
    assert sorted(desk.repository.issues) == [1, number]
    issue = desk.repository.issues[number]
    assert issue["title"] == "[Paper Note] Counting by Hand, Ada Example+, arXiv'26, 2026.05"
    assert issue["body"] == (
        "# URL\n- https://arxiv.org/abs/2605.09063\n# Authors\n  - Ada Example\n  - Ben Sample\n"
        "# Abstract\n  - We count. It works.\n# Summary (by model-b)\n- 手で数える。"
    )
    assert desk.labels(number) == ["NLP", "Mathematics"]
    assert desk.comments(number) == COMMENTS
    stub = desk.store.stubs.get(STUB.key)
    assert stub is not None
    assert (stub.note_number, stub.issue_date, stub.curator) == (number, date(2026, 3, 1), STUB.curator)
    note = next(note for note in desk.store.notes.all() if note.number == number)
    assert (note.tags, note.arxiv_id, note.comments) == (
        ("NLP", "Mathematics"),
        "2605.09063",
        (*COMMENTS[:2], COMMENTS[2].rstrip()),
    )
    delivery = desk.store.outbox.get(STUB.key)
    assert delivery is not None
    assert delivery.state is OutboxState.DONE


def test_a_kept_stub_becomes_an_issue_and_a_second_run_asks_nothing(desk: Desk) -> None:
    desk.keep(STUB, replace(OTHER, status=StubStatus.DIGESTED))
    report = desk.publish()
    check_published(desk)
    (published,) = report.published
    assert (published.arxiv_id, published.number, published.comments) == ("2605.09063", 2, 3)
    assert (report.repo, report.troubles, report.waiting) == ("curator/notes", [], 0)
    assert desk.said == ["Writing to curator/notes, whose newest note is #1."]
    assert len(desk.server.writes) == 4
    calls = len(desk.server.calls)
    assert desk.publish() == PublishReport("curator/notes")
    assert len(desk.server.calls) == calls
    run = desk.store.runs.last("publish")
    assert run is not None
    assert (run.status, run.detail) == ("ok", "published=1 applied=0 troubles=0")


def test_the_body_equals_the_output_of_fetch(tmp_path: Path) -> None:
    stub = replace(
        STUB, translation=AttributedText("数える。", "model-a"), title="A & B", abstract="# Fixes #3\n@all <b>"
    )
    drawn = JinjaRenderer(STYLE, "ja", []).stub("issue", stub)
    assert drawn.partition("body:\n")[2].partition("\n\ncomment 1:")[0].rstrip("\n") == issue_body(stub)


def test_an_empty_repository_is_written_to(desk: Desk) -> None:
    desk.repository.issues.clear()
    desk.repository.comments.clear()
    desk.keep(STUB)
    desk.publish()
    assert list(desk.repository.issues) == [1]


def test_the_oldest_stub_is_published_first(desk: Desk) -> None:
    desk.keep(STUB, OTHER)
    assert [one.number for one in desk.publish().published] == [2, 3]
    assert "Counting" in desk.title(2)


# Kills and lost answers.


def test_a_decision_that_is_taken_back_during_a_run_is_not_published(desk: Desk) -> None:
    desk.keep(STUB, OTHER)

    class TakenBackMeanwhile(DyingGitHub):
        """GitHub, while the curator takes the other decision back as the first issue is written."""

        def create_issue(self, title: str, body: str, labels: Sequence[str]) -> Issue:
            desk.keep(replace(OTHER, status=StubStatus.DIGESTED))
            return super().create_issue(title, body, labels)

    report = desk.publish(github=TakenBackMeanwhile(desk.writer(), 99, after=False))
    assert [published.arxiv_id for published in report.published] == [STUB.arxiv_id]
    assert [trouble.message for trouble in report.troubles] == ["2605.09920 is no longer kept; nothing was written"]


def test_words_that_are_typed_during_a_run_are_published(desk: Desk) -> None:
    desk.keep(STUB, OTHER)

    class EditedMeanwhile(DyingGitHub):
        """GitHub, while the curator edits the other paper as the first issue is written."""

        def create_issue(self, title: str, body: str, labels: Sequence[str]) -> Issue:
            if title.startswith("[Paper Note] Counting"):
                desk.keep(replace(OTHER, curator=Curator(comment="最後の言葉", fields={"title_line": "Mine"})))
            return super().create_issue(title, body, labels)

    report = desk.publish(github=EditedMeanwhile(desk.writer(), 99, after=False))
    assert len(report.published) == 2
    assert desk.title(3) == "Mine"
    assert desk.comments(3) == ["最後の言葉"]


@pytest.mark.parametrize("after", [False, True])
@pytest.mark.parametrize("last", range(1, 7))
def test_a_kill_at_any_step_leaves_one_issue_and_no_comment_twice(desk: Desk, last: int, after: bool) -> None:
    desk.keep(STUB)
    with pytest.raises(Killed):
        desk.publish(github=DyingGitHub(desk.writer(), last, after))
    assert desk.publish().troubles == []
    check_published(desk)
    assert len(desk.server.writes) == 4


def test_the_steps_of_the_kills_are_all_there_are(desk: Desk) -> None:
    desk.keep(STUB)
    dying = DyingGitHub(desk.writer(), 99, after=False)
    desk.publish(github=dying)
    assert dying.steps == 6


def test_two_kills_in_a_row_do_not_duplicate_anything(desk: Desk) -> None:
    desk.keep(STUB)
    for last in (2, 2, 3, 3):
        with pytest.raises(Killed):
            desk.publish(github=DyingGitHub(desk.writer(), last, after=True))
    desk.publish()
    check_published(desk)


LOSSES = [raw(), answer("", 502), answer("<html>", 503, "text/html"), raw(b"HTTP/1.1 201 Created\r\nContent-Le")]


@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize("place", range(1, 5))
def test_an_answer_that_was_lost_is_looked_for_at_once(desk: Desk, place: int, loss: Handler) -> None:
    desk.keep(STUB)
    desk.server.lost[place] = loss
    assert desk.publish().troubles == []
    check_published(desk)
    assert len(desk.server.writes) == 4


@pytest.mark.parametrize("place", range(1, 5))
def test_a_request_that_did_not_arrive_is_repeated_by_the_next_run(desk: Desk, place: int) -> None:
    desk.keep(STUB, OTHER)
    desk.server.refused[place] = answer("", 502)
    report = desk.publish()
    assert [(trouble.subject, trouble.kind) for trouble in report.troubles] == [("2605.09063", "unavailable")]
    # the list of issues is answered, so that the failure is this issue's
    assert ([one.arxiv_id for one in report.published], report.waiting) == ([OTHER.arxiv_id], 0)
    assert desk.publish().troubles == []
    number = next(one for one in desk.repository.issues if desk.title(one).startswith("[Paper Note] Counting"))
    assert desk.comments(number) == COMMENTS
    assert len(desk.repository.issues) == 3


def test_where_looking_fails_too_the_next_run_looks_again(desk: Desk) -> None:
    desk.keep(STUB)
    desk.server.lost[1] = answer("", 502)
    desk.server.script[4] = answer("", 502)  # newest, labels, create, and the look
    assert [trouble.kind for trouble in desk.publish().troubles] == ["unavailable"]
    desk.publish()
    check_published(desk)


def test_an_edit_between_two_runs_finds_the_issue_again(desk: Desk) -> None:
    desk.keep(STUB)
    with pytest.raises(Killed):
        desk.publish(github=DyingGitHub(desk.writer(), 2, after=True))
    desk.server.edit(desk.repository, 2, title="[Paper Note] Counting, mended by hand")
    desk.publish()
    assert desk.title(2) == "[Paper Note] Counting, mended by hand"
    assert (sorted(desk.repository.issues), desk.comments(2)) == ([1, 2], COMMENTS)


def test_an_import_between_two_runs_does_not_cost_the_comments(desk: Desk) -> None:
    desk.keep(STUB)
    with pytest.raises(Killed):
        desk.publish(github=DyingGitHub(desk.writer(), 3, after=True))
    Importer(desk.store, CLOCK, "github", "curator/notes", lambda what, done, total: None).take(
        [read_note(desk.writer().issue(2))]
    )
    assert desk.store.stubs.get(STUB.key).note_number == 2  # type: ignore[union-attr]
    desk.publish()
    check_published(desk)


def test_a_draft_that_was_not_sent_is_sent_in_its_current_form(desk: Desk) -> None:
    desk.keep(STUB)
    desk.server.refused[1] = answer("", 502)
    desk.publish()
    desk.keep(replace(STUB, curator=Curator(comment="後で書いた"), posts=()))
    desk.publish()
    assert desk.comments(2) == ["後で書いた"]


# Hands off.


def test_a_paper_that_has_been_noted_by_hand_is_left_alone(desk: Desk) -> None:
    desk.server.open_issue(desk.repository, "mine", "https://www.arxiv.org/pdf/2605.09063v2")
    desk.keep(STUB, OTHER)
    report = desk.publish()
    assert [trouble.subject for trouble in report.troubles] == ["2605.09063"]
    assert "already in the archive as #2" in report.troubles[0].message
    assert [one.arxiv_id for one in report.published] == ["2605.09920"]
    assert desk.comments(2) == []


@pytest.mark.parametrize("imported", [False, True])
def test_an_issue_that_came_in_between_is_not_taken_for_ours(desk: Desk, imported: bool) -> None:
    desk.keep(STUB)
    desk.server.refused[1] = answer("", 502)
    desk.publish()
    desk.server.open_issue(desk.repository, "mine", "https://arxiv.org/abs/2605.09063")
    if imported:
        desk.keep(replace(STUB, note_number=2))
    desk.repository.issues.pop(1)
    for _ in range(2):
        report = desk.publish()
    assert len(desk.server.writes) == 1
    assert [trouble.message.split(",")[0] for trouble in report.troubles] == (
        [] if imported else ["#2 is about the same paper"]
    )


def test_an_issue_that_was_deleted_half_way_is_named_until_its_stub_is_skipped(desk: Desk) -> None:
    desk.keep(STUB)
    desk.server.refused[2] = answer("", 502)
    desk.publish()
    desk.repository.issues.pop(2)
    report = desk.publish()
    assert "was deleted" in report.troubles[0].message
    assert desk.publish().troubles == report.troubles
    desk.store.stubs.save(replace(STUB, status=StubStatus.SKIPPED), CLOCK())
    assert desk.publish().troubles == []


def test_another_repository_does_not_continue_an_unfinished_entry(desk: Desk) -> None:
    desk.keep(STUB)
    desk.server.refused[2] = answer("", 502)
    desk.publish()
    begun = desk.store.outbox.get(STUB.key)
    assert begun is not None
    desk.store.outbox.put(replace(begun, repo="lab/other"), CLOCK())
    assert "begun in lab/other" in desk.publish().troubles[0].message


def test_a_renamed_repository_is_named_before_anything_is_written(desk: Desk) -> None:
    desk.keep(STUB)
    desk.server.rename(desk.repository, "lab/archive")
    with pytest.raises(UsageError, match="another name"):
        desk.publish()
    assert desk.server.writes == []


@pytest.mark.parametrize(("status", "kind"), [(403, "refused"), (404, "refused"), (410, "refused"), (429, "throttled")])
def test_a_refusal_that_all_would_meet_ends_the_run(desk: Desk, status: int, kind: str) -> None:
    desk.keep(STUB, OTHER)
    desk.server.refused[1] = answer("{}", status)
    report = desk.publish()
    assert ([trouble.kind for trouble in report.troubles], report.waiting) == ([kind], 2)
    assert len(desk.server.writes) == 1


def test_a_faulty_issue_does_not_hold_up_the_next(desk: Desk) -> None:
    desk.keep(STUB, OTHER, replace(STUB, key="arxiv:2", arxiv_id="2605.00002", curator=Curator(comment="x" * 70_000)))
    desk.server.refused[1] = answer("{}", 422)
    report = desk.publish()
    assert [trouble.kind for trouble in report.troubles] == ["refused", "refused"]
    assert [one.arxiv_id for one in report.published] == ["2605.09920"]


def test_a_repository_that_cannot_be_read_is_not_written_to(desk: Desk) -> None:
    desk.keep(STUB)
    desk.server.script[1] = answer("{}", 404)
    report = desk.publish()
    assert (report.waiting, report.troubles[0].subject) == (1, "curator/notes")
    assert desk.server.writes == []


# Labels.

TAGGED = replace(
    STUB,
    tags=("NLP", "ACL", "x" * 51, "RLVR", "mathematics"),
    curator=Curator(),
    posts=(),
    venue=Venue("ACL'26", "ACL"),
)


def test_unknown_labels_are_left_out_reported_and_created_later(desk: Desk) -> None:
    desk.keep(TAGGED)
    (published,) = desk.publish().published
    assert (published.labels, published.left_out) == (("NLP", "Mathematics"), ("ACL", "x" * 51, "RLVR"))
    assert desk.publish().published == []
    (later,) = desk.publish(new_labels=True).labelled
    assert (later.number, later.value, later.left_out) == (2, "ACL, RLVR", ("x" * 51,))
    assert desk.labels(2) == ["NLP", "Mathematics", "ACL", "RLVR"]
    assert desk.repository.labels == {**LABELS, "ACL": "9cc929", "RLVR": None}
    note = next(note for note in desk.store.notes.all() if note.number == 2)
    assert note.tags == ("NLP", "Mathematics", "ACL", "RLVR")
    writes = len(desk.server.writes)
    desk.publish(new_labels=True)
    assert len(desk.server.writes) == writes


def test_new_labels_are_created_before_the_issue(desk: Desk) -> None:
    desk.keep(TAGGED)
    desk.server.lost[1] = answer("", 502)
    (published,) = desk.publish(new_labels=True).published
    assert published.labels == ("NLP", "ACL", "RLVR", "Mathematics")
    assert [call.path.rpartition("/")[2] for call in desk.server.writes] == ["labels", "labels", "issues"]


def test_the_issue_waits_if_a_label_cannot_be_created(desk: Desk) -> None:
    desk.keep(TAGGED)
    desk.server.refused[1] = answer("", 502)
    assert [trouble.kind for trouble in desk.publish(new_labels=True).troubles] == ["unavailable"]
    assert len(desk.server.writes) == 1


def test_labels_that_github_dropped_are_reported(desk: Desk) -> None:
    desk.repository.push = False
    desk.keep(STUB)
    (published,) = desk.publish().published
    assert (published.labels, published.dropped) == ((), ("NLP", "Mathematics"))


# Accepted offers.


def test_the_venue_is_replaced_in_the_current_title_and_the_label_added(desk: Desk) -> None:
    desk.repository.labels["ACL"] = "9cc929"
    desk.offer(("venue", "arXiv'25 → ACL'26 Findings"))
    desk.server.edit(desk.repository, 1, title="[Paper Note]  Old and mended，  A+,  arXiv'25, 2025.07")
    (applied,) = desk.publish().applied
    assert (applied.written, applied.left_out) == (True, ("Findings",))
    assert desk.title(1) == "[Paper Note]  Old and mended，  A+,  ACL'26 Findings, 2025.07"
    assert desk.labels(1) == ["NLP", "ACL"]
    assert [note.title_line for note in desk.store.notes.all()] == [desk.title(1)]
    calls = len(desk.server.calls)
    assert desk.publish() == PublishReport("curator/notes")
    assert len(desk.server.calls) == calls


@pytest.mark.parametrize("request_number", [2, 3, 4])
def test_a_venue_that_changes_before_the_write_is_left_and_reported_once(desk: Desk, request_number: int) -> None:
    desk.offer(("venue", "ACL'26"))
    changed = "[Paper Note] Old, A+, ICML'26, 2025.07"
    desk.server.events[request_number] = lambda: desk.server.edit(desk.repository, 1, title=changed)
    report = desk.publish()
    assert [trouble.subject for trouble in report.troubles] == ["#1 venue"]
    assert "says ICML'26 now" in report.troubles[0].message
    assert desk.title(1) == changed
    assert desk.server.writes == []
    assert desk.publish().troubles == []


@pytest.mark.parametrize("after", [False, True])
@pytest.mark.parametrize("last", range(1, 6))
def test_a_kill_while_an_offer_is_applied_loses_nothing(desk: Desk, last: int, after: bool) -> None:
    desk.repository.labels["ACL"] = "9cc929"
    desk.offer(("venue", "ACL'26"))
    with pytest.raises(Killed):
        desk.publish(github=DyingGitHub(desk.writer(), last, after))
    assert desk.publish().troubles == []
    assert desk.title(1) == "[Paper Note]  Old，  A+,  ACL'26, 2025.07"
    assert desk.labels(1) == ["NLP", "ACL"]
    assert len(desk.server.writes) == 2


def test_labels_and_posts_are_applied_each_once(desk: Desk) -> None:
    desk.offer(("label", "Mathematics"), ("post 7", "解説ポスト: https://twitter.com/Ada/status/7?s=20"))
    assert len(desk.publish().applied) == 2
    assert (desk.labels(1), desk.comments(1)) == (["NLP", "Mathematics"], ["解説ポスト:\nhttps://x.com/ada/status/7"])
    desk.offer(("leftover", "nlp"), ("post", "https://x.com/ada/status/7"))
    assert [one.written for one in desk.publish().applied] == [True, False]
    assert desk.labels(1) == ["Mathematics"]
    assert len(desk.server.writes) == 3


@pytest.mark.parametrize("faults", ["lost", "refused"])
def test_a_post_whose_answer_was_lost_is_not_added_twice(desk: Desk, faults: str) -> None:
    desk.offer(("post", "https://x.com/ada/status/7"))
    getattr(desk.server, faults)[1] = answer("", 502)
    assert len(desk.publish().troubles) == 1
    desk.publish()
    assert desk.comments(1) == ["元ポスト:\nhttps://x.com/ada/status/7"]


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [("twice", "7", "by hand"), ("venue", "ACL Findings", "no year")],
)
def test_an_offer_that_cannot_be_applied_is_reported_once(desk: Desk, field: str, value: str, words: str) -> None:
    desk.offer((field, value))
    assert words in desk.publish().troubles[0].message
    assert desk.publish().troubles == []
    assert desk.server.writes == []


def test_an_offer_on_an_issue_that_is_gone_is_named_once_and_given_up(desk: Desk) -> None:
    desk.offer(("label", "NLP"), number=9)
    desk.offer(("label", "NLP"), number=1)
    report = desk.publish()
    (trouble,) = report.troubles
    assert trouble.message == "#9 is not in curator/notes, because it was deleted or moved away; the offer was given up"
    assert [applied.number for applied in report.applied] == [1]
    assert (desk.publish().troubles, desk.store.outbox.accepted()) == ([], [])


def test_an_offer_waits_if_the_repository_cannot_be_seen(desk: Desk) -> None:
    """GitHub answers 404 as well if the token may not see a private repository."""
    desk.offer(("label", "NLP"), number=1)
    desk.server.script[len(desk.server.calls) + 1] = answer("{}", 404)
    assert len(desk.publish().troubles) == 1
    assert len(desk.store.outbox.accepted()) == 1


def test_an_offered_label_that_is_malformed_is_left_out(desk: Desk) -> None:
    desk.offer(("label", "COLM"))
    (applied,) = desk.publish().applied
    assert (applied.written, applied.left_out) == (False, ("COLM",))
    assert desk.server.writes == []
    assert desk.publish().labelled == []
    (later,) = desk.publish(new_labels=True).labelled
    assert (later.number, later.value, desk.labels(1)) == (1, "COLM", ["NLP", "COLM"])
    assert desk.publish(new_labels=True).labelled == []


def test_nothing_is_written_if_the_note_has_the_change_meanwhile(desk: Desk) -> None:
    desk.offer(("venue", "ACL'26"))
    mended = "[Paper Note]  Old，  A+,  ACL'26, 2025.07"
    desk.server.events[4] = lambda: desk.server.edit(desk.repository, 1, title=mended)
    desk.publish()
    assert desk.server.writes == []


# Files.


def files_of(desk: Desk, *, new_labels: bool = False) -> PublishReport:
    folder = OutboxFolder(desk.folder / "outbox", "curator/notes")
    return write_scripts(desk.store, desk.store.outbox, folder, desk.rules(new_labels=new_labels), "curator/notes")


def test_scripts_have_the_same_content_and_need_no_request(desk: Desk) -> None:
    desk.keep(STUB, replace(STUB, key="arxiv:2", arxiv_id="cs/0112017", curator=Curator(comment="x" * 70_000)))
    report = files_of(desk)
    folder = desk.folder / "outbox/2605.09063"
    assert report.files == [str(folder / "publish.sh")]
    assert [trouble.subject for trouble in report.troubles] == ["cs/0112017"]
    assert (folder / "issue.md").read_text(encoding="utf-8") == issue_body(STUB)
    assert [(folder / f"comment-{n}.md").read_text(encoding="utf-8") for n in (1, 2, 3)] == COMMENTS
    assert desk.server.calls == []
    assert desk.store.outbox.get(STUB.key) is None
    assert files_of(desk).files == report.files


def test_offers_are_written_as_scripts_from_the_local_archive(desk: Desk) -> None:
    note = Note("T's $(x), A+, arXiv'25", 1, tags=("NLP",), comments=())
    Importer(desk.store, CLOCK, "gh", "x", lambda what, done, total: None).take([note])
    desk.offer(("venue", "ACL'26"), ("label", "NLP"), ("post", "https://x.com/ada/status/7"), ("twice", "3"))
    desk.offer(("label", "NLP"), number=8)
    report = files_of(desk)
    assert [Path(path).parent.name for path in report.files] == ["1-venue-1", "1-post-3"]
    assert [trouble.subject for trouble in report.troubles] == ["#1 twice", "#8 label"]


def test_the_script_creates_missing_labels(desk: Desk) -> None:
    Importer(desk.store, CLOCK, "gh", "x", lambda what, done, total: None).take([Note("T", 1, tags=("NLP",))])
    desk.keep(STUB)
    script = Path(files_of(desk, new_labels=True).files[0]).read_text(encoding="utf-8")
    assert "gh label create --repo=curator/notes -- Mathematics || true" in script
    assert "label create" not in Path(files_of(desk).files[0]).read_text(encoding="utf-8")


def test_requests_match_the_openapi_description(desk: Desk) -> None:
    desk.keep(STUB)
    desk.publish()
    bodies = [sorted(json.loads(call.body)) for call in desk.server.writes]
    assert bodies == [["body", "labels", "title"], ["body"], ["body"], ["body"]]
