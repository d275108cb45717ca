"""Builds the static site of the archive."""

from __future__ import annotations

from typing import TYPE_CHECKING

from notebot.app import statistics

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from notebot.app.resources import Resources
    from notebot.config import Config
    from notebot.core.model.note import Note
    from notebot.core.model.stub import Stub
    from notebot.features.site.adapters.templates import SiteFigure, SiteSettings
    from notebot.features.site.build_site import SiteReport

SHOWN_PLOTS = ("notes_per_month", "tags_by_year", "venues", "read_later_age")
"""Those of the archive; what is watched and decided is the curator's own business."""


def build(resources: Resources, folder: Path, base_url: str = "") -> SiteReport:
    """Writes the files of the site that changed into a folder.

    Args:
        base_url: where the site will be; by default that of the config.

    Raises:
        UsageError: the address is malformed, the folder has another site or files that are not for others, or the
            archive is empty although the site has notes.
        StateError: the folder cannot be written.
    """
    from notebot.config.checks import site_problems
    from notebot.config.sections import SiteSection
    from notebot.core.model.errors import UsageError
    from notebot.features.site.adapters.site_folder import RECORD, open_site_folder
    from notebot.features.site.adapters.templates import SiteTemplates
    from notebot.features.site.build_site import build_site

    if site_problems(SiteSection(base_url=base_url)):
        raise UsageError(f"--base-url takes an address such as https://you.github.io/notes/, not {base_url[:100]!r}.")
    _refuse_private_folders(resources.config, folder)
    has_notes = any(not page.name.startswith("all") for page in folder.glob("notes/*.html"))
    if has_notes and (folder / RECORD).exists() and is_empty(resources):
        # a command without a config, or with another one, must not remove every page
        raise UsageError(
            f"The archive is empty, so every note would disappear from the site in {folder}; name the config of that "
            "site with --config, or delete the folder."
        )
    base = base_url or resources.config.site.base_url
    renderer = SiteTemplates(
        _settings(resources, f"{base.rstrip('/')}/" if base else ""), _figures(resources), statistics.style()
    )
    with resources.lock("site"), open_site_folder(folder) as files:
        places: dict[str, int] = {}
        return build_site(
            lambda: read_notes(resources, places),
            hidden=frozenset(resources.config.archive.hidden_tags),
            renderer=renderer,
            files=files,
        )


def is_empty(resources: Resources) -> bool:
    """Whether there is no note and no kept paper, so that a site has nothing to show."""
    return next(read_notes(resources, {}), None) is None


def _refuse_private_folders(config: Config, folder: Path) -> None:
    """A site is copied to a web host as it is, so the config, the database and the digests must not be in it.

    Raises:
        UsageError: the folder contains one of them, or is inside.
    """
    from notebot.core.model.errors import UsageError

    site = folder.resolve()
    private = {
        "the config": config.path,
        "state_dir": config.state_dir,
        "digest_dir": config.digest_dir,
        "pages_dir": config.pages_dir,
        "the inbox": config.inbox_dir,
        "the notes": config.archive_dir,
    }
    for name, path in private.items():
        if path is not None and (path.resolve().is_relative_to(site) or site.is_relative_to(path.resolve())):
            raise UsageError(
                f"{folder} and {name} ({path}) overlap, and all that is in the folder of a site is published with it; "
                "give the site a folder of its own, such as public."
            )


def _settings(resources: Resources, base_url: str) -> SiteSettings:
    from notebot.core.model.note import READ_LATER
    from notebot.features.site.adapters.templates import SiteSettings
    from notebot.features.site.rules.wording import words_of
    from notebot.features.venues.rules.detection import VenueKind

    config = resources.config
    language, repo = config.digest.language, config.archive.repo
    journals = (row.name for row in resources.venues.rows if row.kind is VenueKind.JOURNAL)
    return SiteSettings(
        title=config.site.title or repo.partition("/")[2] or words_of(language)["site_title"],
        language=language,
        base_url=base_url,
        repo=repo,
        reading_list=READ_LATER,
        journals=tuple(sorted(journals)),
    )


def _figures(resources: Resources) -> list[SiteFigure]:
    from notebot.features.site.adapters.templates import SiteFigure

    tables = [table for table in statistics.statistics(resources).tables if table.name in SHOWN_PLOTS]
    figures = statistics.figures(resources, tables, resources.config.digest.language)
    return [SiteFigure(each.name, each.title, each.about, each.svg, each.headings, each.rows) for each in figures]


def read_notes(resources: Resources, places: dict[str, int]) -> Iterator[tuple[int, Note, Stub | None]]:
    """Yields the kept papers that are not in the archive yet, then the notes of the archive.

    Each comes with an id: negative for kept papers, positive for notes.

    Args:
        places: stub key → number of a kept paper. Pass the same dictionary to all readings of one build: a number
            that was given once is not given to another paper.
    """
    from notebot.core.model.stub import StubStatus
    from notebot.core.note_format.note_from_stub import make_note

    for stub in resources.store.stubs.all(StubStatus.KEPT):
        if stub.note_number is None:
            # not counted anew: another paper may be kept or published between two readings
            place = places.setdefault(stub.key, len(places) + 1)
            # ids of the store are positive
            yield -place, make_note(stub, resources.config.note), stub
    for key, note in resources.store.notes.with_ids():
        yield key, note, None
