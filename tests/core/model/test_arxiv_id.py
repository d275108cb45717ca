import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notebot.core.model.arxiv_id import ArxivId, find_ids, is_arxiv_host, parse_ref
from notebot.core.model.errors import InvalidRefError
from paths import REAL_DATA

CASES = REAL_DATA / "arxiv/ids.jsonl"

REFS = {
    "2504.02807": "2504.02807",
    " 2504.02807v2 ": "2504.02807v2",
    "0704.0001": "0704.0001",
    "1412.9999": "1412.9999",
    "1501.00001": "1501.00001",
    "hep-th/9711200v3": "hep-th/9711200v3",
    "HEP-TH/9711200": "hep-th/9711200",
    "math.GT/0309136": "math/0309136",
    "cond-mat.str-el/0309136": "cond-mat/0309136",
    "cmp-lg/9404001": "cmp-lg/9404001",
    "https://arxiv.org/abs/2504.02807": "2504.02807",
    "HTTPS://ARXIV.ORG/ABS/2504.02807V2": "2504.02807v2",
    "arxiv.org/abs/2504.02807": "2504.02807",
    "http://www.arxiv.org/abs/2504.02807/": "2504.02807",
    "https://export.arxiv.org/abs/math.GT/0309136v1?context=math": "math/0309136v1",
    "https://browse.arxiv.org/html/2504.02807v1#S3": "2504.02807v1",
    "https://arxiv.org:443/pdf/2504.02807v3.pdf#page=2": "2504.02807v3",
    "https://arxiv.org/pdf/2504.02807.pdf": "2504.02807",
    "https://arxiv.org/html/2504.02807v1/x1.png": "2504.02807v1",
    "https://arxiv.org/src/2504.02807": "2504.02807",
    "https://arxiv.org/e-print/2504.02807": "2504.02807",
    "https://arxiv.org/format/2504.02807": "2504.02807",
    "https://arxiv.org/ps/hep-th/9711200": "hep-th/9711200",
    "https://arxiv.org/tb/2504.02807": "2504.02807",
    "https://arxiv.org/bibtex/2504.02807": "2504.02807",
    "https://arxiv.org/abs/arXiv:1908.03213": "1908.03213",
    "https://www.alphaxiv.org/abs/2504.02807": "2504.02807",
    "https://alphaxiv.org/overview/2504.02807v1": "2504.02807v1",
    "https://huggingface.co/papers/2504.02807": "2504.02807",
    "https://hf.co/papers/2504.02807": "2504.02807",
    "https://ar5iv.labs.arxiv.org/html/2504.02807": "2504.02807",
    "https://ar5iv.org/abs/2504.02807": "2504.02807",
    "https://scirate.com/arxiv/2504.02807": "2504.02807",
    "https://papers.cool/arxiv/2504.02807": "2504.02807",
    "https://doi.org/10.48550/arXiv.2202.01037": "2202.01037",
    "http://dx.doi.org/10.48550/ARXIV.hep-th/9711200": "hep-th/9711200",
    "10.48550/arXiv.2202.01037": "2202.01037",
    "doi:10.48550/arXiv.2202.01037": "2202.01037",
    "arXiv:2504.02807": "2504.02807",
    "ARXIV: 2504.02807v1": "2504.02807v1",
    "arXiv：2504.02807": "2504.02807",
    "oai:arXiv.org:2504.02807v1": "2504.02807v1",
    "oai:arXiv.org:hep-th/9711200": "hep-th/9711200",
}


@pytest.mark.parametrize(
    ("text", "ref"),
    [("arXiv:2405.08073v2 [cs.CL]", "2405.08073v2"), ("arXiv:hep-th/9408099 [hep-th]", "hep-th/9408099")],
)
def test_the_category_that_arxiv_prints_after_an_id_is_ignored(text: str, ref: str) -> None:
    assert str(parse_ref(text)) == ref


@pytest.mark.parametrize(("text", "ref"), REFS.items())
def test_every_form_is_read_alone_and_in_running_text(text: str, ref: str) -> None:
    assert str(parse_ref(text)) == ref
    assert [str(found) for found in find_ids(f"新しい論文 {text} を読んだ。")] == [ref]
    if not text.startswith((" ", "doi")):
        assert [str(found) for found in find_ids(f"論文「{text}」を")] == [ref]


@pytest.mark.parametrize("around", ["()", "[]", "<>", '""', "（）", "「」", "【】", "( )"])
def test_brackets_may_surround_a_reference(around: str) -> None:
    assert parse_ref(f"{around[0]}https://arxiv.org/abs/2504.02807{around[1:]}").base == "2504.02807"


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "empty"),
        (" ( ) ", "empty"),
        ("2513.02807", "month 13"),
        ("1500.00001", "month 00"),
        ("math/0313136", "month 13"),
        ("https://arxiv.org/abs/2504.0280", "5 digits"),
        ("2504.123456", "5 digits"),
        ("https://arxiv.org/abs/1412.00001", "4 digits"),
        ("0703.0001", "0704"),
        ("9912.12345", "0704"),
        ("math/0704136", "0703"),
        ("2504.00000", "from 1"),
        ("math/0309000", "from 1"),
        ("math/03091361", "7 digits"),
        ("foo/0309136", '"foo"'),
        ("https://arxiv.org/abs/foo/0309136", '"foo"'),
        ("2504.02807v0", "v1"),
        ("2504.02807v02", "v1"),
        ("2504.02807v" + "9" * 5000, "v999"),
        ("https://arxiv.org/list/cs.CL/2504", "without a paper id"),
        ("https://arxiv.org", "without a paper id"),
        ("https://example.org/abs/2504.02807", "does not link"),
        ("https://arxiv.org@evil.com/abs/2504.02807", "does not link"),
        ("https://arxiv.org.evil.com/abs/2504.02807", "does not link"),
        ("https://evil.com/?u=https://arxiv.org/abs/2504.02807", "does not link"),
        ("see 2504.02807", "give only 2504.02807"),
        ("2504.02807 2504.02808", "give only 2504.02807"),
        ("2504.02807.1", "neither"),
        ("a good paper", "neither"),
        ("x" * 1000, "…"),
    ],
)
def test_anything_else_is_refused_with_the_reason(text: str, reason: str) -> None:
    with pytest.raises(InvalidRefError) as refused:
        parse_ref(text)
    assert reason in str(refused.value)
    assert len(str(refused.value)) < 250


@pytest.mark.parametrize(
    "text",
    [
        "",
        "$1,2504.02807",
        "¥2504.02807 or $2504.02807",
        "version 2504.02807.1, build 1.2504.02807",
        "10.1234/2504.02807 and https://doi.org/10.1234/2504.02807",
        "2504.02807% of x=2504.02807",
        "12504.02807 and 2504.028071 and ２2504.02807",
        "2504.02807v0",
        "2504.02807-2504.02809",
        "xarxiv:2504.02807 my-arxiv:2504.02807",
        "https://evil.com/?u=xarxiv:2504.02807",
        "https://evil.com/?u=https://arxiv.org/abs/2504.02807",
        "https://evil.com/arXiv:2504.02807",
        "evil.com/?u=https://arxiv.org/abs/2504.02807",
        "evil.com/arxiv.org/abs/2504.02807",
        "https://arxiv.org@evil.com/abs/2504.02807",
        "https://user@arxiv.org/abs/2504.02807",
        "https://notarxiv.org/abs/2504.02807 https://éarxiv.org/abs/2504.02807",
        "https://arxiv.org/abs/2513.02807 https://arxiv.org/list/cs.CL/2504",
        "https://github.com/cs/0309136 and foo/0309136 and either/or/0309136",
        "https://huggingface.co/models/2504.02807",
        "https://arxiv.org/abs/2504.02807abc",
    ],
)
def test_what_only_looks_like_an_id_is_not_found(text: str) -> None:
    assert find_ids(text) == []


@pytest.mark.parametrize(
    ("text", "refs"),
    [
        ("https://arxiv.org/abs/2504.02807、すごい", ["2504.02807"]),
        ("論文はarxiv.org/abs/2504.02807を参照", ["2504.02807"]),
        ("論文2504.02807を読む。", ["2504.02807"]),
        ("Read 2504.02807. Then hep-th/9711200!", ["2504.02807", "hep-th/9711200"]),
        ("Paper:https://arxiv.org/abs/2504.02807.", ["2504.02807"]),
        ("[paper](https://arxiv.org/abs/2504.02807), code", ["2504.02807"]),
        ("arXiv:2504.02807v1 [cs.CL] 3 Apr 2025", ["2504.02807v1"]),
        ("eprint = {2504.02807}, |2504.02808| `2504.02809`", ["2504.02807", "2504.02808", "2504.02809"]),
        ("https://example.org/2504.02801 then https://arxiv.org/abs/2504.02807", ["2504.02807"]),
        ("https://arxiv.org/abs/2504.02807?next=https://arxiv.org/abs/2504.02808", ["2504.02807"]),
        ("2504.02808 2504.02807v2 2504.02808v1 arXiv:2504.02807", ["2504.02808", "2504.02807v2"]),
    ],
)
def test_ids_are_found_in_order_each_once(text: str, refs: list[str]) -> None:
    assert [str(found) for found in find_ids(text)] == refs


def test_the_url_has_a_version_only_if_it_is_known() -> None:
    assert ArxivId("2504.02807").url == "https://arxiv.org/abs/2504.02807"
    assert ArxivId("math/0309136", 2).url == "https://arxiv.org/abs/math/0309136v2"


@given(st.integers(7, 60), st.integers(1, 12), st.integers(1, 9999), st.one_of(st.none(), st.integers(1, 999)))
def test_every_well_formed_id_comes_back(year: int, month: int, number: int, version: int | None) -> None:
    period = f"{year:02}{month:02}"
    if period >= "0704":
        arxiv_id = ArxivId(f"{period}.{number:0{4 if period < '1501' else 5}}", version)
        assert parse_ref(str(arxiv_id)) == arxiv_id
        assert parse_ref(arxiv_id.url) == arxiv_id


@given(st.text())
def test_any_text_is_searched_without_error(text: str) -> None:
    assert find_ids(text) == find_ids(text + "\n")


def test_long_hostile_text_is_searched_in_linear_time() -> None:
    for piece in ("a-", "1234.", "arxiv:", "https://", "https://arxiv.org/abs/", "a.b/", "9", "v1"):
        assert find_ids(piece * 20_000) == []


@pytest.mark.skipif(not CASES.exists(), reason="needs the shared material")
def test_the_shared_cases_hold() -> None:
    for line in CASES.read_text("utf-8").splitlines():
        case = json.loads(line)
        found = find_ids(case["text"])
        assert (found[0].base if found else None) == case["id"], case
        assert (found[0].version if found else None) == case["version"], case


@pytest.mark.parametrize(
    ("host", "own"),
    [
        ("arxiv.org", True),
        ("Export.arXiv.org.", True),
        ("rss.arxiv.org", True),
        ("notarxiv.org", False),
        ("arxiv.org.example", False),
        ("", False),
    ],
)
def test_arxiv_hosts_are_recognised(host: str, own: bool) -> None:
    assert is_arxiv_host(host) is own
