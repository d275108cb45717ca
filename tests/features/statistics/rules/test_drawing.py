"""The plots: everything is inside the frame, text from outside does nothing, and each plot explains itself."""

from datetime import date, timedelta
from itertools import pairwise
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notebot.core.model.ledger import Counts, DayState, LedgerRow
from notebot.core.note_format.phrases import EN, JA
from notebot.features.statistics.adapters.plot_renderer import plot_css, render_plot
from notebot.features.statistics.rules.drawing import WIDTH, Drawing, draw, shorten, text_width
from notebot.features.statistics.rules.table_text import cells, headings, short_table
from notebot.features.statistics.rules.tables import (
    NoteFacts,
    NumberTable,
    TopicCounts,
    archive_tables,
    count_notes,
    watch_tables,
)
from notebot.features.statistics.rules.wording import LANGUAGES, plot_words

TODAY = date(2026, 11, 27)
STATES = {"ja": JA.states, "en": EN.states}
SVG = "{http://www.w3.org/2000/svg}"
HOSTILE = """</text><script>alert(1)</script><style>*{}</style>"&'{{ 7*7 }}{% raw %}<!--]]>"""
DAYS = st.dates(date(2015, 1, 1), TODAY)
NAMES = st.text(st.characters(exclude_categories=("Cs", "Cc")), min_size=1, max_size=60)
NOTES = st.lists(
    st.builds(
        NoteFacts,
        title_line=NAMES.map(lambda name: f"[Paper Note] A, Ann Author+, {name}'26"),
        issue_date=DAYS,
        tags=st.lists(NAMES | st.just("read-later"), max_size=4).map(tuple),
    ),
    max_size=25,
)
TOPICS = st.lists(
    st.builds(TopicCounts, NAMES, st.integers(0, 10**6), st.integers(0, 10**5), st.integers(0, 10**4)), max_size=4
)
LEDGER = st.lists(
    st.builds(
        LedgerRow,
        st.dates(TODAY - timedelta(days=200), TODAY),
        st.sampled_from(["cs.CL", "cond-mat.mtrl-sci"]),
        st.sampled_from(DayState),
        st.just(Counts(fetched=3)),
        st.just(""),
    ),
    max_size=20,
)


def all_tables(
    notes: list[NoteFacts], topics: list[TopicCounts], ledger: list[LedgerRow], days: list[int]
) -> list[NumberTable]:
    archive = archive_tables(count_notes(notes, "read-later"), TODAY, frozenset())
    return [*archive, *watch_tables(topics, ledger, ["cs.CL", "cond-mat.mtrl-sci"], days)]


def filled() -> list[NumberTable]:
    """Tables with hostile names and many numbers."""
    notes = [
        NoteFacts(
            f"[Paper Note] A, Ann Author+, {HOSTILE}'26", TODAY - timedelta(days=9 * day), (HOSTILE, "read-later")
        )
        for day in range(300)
    ]
    ledger = [
        LedgerRow(TODAY - timedelta(days=day), "cs.CL", state, Counts(fetched=3), "")
        for day, state in enumerate(DayState)
    ]
    return all_tables(notes, [TopicCounts(HOSTILE, 10_000, 100, 3)], ledger, [0, 1, 5, 40])


def drawn(tables: list[NumberTable], language: str = "en") -> list[Drawing]:
    return [draw(table, plot_words(language), STATES[language], TODAY) for table in tables]


@given(NOTES, TOPICS, LEDGER, st.lists(st.integers(-5, 500), max_size=8), st.sampled_from(LANGUAGES))
def test_everything_is_inside_the_frame(
    notes: list[NoteFacts], topics: list[TopicCounts], ledger: list[LedgerRow], days: list[int], language: str
) -> None:
    for plot in drawn(all_tables(notes, topics, ledger, days), language):
        for rect in plot.rects:
            assert rect.width > 0 and rect.height > 0
            assert rect.x >= -0.01 and rect.x + rect.width <= WIDTH + 0.01
            assert rect.y >= -0.01 and rect.y + rect.height <= plot.height
        for text in plot.texts:
            width = text_width(text.text)
            left = {"start": text.x, "middle": text.x - width / 2, "end": text.x - width}[text.anchor]
            # the frame has 14 units of margin, and an estimated width is not exact
            assert left >= -14 and left + width <= WIDTH + 14, (plot.name, text)
            assert 0 < text.y <= plot.height


@given(NOTES, TOPICS)
def test_every_document_parses_and_has_no_style_attribute(notes: list[NoteFacts], topics: list[TopicCounts]) -> None:
    for plot in drawn(all_tables(notes, topics, [], [])):
        for standalone in (True, False):
            root = ET.fromstring(render_plot(plot, standalone=standalone))
            assert not [element for element in root.iter() if "style" in element.attrib]


@pytest.mark.parametrize("standalone", [True, False])
@pytest.mark.parametrize("place", range(7))
def test_text_from_outside_does_nothing(place: int, standalone: bool) -> None:
    plot = drawn(filled())[place]
    text = render_plot(plot, standalone=standalone)
    root = ET.fromstring(text)
    allowed = {"svg", "title", "desc", "rect", "line", "text", *(["style"] if standalone else [])}
    assert {element.tag.removeprefix(SVG) for element in root.iter()} <= allowed
    assert sum(element.tag == f"{SVG}style" for element in root.iter()) == standalone
    assert not [name for element in root.iter() for name in element.attrib if name.startswith("on") or "href" in name]


@pytest.mark.parametrize("language", LANGUAGES)
def test_each_plot_says_what_it_shows(language: str) -> None:
    for plot in drawn(filled(), language):
        root = ET.fromstring(render_plot(plot, standalone=False))
        title, desc = root.find(f"{SVG}title"), root.find(f"{SVG}desc")
        assert title is not None and title.text
        assert desc is not None and desc.text
        assert root.attrib["aria-labelledby"].split() == [title.attrib["id"], desc.attrib["id"]]
        assert root.attrib["role"] == "img"
        assert "{" not in desc.text


def test_without_numbers_a_plot_says_so() -> None:
    for plot in drawn(all_tables([], [TopicCounts("Math", 0, 0, 0)], [], [])):
        assert plot.about == "There is nothing to count yet."
        assert not plot.rects


def test_every_look_has_a_style_for_light_and_dark() -> None:
    css = plot_css()
    plots = drawn(filled())
    used = [one.look for plot in plots for one in plot.rects] + [one.look for plot in plots for one in plot.texts]
    looks = {look for each in used for look in each.split()}
    for look in looks - {"label"}:
        assert f".{look} " in css, look
    assert "@media (prefers-color-scheme: dark)" in css


def test_states_with_a_warning_differ_without_colour() -> None:
    """A colour-blind reader sees a stroke on them, each in another direction."""
    ledger = {
        state: [LedgerRow(TODAY, "cs.CL", state, Counts(fetched=3), "")] for state in DayState if state.needs_warning
    }
    without = len(drawn(all_tables([], [], [LedgerRow(TODAY, "cs.CL", DayState.FRESH, Counts(), "x")], []))[5].lines)
    marks = []
    for rows in ledger.values():
        (plot,) = [plot for plot in drawn(all_tables([], [], rows, [])) if plot.name == "ledger"]
        first = plot.rects[[rect.look for rect in plot.rects].index(f"state-{rows[0].state}")]
        inside = [line for line in plot.lines if first.y <= line.y1 <= first.y + first.height]
        marks.append(tuple(round(value - first.y) for line in inside for value in (line.y1, line.y2)))
    assert without
    assert len(set(marks)) == len(marks) == 3


@given(st.dates(date(2015, 1, 1), date(2026, 1, 1)), st.integers(1, 130))
def test_the_labels_of_months_do_not_touch(first: date, count: int) -> None:
    months = [divmod(first.year * 12 + first.month - 1 + each, 12) for each in range(count)]
    rows = tuple((f"{year}-{month + 1:02d}", 1) for year, month in months)
    (plot,) = drawn([NumberTable("notes_per_month", ("month", "notes"), rows)])
    lowest = max(text.y for text in plot.texts)
    edges = []
    for text in plot.texts:
        if text.y == lowest:
            width = text_width(text.text)
            left = {"start": text.x, "middle": text.x - width / 2, "end": text.x - width}[text.anchor]
            edges.append((left, left + width))
    assert edges
    assert all(later[0] - earlier[1] >= 4 for earlier, later in pairwise(edges))


@given(st.integers(1, 10**7))
def test_the_scale_has_few_round_numbers_and_contains_the_largest(most: int) -> None:
    notes = NumberTable("notes_per_month", ("month", "notes"), (("2026-05", most),))
    (plot,) = drawn([notes])
    ticks = [int(text.text.replace(",", "")) for text in plot.texts if text.anchor == "end" and text.x < 40]
    assert 2 <= len(ticks) <= 6
    assert ticks[0] == 0 and ticks[-1] >= most
    assert len({later - earlier for earlier, later in pairwise(ticks)}) == 1


@given(NAMES, st.integers(4, 40))
def test_a_long_name_is_shortened_to_its_room(name: str, letters: int) -> None:
    shown = shorten(name, letters)
    assert shown == name or shown.endswith("…")
    assert text_width(shown) <= text_width("x") * (letters + 1)


@pytest.mark.parametrize("language", LANGUAGES)
def test_tables_say_the_same_in_words(language: str) -> None:
    for table in filled():
        words = plot_words(language)
        rows = cells(table, words, STATES[language])
        assert len(rows) == len(table.rows)
        assert all(len(row) == len(headings(table, words)) for row in rows)
        short = short_table(table, words, STATES[language], 24)
        assert len({len(row) for row in short}) == 1
