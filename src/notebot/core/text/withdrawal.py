"""Decides whether an author comment says that this paper as a whole has been withdrawn (rules.md 7.9)."""

from notebot.core.text.patterns import regex

_PARENTHESES = regex(r"\([^()]*\)")
"""``the author(s)`` -> ``the author``; ``This paper (arXiv:...) has been`` -> ``This paper has been``."""
_SENTENCE_END = regex(r"[.!?;](?=\s|$)|\n")
_TOKEN = regex(r"[^\W_]+|[,:]")
_LONGEST_COMMENT = 10_000

_PAPER = frozenset({"paper", "manuscript", "article", "preprint", "submission", "work", "note", "eprint"})
_THIS = frozenset({"this", "the", "our", "my", "present", "current", "entire", "whole", "full", "arxiv", "recent"})
_AUTHORS = frozenset({"we", "i", "authors", "author"})
_AUXILIARIES = frozenset(
    {"has", "have", "had", "is", "was", "are", "be", "been", "being", "to", "need", "needs", "needed", "must"}
    | {"should", "will", "shall", "may", "now", "temporarily", "hereby", "therefore", "thus", "hence", "also"}
    | {"unfortunately", "currently", "officially", "voluntarily", "formally", "permanently"}
)
_INTENTIONS = frozenset(
    {"like", "wish", "want", "decide", "decided", "decision", "need", "have", "had", "request", "intend", "plan"}
    | {"ask", "agreed"}
)
_AGENTS = frozenset(
    {"author", "authors", "arxiv", "administrators", "administrator", "moderators", "us", "me", "submitter"}
)
_MAY_FOLLOW = frozenset(
    {"by", "due", "because", "for", "in", "as", "since", "to", "until", "pending", "from", "and", "now"}
    | {"temporarily", "permanently"}
)
_OTHER_SUBJECTS = frozenset(
    {"supersedes", "replaces", "extends", "dataset", "version", "versions", "code", "model", "models"}
)


def is_withdrawn(comment: str | None) -> bool:
    """True if the author comment says that the paper itself is withdrawn or retracted.

    Not if it says so of a conference submission, an earlier version, a dataset or another paper. The rules are
    derived from all 15 withdrawals among 17,193 recorded comments. Takes linear time.
    """
    text = (comment or "")[:_LONGEST_COMMENT].lower()
    if "withdr" not in text and "retract" not in text:
        return False
    return any(_sentence_withdraws(_TOKEN.findall(part)) for part in _SENTENCE_END.split(_PARENTHESES.sub(" ", text)))


def _sentence_withdraws(words: list[str]) -> bool:
    for position, word in enumerate(words):
        before, after = words[max(position - 25, 0) : position], words[position + 1 : position + 9]
        if word in ("withdrawn", "retracted"):
            found = _paper_is_withdrawn(before, after)
        elif word in ("withdraw", "retract", "withdrawing", "retracting"):
            found = _authors_withdraw(before, after)
        elif word in ("withdrawal", "retraction"):
            found = _withdrawal_is_requested(before, after)
        else:
            continue
        if found and not _from_elsewhere(after):
            return True
    return False


def _paper_is_withdrawn(before: list[str], after: list[str]) -> bool:
    """Passive voice: ``This paper has been withdrawn``, ``Withdrawn by the authors``, ``We have withdrawn it``."""
    if after[:1] == ["by"] and not _AGENTS & set(after[1:6]):
        return False  # "by mistake", "by OpenAI"
    if not before:
        # not "Retracted papers: a data set"
        return not after or after[0] in (",", ":") or after[0] in _MAY_FOLLOW
    while before and before[-1] in _AUXILIARIES:
        before = before[:-1]
    if not before:
        return True
    *before, subject = before
    if subject in _AUTHORS:
        return _is_this_paper(after)
    if subject in _PAPER:
        # not "an earlier submission", and not "the first version of this paper"
        return not before or (before[-1] in _THIS and before[-2:-1] != ["of"])
    if subject in (",", ":"):
        return not _OTHER_SUBJECTS & set(before)
    return subject == "it"


def _authors_withdraw(before: list[str], after: list[str]) -> bool:
    """Active voice: ``We would like to withdraw the paper``, ``Authors withdraw this work``."""
    acts = bool(_AUTHORS & set(before)) or bool(_INTENTIONS & set(before) and before[-1:] == ["to"])
    if _is_this_paper(after):
        return acts or "arxiv" in after
    return acts and before[-1:] == ["to"] and (not after or after[0] in (",", "and", "due", "because", "from"))


def _withdrawal_is_requested(before: list[str], after: list[str]) -> bool:
    """``We request the withdrawal of this preprint``, ``request its withdrawal``."""
    requested = any(word.startswith("request") for word in before[-5:])
    return requested and (after[:1] != ["of"] or _is_this_paper(after[1:]))


def _is_this_paper(words: list[str]) -> bool:
    """True if the words begin with ``it``, ``this paper``, ``our recent submission`` or the like."""
    for word in words:
        if word in _PAPER or word == "it":
            return True
        if word not in _THIS:
            return False
    return False


def _from_elsewhere(after: list[str]) -> bool:
    """True for ``withdrawn from ICLR 2026``, ``withdrew it from the conference``; False for ``from arXiv``."""
    if "from" not in after[:5]:
        return False
    return not {"arxiv", "archive"} & set(after[after.index("from") + 1 :][:3])
