"""arXiv's categories (services.md 1.7): their names, their aliases, and which can be watched."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

from notebot.core.model.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping

_ARCHIVES_WITH_CATEGORIES = {
    "astro-ph": "CO EP GA HE IM SR",
    "cond-mat": "dis-nn mes-hall mtrl-sci other quant-gas soft stat-mech str-el supr-con",
    "cs": "AI AR CC CE CG CL CR CV CY DB DC DL DM DS ET FL GL GR GT HC IR IT LG LO MA MM MS NA NE NI OH OS "
    "PF PL RO SC SD SE SI SY",
    "econ": "EM GN TH",
    "eess": "AS IV SP SY",
    "math": "AC AG AP AT CA CO CT CV DG DS FA GM GN GR GT HO IT KT LO MG MP NA NT OA OC PR QA RA RT SG SP ST",
    "nlin": "AO CD CG PS SI",
    "physics": "acc-ph ao-ph app-ph atm-clus atom-ph bio-ph chem-ph class-ph comp-ph data-an ed-ph flu-dyn "
    "gen-ph geo-ph hist-ph ins-det med-ph optics plasm-ph pop-ph soc-ph space-ph",
    "q-bio": "BM CB GN MN NC OT PE QM SC TO",
    "q-fin": "CP EC GN MF PM PR RM ST TR",
    "stat": "AP CO ME ML OT TH",
}
_ARCHIVES_WITHOUT_CATEGORIES = frozenset(
    ["gr-qc", "hep-ex", "hep-lat", "hep-ph", "hep-th", "math-ph", "nucl-ex", "nucl-th", "quant-ph"]
)

# One category each, listed under two archives; the second name is the canonical one.
_DOUBLE_NAMES = {
    "cs.NA": "math.NA",
    "cs.SY": "eess.SY",
    "math.IT": "cs.IT",
    "math.MP": "math-ph",
    "q-fin.EC": "econ.GN",
    "stat.TH": "math.ST",
}
# Archives that were merged into a category. Their old ids (`cmp-lg/9404001`) remain valid.
_FORMER_ARCHIVES = {
    "acc-phys": "physics.acc-ph",
    "adap-org": "nlin.AO",
    "alg-geom": "math.AG",
    "ao-sci": "physics.ao-ph",
    "atom-ph": "physics.atom-ph",
    "bayes-an": "physics.data-an",
    "chao-dyn": "nlin.CD",
    "chem-ph": "physics.chem-ph",
    "cmp-lg": "cs.CL",
    "comp-gas": "nlin.CG",
    "dg-ga": "math.DG",
    "funct-an": "math.FA",
    "mtrl-th": "cond-mat.mtrl-sci",
    "patt-sol": "nlin.PS",
    "plasm-ph": "physics.plasm-ph",
    "q-alg": "math.QA",
    "solv-int": "nlin.SI",
    "supr-con": "cond-mat.supr-con",
}

ALIASES: Mapping[str, str] = MappingProxyType(_DOUBLE_NAMES | _FORMER_ARCHIVES)
"""Other name -> canonical name: categories with two names, and former archives that became a category."""

CATEGORIES: frozenset[str] = (
    frozenset(f"{archive}.{part}" for archive, parts in _ARCHIVES_WITH_CATEGORIES.items() for part in parts.split())
    | _ARCHIVES_WITHOUT_CATEGORIES
) - ALIASES.keys()
"""All categories by canonical name, including archives without categories (``hep-th``)."""

_BY_LOWER = {name.lower(): name for name in CATEGORIES} | {
    alias.lower(): canonical for alias, canonical in ALIASES.items()
}


def archives() -> frozenset[str]:
    """All archives that arXiv has or had: the part before the slash of an old id."""
    return _ARCHIVES_WITHOUT_CATEGORIES | _ARCHIVES_WITH_CATEGORIES.keys() | _FORMER_ARCHIVES.keys()


def resolve_category(name: str) -> str:
    """The canonical name of a category, by any of its names in any case.

    Raises:
        UsageError: the name is unknown, or an archive, whose feed would be truncated.
    """
    wanted = name.strip().lower()
    if wanted in _BY_LOWER:
        return _BY_LOWER[wanted]
    if wanted in _ARCHIVES_WITH_CATEGORIES:
        example = f"{wanted}.{_ARCHIVES_WITH_CATEGORIES[wanted].split()[0]}"
        raise UsageError(
            f'"{wanted}" is a whole archive, whose feed arXiv cuts at 2,000 entries so that papers would '
            f"be lost; list its categories one by one, such as {example}."
        )
    from difflib import get_close_matches  # only for this error message

    archive, _, part = wanted.partition(".")
    is_in_archive = archive in _ARCHIVES_WITH_CATEGORIES and part != ""
    candidates = [other for other in _BY_LOWER if not is_in_archive or other.startswith(f"{archive}.")]
    similar = get_close_matches(wanted, candidates, n=1, cutoff=0.75 if is_in_archive else 0.6)
    if similar:
        advice = f"the nearest known one is {_BY_LOWER[similar[0]]}"
    elif is_in_archive:
        advice = f"{archive} has {_ARCHIVES_WITH_CATEGORIES[archive].replace(' ', ', ')}"
    else:
        advice = "write one such as cs.CL or hep-th"
    raise UsageError(f'There is no arXiv category "{name}"; {advice}.')
