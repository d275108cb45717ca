"""What can be wrong in ``[arxiv]``, and in what arXiv is told of us."""

import math

from notebot.config import is_loopback
from notebot.config.sections import POLITE_PACE_S, ArxivSection
from notebot.core.text.escaping import is_plain_url


def arxiv_problems(arxiv: ArxivSection) -> list[str]:
    """One line for each mistake, with its key."""
    urls = {key: getattr(arxiv, key) for key in ("feed_url", "api_url", "oai_url")}
    found = [
        f"arxiv.{key} must be a web address like https://…, not {url!r}."
        for key, url in urls.items()
        if not is_plain_url(url)
    ]
    if arxiv.pace_s < POLITE_PACE_S and not all(is_loopback(url) for url in urls.values()):
        found.append(
            f"arxiv.pace_s = {arxiv.pace_s} is below the {POLITE_PACE_S:g} s of arXiv's terms; "
            "less is accepted only when all three URLs are on this machine."
        )
    for key in ("pace_s", "retry_s", "timeout_s"):
        value = getattr(arxiv, key)
        if not math.isfinite(value) or value < 0 or (key == "timeout_s" and not value):
            found.append(f"arxiv.{key} must be a number of seconds, not {value}.")
    return found


def contact_problems(contact: str) -> list[str]:
    """A contact that arXiv cannot be told."""
    if not contact.strip():
        return [
            "notebot.contact is missing: write your e-mail address there (or into NOTEBOT_CONTACT); "
            "arXiv is told it with every request."
        ]
    if "@" not in contact or not contact.isprintable() or not contact.isascii() or " " in contact:
        return [f"notebot.contact must be an e-mail address in ASCII, not {contact!r}."]
    return []
