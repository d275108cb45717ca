"""Turns the ``[[deliver]]`` tables of the config into targets, or into a list of mistakes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from notebot.config.checks import NO_VARIABLE, VARIABLE
from notebot.core.text.escaping import is_plain_url
from notebot.core.text.patterns import regex
from notebot.features.delivery.rules.target import DeliveryTarget, EventKind, MailServer, TargetKind

if TYPE_CHECKING:
    from collections.abc import Sequence

    from notebot.config.sections import DeliverSection

SUBMISSION_PORT, TLS_PORT = 587, 465
"""Ports of mail submission (RFC 6409) and of submission over TLS (RFC 8314)."""
_KEYS = {
    TargetKind.MAIL: ("to", "from", "smtp", "user", "password_env"),
    TargetKind.WEBHOOK: ("url", "url_env", "secret_env", "allow_private"),
    TargetKind.APPRISE: ("url_env",),
    TargetKind.PING: ("url", "url_env"),
}
"""The keys of each kind besides ``name``, ``kind`` and ``events``."""
_KINDS = tuple(str(kind) for kind in TargetKind)
_EVENTS = tuple(str(kind) for kind in EventKind)
_ADDRESS = regex(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9][A-Za-z0-9.-]{0,252}")


def delivery_targets(
    tables: Sequence[tuple[str, dict[str, Any], DeliverSection]],
) -> tuple[tuple[DeliveryTarget, ...], list[str]]:
    """Returns the targets, and one line for each mistake; no target at all if there is any mistake.

    Args:
        tables: each with its place in the file, such as ``deliver[0]``, and as it was read.
    """
    problems: list[str] = []
    names: list[str] = []
    for where, table, section in tables:
        problems += _problems(where, table, section)
        if section.name in names:
            problems.append(f'{where}.name: "{section.name}" is already the name of another [[deliver]].')
        names.append(section.name)
    if problems:
        return (), problems
    return tuple(_target(section) for _, _, section in tables), []


def _target(section: DeliverSection) -> DeliveryTarget:
    return DeliveryTarget(
        name=section.name,
        kind=TargetKind(section.kind),
        events=frozenset(EventKind(event) for event in section.events),
        to=section.to,
        sender=section.sender,
        smtp=_mail_server(section.smtp) or MailServer(),
        user=section.user,
        password_env=section.password_env,
        url=section.url,
        url_env=section.url_env,
        secret_env=section.secret_env,
        allow_private=section.allow_private,
    )


def _problems(where: str, table: dict[str, Any], section: DeliverSection) -> list[str]:
    """Returns the mistakes of one target that can be seen without the others."""
    if not section.name.strip() or not section.name.isprintable() or len(section.name) > 60:
        return [f"{where}.name must be one line of at most 60 visible characters."]
    named = f'{where} "{section.name}"'
    if section.kind not in _KINDS:
        return [f"{named}.kind must be one of {', '.join(map(repr, _KINDS))}, not {section.kind!r}."]
    kind = TargetKind(section.kind)
    problems = [
        f'{named}.{key} does not belong to the kind "{kind}", which takes {", ".join(_KEYS[kind])}.'
        for keys in _KEYS.values()
        for key in dict.fromkeys(keys)
        if key in table and key not in _KEYS[kind]
    ]
    problems = list(dict.fromkeys(problems))
    wrong = [event for event in section.events if event not in _EVENTS]
    if wrong or not section.events:
        problems.append(f"{named}.events must contain some of {', '.join(map(repr, _EVENTS))}, not {wrong}.")
    if kind is TargetKind.PING and EventKind.PUBLISHED in section.events:
        problems.append(f'{named}.events: a ping says whether all is well; it does not take "published".')
    for key in ("password_env", "url_env", "secret_env"):
        if (name := getattr(section, key)) and not VARIABLE.fullmatch(name):
            problems.append(NO_VARIABLE.format(key=f"{named}.{key}"))
    return problems + (_mail_problems(named, section) if kind is TargetKind.MAIL else _url_problems(named, section))


def _mail_problems(named: str, section: DeliverSection) -> list[str]:
    problems = [
        f'{named}.{key} must be one e-mail address in ASCII such as "you@example.org", not {address!r}.'
        for key, address in (("to", section.to), ("from", section.sender))
        if not _ADDRESS.fullmatch(address)
    ]
    # the address is not repeated, because a password may be in it
    if _mail_server(section.smtp) is None:
        problems.append(
            f'{named}.smtp must be "smtp://HOST:PORT" or "smtps://HOST:PORT"; '
            "the user belongs into `user`, and the password into the variable named by `password_env`."
        )
    if section.password_env and not section.user:
        problems.append(f"{named}.user is missing: a password needs the name of its user.")
    elif section.user and not section.password_env:
        problems.append(f"{named}.password_env is missing: it names the environment variable with the password.")
    if not section.user.isprintable():
        problems.append(f"{named}.user must be one line of visible characters.")
    return problems


def _url_problems(named: str, section: DeliverSection) -> list[str]:
    if section.kind == TargetKind.APPRISE:
        return [] if section.url_env else [f"{named}.url_env is missing: it names the variable with Apprise's address."]
    if bool(section.url) == bool(section.url_env):
        return [f"{named} needs either url, or url_env with the name of the variable that contains the address."]
    # the address is not repeated, because its path is a secret at most services
    if section.url and not is_plain_url(section.url):
        return [f"{named}.url must be a web address like https://…, without a user name."]
    return []


def _mail_server(text: str) -> MailServer | None:
    """Parses ``smtp://HOST:PORT``; ``None`` for anything else."""
    try:
        parts = urlsplit(text)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        return None
    extra = parts.path.strip("/") or parts.query or parts.fragment or "@" in parts.netloc
    if parts.scheme not in ("smtp", "smtps") or not host or not text.isascii() or not text.isprintable() or extra:
        return None
    tls = parts.scheme == "smtps"
    return MailServer(host, port or (TLS_PORT if tls else SUBMISSION_PORT), tls)
