"""``search_query`` as the query API reads it: no precedence, right to left, a missing operator is OR."""

import re
from collections.abc import Callable
from fnmatch import fnmatchcase

from notebot.core.text.patterns import regex
from notebot.demo.sample_arxiv.papers import Edition

Test = Callable[[Edition], bool]

_TOKEN = regex(
    r"\s*(?P<open>\()|\s*(?P<close>\))"
    r"|\s*submittedDate:\[(?P<since>\d{12}) TO (?P<until>\d{12})\]"
    r'|\s*(?:(?P<prefix>ti|au|abs|co|jr|cat|id|all):)?(?:"(?P<phrase>[^"]*)"|(?P<word>[^\s()"]+))'
)


class InvalidSearchError(Exception):
    """The search cannot be read; the text is the service's own wording."""

    def __init__(self, query: str) -> None:
        super().__init__(f"Invalid query string: '{query}'")


def search_test(query: str) -> Test:
    """Whether a paper is found by ``query``."""
    tokens = list(_TOKEN.finditer(query.strip()))
    if "".join(each[0] for each in tokens) != query.strip():
        raise InvalidSearchError(query)
    try:
        test = _expression(tokens)
    except IndexError:
        raise InvalidSearchError(query) from None
    if tokens:
        raise InvalidSearchError(query)
    return test


def _expression(tokens: list[re.Match[str]]) -> Test:
    """Reads one expression off the front of ``tokens``."""
    left = _term(tokens)
    if not tokens or tokens[0]["close"]:
        return left
    operator = tokens.pop(0)["word"] if tokens[0]["word"] in ("AND", "OR", "ANDNOT") else "OR"
    right = _expression(tokens)
    if operator == "AND":
        return lambda edition: left(edition) and right(edition)
    if operator == "ANDNOT":
        return lambda edition: left(edition) and not right(edition)
    return lambda edition: left(edition) or right(edition)


def _term(tokens: list[re.Match[str]]) -> Test:
    token = tokens.pop(0)
    if token["open"]:
        inner = _expression(tokens)
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
        return lambda edition: any(fnmatchcase(each.casefold(), pattern) for each in edition.paper.categories)
    return lambda edition: _holds(_words(_field(edition, prefix)), words)


def _field(edition: Edition, prefix: str) -> str:
    paper = edition.paper
    fields = {
        "ti": edition.title,
        "au": " ".join(paper.authors),
        "abs": paper.abstract,
        "co": edition.comment or "",
        "jr": paper.journal_ref or "",
        "id": paper.arxiv_id,
    }
    return fields[prefix] if prefix in fields else " ".join(fields.values())


def _words(text: str, keep: str = "") -> list[str]:
    return re.findall(rf"[\w{keep}]+", text.casefold().replace("_", " "))


def _holds(text: list[str], phrase: list[str]) -> bool:
    """The words of ``phrase`` stand next to each other in ``text``; ``*`` is a wildcard."""
    return any(
        len(text) - start >= len(phrase) and all(fnmatchcase(text[start + at], word) for at, word in enumerate(phrase))
        for start in range(len(text))
    )
