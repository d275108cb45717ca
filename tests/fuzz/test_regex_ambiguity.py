"""Every regular expression of notebot takes linear time, or its text is short and this file says why."""

import importlib
import pkgutil
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import notebot
from fuzz.regex_ambiguity import Growth, growth
from notebot.core.text.patterns import _CompiledOnUse
from notebot.features.venues.rules.detection.word_lists import _BuiltOnUse, load_word_lists

SOURCE = Path(notebot.__file__).parent
METHODS = ("search", "match", "fullmatch", "finditer", "findall", "sub", "subn", "split")

# "MODULE NAME" -> what keeps the text so short, or the pattern so simple, that the growth does no harm.
# `tests/fuzz/test_growth.py` measures the functions themselves.
_COMMENT = "a comment is cut at 4,000 characters and has single spaces only"
_WINDOW = "is applied to a window of at most 300 characters"
BOUNDED = {
    "core.model.arxiv_id _REFERENCE_OR_URL": "can begin again only after a blank, a bracket or a marker",
    "core.model.resource_links _CODE": _WINDOW,
    "core.model.resource_links _DATA": _WINDOW,
    "core.model.resource_links _PROJECT": _WINDOW,
    "core.model.wrapped_link _RULES_BY_PARAMETER[3][0]": "a host name has at most 253 characters",
    "core.model.wrapped_link _RULES_BY_PATH[5][0]": "a host name has at most 253 characters",
    "core.note_format.issue_body _BOT_SECTION": "80 characters of the remark at most",
    "core.text.search_tokens _LONG_VOWEL": "begins only at the first mark of a run",
    "core.text.tex _READABLE": "400 characters of a formula, 200 of other groups at most",
    "core.text.tex _TOKEN": "a formula that does not close is searched once, since what it contains is skipped",
    "demo.sample_arxiv.markup _AFFILIATED": "reads the packaged sample",
    "demo.sample_arxiv.search _TOKEN": "reads queries of the demo",
    "features.archive.adapters.formats.seed_entry _TITLE_END": "60 characters of the venue's track at most",
    "features.archive.adapters.formats.tag_page _OWN_TAG[0]": "200 characters of a tag at most",
    "features.archive.rules.bibtex _AND": "names have single spaces only",
    "features.archive.rules.bibtex _AUTHOR": "200 characters of an author at most",
    "features.digests.rules.read_back.lines _ANY_MARK": "200 characters of a mark at most",
    "features.digests.rules.read_back.lines _FORMS[4][1]": "is matched at the start of a line only",
    "features.digests.rules.read_back.post_lines _URL": "300 characters around the link at most",
    "features.digests.rules.read_back.lines _FORMS[6][1]": "is matched at the start of a line only",
    "features.intake.adapters.web_page.media_tags _HOSTS[3][0]": "a host name has at most 253 characters",
    "features.intake.adapters.web_page.paper_pages _LANDING_PAGES[3][0]": "300 characters of the path at most",
    "features.intake.rules.paper_mentions _SITE_SUFFIX": _WINDOW,
    "features.summaries.rules.faithfulness.number_words _RUN": "repeats separate words; see test_growth",
    "features.summaries.rules.faithfulness.numbers _POWER": "15 digits at most",
    "features.summaries.rules.faithfulness.numbers _RANGE": "15 digits at most",
    "features.venues.adapters.accepted_lists.fields _PRESENTATION": "a title has single spaces only",
    "features.venues.rules.accepted_papers _SUBTITLE": "a title has single spaces only",
    "features.venues.rules.detection.acceptance _JOINT": _WINDOW,
    "features.venues.rules.detection.acceptance _SPECIAL_ISSUE": _WINDOW,
    "features.venues.rules.detection.acceptance _THIS_IS": _WINDOW,
    "features.venues.rules.detection.clauses _MARKER": _COMMENT,
    "features.venues.rules.detection.clauses _PARAGRAPH": _COMMENT,
    "features.venues.rules.detection.clauses _URL": _COMMENT,
    "features.venues.rules.detection.parsed_comment _TITLE_BEFORE": _WINDOW,
    "features.venues.rules.detection.tracks _CONTEST": _WINDOW,
    "features.venues.rules.detection.tracks _OTHER_TRACK": _COMMENT,
    "features.venues.rules.detection.unknown_venue _BARE": _COMMENT,
    "features.venues.rules.detection.unknown_venue _COLON": "is matched at one position only",
    "features.venues.rules.detection.unknown_venue _EVENT": "160 characters of a title at most",
    "features.venues.rules.detection.unknown_venue _NAME_THEN_YEAR": _WINDOW,
    "features.venues.rules.detection.unknown_venue _TRAILING": _WINDOW,
    "features.venues.rules.detection.venue_title_shape _TITLE_END": _WINDOW,
    "features.venues.rules.detection.workshops _AT_HOST": _WINDOW,
    "features.venues.rules.detection.workshops _AT_SIGN": _WINDOW,
    "features.venues.rules.detection.workshops _END_OF_ACRONYM": _WINDOW,
    "features.venues.rules.detection.workshops _GLUED_YEAR": _WINDOW,
    "features.venues.rules.detection.workshops _IN_HOST": _WINDOW,
    "features.venues.rules.detection.workshops _TAIL": _WINDOW,
    "features.venues.rules.detection.years _BEFORE": _WINDOW,
}


def patterns_in(name: str, value: object, depth: int = 0) -> Iterator[tuple[str, object]]:
    if isinstance(value, (_CompiledOnUse, _BuiltOnUse)):
        yield name, value
    elif isinstance(value, (list, tuple)) and depth < 3:
        for index, each in enumerate(value):
            yield from patterns_in(f"{name}[{index}]", each, depth + 1)
    elif isinstance(value, dict) and depth < 3 and not name.startswith("__"):
        for key, each in value.items():
            yield from patterns_in(f"{name}[{key}]", each, depth + 1)


def all_patterns() -> dict[str, _CompiledOnUse | _BuiltOnUse]:
    """All patterns of notebot, by module and name."""
    found: dict[int, tuple[str, _CompiledOnUse | _BuiltOnUse]] = {}
    for module in pkgutil.walk_packages(notebot.__path__, "notebot."):
        if module.name.endswith("__main__"):
            continue
        for attribute, value in vars(importlib.import_module(module.name)).items():
            for name, pattern in patterns_in(attribute, value):
                assert isinstance(pattern, (_CompiledOnUse, _BuiltOnUse))
                found.setdefault(id(pattern), (f"{module.name.removeprefix('notebot.')} {name}", pattern))
    return dict(found.values())


def worst_growth(place: str, pattern: _CompiledOnUse | _BuiltOnUse, everything: str) -> Growth:
    """The growth for the methods with which the source uses the pattern; for all if that cannot be seen."""
    module, name = place.split(" ", 1)
    base = name.partition("[")[0]
    text = everything
    if base.startswith("_"):
        path = SOURCE.joinpath(*module.split("."))
        path = path / "__init__.py" if path.is_dir() else path.with_suffix(".py")
        text = path.read_text(encoding="utf-8")
    used = set(re.findall(rf"\b{re.escape(base)}(?:\[[^\]]*\])?\.(\w+)\b", text)) & set(METHODS)
    source = pattern.pattern
    if isinstance(pattern, _BuiltOnUse):
        lists = load_word_lists()
        source = re.sub(r"<<(\w+)>>", lambda match: "|".join(map(re.escape, lists[match[1]])), pattern.pattern)
    growths = [Growth.LINEAR]
    if used != {"fullmatch"}:
        growths.append(growth(source, pattern.flags, searched=not used or bool(used - {"match", "fullmatch"})))
    if not used or "fullmatch" in used:
        growths.append(growth(source, pattern.flags, searched=False, full=True))
    return max(growths, key=list(Growth).index)


def test_no_pattern_takes_more_than_linear_time_on_text_of_any_length() -> None:
    everything = "\n".join(path.read_text(encoding="utf-8") for path in sorted(SOURCE.rglob("*.py")))
    growths = {place: worst_growth(place, pattern, everything) for place, pattern in all_patterns().items()}
    assert len(growths) > 300
    slow = {place: str(found) for place, found in growths.items() if found is not Growth.LINEAR}
    assert [place for place, found in slow.items() if found == Growth.EXPONENTIAL] == []
    assert {place: found for place, found in slow.items() if place not in BOUNDED} == {}, (
        "rewrite these patterns (possessive repeats, one repeat less, tokens), or bound their text and list them"
    )


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        (r"(a+)+b", Growth.EXPONENTIAL),
        (r"(a*)*b", Growth.EXPONENTIAL),
        (r"\w+(?:-?\w+)*$", Growth.EXPONENTIAL),
        (r"(?:(?:[A-Z][a-z]*|of)\s?){1,8},", Growth.EXPONENTIAL),
        (r"(?:\sJune?(?:[a-z]{3,6})?)+$", Growth.EXPONENTIAL),
        (r"[\s,]*(?:W\b)?[\s,]*x", Growth.POLYNOMIAL),
        (r"[A-Z]\w*[A-Z]\w*!", Growth.POLYNOMIAL),
        (r"\s+$", Growth.SEARCH),
        (r"a(?:[ab]*c)?", Growth.SEARCH),
        (r".*x", Growth.SEARCH),
        (r"^\s*x", Growth.LINEAR),
        (r"(?<!\s)\s+$", Growth.LINEAR),
        (r"\b\w+!", Growth.LINEAR),
        (r"\w+(?:-\w+)*", Growth.LINEAR),
        (r"<[^<>]*>", Growth.LINEAR),
        (r"^[\s,]*+(?:W\b)?[\s,]*+x", Growth.LINEAR),
        (r"^(?:-?\d\d(?=\s|$)|[\s-])++", Growth.LINEAR),
    ],
)
def test_the_kinds_of_growth(pattern: str, expected: Growth) -> None:
    assert growth(pattern) is expected


def test_a_pattern_that_is_matched_in_full_can_fail_at_its_end() -> None:
    assert growth(r"(?:a|ab)*b*", searched=False) is Growth.LINEAR
    assert growth(r"a*a*", searched=False, full=True) is Growth.POLYNOMIAL
    assert growth(r"\[x\]\s*(.*)", re.DOTALL, searched=False, full=True) is Growth.LINEAR
