"""The numbers and plots of the archive, the watch and the decisions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from msgspec import Struct

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from notebot.app.resources import Resources
    from notebot.features.statistics.rules.drawing import Drawing
    from notebot.features.statistics.rules.tables import NumberTable
    from notebot.features.statistics.statistics import Statistics

INDEX = "index.md"
"""The page that shows all plots."""
MONTHS_SHOWN = 24
"""Months that the terminal shows; the JSON document has all."""


class Figure(Struct, frozen=True):
    """One plot on a page that has the style sheet, with its numbers as text."""

    name: str
    title: str
    about: str
    svg: str
    """Empty if there is nothing to count."""
    headings: list[str]
    rows: list[list[str]]


def statistics(resources: Resources) -> Statistics:
    """All numbers of today."""
    from notebot.core.model.note import READ_LATER
    from notebot.features.statistics.statistics import StatisticsSettings, read_statistics

    config = resources.config
    settings = StatisticsSettings(
        topics=tuple((topic.name, tuple(topic.categories)) for topic in config.topics),
        categories=tuple(config.categories),
        hidden_tags=tuple(config.archive.hidden_tags),
        read_later=READ_LATER,
        style=config.note,
    )
    return read_statistics(resources.store, settings, resources.today())


def words(resources: Resources, language: str = "") -> dict[str, str]:
    """The words of plots and tables; in the digest's language if none is given."""
    from notebot.features.statistics.rules.wording import plot_words

    return plot_words(language or resources.config.digest.language)


def ledger_table(resources: Resources) -> NumberTable:
    """The announcement days of the ledger calendar, without the time that counting the archive may take."""
    from notebot.features.statistics.rules.tables import first_ledger_day, watch_tables

    config = resources.config
    rows = resources.store.ledger.rows(first_ledger_day(resources.today()))
    return next(table for table in watch_tables([], rows, tuple(config.categories), []) if table.name == "ledger")


def drawings(resources: Resources, tables: Sequence[NumberTable], language: str = "") -> list[Drawing]:
    """The plots of these numbers, in their order."""
    from notebot.core.note_format.phrases import LANGUAGES
    from notebot.features.statistics.rules.drawing import draw

    states = LANGUAGES[language or resources.config.digest.language].states
    wording = words(resources, language)
    return [draw(table, wording, states, resources.today()) for table in tables]


def figures(resources: Resources, tables: Sequence[NumberTable], language: str) -> list[Figure]:
    """The plots of these numbers as elements of a page."""
    from notebot.core.note_format.phrases import LANGUAGES
    from notebot.features.statistics.adapters.plot_renderer import render_plot
    from notebot.features.statistics.rules.table_text import cells, headings

    wording, states = words(resources, language), LANGUAGES[language].states
    return [
        Figure(
            name=drawing.name,
            title=drawing.title,
            about=drawing.about,
            svg=render_plot(drawing, standalone=False) if drawing.rects else "",
            headings=headings(table, wording),
            rows=cells(table, wording, states),
        )
        for drawing, table in zip(drawings(resources, tables, language), tables, strict=True)
    ]


def style() -> str:
    """The style sheet of the plots on a page."""
    from notebot.features.statistics.adapters.plot_renderer import plot_css

    return plot_css()


def prediction(resources: Resources, counted: Statistics, language: str = "") -> list[str]:
    """How well the order of the digests predicted what was kept, in one or two sentences."""
    from notebot.features.statistics.rules.table_text import prediction_sentences

    return prediction_sentences(counted.prediction, words(resources, language))


def text_tables(resources: Resources, counted: Statistics) -> list[tuple[str, list[list[str]]]]:
    """Each table with its title, as rows of text with the headings first; then how well the order predicts."""
    from notebot.core.note_format.phrases import LANGUAGES
    from notebot.features.statistics.rules.table_text import short_table

    wording, states = words(resources), LANGUAGES[resources.config.digest.language].states
    shown = [
        (wording[table.name], short_table(table, wording, states, MONTHS_SHOWN) or [[wording["nothing"]]])
        for table in counted.tables
    ]
    return [*shown, (wording["prediction"], [[sentence] for sentence in prediction(resources, counted)])]


def write_plots(resources: Resources, folder: Path) -> list[Path]:
    """Writes each plot as an SVG document of its own, and a page that shows them all; returns the paths.

    Raises:
        StateError: the folder cannot be written; the plots before that are complete.
    """
    from notebot.features.archive.adapters.page_folder import PageFolder
    from notebot.features.statistics.adapters.plot_renderer import render_plot

    files = PageFolder(folder)
    written: list[Path] = []
    images: list[str] = []
    for drawing in drawings(resources, statistics(resources).tables):
        name = f"{drawing.name.replace('_', '-')}.svg"
        files.write(name, [render_plot(drawing, standalone=True).encode()])
        written.append(folder / name)
        # titles are our own words, not text from outside
        images.append(f"![{drawing.title}]({name})")
    heading = words(resources)["statistics"]
    files.write(INDEX, ["\n\n".join([f"# {heading}", *images]).encode() + b"\n"])
    return [*written, folder / INDEX]


def document(counted: Statistics) -> dict[str, Any]:
    """The numbers as the JSON contract names them: a list per plot, and how well the order predicts."""
    import msgspec

    tables = {table.name: [dict(zip(table.keys, row, strict=True)) for row in table.rows] for table in counted.tables}
    return {**tables, "prediction": msgspec.to_builtins(counted.prediction)}
