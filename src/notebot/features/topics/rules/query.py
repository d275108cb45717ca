"""Parses topic queries: arXiv's own grammar, read strictly.

    query   = chain
    chain   = operand { ("AND" | "OR" | "ANDNOT") operand }
    operand = [ prefix ":" ] ( word | "phrase" | "(" chain ")" )

AND and ANDNOT bind tighter than OR and are left-associative. A prefix before a group applies to each term in it
that has no prefix of its own; the default is ``all:``. Where arXiv's server guesses (two terms without an operator,
``and`` in lower case), notebot reports an error.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, TypeAlias

from msgspec import Struct

from notebot.core.model.errors import QueryError
from notebot.core.text.patterns import regex
from notebot.features.topics.rules.query_terms import Field, Term, find_field, make_term
from notebot.features.topics.rules.query_tokens import Token, tokenize

if TYPE_CHECKING:
    from collections.abc import Iterator

_DEEPEST = 50
"""Levels of parentheses. More are a mistake, and would exceed Python's recursion limit."""

_SAME_ON_SERVER = regex(r"(OR )*(AND )*(ANDNOT )?")
"""Operators that mean the same from right to left without precedence: ``a AND (b ANDNOT c)``."""


class And(Struct, frozen=True):
    parts: tuple["Node", ...]


class Or(Struct, frozen=True):
    parts: tuple["Node", ...]


class AndNot(Struct, frozen=True):
    """``wanted`` and none of ``unwanted``; between two ORs the order of AND and ANDNOT does not matter."""

    wanted: "Node"
    unwanted: tuple["Node", ...]


Node: TypeAlias = Term | And | Or | AndNot


class Query(Struct, frozen=True):
    text: str
    """As the curator wrote it."""
    root: Node


class _Chain(Struct, frozen=True):
    """Operands and the operators between them, before precedence is applied."""

    operands: tuple["Term | _Chain", ...]
    operators: tuple[str, ...]


def parse_query(text: str) -> Query:
    """Parses the text of a query.

    Raises:
        QueryError: with the position of the mistake and what to write instead.
    """
    return Query(text, _with_precedence(_Parser(text).parse()))


def find_terms(node: Node) -> Iterator[Term]:
    """Every term below a node, in the order written, except that those of ANDNOT come last."""
    match node:
        case Term():
            yield node
        case And(parts) | Or(parts):
            for part in parts:
                yield from find_terms(part)
        case AndNot(wanted, unwanted):
            for part in (wanted, *unwanted):
                yield from find_terms(part)


def hangs_on_unknown(query: Query) -> list[str]:
    """The terms, as written, whose absence from an announcement feed proves nothing.

    A feed contains no author comment and rarely a journal reference. So ``co:`` and ``jr:`` wait for the next OAI-PMH
    delta, and so does ``all:`` if title, abstract and authors do not contain the words.
    """
    unknown = (Field.COMMENT, Field.JOURNAL_REF, Field.ALL)
    return list(dict.fromkeys(str(term) for term in find_terms(query.root) if term.field in unknown))


def server_reading(query: Query) -> str | None:
    """The query as arXiv's server groups it, in parentheses, or ``None`` if that means the same.

    The server has no precedence and reads from right to left: ``a AND b OR c`` is ``a AND (b OR c)``.
    """
    chain = _Parser(query.text).parse()
    return None if isinstance(chain, Term) or _is_read_alike(chain) else _server_text(chain)


def api_query(query: Query) -> str:
    """The query for arXiv's search API: grouped by parentheses, each term with its prefix, phrases quoted.

    The server accepts no ``*`` in a phrase. Such a phrase becomes its words, and is left out after ANDNOT. The answer
    may therefore contain papers that the query does not match, so match them again.
    """
    return _api_text(query.root)


class _Parser:
    """A recursive-descent parser for one query."""

    def __init__(self, text: str) -> None:
        self._tokens = list(tokenize(text))
        self._next = 0

    def parse(self) -> Term | _Chain:
        if self._peek.kind == "end":
            raise QueryError("the query is empty", 0, "a term such as ti:theorem")
        chain = self._chain(Field.ALL, 0)
        if self._peek.kind == "close":
            raise QueryError("a ) without its (", self._peek.position, "the end, or an operator")
        return chain

    @property
    def _peek(self) -> Token:
        return self._tokens[self._next]

    def _take(self) -> Token:
        token = self._peek
        self._next += 1
        return token

    def _chain(self, field: Field, depth: int) -> Term | _Chain:
        operands, operators = [self._operand(field, depth)], []
        while self._peek.kind == "operator":
            operators.append(self._take().text)
            operands.append(self._operand(field, depth))
        if self._peek.kind not in ("close", "end"):
            raise QueryError(
                "two terms without an operator",
                self._peek.position,
                "AND, OR or ANDNOT, or one quoted phrase",
            )
        return _Chain(tuple(operands), tuple(operators)) if operators else operands[0]

    def _operand(self, field: Field, depth: int) -> Term | _Chain:
        token = self._take()
        if token.kind == "prefix":
            field = find_field(token.text, token.position)
            token = self._take()
            # ti:au:x, or a URL or time that was meant as text
            if token.kind == "prefix":
                raise QueryError("a second prefix", token.position, "quotation marks around text with a colon")
        if token.kind == "open":
            # far below Python's recursion limit, which is reached between 400 and 500 levels and ends in a traceback
            if depth == _DEEPEST:
                raise QueryError(f"more than {_DEEPEST} parentheses in one another", token.position, "fewer")
            group = self._chain(field, depth + 1)
            if self._take().kind != "close":
                raise QueryError("a ( without its )", token.position, "a closing )")
            return group
        if token.kind in ("word", "phrase"):
            return make_term(field, token.text, token.position)
        before = self._tokens[self._next - 2].text if self._next > 1 else ""
        here = {"operator": token.text, "close": ")", "end": "the end"}[token.kind]
        message = f"no term between {before} and {here}" if before else f"no term before {here}"
        raise QueryError(message, token.position, "a word, a phrase or a group in parentheses")


def _with_precedence(chain: Term | _Chain) -> Node:
    """The tree of a chain: split at each OR, the rest joined by AND and ANDNOT."""
    if isinstance(chain, Term):
        return chain
    wanted: list[list[Node]] = []
    unwanted: list[list[Node]] = []
    for operator, operand in zip(("OR", *chain.operators), chain.operands, strict=True):
        if operator == "OR":
            wanted.append([])
            unwanted.append([])
        (unwanted if operator == "ANDNOT" else wanted)[-1].append(_with_precedence(operand))
    parts: list[Node] = []
    for included, excluded in zip(wanted, unwanted, strict=True):
        part = included[0] if len(included) == 1 else And(tuple(included))
        parts.append(AndNot(part, tuple(excluded)) if excluded else part)
    return parts[0] if len(parts) == 1 else Or(tuple(parts))


def _is_read_alike(chain: Term | _Chain) -> bool:
    """True if arXiv's server groups the operators as notebot does, or differently to the same effect."""
    if isinstance(chain, Term):
        return True
    row = "".join(f"{operator} " for operator in chain.operators)
    return _SAME_ON_SERVER.fullmatch(row) is not None and all(map(_is_read_alike, chain.operands))


def _server_text(chain: _Chain) -> str:
    *operands, text = (
        str(operand) if isinstance(operand, Term) else f"({_server_text(operand)})" for operand in chain.operands
    )
    inner = ""
    for operator, operand in zip(reversed(chain.operators), reversed(operands), strict=True):
        # a AND (b AND c) needs no parentheses; a ANDNOT (b ANDNOT c) does
        if inner and (operator == "ANDNOT" or operator != inner):
            text = f"({text})"
        text, inner = f"{operand} {operator} {text}", operator
    return text


def _api_text(node: Node) -> str:
    match node:
        case Term():
            return _api_term(node)
        case And(parts):
            return f"({' AND '.join(map(_api_text, parts))})"
        case Or(parts):
            return f"({' OR '.join(map(_api_text, parts))})"
        case AndNot(wanted, unwanted):
            text = _api_text(wanted)
            for part in unwanted:
                # excluding the words of a truncated phrase would exclude papers that the query matches
                if not any(term.prefix and len(term.words) > 1 for term in find_terms(part)):
                    text = f"({text} ANDNOT {_api_text(part)})"
            return text


def _api_term(term: Term) -> str:
    if term.field is Field.CATEGORIES:
        return str(term)
    if term.prefix:
        beginning = f"{term.field}:{term.words[-1]}*"
        return f"({term.field}:{_quoted(term.words[:-1])} AND {beginning})" if len(term.words) > 1 else beginning
    words = term.words
    if "\\" not in term.source:
        # as written, because arXiv may split words differently (``o'brien``), but without marks of its grammar
        pieces = (piece.strip("'.-") for piece in re.sub(r"[^\w'.-]|_", " ", term.source).split())
        words = tuple(filter(None, pieces)) or words
    return f"{term.field}:{_quoted(words)}"


def _quoted(words: tuple[str, ...]) -> str:
    text = " ".join(words)
    return text if re.fullmatch(r"\w+", text) else f'"{text}"'
