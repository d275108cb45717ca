"""Links to resources in abstracts and comments."""

import pytest

from fakes import paper
from growth import grows_linearly, repeated
from notebot.core.model.resource_links import LINK_LIMIT, LinkKind, ResourceLink, find_resource_links
from notebot.core.note_format.phrases import EN
from notebot.core.note_format.stub_title import NoteStyle
from notebot.features.digests.rules.decision_line import decision_line
from notebot.features.topics.rules.drafting import draft_from_paper
from notebot.features.venues.rules.enrich import with_links


@pytest.mark.parametrize(("text", "kind", "url"), [
    ("Code: https://github.com/ada/engine.", "code", "https://github.com/ada/engine"),
    ("see github.com/ada/engine-2/tree/main/src#top", "code", "https://github.com/ada/engine-2"),
    ("at https://www.github.com/ada/engine.git,", "code", "https://github.com/ada/engine"),
    ("(https://gitlab.com/ada/engine)", "code", "https://gitlab.com/ada/engine"),
    (r"\url{https://github.com/ada/engine}", "code", "https://github.com/ada/engine"),
    (r"\href{https://github.com/ada/engine}{here}", "code", "https://github.com/ada/engine"),
    ("https://github.com/ada/engineで公開", "code", "https://github.com/ada/engine"),
    ("Our code is available at https://code.example.org/engine", "code", "https://code.example.org/engine"),
    ("https://ada.github.io/engine/#video", "project", "https://ada.github.io/engine/"),
    ("ada.github.io/engine", "project", "https://ada.github.io/engine"),
    ("Project page: https://engine.example.org", "project", "https://engine.example.org"),
    ("visit our website at http://engine.example.org/", "project", "http://engine.example.org/"),
    ("https://sites.google.com/view/engine", "project", "https://sites.google.com/view/engine"),
    ("https://huggingface.co/datasets/ada/proofs/viewer/x", "dataset", "https://huggingface.co/datasets/ada/proofs"),
    ("https://zenodo.org/records/123", "dataset", "https://zenodo.org/records/123"),
    ("The dataset is at https://data.example.org/proofs.zip", "dataset", "https://data.example.org/proofs.zip"),
    ("https://huggingface.co/ada/engine-7b", "Hugging Face", "https://huggingface.co/ada/engine-7b"),
    ("hf.co/spaces/ada/demo/tree", "Hugging Face", "https://huggingface.co/spaces/ada/demo"),
    ("https://openreview.net/forum?id=aB3_x-", "OpenReview", "https://openreview.net/forum?id=aB3_x-"),
])  # fmt: skip
def test_a_link_is_classified_by_its_host_or_the_words_before_it(text: str, kind: str, url: str) -> None:
    assert find_resource_links(text, None) == (ResourceLink(LinkKind(kind), url),)
    assert find_resource_links("", text) == find_resource_links(text, None)


@pytest.mark.parametrize("text", [
    "https://github.com/ada", "https://github.com", "https://example.org/somewhere", "https://arxiv.org/abs/2501.00001",
    "Code at https://arxiv.org/abs/2501.00001", "https://huggingface.co/papers/2501.00001", "https://huggingface.co",
    "https://huggingface.co/datasets", "https://openreview.net/group?id=ICLR.cc", "https://openreview.net",
    "https://ada:secret@github.com/ada/engine", "code: javascript:alert(1)", "https://github.com/../etc", "no link",
    "the code is at https://code.example.org/&lt;", "mail ada@github.com/x/y", "https://github.com/<owner>/name",
])  # fmt: skip
def test_other_links_are_left_out(text: str) -> None:
    assert find_resource_links(text, None) == ()


def test_links_are_deduplicated_and_those_of_the_comment_come_first() -> None:
    found = find_resource_links(
        "Code: https://github.com/Ada/Engine and https://huggingface.co/ada/e.",
        "Accepted. github.com/ada/engine, https://ada.github.io",
    )
    assert [link.url for link in found] == [
        "https://github.com/ada/engine",
        "https://ada.github.io",
        "https://huggingface.co/ada/e",
    ]


def test_a_survey_does_not_fill_the_page() -> None:
    text = " ".join(f"https://github.com/ada/engine{number}" for number in range(50))
    assert len(find_resource_links(text, None)) == LINK_LIMIT


@pytest.mark.parametrize("before", ["", "https://a/", r"\url{"])
@pytest.mark.parametrize(
    "piece", ["code ", "https://", "x", "w ", "project page ", r"\url{", "data-", f"code {'a-' * 40} https://e.org/x "]
)
def test_hostile_text_is_read_in_linear_time(before: str, piece: str) -> None:
    def read(size: int) -> object:
        text = f"project page {before}{repeated(piece, size)} https://a.example/x"
        return find_resource_links(text, text)

    assert grows_linearly(read, 100_000)


def test_the_digest_shows_the_links_of_a_stub() -> None:
    stub = draft_from_paper(paper(comment="Code: github.com/ada/engine, https://openreview.net/forum?id=x_1"), None, ())
    shown = decision_line(stub=with_links(stub), home="", words=EN, style=NoteStyle(), safe=str)
    assert " · code https://github.com/ada/engine · OpenReview https://openreview.net/forum?id=x_1" in shown
    assert with_links(with_links(stub)) == with_links(stub)
