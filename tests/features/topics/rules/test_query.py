"""The topic query language: what parses, what it means, and what is said where it does not."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notebot.core.model.errors import QueryError, UsageError
from notebot.features.topics.rules.query import (
    And,
    AndNot,
    Node,
    Or,
    api_query,
    find_terms,
    hangs_on_unknown,
    parse_query,
    server_reading,
)
from notebot.features.topics.rules.query_terms import Field, Term


def shape(node: Node) -> str:
    """The tree in words: ``ti:a AND (ti:b OR ti:c)`` with every operation in parentheses."""
    match node:
        case Term():
            return f"{node.field}:{'_'.join(node.words)}{'*' if node.prefix else ''}"
        case And(parts):
            return f"({' AND '.join(map(shape, parts))})"
        case Or(parts):
            return f"({' OR '.join(map(shape, parts))})"
        case AndNot(wanted, unwanted):
            return f"({' ANDNOT '.join(map(shape, (wanted, *unwanted)))})"


@pytest.mark.parametrize(
    ("text", "tree"),
    [
        ("theorem", "all:theorem"),
        ("ti:Theorem", "ti:theorem"),
        ('au:"Fan Zhou"', "au:fan_zhou"),
        ("ti:math*", "ti:math*"),
        ('abs:"mathematical reason*"', "abs:mathematical_reason*"),
        ("abs:chain-of-thought", "abs:chain_of_thought"),
        ("au:del_maestro", "au:del_maestro"),
        ("ti:Erdős", "ti:erdos"),
        ("ti:推論", "ti:推_論"),
        ("cat:cs.CL", "cat:cs.cl"),
        ("cat:cs.*", "cat:cs.*"),
        ('cat:"hep-th"', "cat:hep-th"),
        ("cat:hep-*", "cat:hep-*"),
        ("ti:and", "ti:and"),
        ('"and"', "all:and"),
        ("10:30", "all:10_30"),
        ("ti:a OR ti:b OR ti:c", "(ti:a OR ti:b OR ti:c)"),
        ("ti:a AND ti:b OR ti:c", "((ti:a AND ti:b) OR ti:c)"),
        ("ti:a OR ti:b AND ti:c", "(ti:a OR (ti:b AND ti:c))"),
        ("ti:a ANDNOT ti:b OR ti:c", "((ti:a ANDNOT ti:b) OR ti:c)"),
        ("ti:a ANDNOT ti:b ANDNOT ti:c", "(ti:a ANDNOT ti:b ANDNOT ti:c)"),
        ("ti:a ANDNOT ti:b AND ti:c", "((ti:a AND ti:c) ANDNOT ti:b)"),
        ("ti:a AND (ti:b OR ti:c)", "(ti:a AND (ti:b OR ti:c))"),
        ("ti:a AND(ti:b OR ti:c)", "(ti:a AND (ti:b OR ti:c))"),
        ("ti:(a OR abs:b OR (c AND co:d))", "(ti:a OR abs:b OR (ti:c AND co:d))"),
        ("ti:(abs:(a OR b) AND c)", "((abs:a OR abs:b) AND ti:c)"),
        ("((ti:a))", "ti:a"),
        ("  ti:a\n  OR ti:b  ", "(ti:a OR ti:b)"),
    ],
)
def test_a_query_means_what_arxivs_grammar_says(text: str, tree: str) -> None:
    query = parse_query(text)
    assert shape(query.root) == tree
    assert query.text == text


def test_a_term_knows_how_and_where_it_was_written() -> None:
    root = parse_query('ti:x OR abs:"Math  Reason*"').root
    terms = list(find_terms(root))
    assert terms[0] == Term(Field.TITLE, ("x",), False, "x", 3)
    assert terms[1] == Term(Field.ABSTRACT, ("math", "reason"), True, "Math Reason*", 13)


ERRORS = [
    ("", 0, "empty", "ti:theorem"),
    ("   ", 0, "empty", "ti:theorem"),
    ("ti:large language", 9, "two terms without an operator", "AND, OR or ANDNOT"),
    ('ti:large "language model"', 10, "two terms without an operator", "phrase"),
    ("ti:a (ti:b)", 5, "two terms without an operator", "AND"),
    ("(ti:a ti:b)", 6, "two terms without an operator", "AND"),
    ("ti:a and ti:b", 5, "and is not an operator", "AND"),
    ("ti:a Or ti:b", 5, "Or is not an operator", 'OR, or "Or" in quotation marks'),
    ("ti:a andnot ti:b", 5, "andnot is not an operator", "ANDNOT"),
    ("ti:a NOT ti:b", 5, "NOT is not an operator", "ANDNOT"),
    ("ti:a AND NOT ti:b", 9, "NOT is not an operator", "ANDNOT"),
    ("not", 0, "not is not an operator", "ANDNOT"),
    ("ti:a && ti:b", 5, "&& is not an operator", "AND"),
    ("ti:a | ti:b", 5, "| is not an operator", "OR"),
    ("ti:a -ti:b", 5, "- does not exclude", "ANDNOT ti:b"),
    ("ANDNOT ti:b", 0, "no term before ANDNOT", "a word, a phrase"),
    ("AND ti:b", 0, "no term before AND", "a word, a phrase"),
    ("ti:a OR ANDNOT ti:b", 8, "no term between OR and ANDNOT", "a word, a phrase"),
    ("ti:a AND (ANDNOT ti:b)", 10, "no term between ( and ANDNOT", "a word, a phrase"),
    ("ti:a OR", 7, "no term between OR and the end", "a word, a phrase"),
    ("ti:()", 4, "no term between ( and )", "a word, a phrase"),
    (")", 0, "no term before )", "a word, a phrase"),
    ("rn:x", 0, "rn: is not for topics", "report number"),
    ("id:2504.02807", 0, "id: is not for topics", "notebot fetch"),
    ("submittedDate:[2025 TO 2026]", 0, "submittedDate: is not for topics", "backfill"),
    ("ti:a AND lastUpdatedDate:2025", 9, "lastUpdatedDate: is not for topics", "backfill"),
    ("title:x", 0, "unknown prefix title:", "ti:"),
    ("Ti:x", 0, "unknown prefix Ti:", "ti:"),
    ("author:zhou", 0, "unknown prefix author:", "au:"),
    ("journal-ref:x", 0, "unknown prefix journal-ref:", "jr:"),
    ("abstrct:x", 0, "unknown prefix abstrct:", "abs:"),
    ("http://arxiv.org", 0, "unknown prefix http:", "one of ti:, au:"),
    ("ti:abs:x", 3, "a second prefix", "quotation marks"),
    ("ti: x", 0, "ti: without a word after it", "without a blank"),
    ("ti:", 0, "ti: without a word after it", "right after the colon"),
    ('ti:""', 4, "an empty phrase", "words between"),
    ('ti:"  "', 4, "an empty phrase", "words between"),
    ('ti:"x', 3, "a quotation mark without its pair", "closing"),
    ("(ti:a OR ti:b", 0, "a ( without its )", "closing )"),
    ("ti:a)", 4, "a ) without its (", "the end"),
    ("*", 0, "a * without a word before it", "math*"),
    ("ti:*", 3, "a * without a word before it", "math*"),
    ('ti:"math reason"*', 16, "a * without a word before it", "math*"),
    ("ti:ma*th", 5, "a * that is not the end of a word", "math*"),
    ("ti:math**", 7, "a * that is not the end of a word", "math*"),
    ('ti:"*"', 4, "a * that is not the end of a word", "math*"),
    ('ti:"math*reason"', 8, "a * that is not the end of a word", "math*"),
    ('ti:"math *"', 9, "a * that is not the end of a word", "math*"),
    ("ti:math-*", 8, "a * that is not the end of a word", "math*"),
    ("ti:...", 3, "contains no letter or digit", "a word"),
    ("cat:cs/CL", 4, "'cs/cl' is no category", "cs.CL"),
    ("cat:cs.", 4, "'cs.' is no category", "cs.*"),
    ('cat:"cs.CL cs.LG"', 5, "is no category", "cs.CL"),
    ("ti:“math”", 3, "“ means nothing here", 'a plain "'),
    ("ti：math", 2, "： means nothing here", "a plain :"),
    ("（ti:a）", 0, "（ means nothing here", "a plain ("),
]


@pytest.mark.parametrize(("text", "position", "message", "expected"), ERRORS)
def test_a_malformed_query_says_where_and_what_to_write(text: str, position: int, message: str, expected: str) -> None:
    with pytest.raises(QueryError) as raised:
        parse_query(text)
    assert raised.value.position == position
    assert message in str(raised.value)
    assert expected in raised.value.expected
    assert isinstance(raised.value, UsageError)


def test_parentheses_may_be_deep_but_not_without_end() -> None:
    assert shape(parse_query("(" * 50 + "ti:a" + ")" * 50).root) == "ti:a"
    with pytest.raises(QueryError, match="50 parentheses"):
        parse_query("(" * 5000 + "ti:a" + ")" * 5000)


def test_a_list_of_thousands_of_terms_parses() -> None:
    text = " OR ".join(f"au:name{number} AND ti:x ANDNOT ti:y" for number in range(3000))
    query = parse_query(text)
    assert len(list(find_terms(query.root))) == 9000
    assert api_query(query)
    assert server_reading(query)


@given(st.text(alphabet='ab ():"*-tiaucat.ANDORNOT\\é論', max_size=40))
def test_any_text_is_a_query_or_a_query_error(text: str) -> None:
    try:
        query = parse_query(text)
    except QueryError as error:
        assert 0 <= error.position <= len(text)
        assert error.expected
    else:
        assert list(find_terms(query.root))


@pytest.mark.parametrize(
    ("text", "reading"),
    [
        ("ti:a", None),
        ("ti:a AND ti:b AND ti:c", None),
        ("ti:a OR ti:b AND ti:c", None),
        ("ti:a AND ti:b ANDNOT ti:c", None),
        ("(ti:a AND ti:b) OR ti:c", None),
        ("a AND b OR c", "all:a AND (all:b OR all:c)"),
        ("ti:a ANDNOT ti:b AND ti:c", "ti:a ANDNOT (ti:b AND ti:c)"),
        ("ti:a ANDNOT ti:b ANDNOT ti:c", "ti:a ANDNOT (ti:b ANDNOT ti:c)"),
        ("ti:a AND ti:b AND ti:c OR ti:d", "ti:a AND ti:b AND (ti:c OR ti:d)"),
        (
            'ti:(a AND "b c*" OR d) AND cat:cs.CL',
            '(ti:a AND (ti:"b c*" OR ti:d)) AND cat:cs.CL',
        ),
    ],
)
def test_the_servers_reading_is_reported_where_it_differs(text: str, reading: str | None) -> None:
    assert server_reading(parse_query(text)) == reading


@pytest.mark.parametrize(
    ("text", "sent"),
    [
        ("theorem", "all:theorem"),
        ("ti:math*", "ti:math*"),
        ("ti:chain-of-thought", 'ti:"chain-of-thought"'),
        ("au:del_maestro", 'au:"del maestro"'),
        ('au:"Erdős (Paul)"', 'au:"Erdős Paul"'),
        (r"au:Erd\H{o}s", "au:erdos"),
        ("ti:㈱", "ti:株"),
        ("ti:GPT-4*", "(ti:gpt AND ti:4*)"),
        ('abs:"large language model*"', '(abs:"large language" AND abs:model*)'),
        ("cat:cs.*", "cat:cs.*"),
        ("ti:a AND ti:b OR cat:cs.CL", "((ti:a AND ti:b) OR cat:cs.CL)"),
        ("ti:(a OR b) ANDNOT c ANDNOT d", "(((ti:a OR ti:b) ANDNOT all:c) ANDNOT all:d)"),
        ('ti:a ANDNOT "b c*"', "ti:a"),
    ],
)
def test_the_query_for_the_api_leaves_the_server_nothing_to_guess(text: str, sent: str) -> None:
    assert api_query(parse_query(text)) == sent


def test_terms_that_a_feed_cannot_answer_are_named_once() -> None:
    query = parse_query('ti:a AND (co:"accepted at" OR jr:nature OR b) ANDNOT (co:"accepted at" OR cat:cs.CL)')
    assert hangs_on_unknown(query) == ['co:"accepted at"', "jr:nature", "all:b"]
    assert hangs_on_unknown(parse_query("ti:a OR abs:b OR au:c OR cat:cs.CL")) == []


def _truth(node: Node, given_truths: dict[str, int]) -> int:
    match node:
        case Term():
            return given_truths[node.source]
        case And(parts):
            return min(_truth(part, given_truths) for part in parts)
        case Or(parts):
            return max(_truth(part, given_truths) for part in parts)
        case AndNot(wanted, unwanted):
            return min(_truth(wanted, given_truths), *(2 - _truth(part, given_truths) for part in unwanted))


def _apply(operator: str, left: int, right: int) -> int:
    return max(left, right) if operator == "OR" else min(left, 2 - right if operator == "ANDNOT" else right)


def _left_to_right(values: list[int], operators: list[str]) -> int:
    """What the contract says, in the most simple way: OR splits, the rest goes from left to right."""
    rows, row = [], values[0]
    for operator, value in zip(operators, values[1:], strict=True):
        if operator == "OR":
            rows.append(row)
            row = value
        else:
            row = _apply(operator, row, value)
    return max([*rows, row])


def _right_to_left(values: list[int], operators: list[str]) -> int:
    if not operators:
        return values[0]
    return _apply(operators[0], values[0], _right_to_left(values[1:], operators[1:]))


CHAINS = st.lists(st.sampled_from(["AND", "OR", "ANDNOT"]), max_size=7).flatmap(
    lambda operators: st.tuples(
        st.just(operators),
        st.lists(st.integers(0, 2), min_size=len(operators) + 1, max_size=len(operators) + 1),
    )
)


@given(CHAINS)
def test_chains_read_as_the_contract_and_as_the_server_says(chain: tuple[list[str], list[int]]) -> None:
    operators, values = chain
    names = [f"t{number}" for number in range(len(values))]
    text = " ".join([names[0], *(f"{operator} {name}" for operator, name in zip(operators, names[1:], strict=True))])
    truths = dict(zip(names, values, strict=True))
    query = parse_query(text)
    reading = server_reading(query)
    assert _truth(query.root, truths) == _left_to_right(values, operators)
    assert _truth(parse_query(reading or text).root, truths) == _right_to_left(values, operators)
