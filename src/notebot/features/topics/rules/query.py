"""The language of topic queries: arXiv's own grammar, read strictly.

    query   = chain
    chain   = operand { ("AND" | "OR" | "ANDNOT") operand }
    operand = [ prefix ":" ] ( word | "phrase" | "(" chain ")" )

AND and ANDNOT bind tighter than OR, equal ones from left to right. A prefix before a group holds for each
term in it that has none of its own; no prefix is ``all:``. What arXiv's server would guess at (two terms
without an operator, ``and`` in lower case) is an error here.
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
"""Levels of parentheses; more is a mistake, and would end in Python's own limit."""

_SAME_ON_SERVER = regex(r"(OR )*(AND )*(ANDNOT )?")
"""Right to left without precedence, these chains still mean the same (``a AND (b ANDNOT c)``)."""


class And(Struct, frozen=True):
    parts: tuple["Node", ...]


class Or(Struct, frozen=True):
    parts: tuple["Node", ...]


class AndNot(Struct, frozen=True):
    """``wanted`` and none of ``unwanted``: the order of AND and ANDNOT in a row does not matter."""

    wanted: "Node"
    unwanted: tuple["Node", ...]


Node: TypeAlias = Term | And | Or | AndNot


class Query(Struct, frozen=True):
    text: str
    """As the curator wrote it."""
    root: Node


class _Chain(Struct, frozen=True):
    """Operands and the operators between them, before any precedence."""

    operands: tuple["Term | _Chain", ...]
    operators: tuple[str, ...]


def parse_query(text: str) -> Query:
    """The query that a text means.

    Raises:
        QueryError: it means none; with the position, and what to write instead.
    """
    return Query(text, _our_reading(_parse(text)))


def find_terms(node: Node) -> Iterator[Term]:
    """Every term below a node, in the order written but that ANDNOT's come last in a row."""
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
    """The terms, as written, that an announcement feed cannot answer with no.

    It bears no author comment and rarely a journal reference, so ``co:`` and ``jr:`` wait for the next OAI
    delta, and ``all:`` does where title, abstract and authors do not hold the words.
    """
    unknown = (Field.COMMENT, Field.JOURNAL_REF, Field.ALL)
    return list(dict.fromkeys(str(term) for term in find_terms(query.root) if term.field in unknown))


def server_reading(query: Query) -> str | None:
    """How arXiv's server would group the same operators, in parentheses; ``None`` where it agrees.

    The server knows no precedence and reads from right to left: ``a AND b OR c`` is ``a AND (b OR c)``.
    """
    chain = _parse(query.text)
    return None if isinstance(chain, Term) or _is_read_alike(chain) else _server_text(chain)


def api_query(query: Query) -> str:
    """The query for arXiv's search: grouped by parentheses, each term with its prefix, phrases quoted.

    The server takes no ``*`` within a phrase, so such a phrase is asked for by its words, and not asked to be
    excluded. The answer can thus hold papers that the query does not match: match it again.
    """
    return _api_text(query.root)


class _Parser:
    """Recursive descent over the tokens of one query."""

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
            if token.kind == "prefix":
                raise QueryError("a second prefix", token.position, "quotation marks around text with a colon")
        if token.kind == "open":
            return self._group(field, depth + 1, token.position)
        if token.kind in ("word", "phrase"):
            return make_term(field, token.text, token.position)
        raise self._missing_term(token)

    def _group(self, field: Field, depth: int, opened: int) -> Term | _Chain:
        if depth > _DEEPEST:
            raise QueryError(f"more than {_DEEPEST} parentheses in one another", opened, "fewer")
        chain = self._chain(field, depth)
        if self._take().kind != "close":
            raise QueryError("a ( without its )", opened, "a closing )")
        return chain

    def _missing_term(self, token: Token) -> QueryError:
        before = self._tokens[self._next - 2].text if self._next > 1 else ""
        here = {"operator": token.text, "close": ")", "end": "the end"}[token.kind]
        message = f"no term between {before} and {here}" if before else f"no term before {here}"
        return QueryError(message, token.position, "a word, a phrase or a group in parentheses")


def _parse(text: str) -> Term | _Chain:
    return _Parser(text).parse()


def _our_reading(chain: Term | _Chain) -> Node:
    if isinstance(chain, Term):
        return chain
    rows: list[list[tuple[str, Node]]] = []
    for operator, operand in zip(("OR", *chain.operators), chain.operands, strict=True):
        if operator == "OR":
            rows.append([])
        rows[-1].append((operator, _our_reading(operand)))
    parts = tuple(_row(row) for row in rows)
    return parts[0] if len(parts) == 1 else Or(parts)


def _row(row: list[tuple[str, Node]]) -> Node:
    """What stands between two ORs."""
    wanted = tuple(node for operator, node in row if operator != "ANDNOT")
    unwanted = tuple(node for operator, node in row if operator == "ANDNOT")
    kept = wanted[0] if len(wanted) == 1 else And(wanted)
    return AndNot(kept, unwanted) if unwanted else kept


def _is_read_alike(chain: Term | _Chain) -> bool:
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
                text = f"({text} ANDNOT {_api_text(part)})" if _is_exact_on_server(part) else text
            return text


def _is_exact_on_server(node: Node) -> bool:
    return not any(term.prefix and len(term.words) > 1 for term in find_terms(node))


def _api_term(term: Term) -> str:
    if term.field is Field.CATEGORIES:
        return str(term)
    if not term.prefix:
        return f"{term.field}:{_quoted(_api_words(term))}"
    begun = f"{term.field}:{term.words[-1]}*"
    return f"({term.field}:{_quoted(term.words[:-1])} AND {begun})" if len(term.words) > 1 else begun


def _api_words(term: Term) -> tuple[str, ...]:
    """As written where arXiv's own word splitting may differ (``o'brien``), without marks of its grammar."""
    if "\\" in term.source:
        return term.words
    pieces = (piece.strip("'.-") for piece in re.sub(r"[^\w'.-]|_", " ", term.source).split())
    return tuple(filter(None, pieces)) or term.words


def _quoted(words: tuple[str, ...]) -> str:
    text = " ".join(words)
    return text if re.fullmatch(r"\w+", text) else f'"{text}"'
