import pytest

from notebot.core.model.category import ALIASES, CATEGORIES, archives, resolve_category
from notebot.core.model.errors import UsageError


@pytest.mark.parametrize("name", sorted(CATEGORIES))
def test_every_canonical_name_resolves_to_itself_in_any_case(name: str) -> None:
    assert resolve_category(name) == resolve_category(name.upper()) == resolve_category(f" {name} ") == name


@pytest.mark.parametrize(("alias", "canonical"), sorted(ALIASES.items()))
def test_every_alias_resolves_to_a_category(alias: str, canonical: str) -> None:
    assert resolve_category(alias.lower()) == canonical
    assert canonical in CATEGORIES
    assert alias not in CATEGORIES


@pytest.mark.parametrize(
    ("name", "canonical"),
    [
        ("cs.NA", "math.NA"),
        ("cs.sy", "eess.SY"),
        ("math.IT", "cs.IT"),
        ("math.MP", "math-ph"),
        ("q-fin.EC", "econ.GN"),
        ("stat.TH", "math.ST"),
        ("cmp-lg", "cs.CL"),
        ("mtrl-th", "cond-mat.mtrl-sci"),
        ("hep-th", "hep-th"),
        ("astro-ph.co", "astro-ph.CO"),
    ],
)
def test_the_other_names_of_a_category_are_resolved(name: str, canonical: str) -> None:
    assert resolve_category(name) == canonical


@pytest.mark.parametrize("archive", ["cs", "math", "astro-ph", "cond-mat", "nlin", "physics", "q-bio", "STAT"])
def test_an_archive_is_refused_with_the_reason(archive: str) -> None:
    with pytest.raises(UsageError, match="2,000") as refused:
        resolve_category(archive)
    assert f"{archive.lower()}." in str(refused.value)


def test_a_name_like_none_of_its_archive_lists_them() -> None:
    with pytest.raises(UsageError, match=r'"cs\.ZZ"; cs has AI, AR, .* SI, SY\.$'):
        resolve_category("cs.ZZ")


def test_an_unknown_name_is_refused_with_a_suggestion() -> None:
    with pytest.raises(UsageError, match=r'"cs\.CLL".*cs\.CL'):
        resolve_category("cs.CLL")


def test_a_name_near_to_nothing_is_refused_with_an_example() -> None:
    with pytest.raises(UsageError, match=r"such as cs\.CL"):
        resolve_category("完全に違う")


def test_the_taxonomy_is_complete() -> None:
    assert len([name for name in CATEGORIES | ALIASES.keys() if name.startswith("cs.")]) == 40
    assert len([name for name in CATEGORIES | ALIASES.keys() if name.startswith("math.")]) == 32
    assert len(CATEGORIES) == 149
    assert {"quant-ph", "q-bio.QM", "physics.soc-ph", "cond-mat.quant-gas"} <= CATEGORIES


def test_archives_hold_the_old_and_the_present_ones() -> None:
    assert {"hep-th", "math", "cs", "cmp-lg", "alg-geom", "q-bio", "cond-mat"} <= archives()
    assert not {"foo", "cs.CL"} & archives()
