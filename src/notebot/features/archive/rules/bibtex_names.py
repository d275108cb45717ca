"""Author names for citations: groups, suffixes, family names, and ``others`` for further authors, as in BibTeX."""

from notebot.core.text.patterns import regex

OTHERS = "others"
"""BibTeX's own word for further authors."""
_GROUP_WORDS = frozenset(
    {"collaboration", "collaborations", "team", "teams", "consortium", "group", "alliance", "initiative", "project"}
    | {"network", "committee", "council", "foundation", "organization", "organisation", "association", "society"}
    | {"institute", "institution", "university", "college", "academy", "laboratory", "laboratories", "lab", "labs"}
    | {"research", "center", "centre", "company", "corporation", "corp", "inc", "ltd", "llc", "gmbh"}
    | {"deepmind", "openai", "anthropic", "google", "meta", "microsoft", "nvidia", "alibaba", "tencent", "baidu"}
)
"""Words at the end of a group's or company's name, and never of a person's."""
_BRANDS = frozenset({"google", "openai", "anthropic", "microsoft", "nvidia", "deepseek", "alibaba", "tencent", "baidu"})
_NOT_IN_KEY = frozenset({"the", "collaboration", "team", "group", "consortium", "project", "inc", "ltd", "llc", "gmbh"})
_PARTICLES = frozenset(
    {"von", "van", "der", "den", "de", "del", "della", "di", "da", "dos", "du"}
    | {"la", "le", "el", "bin", "ibn", "af", "av", "zu", "zur", "ten", "ter"}
)
"""Words before a family name that belong to it."""
_SUFFIX = regex(r"(?:Jr|Sr)\.?|I{2,3}|IV")
_ET_AL = regex(r"(?:^|(?<=[\s,]))(?:et\.?\s?al\.?|and others)$")
_IN_PARENTHESES = regex(r"^(?P<name>[^()]*)\((?P<group>[^()]*)\)\s*$")


def split_authors(names: tuple[str, ...]) -> list[str]:
    """The authors without ``et al.``, which becomes ``others`` at the end; a group in parentheses is an author too.

    ``et al.`` alone names nobody and is dropped.
    """
    authors: list[str] = []
    is_cut = False
    for name in names:
        in_parentheses = _IN_PARENTHESES.match(name)
        group = in_parentheses["group"].strip() if in_parentheses and is_group(in_parentheses["group"]) else ""
        rest = in_parentheses["name"].strip() if in_parentheses and group else name.strip()
        further = _ET_AL.search(rest)
        person = rest[: further.start()].rstrip(" ,") if further else rest
        is_cut = is_cut or further is not None
        authors += [author for author in (person, group) if author]
    return [*authors, OTHERS] if is_cut and authors else authors


def is_group(name: str) -> bool:
    """True for the name of a collaboration, team or company, which has no family name."""
    words = [word.strip(".,").lower() for word in name.split()]
    if not words:
        return False
    # Ai is a family name, AI is not
    ends_as_group = words[-1] in _GROUP_WORDS or name.rstrip(" .,").endswith(" AI")
    return words[0] == "the" or ends_as_group or (len(words) > 1 and words[0] in _BRANDS)


def with_suffix_between_commas(name: str) -> str:
    """``Ann Example Jr.`` -> ``Example, Jr., Ann``, so that the suffix is not taken for the family name."""
    before, comma, last = name.partition(",")
    words = f"{before} {last}".split() if comma and _SUFFIX.fullmatch(last.strip()) else name.split()
    if len(words) < 3 or not _SUFFIX.fullmatch(words[-1]):
        return name
    *given, family, suffix = words
    return f"{family}, {suffix}, {' '.join(given)}"


def family_and_given(name: str) -> tuple[str, str]:
    """``van der Example`` and ``Ada``; the whole name and nothing for a group, or for a name of one word.

    A suffix follows the given names, as in ``Ann, Jr.``
    """
    words = name.split()
    if is_group(name) or len(words) < 2:
        return " ".join(words), ""
    family, _, rest = with_suffix_between_commas(name).partition(", ")
    if rest:
        suffix, _, given = rest.partition(", ")
        return family, f"{given}, {suffix}" if given else suffix
    start = len(words) - 1
    while start > 1 and words[start - 1] in _PARTICLES:
        start -= 1
    return " ".join(words[start:]), " ".join(words[:start])


def key_name(name: str) -> str:
    """The word that begins the key of an entry: a person's family name, or the first word that names a group."""
    if is_group(name):
        words = [word for word in name.split() if word.strip(".,").lower() not in _NOT_IN_KEY]
        return words[0] if words else name
    family = with_suffix_between_commas(name).partition(",")[0]
    return (family.split() or [""])[-1]
