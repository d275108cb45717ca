"""Checks of the values of one section each; every function returns one line per mistake, with its key."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from notebot.config import is_loopback
from notebot.config.sections import POLITE_PACE_S, PostsSection
from notebot.core.schedule.schedule_text import parse_duration
from notebot.core.text.escaping import is_plain_url
from notebot.core.text.patterns import regex

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from notebot.config.sections import (
        ArchiveSection,
        ArxivSection,
        DigestSection,
        LinksSection,
        LlmSection,
        LogSection,
        NotebotSection,
        SiteSection,
        SummarySection,
        TagsSection,
        VenueSection,
        WebSection,
        XSection,
        ZoteroSection,
    )

NO_CONTACT = (
    "notebot.contact is missing: write your e-mail address there (or set NOTEBOT_CONTACT); "
    "notebot sends it to arXiv with every request."
)
NO_CONFIG_NO_CONTACT = (
    "There is no config.toml here; `notebot init` writes one with your e-mail address (or set NOTEBOT_CONTACT), which "
    "notebot sends to arXiv with every request."
)
BACKENDS = ("none", "extractive", "llm")
LANGUAGES = ("ja", "en")
LOG_FORMATS = ("text", "json")
RESOLVERS = ("acl", "semanticscholar")
TAG_MODELS = ("auto", "light", "none")
VARIABLE = regex(r"[A-Za-z_][A-Za-z0-9_]*")
# the value is not repeated: it may be the secret itself, pasted into the wrong place
NO_VARIABLE = "{key} must be the name of an environment variable, such as MY_TOKEN; the secret goes into that variable."
_DATABASE_FORM = 'a PostgreSQL URL such as "postgresql://notebot@db.example.org/notebot".'
_HEADER = regex(r"[A-Za-z][A-Za-z0-9-]{0,63}")
_LISTEN = regex(r"(?:\[([0-9A-Fa-f:.]{2,45})\]|([A-Za-z0-9](?:[A-Za-z0-9.-]{0,252}))):([0-9]{1,5})")
_WRONG_TYPE = regex(r"Expected `(\w+)`, got `(\w+)`(?: - at `\$\[(\d+)\]`)?")
_TYPES = {
    "bool": "true or false",
    "str": "text in quotes",
    "int": "a whole number",
    "float": "a number",
    "array": "a list in brackets",
    "object": "a table",
}
_GIVEN = {**_TYPES, "float": "a number with a fraction"}
_LIBRARY = regex(r"(?:users|groups)/[1-9][0-9]{0,11}")
_COLLECTION = regex(r"[23456789ABCDEFGHIJKLMNPQRSTUVWXYZ]{8}")
_REPO = regex(r"[A-Za-z0-9][A-Za-z0-9-]{0,38}/[A-Za-z0-9._-]{1,100}")


def notebot_problems(notebot: NotebotSection, contact: str, *, needed: bool = True, has_file: bool = True) -> list[str]:
    """Mistakes in ``[notebot]``, its folders excepted.

    Args:
        contact: from the config, or else from ``NOTEBOT_CONTACT``.
        needed: the command sends requests that name the contact.
        has_file: there is a config file.
    """
    problems = []
    if not contact.strip():
        problems += [NO_CONTACT if has_file else NO_CONFIG_NO_CONTACT] if needed else []
    # the contact becomes a part of the User-Agent header, so no character may end or split the header
    elif "@" not in contact or not contact.isprintable() or not contact.isascii() or " " in contact:
        problems.append(f"notebot.contact must be an e-mail address in ASCII, not {contact!r}.")
    if any(not login.strip() or not login.isprintable() or len(login) > 254 for login in notebot.logins):
        problems.append('notebot.logins must be the names by which a proxy calls you, such as ["ada@example.org"].')
    if notebot.database:
        problems += database_problems("notebot.database", notebot.database)
    return problems


def database_problems(key: str, url: str) -> list[str]:
    """Mistakes in the URL of a PostgreSQL database, none of which repeats it: it may contain a password."""
    from urllib.parse import parse_qsl, urlsplit

    try:
        parts = urlsplit(url)
        user, _, hosts = parts.netloc.rpartition("@")
        names = {name.lower() for name, _ in parse_qsl(parts.query, keep_blank_values=True)}
    except ValueError:
        return [f"{key} must be {_DATABASE_FORM}"]
    has_password = ":" in user or any("password" in name for name in names)
    ports = [host.rpartition("]")[2].rpartition(":")[2] for host in hosts.split(",") if ":" in host]
    if has_password:
        return [f"{key} must not contain a password; put it into PGPASSWORD, ~/.pgpass or a service file."]
    if (
        parts.scheme not in ("postgresql", "postgres")
        or not url.isprintable()
        or "://" not in url
        or not all(port.isdecimal() for port in ports)
    ):
        return [f'{key} must be "" for SQLite in state_dir, or {_DATABASE_FORM}']
    return []


def arxiv_problems(arxiv: ArxivSection) -> list[str]:
    """Mistakes in ``[arxiv]``."""
    urls = {key: getattr(arxiv, key) for key in ("feed_url", "api_url", "oai_url")}
    problems = _url_problems("arxiv", urls)
    # a shorter pace is for tests and the demo, never for arXiv itself (product.md, the config)
    if arxiv.pace_s < POLITE_PACE_S and not all(is_loopback(url) for url in urls.values()):
        problems.append(
            f"arxiv.pace_s = {arxiv.pace_s} is below the {POLITE_PACE_S:g} s of arXiv's terms of use; "
            "a shorter pace is accepted only when all three URLs are on this machine."
        )
    for key in ("pace_s", "retry_s", "timeout_s"):
        value = getattr(arxiv, key)
        if not math.isfinite(value) or value < 0 or (key == "timeout_s" and not value):
            problems.append(f"arxiv.{key} must be a number of seconds, not {value}.")
    return problems


def digest_problems(digest: DigestSection) -> list[str]:
    """Mistakes in ``[digest]``."""
    problems = []
    if digest.language not in LANGUAGES:
        problems.append(f'digest.language must be "ja" or "en", not {digest.language!r}.')
    for key in ("full", "related", "still_to_read"):
        if getattr(digest, key) < 0:
            problems.append(f"digest.{key} must be 0 or more.")
    if digest.collect_after != "off" and parse_duration(digest.collect_after) is None:
        problems.append(
            f'digest.collect_after must be a time such as "10m" (s, m or h), or "off", not {digest.collect_after!r}.'
        )
    # the operating system refuses a NUL in an argument, and an empty program name
    if any("\0" in word for word in digest.on_digest) or digest.on_digest[:1] == [""]:
        problems.append("digest.on_digest must be a command and its arguments, without NUL characters.")
    return problems


def summary_problems(summary: SummarySection, llm: LlmSection) -> list[str]:
    """Mistakes in ``[summary]`` and ``[llm]``."""
    problems = []
    if summary.language not in LANGUAGES:
        problems.append(f'summary.language must be "ja" or "en", not {summary.language!r}.')
    if summary.backend not in BACKENDS:
        problems.append(f'summary.backend must be "none", "extractive" or "llm", not {summary.backend!r}.')
    if summary.backend == "llm" and not is_plain_url(llm.base_url):
        problems.append(f"llm.base_url must be a web address like https://…/v1, not {llm.base_url!r}.")
    if summary.backend == "llm" and not llm.summary_model:
        problems.append('llm.summary_model must name a model when summary.backend = "llm".')
    if not VARIABLE.fullmatch(llm.api_key_env):
        problems.append(NO_VARIABLE.format(key="llm.api_key_env"))
    if llm.daily_calls < 0:
        problems.append("llm.daily_calls must be 0 or more.")
    return problems + _timeout_problems("llm", llm.timeout_s)


def log_problems(log: LogSection) -> list[str]:
    """Mistakes in ``[log]``."""
    return [] if log.format in LOG_FORMATS else [f'log.format must be "text" or "json", not {log.format!r}.']


def archive_problems(archive: ArchiveSection) -> list[str]:
    """Mistakes in ``[archive]``, its folder excepted."""
    problems = []
    if archive.repo and not _REPO.fullmatch(archive.repo):
        problems.append(f'archive.repo must be "owner/name", not {archive.repo!r}.')
    if archive.repo and archive.folder:
        problems.append(
            "archive.folder: archive.repo is set as well; keep the one where your notes are "
            "(`notebot move-archive` copies them from one to the other)."
        )
    problems += _secret_url_problems("archive.github_url", archive.github_url, "the token")
    if not VARIABLE.fullmatch(archive.token_env):
        problems.append(NO_VARIABLE.format(key="archive.token_env"))
    return problems


def archive_folder_problems(folder: Path | None, taken: Mapping[str, Path]) -> list[str]:
    """Mistakes in ``archive.folder``: every Markdown file below it may be read as a note.

    Args:
        folder: ``archive.folder``, if it is set.
        taken: folders with another purpose, by their key.
    """
    if folder is None:
        return []
    if folder.exists() and not folder.is_dir():
        return [f"archive.folder: {folder} is a file; name a folder."]
    if ".git" in folder.parts:
        return [f"archive.folder: {folder} is inside Git's own data; name a folder beside .git."]
    return [
        f"archive.folder: {folder} and {key} ({path}) overlap; give the notes a folder of their own."
        for key, path in taken.items()
        if folder == path or path in folder.parents or folder in path.parents
    ]


def zotero_problems(zotero: ZoteroSection) -> list[str]:
    """Mistakes in ``[zotero]``."""
    problems = []
    if zotero.library and not _LIBRARY.fullmatch(zotero.library):
        problems.append(
            f'zotero.library must be "users/NUMBER" or "groups/NUMBER", not {zotero.library!r}; '
            "your number is at https://www.zotero.org/settings/keys, a group's in its address."
        )
    if zotero.collection and not _COLLECTION.fullmatch(zotero.collection):
        problems.append(
            "zotero.collection must be the eight letters and digits at the end of the collection's address, "
            f"not {zotero.collection!r}."
        )
    if not VARIABLE.fullmatch(zotero.api_key_env):
        problems.append(NO_VARIABLE.format(key="zotero.api_key_env"))
    return problems + _secret_url_problems("zotero.url", zotero.url, "the key")


def venue_problems(venue: VenueSection) -> list[str]:
    """Mistakes in ``[venue]``, except in the file ``extra_table``, which is checked when it is loaded."""
    wrong = [name for name in venue.resolvers if name not in RESOLVERS]
    problems = [f'venue.resolvers may contain "acl" and "semanticscholar", not {wrong}.'] if wrong else []
    return problems + _secret_url_problems("venue.s2_url", venue.s2_url, "the key")


def tags_problems(tags: TagsSection) -> list[str]:
    """Mistakes in ``[tags]``."""
    problems = []
    if tags.model not in TAG_MODELS:
        gone = " (the scikit-learn model was removed: it was no better)" if tags.model == "extra" else ""
        problems.append(f'tags.model must be "auto" or "none", not {tags.model!r}{gone}.')
    for key in ("min_score", "sure"):
        value = getattr(tags, key)
        if not 0 <= value <= 1:
            problems.append(f"tags.{key} must be a number from 0 to 1, not {value}.")
    if tags.max < 0:
        problems.append("tags.max must be 0 or more.")
    return problems


def links_problems(links: LinksSection) -> list[str]:
    """Mistakes in ``[links]``."""
    problems = [] if links.max_bytes >= 1 else [f"links.max_bytes must be 1 or more, not {links.max_bytes}."]
    return problems + _timeout_problems("links", links.timeout_s)


def posts_problems(posts: PostsSection) -> list[str]:
    """Mistakes in ``[posts]``."""
    urls = {key: getattr(posts, key) for key in PostsSection.__struct_fields__ if key.endswith("_url")}
    # without mastodon_url, each Mastodon post is fetched from the server in its own address
    return _url_problems("posts", {key: url for key, url in urls.items() if url or key != "mastodon_url"})


def x_problems(x: XSection) -> list[str]:
    """Mistakes in ``[x]``."""
    problems = _secret_url_problems("x.api_url", x.api_url, "the token")
    if not (x.client_id.isascii() and x.client_id.isprintable()) or " " in x.client_id:
        problems.append("x.client_id must be the client ID of your app, as X's developer console shows it.")
    if x.daily_posts < 1:
        problems.append(f"x.daily_posts must be at least 1, not {x.daily_posts}.")
    return problems


def site_problems(site: SiteSection) -> list[str]:
    """Mistakes in ``[site]``."""
    problems = []
    if not site.title.isprintable():
        problems.append("site.title must be one line of visible characters.")
    if site.base_url and (not is_plain_url(site.base_url) or "?" in site.base_url or "#" in site.base_url):
        problems.append(
            f"site.base_url must be the address of a folder like https://you.github.io/notes/, not {site.base_url!r}."
        )
    return problems


def web_problems(web: WebSection) -> list[str]:
    """Mistakes in ``[web]``, its file excepted."""
    problems = []
    if web.listen and parse_listen(web.listen) is None:
        problems.append(f'web.listen must be "HOST:PORT", such as "127.0.0.1:8765", not {web.listen!r}.')
    # a name with a port or a scheme would never be equal to the name in a request
    wrong = [name for name in web.allowed_hosts if parse_listen(f"{name}:1") is None]
    if wrong:
        problems.append(f'web.allowed_hosts must be host names such as "notes.home", without scheme and port: {wrong}.')
    problems += _login_problems(web)
    if web.public_url and not is_plain_url(web.public_url):
        problems += _url_problems("web", {"public_url": web.public_url})
    return problems


def _login_problems(web: WebSection) -> list[str]:
    from ipaddress import ip_network

    problems = []
    # Cookie and Authorization come from the browser, and Host is checked against allowed_hosts
    if web.login_header and (
        not _HEADER.fullmatch(web.login_header)
        or web.login_header.lower() in ("authorization", "cookie", "host", "origin")
    ):
        problems.append(
            f"web.login_header must be the name of a header that the proxy sets, such as X-Forwarded-Email, "
            f"not {web.login_header!r}."
        )
    for proxy in web.login_proxies:
        try:
            is_everybody = ip_network(proxy).prefixlen == 0
        except ValueError:
            problems.append(
                f'web.login_proxies has addresses and networks such as "127.0.0.1" and "10.0.0.0/8", not {proxy!r}.'
            )
        else:
            if is_everybody:
                problems.append(f"web.login_proxies: with {proxy} everybody could sign in as anybody.")
    if bool(web.login_header) != bool(web.login_proxies):
        problems.append(
            "web.login_header and web.login_proxies belong together: the header is believed from these proxies alone."
        )
    return problems


def parse_listen(text: str) -> tuple[str, int] | None:
    """Host and port of ``HOST:PORT``, an IPv6 address in brackets; ``None`` for anything else."""
    match = _LISTEN.fullmatch(text)
    if match is None or int(match[3]) > 65535:
        return None
    return (match[1] or match[2]).lower(), int(match[3])


def inbox_problems(folder: Path, links: Path | None, taken: Mapping[str, Path], config: Path | None) -> list[str]:
    """Mistakes in ``[inbox]``: notebot empties these files, so nothing else may use them.

    Args:
        folder: ``inbox.dir``.
        links: ``inbox.file``, if it is set.
        taken: folders with another purpose, by their key.
        config: the config file.
    """
    problems = [
        f"inbox.dir: {folder} is already {key}; give the inbox its own folder."
        for key, path in taken.items()
        if path == folder
    ]
    if folder.exists() and not folder.is_dir():
        problems.append(f"inbox.dir: {folder} is a file; name a folder.")
    if links is None:
        return problems
    if links == config:
        problems.append(f"inbox.file: {links} is the config file itself; name a separate file for links.")
    elif links.is_dir():
        problems.append(f"inbox.file: {links} is a folder; name a file, or set inbox.dir.")
    elif links.name.startswith(".notebot-"):
        # the inbox claims a file by renaming it to such a name, and reads it again after a crash
        problems.append("inbox.file: names that begin with .notebot- are reserved for notebot; choose another.")
    elif links.suffix.lower() == ".md" and links.parent in taken.values():
        # a Markdown file among the digests would be read back as one of them
        problems.append(
            f"inbox.file: {links} is in a folder that notebot writes to; move it, or rename it to links.txt."
        )
    return problems


def _url_problems(section: str, urls: Mapping[str, str]) -> list[str]:
    return [
        f"{section}.{key} must be a web address like https://…, not {url!r}."
        for key, url in urls.items()
        if not is_plain_url(url)
    ]


def _secret_url_problems(key: str, url: str, secret: str) -> list[str]:
    """Mistakes in an address to which a secret is sent, which everybody on the way could read without TLS."""
    section, _, name = key.partition(".")
    if problems := _url_problems(section, {name: url}):
        return problems
    if url.lower().startswith("https:") or is_loopback(url):
        return []
    return [f"{key} must begin with https:, because {secret} is sent there, not {url!r}."]


def wrong_type(key: str, error: str) -> str:
    """A sentence for msgspec's ``Expected `bool`, got `str` - at `$[1]``` ."""
    match = _WRONG_TYPE.fullmatch(error)
    if match is None:
        return f"{key}: {error.lower()}."
    expected, got, place = match.groups()
    item = f" (item {int(place) + 1})" if place else ""
    return f"{key}{item} must be {_TYPES.get(expected, expected)}, not {_GIVEN.get(got, got)}."


def _timeout_problems(section: str, seconds: float) -> list[str]:
    # TOML allows `inf` and `nan` as numbers; a request without an end would block the daemon
    if math.isfinite(seconds) and seconds > 0:
        return []
    return [f"{section}.timeout_s must be a number of seconds above 0, not {seconds}."]
