"""Evaluates ``search_query`` as the query API does: right to left, without precedence, OR by default."""

import re
from collections.abc import Callable
from fnmatch import fnmatchcase

from notebot.core.text.patterns import regex
from notebot.demo.sample_arxiv.papers import Edition

Matches = Callable[[Edition], bool]

_TOKEN = regex(
    r"\s*(?P<open>\()|\s*(?P<close>\))"
    r"|\s*submittedDate:\[(?P<since>\d{12}) TO (?P<until>\d{12})\]"
    r'|\s*(?:(?P<prefix>ti|au|abs|co|jr|cat|id|all):)?(?:"(?P<phrase>[^"]*)"|(?P<word>[^\s()"]+))'
)
_FIELDS: dict[str, Callable[[Edition], str]] = {
    "ti": lambda edition: edition.title,
    "au": lambda edition: " ".join(edition.paper.authors),
    "abs": lambda edition: edition.paper.abstract,
    "co": lambda edition: edition.comment or "",
    "jr": lambda edition: edition.paper.journal_ref or "",
    "id": lambda edition: edition.paper.arxiv_id,
}


class InvalidSearchError(Exception):
    """A search that does not parse; the text is the service's own wording."""

    def __init__(self, query: str) -> None:
        super().__init__(f"Invalid query string: '{query}'")


def parse_search(query: str) -> Matches:
    """A predicate that is true for the editions matching ``query``.

    Raises:
        InvalidSearchError: the query does not parse.
    """
    tokens = list(_TOKEN.finditer(query.strip()))
    if "".join(token[0] for token in tokens) != query.strip():
        raise InvalidSearchError(query)
    try:
        matches = _parse_expression(tokens)
    except IndexError:
        raise InvalidSearchError(query) from None
    if tokens:
        raise InvalidSearchError(query)
    return matches


def _parse_expression(tokens: list[re.Match[str]]) -> Matches:
    """Parses one expression and removes its tokens from the front of the list."""
    left = _parse_term(tokens)
    if not tokens or tokens[0]["close"]:
        return left
    operator = tokens.pop(0)["word"] if tokens[0]["word"] in ("AND", "OR", "ANDNOT") else "OR"
    # no precedence: everything to the right of the operator is its right operand
    right = _parse_expression(tokens)
    if operator == "AND":
        return lambda edition: left(edition) and right(edition)
    if operator == "ANDNOT":
        return lambda edition: left(edition) and not right(edition)
    return lambda edition: left(edition) or right(edition)


def _parse_term(tokens: list[re.Match[str]]) -> Matches:
    token = tokens.pop(0)
    if token["open"]:
        inner = _parse_expression(tokens)
        tokens.pop(0)
        return inner
    if token["since"]:
        since, until = token["since"], token["until"]
        return lambda edition: since <= edition.paper.published.strftime("%Y%m%d%H%M") <= until
    if token["close"]:
        raise IndexError
    prefix = token["prefix"] or "all"
    text = token["phrase"] if token["word"] is None else token["word"]
    words = _words(text, keep="*")
    if prefix == "cat":
        pattern = text.casefold()
        return lambda edition: any(fnmatchcase(category.casefold(), pattern) for category in edition.paper.categories)
    fields = list(_FIELDS.values()) if prefix == "all" else [_FIELDS[prefix]]
    return lambda edition: _contains(_words(" ".join(field(edition) for field in fields)), words)


def _words(text: str, keep: str = "") -> list[str]:
    return re.findall(rf"[\w{keep}]+", text.casefold().replace("_", " "))


def _contains(words: list[str], phrase: list[str]) -> bool:
    """True if ``words`` contain ``phrase`` as consecutive words; ``*`` in the phrase is a wildcard."""
    return any(
        len(words) - start >= len(phrase)
        and all(fnmatchcase(words[start + offset], pattern) for offset, pattern in enumerate(phrase))
        for start in range(len(words))
    )
