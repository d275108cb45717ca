"""Reading a completed digest back: the newest decision counts, and only what changed since the last reading."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from msgspec.structs import replace

from features.digests.curator_desk import CuratorDesk
from notebot.app.collect_lines import automatic_lines, change_lines, count_line, trouble_lines
from notebot.core.model.decision import Decision
from notebot.core.model.digest_reading import DigestReading, PostLine, ReadEntry, Verdict
from notebot.core.model.errors import MoveError, NotFoundError, StaleError
from notebot.core.model.stub import StubStatus, stub_key
from notebot.core.model.stub_posts import with_post
from notebot.features.digests.collect import due_files
from notebot.features.digests.rules.apply_edits import changed_parts, comparable
from notebot.features.publishing.rules.issue_draft import OutboxEntry, OutboxState

ONE, TWO, THREE = "2605.00001", "2605.00002", "2605.00003"
QUEUED, DIGESTED, KEPT, SKIPPED = StubStatus


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[CuratorDesk]:
    made = CuratorDesk(tmp_path)
    yield made
    made.store.close()


def decisions(desk: CuratorDesk, arxiv_id: str) -> list[Decision]:
    return desk.store.decisions.of(stub_key(arxiv_id))


# what a file decides


def test_a_tick_keeps_and_is_recorded_with_what_it_replaced(desk: CuratorDesk) -> None:
    desk.edit(ONE, ticked=True, comment="Worth a note.")
    report = desk.collect()
    assert (report.kept, report.untouched, report.changed) == ([ONE], 2, 1)
    (made,) = decisions(desk, ONE)
    assert made.before is not None
    assert made.after is not None
    assert (made.move, made.by, made.file) == ("keep", "file 2026-05-12.md", "2026-05-12.md")
    assert (made.before.status, made.after.status) == (DIGESTED, KEPT)
    assert (made.before.curator.comment, made.after.curator.comment) == (None, "Worth a note.")


def test_reading_the_same_file_again_changes_nothing(desk: CuratorDesk) -> None:
    desk.edit(ONE, ticked=True)
    desk.edit(TWO, deleted=True)
    first = desk.collect()
    again = desk.collect()
    assert (again.kept, again.skipped, again.untouched) == (first.kept, first.skipped, first.untouched)
    assert (again.changed, again.changes) == (0, [])


def test_a_tick_that_is_gone_returns_the_entry(desk: CuratorDesk) -> None:
    desk.edit(ONE, ticked=True)
    desk.collect()
    desk.edit(ONE, ticked=False)
    report = desk.collect()
    assert desk.statuses() == [DIGESTED] * 3
    assert (report.returned, report.kept, report.changed) == ([ONE], [], 1)
    assert change_lines(report) == [f"{ONE}: kept → digested (no longer ticked)"]
    assert count_line(report).endswith("0 kept, 0 skipped, 3 untouched; 1 changed by this run")


def test_words_that_are_gone_leave_the_comment_and_return_the_entry(desk: CuratorDesk) -> None:
    desk.edit(ONE, comment="First thought.")
    desk.collect()
    assert desk.stub(ONE).curator.comment == "First thought."
    desk.edit(ONE, comment="")
    desk.collect()
    assert (desk.stub(ONE).status, desk.stub(ONE).curator.comment) == (DIGESTED, None)


def test_words_that_stay_keep_an_entry_that_was_unticked(desk: CuratorDesk) -> None:
    desk.edit(ONE, ticked=True, comment="Worth a note.")
    desk.collect()
    desk.edit(ONE, ticked=False)
    assert desk.collect().returned == []
    assert desk.stub(ONE).status is KEPT


def test_a_deleted_entry_is_skipped_and_returns_when_it_is_put_back(desk: CuratorDesk) -> None:
    desk.edit(TWO, deleted=True)
    report = desk.collect()
    assert desk.stub(TWO).status is SKIPPED
    assert change_lines(report) == [
        f"{TWO}: digested → skipped (entry deleted; `notebot queue requeue` brings it back)"
    ]
    desk.edit(TWO, deleted=False)
    assert desk.collect().returned == [TWO]
    assert desk.stub(TWO).status is DIGESTED


def test_an_entry_that_is_put_back_with_its_tick_is_kept_with_its_words(desk: CuratorDesk) -> None:
    desk.edit(TWO, ticked=True, comment="Good.")
    desk.collect()
    desk.edit(TWO, deleted=True)
    desk.collect()
    assert (desk.stub(TWO).status, desk.stub(TWO).curator.comment) == (SKIPPED, "Good.")
    desk.edit(TWO, deleted=False)
    desk.collect()
    assert (desk.stub(TWO).status, desk.stub(TWO).curator.comment) == (KEPT, "Good.")


def test_a_title_restored_in_the_file_is_no_longer_the_curators(desk: CuratorDesk) -> None:
    desk.edit(ONE, title="Mine")
    desk.collect()
    assert "Mine" in desk.stub(ONE).curator.fields["title_line"]
    desk.edit(ONE, ticked=True, title="")
    report = desk.collect()
    assert desk.stub(ONE).curator.fields == {}
    assert report.changes[0].parts == ("title_line",)


# decisions made elsewhere


def test_a_decision_that_is_newer_than_the_tick_wins_and_the_words_are_kept(desk: CuratorDesk) -> None:
    desk.edit(ONE, ticked=True, comment="Hm.")
    desk.move("skip", ONE)
    report = desk.collect()
    assert (desk.stub(ONE).status, desk.stub(ONE).curator.comment) == (SKIPPED, "Hm.")
    assert [conflict.ref for conflict in report.conflicts] == [ONE]
    assert "skipped by `notebot queue`" in report.conflicts[0].why
    assert desk.collect().conflicts == []


def test_a_tick_that_is_newer_than_a_decision_wins(desk: CuratorDesk) -> None:
    desk.move("skip", ONE)
    desk.edit(ONE, ticked=True)
    assert desk.collect().conflicts == []
    assert desk.stub(ONE).status is KEPT


def test_a_file_that_a_sync_client_brings_late_is_older_than_the_decision(desk: CuratorDesk) -> None:
    desk.move("skip", ONE)
    desk.edit(ONE, ticked=True)
    desk.age(3600)
    assert len(desk.collect().conflicts) == 1
    assert desk.stub(ONE).status is SKIPPED


def test_an_old_tick_does_not_override_a_requeue(desk: CuratorDesk) -> None:
    desk.edit(ONE, ticked=True)
    desk.collect()
    desk.move("requeue", ONE)
    desk.edit(TWO, ticked=True)
    desk.collect()
    assert desk.statuses() == [QUEUED, KEPT, DIGESTED]


def test_unticking_does_not_take_back_what_a_command_kept(desk: CuratorDesk) -> None:
    desk.move("keep", ONE)
    desk.edit(ONE, ticked=True)
    desk.collect()
    desk.edit(ONE, ticked=False)
    report = desk.collect()
    assert desk.stub(ONE).status is KEPT
    assert "kept by `notebot queue`" in report.conflicts[0].why


def test_an_entry_skipped_by_a_command_does_not_return_when_it_is_put_back(desk: CuratorDesk) -> None:
    desk.edit(ONE, deleted=True)
    desk.collect()
    desk.move("requeue", ONE)
    desk.move("skip", ONE)
    desk.edit(ONE, deleted=False)
    assert len(desk.collect().conflicts) == 1
    assert desk.stub(ONE).status is SKIPPED


def test_the_newer_of_two_comments_stays_and_the_other_is_reported(desk: CuratorDesk) -> None:
    desk.edit(ONE, ticked=True, comment="In the file.")
    stub = desk.stub(ONE)
    desk.moves("page").decide(stub.key, "edit", curator=replace(stub.curator, comment="On the page."))
    report = desk.collect()
    assert (desk.stub(ONE).status, desk.stub(ONE).curator.comment) == (KEPT, "On the page.")
    assert [(conflict.ref, conflict.why) for conflict in report.conflicts] == [
        (ONE, "its comment was changed on the review page, which is newer and stays; not taken: 'In the file.'")
    ]


def test_what_is_published_stays_and_the_report_says_so(desk: CuratorDesk) -> None:
    desk.edit(ONE, ticked=True)
    desk.collect()
    with desk.store.transaction():
        desk.store.stubs.save(replace(desk.stub(ONE), note_number=12), desk.clock())
    desk.edit(ONE, ticked=False)
    (conflict,) = desk.collect().conflicts
    assert "published as #12" in conflict.why
    assert "queue requeue" in conflict.why
    assert desk.stub(ONE).status is KEPT


def test_what_is_on_its_way_stays_and_words_are_not_taken_in_silence(desk: CuratorDesk) -> None:
    desk.edit(ONE, ticked=True)
    desk.collect()
    sending = OutboxEntry(stub_key(ONE), "curator/notes", state=OutboxState.SENDING)
    with desk.store.transaction():
        desk.store.outbox.put(sending, desk.clock())
    desk.edit(ONE, ticked=False)
    (conflict,) = desk.collect().conflicts
    assert "on its way to the archive and stays so" in conflict.why
    desk.edit(ONE, comment="Too late.")
    (conflict,) = desk.collect().conflicts
    assert "what was typed is stored here, but not sent there" in conflict.why
    stub = desk.stub(ONE)
    assert (stub.status, stub.curator.comment) == (KEPT, "Too late.")
    with pytest.raises(MoveError, match="on its way"):
        desk.moves("page").decide(stub.key, "edit", curator=replace(stub.curator, comment="Later."))


def test_a_form_that_shows_an_older_state_is_refused(desk: CuratorDesk) -> None:
    key = stub_key(ONE)
    seen = desk.store.decisions.revision(key)
    desk.move("keep", ONE)
    with pytest.raises(StaleError, match="is kept"):
        desk.moves("page").decide(key, "skip", revision=seen)
    desk.undo()
    with pytest.raises(StaleError, match="is digested"):
        desk.moves("page").decide(key, "skip", revision=seen + 1)
    desk.moves("page").decide(key, "skip", revision=desk.store.decisions.revision(key))
    assert desk.stub(ONE).status is SKIPPED


def test_keep_and_read_later_are_one_decision(desk: CuratorDesk) -> None:
    desk.moves("page").decide(stub_key(ONE), "keep", read_later=True)
    assert "read-later" in (desk.stub(ONE).curator.tags or ())
    desk.undo()
    assert (desk.stub(ONE).status, desk.stub(ONE).curator.tags) == (DIGESTED, None)


# undo


def test_undo_takes_back_a_whole_collect_and_the_file_is_not_read_again(desk: CuratorDesk) -> None:
    desk.edit(ONE, ticked=True, comment="Good.")
    desk.edit(TWO, deleted=True)
    before = desk.stub(ONE)
    desk.collect()
    taken_back = desk.undo()
    assert {each.decision.key for each in taken_back} == {stub_key(ONE), stub_key(TWO)}
    assert desk.stub(ONE) == before
    assert desk.statuses() == [DIGESTED] * 3
    assert desk.collect().changed == 0
    assert desk.statuses() == [DIGESTED] * 3


def test_undo_twice_goes_one_decision_further_back(desk: CuratorDesk) -> None:
    desk.move("keep", ONE)
    desk.move("requeue", ONE)
    desk.undo()
    assert desk.stub(ONE).status is KEPT
    desk.undo()
    assert desk.stub(ONE).status is DIGESTED
    with pytest.raises(MoveError, match="no decision left"):
        desk.undo()


def test_one_command_is_taken_back_as_a_whole(desk: CuratorDesk) -> None:
    desk.move("keep", ONE, TWO)
    assert len(desk.undo()) == 2
    assert desk.statuses() == [DIGESTED] * 3


def test_undo_leaves_what_a_machine_learned_since(desk: CuratorDesk) -> None:
    desk.edit(ONE, comment="Good.")
    desk.collect()
    later = with_post(replace(desk.stub(ONE), title="Another title"), "https://x.com/a/status/1")
    with desk.store.transaction():
        desk.store.stubs.save(later, desk.clock())
    desk.undo()
    stub = desk.stub(ONE)
    assert (stub.status, stub.curator.comment) == (DIGESTED, None)
    assert (stub.title, stub.posts) == ("Another title", ("https://x.com/a/status/1",))


@pytest.mark.parametrize("state", [OutboxState.SENDING, OutboxState.DONE])
def test_undo_is_refused_once_a_note_is_on_its_way(desk: CuratorDesk, state: OutboxState) -> None:
    desk.edit(ONE, ticked=True)
    desk.edit(TWO, ticked=True)
    desk.collect()
    with desk.store.transaction():
        desk.store.outbox.put(OutboxEntry(stub_key(ONE), "curator/notes", state=state), desk.clock())
    with pytest.raises(MoveError, match=rf"2026-05-12\.md cannot be taken back: {ONE} is on its way"):
        desk.undo()
    assert desk.statuses() == [KEPT, KEPT, DIGESTED]


def test_a_note_that_publishing_left_alone_can_be_taken_back(desk: CuratorDesk) -> None:
    desk.move("keep", ONE)
    with desk.store.transaction():
        desk.store.outbox.put(OutboxEntry(stub_key(ONE), "curator/notes", state=OutboxState.LEFT), desk.clock())
    desk.undo()
    assert desk.stub(ONE).status is DIGESTED


def test_undo_is_refused_after_publishing(desk: CuratorDesk) -> None:
    desk.move("keep", ONE)
    with desk.store.transaction():
        desk.store.stubs.save(replace(desk.stub(ONE), note_number=7), desk.clock())
    with pytest.raises(MoveError, match="published as #7"):
        desk.undo()


# options, incomplete files, the daemon


def test_a_dry_run_reports_the_same_and_stores_nothing(desk: CuratorDesk) -> None:
    desk.edit(ONE, ticked=True)
    desk.edit(TWO, deleted=True)
    before = desk.state()
    dry = desk.collect(dry_run=True)
    assert desk.state() == before
    assert "would be changed" in count_line(dry, dry_run=True)
    assert desk.collect().changes == dry.changes


def test_a_file_that_lost_its_end_takes_nothing_back(desk: CuratorDesk) -> None:
    desk.edit(ONE, ticked=True)
    desk.edit(TWO, ticked=True, comment="Good.")
    desk.collect()
    whole = desk.path.read_text(encoding="utf-8")
    desk.save(whole[: whole.index(f"<!-- nb {TWO} -->")])
    report = desk.collect()
    assert "The end of" in (report.problem or "")
    assert desk.statuses() == [KEPT, KEPT, DIGESTED]
    desk.save(whole)
    assert (desk.collect().changed, desk.statuses()) == (0, [KEPT, KEPT, DIGESTED])


@pytest.mark.parametrize("unit", ["a\n", "[", "\r\n"])
def test_a_file_far_longer_than_a_digest_is_not_read_and_nothing_is_lost(desk: CuratorDesk, unit: str) -> None:
    desk.edit(ONE, ticked=True)
    desk.collect()
    whole = desk.text()
    desk.save(whole + unit * 3_000_000)
    report = desk.collect()
    assert "2026-05-12.md is far longer than a completed digest can be" in (report.problem or "")
    assert (report.changed, desk.statuses()) == (0, [KEPT, DIGESTED, DIGESTED])
    with desk.path.open("r+b") as file:
        file.truncate(65_000_000)
    assert "more than any digest" in (desk.collect().problem or "")
    desk.save(whole)
    assert (desk.collect().problem, desk.statuses()) == (None, [KEPT, DIGESTED, DIGESTED])


def test_a_curator_may_type_much_more_than_notebot_wrote(desk: CuratorDesk) -> None:
    typed = "\n".join(f"{number}: a line of a log that was pasted" for number in range(5_000))
    desk.edit(ONE, comment=typed)
    assert desk.collect().problem is None
    assert desk.stub(ONE).curator.comment == typed


@pytest.mark.parametrize("cut", range(16))
def test_a_file_cut_anywhere_loses_nothing_and_the_whole_file_is_read_rightly(tmp_path: Path, cut: int) -> None:
    desk = CuratorDesk(tmp_path)
    desk.edit(ONE, ticked=True, comment="The whole first remark.")
    desk.edit(TWO, deleted=True)
    desk.edit(THREE, comment="三つ目の感想です。")
    whole = desk.path.read_bytes()
    desk.path.write_bytes(whole[: len(whole) * (cut + 1) // 17])
    # a file that is cut after its last entry is whole
    assert (desk.collect().problem is None) == (SKIPPED in desk.statuses()) == (cut > 13)
    for arxiv_id, typed in ((ONE, "The whole first remark."), (THREE, "三つ目の感想です。")):
        assert desk.stub(arxiv_id).curator.comment in (None, typed)
        assert desk.stub(arxiv_id).curator.fields == {}
    desk.path.write_bytes(whole)
    assert desk.collect().problem is None
    assert desk.statuses() == [KEPT, SKIPPED, KEPT]
    assert desk.stub(ONE).curator.comment == "The whole first remark."
    assert desk.stub(THREE).curator.comment == "三つ目の感想です。"
    desk.store.close()


@pytest.mark.parametrize("cut", range(16))
@pytest.mark.parametrize(("language", "full"), [("ja", 20), ("en", 20), ("ja", 1)], ids=["ja", "en", "headlines"])
def test_an_untouched_file_cut_anywhere_decides_nothing(tmp_path: Path, language: str, full: int, cut: int) -> None:
    desk = CuratorDesk(tmp_path, papers=5, language=language, full=full)
    written = desk.path.read_bytes()
    before = [desk.stub(arxiv_id) for arxiv_id in desk.ids]
    # A character of Japanese has three bytes, so many of these cuts are inside of one.
    desk.path.write_bytes(written[: len(written) * cut // 16])
    half = desk.collect()
    if desk.ids[-1].encode() not in desk.path.read_bytes():  # a file that is cut after its last entry is whole
        assert half.problem is not None
    assert (half.kept, half.skipped, half.changed, half.unreadable, half.remark) == ([], [], 0, [], None)
    assert [desk.stub(arxiv_id) for arxiv_id in desk.ids] == before
    keep = ("残す" if language == "ja" else "keep").encode()
    whole = written.replace(b"- [ ] " + keep, b"- [x] " + keep, 1)
    whole = whole.replace(b"**Comment**\n", "**Comment**\n感想です。\n\n".encode(), 1)
    desk.path.write_bytes(whole)
    assert desk.collect().problem is None
    assert desk.statuses() == [KEPT, *[DIGESTED] * 4]
    assert desk.stub(ONE).curator.comment == "感想です。"
    desk.path.write_bytes(whole[: len(whole) * cut // 16])
    assert desk.collect().changed == 0
    assert desk.statuses() == [KEPT, *[DIGESTED] * 4]
    desk.store.close()


def test_the_daemon_leaves_a_file_without_its_end_alone_and_says_so_once(desk: CuratorDesk) -> None:
    desk.edit(ONE, ticked=True)
    whole = desk.path.read_text(encoding="utf-8")
    first, second = whole[: len(whole) // 2], whole[: len(whole) // 2 + 40]
    said = []
    for text in (first, second):
        desk.save(text)
        assert due_files(desk.store.digests, desk.files, now_ns(desk), 600) == [desk.path.name]
        said += automatic_lines([desk.collect(automatic=True)])
        assert due_files(desk.store.digests, desk.files, now_ns(desk), 600) == []
    assert len(said) == 1
    assert "The end of" in said[0]
    assert desk.statuses() == [DIGESTED] * 3
    desk.save(whole)
    lines = automatic_lines([desk.collect(automatic=True)])
    assert lines[0].startswith("collected 2026-05-12.md: 1 kept")
    assert desk.statuses() == [KEPT, DIGESTED, DIGESTED]


def test_a_file_is_due_once_it_has_not_changed_for_a_while(desk: CuratorDesk) -> None:
    desk.edit(ONE, ticked=True)
    saved_ns = desk.path.stat().st_mtime_ns
    assert due_files(desk.store.digests, desk.files, saved_ns + 599 * 10**9, 600) == []
    assert due_files(desk.store.digests, desk.files, saved_ns + 600 * 10**9, 600) == [desk.path.name]
    desk.collect(automatic=True)
    assert due_files(desk.store.digests, desk.files, saved_ns + 900 * 10**9, 600) == []
    desk.path.unlink()
    assert due_files(desk.store.digests, desk.files, saved_ns + 900 * 10**9, 600) == []


def test_the_next_digest_says_what_the_daemon_collected_by_itself(desk: CuratorDesk) -> None:
    desk.edit(ONE, ticked=True)
    desk.edit(TWO, deleted=True)
    desk.collect(automatic=True)
    desk.edit(THREE, ticked=True)
    desk.collect()
    desk.edit(THREE, comment="More.")
    desk.collect(automatic=True)
    desk.undo()
    desk.move("requeue", THREE)
    text = desk.write_digest().read_text(encoding="utf-8")
    assert "Read automatically, 2026-05-12.md: 1 kept, 1 skipped, 0 returned, 0 changed otherwise." in text
    desk.clock.pass_by(minutes=1)
    desk.move("requeue", ONE)
    assert "Read automatically" not in desk.write_digest().read_text(encoding="utf-8")


def test_what_an_older_notebot_collected_is_not_taken_again(desk: CuratorDesk) -> None:
    desk.edit(ONE, ticked=True)
    desk.collect()
    last = desk.store.digests.last_reading(desk.path.name)
    assert last is not None
    with desk.store.transaction():  # as the migration leaves it: the hash alone is known
        desk.store.digests.remember_reading(desk.path.name, replace(last, reading=None, newest_decision=0))
    desk.move("requeue", ONE)
    assert desk.collect().changed == 0
    assert desk.stub(ONE).status is QUEUED
    desk.edit(TWO, ticked=True)
    desk.collect()
    assert desk.statuses() == [QUEUED, KEPT, DIGESTED]


def test_what_a_program_did_to_every_title_is_taken_only_when_the_curator_says_so(desk: CuratorDesk) -> None:
    desk.edit(ONE, ticked=True)
    rewritten = desk.text().replace(", arXiv'26, 2026.05", ", Preprint'26, 2026.05")
    desk.save(rewritten)
    report = desk.collect()
    assert (report.kept, report.changes[0].parts) == ([ONE], ())
    (ignored,) = report.ignored
    assert (ignored.count, ignored.total) == (3, 3)
    assert any("--as-typed 2026-05-12.md" in line for line in trouble_lines(report))
    assert desk.collect().ignored == report.ignored
    typed = desk.collect(as_typed=True)
    assert (typed.kept, typed.ignored) == (desk.ids, [])
    assert all("Preprint'26" in desk.stub(one).curator.fields["title_line"] for one in desk.ids)
    # from now on the file is read as typed, else the next reading would take all titles back
    desk.save(rewritten.replace("- [x] ", "- [ ] ", 1))
    assert (desk.collect().changed, desk.statuses()) == (0, [KEPT] * 3)


def test_a_change_that_others_repeat_later_is_not_taken_back(desk: CuratorDesk) -> None:
    """The third title with the same change makes it look like a program's; the first two were typed."""
    desk.save(desk.text().replace(", arXiv'26, 2026.05", ", Preprint'26, 2026.05", 2))
    assert desk.collect().kept == [ONE, TWO]
    desk.save(desk.text().replace(", arXiv'26, 2026.05", ", Preprint'26, 2026.05"))
    report = desk.collect()
    assert (report.changed, len(report.ignored)) == (0, 1)
    assert desk.statuses() == [KEPT, KEPT, DIGESTED]


def test_a_deleted_post_alone_decides_nothing_but_counts_once_the_entry_is_kept() -> None:
    written = ReadEntry(ONE, Verdict.UNTOUCHED, posts=(PostLine("元ポスト", "https://x.com/a/status/1"),))
    without = replace(written, posts=())
    last = comparable(without, written, DigestReading((without,)))
    assert last == written
    kept = replace(without, verdict=Verdict.KEPT, ticked=True)
    assert changed_parts(last, comparable(kept, last, DigestReading((kept,)))) == ("posts",)


def test_a_missing_file_and_one_that_is_not_a_digest_are_distinguished(desk: CuratorDesk) -> None:
    other = desk.folder / "other.md"
    other.write_text("# Not a digest\n", encoding="utf-8")
    assert desk.collect("nope.md").problem == "nope.md does not exist."
    assert "is not a digest" in (desk.collect(str(other)).problem or "")
    desk.path.unlink()
    report = desk.collect()
    assert "does not exist; its entries are unchanged" in (report.problem or "")
    assert not report.gone


def test_a_decision_about_an_unknown_stub_is_refused(desk: CuratorDesk) -> None:
    with pytest.raises(NotFoundError):
        desk.moves("page").decide("arxiv:2605.09999", "keep")


def now_ns(desk: CuratorDesk) -> int:
    """Ten minutes after the file was saved."""
    return desk.path.stat().st_mtime_ns + 600 * 10**9
