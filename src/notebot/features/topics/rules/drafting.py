"""Drafts a stub from a feed entry or from full metadata."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from notebot.core.model.stub import FoundTerm, Stub, TagEvidence, TopicEvidence, abstract_url, stub_key, with_metadata

if TYPE_CHECKING:
    from notebot.core.model.entry import Entry
    from notebot.core.model.paper import Paper
    from notebot.features.topics.rules.matching import TopicMatch


def draft_from_entry(entry: Entry, matches: tuple[TopicMatch, ...]) -> Stub:
    """Returns a stub from a feed entry, which has no publication time or venue year."""
    stub = Stub(
        key=stub_key(entry.arxiv_id),
        arxiv_id=entry.arxiv_id,
        version=entry.version,
        url=abstract_url(entry.arxiv_id),
        title=entry.title,
        authors=entry.authors,
        abstract=entry.abstract,
        categories=entry.categories,
        journal_ref=entry.journal_ref,
        doi=entry.doi,
        announced_on=entry.announced_on,
        announce_type=entry.announce_type,
    )
    return with_topics(stub, matches)


def draft_from_paper(paper: Paper, asked_version: int | None, matches: tuple[TopicMatch, ...]) -> Stub:
    """Returns a complete stub for a paper that was requested by its id."""
    empty = Stub(
        key=stub_key(paper.arxiv_id),
        arxiv_id=paper.arxiv_id,
        version=paper.version,
        # with a version only if the curator's reference had one (rules.md 5.1)
        url=abstract_url(paper.arxiv_id, asked_version),
        title=paper.title,
        authors=paper.authors,
        abstract=paper.abstract,
        categories=paper.categories,
    )
    return with_topics(with_metadata(empty, paper), matches)


def with_topics(stub: Stub, matches: tuple[TopicMatch, ...]) -> Stub:
    """Returns the stub with topics, their tags and matched terms added without duplicates."""
    fresh = [match for match in matches if match.topic.name not in stub.topics]
    tags = [
        TagEvidence(tag, 1.0, sure=True, why=f"topic {match.topic.name}") for match in fresh for tag in match.topic.tags
    ]
    # the first topic to give a tag is its reason; a tag that was there before keeps its own
    by_tag = {item.tag: item for item in (*reversed(tags), *stub.tag_evidence)}
    ordered = dict.fromkeys((*stub.tags, *(item.tag for item in tags)))
    evidence = (
        TopicEvidence(match.topic.name, tuple(FoundTerm(term.text, term.field) for term in match.terms))
        for match in fresh
    )
    return replace(
        stub,
        topics=(*stub.topics, *(match.topic.name for match in fresh)),
        matched=(*stub.matched, *evidence),
        tags=tuple(ordered),
        tag_evidence=tuple(by_tag[tag] for tag in ordered if tag in by_tag),
    )
