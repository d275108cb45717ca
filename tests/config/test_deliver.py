"""Wrong ``[[deliver]]`` entries: one clear sentence each, which names the key and repeats no secret."""

from pathlib import Path

import pytest

from notebot.config import load_config
from notebot.core.model.errors import ConfigError
from notebot.features.delivery.rules.target import EventKind, MailServer, TargetKind

HEAD = '[notebot]\ncontact = "you@example.org"\n[[topics]]\nname = "Math"\ncategories = ["cs.CL"]\n'
MAIL = {
    "name": '"me"',
    "kind": '"mail"',
    "to": '"you@example.org"',
    "from": '"bot@example.org"',
    "smtp": '"smtp://mail.example.org:587"',
}
HOOK = {"name": '"hook"', "kind": '"webhook"', "url": '"https://hooks.example.org/x"'}
PING = {"name": '"ping"', "kind": '"ping"', "url": '"https://hc-ping.com/uuid"'}
PUSH = {"name": '"phone"', "kind": '"apprise"', "url_env": '"NTFY_URL"'}


def write(folder: Path, *tables: dict[str, str]) -> Path:
    path = folder / "config.toml"
    texts = ["[[deliver]]\n" + "".join(f"{key} = {value}\n" for key, value in table.items()) for table in tables]
    path.write_text(HEAD + "".join(texts), encoding="utf-8")
    return path


def test_a_target_of_each_kind_is_read(tmp_path: Path) -> None:
    config = load_config(write(tmp_path, MAIL, HOOK, PING, PUSH))
    mail, hook, ping, push = config.targets
    assert (mail.sender, mail.smtp) == ("bot@example.org", MailServer("mail.example.org", 587, tls=False))
    assert mail.events == {EventKind.DIGEST, EventKind.ALERT}
    assert (hook.kind, hook.allow_private) == (TargetKind.WEBHOOK, False)
    assert (ping.url, push.url_env) == ("https://hc-ping.com/uuid", "NTFY_URL")


@pytest.mark.parametrize(
    ("smtp", "server"),
    [
        ("smtp://mail.example.org", MailServer("mail.example.org", 587, tls=False)),
        ("smtps://mail.example.org/", MailServer("mail.example.org", 465, tls=True)),
        ("smtp://[::1]:2525", MailServer("::1", 2525, tls=False)),
    ],
)
def test_a_mail_server_has_the_usual_ports(tmp_path: Path, smtp: str, server: MailServer) -> None:
    assert load_config(write(tmp_path, {**MAIL, "smtp": f'"{smtp}"'})).targets[0].smtp == server


@pytest.mark.parametrize(
    ("table", "words"),
    [
        ({**MAIL, "kind": '"fax"'}, ('deliver[0] "me".kind', "'mail', 'webhook', 'apprise', 'ping'", "'fax'")),
        ({**MAIL, "name": '" "'}, ("deliver[0].name", "visible characters")),
        ({**MAIL, "events": '["digests"]'}, ('deliver[0] "me".events', "'digests'")),
        ({**MAIL, "events": "[]"}, ('deliver[0] "me".events', "must contain some of")),
        ({**MAIL, "events": '"digest"'}, ("deliver[0].events", "must be a list")),
        ({**MAIL, "to": '"you"'}, ('deliver[0] "me".to', "e-mail address", "'you'")),
        ({**MAIL, "to": '"a@b.org, c@d.org"'}, ('deliver[0] "me".to', "one e-mail address")),
        ({**MAIL, "from": r'"a@b.org\nBcc: x@y.org"'}, ('deliver[0] "me".from', "e-mail address")),
        ({**MAIL, "smtp": '"mail.example.org"'}, ('deliver[0] "me".smtp', "smtp://HOST:PORT")),
        ({**MAIL, "smtp": '"smtp://me:geheim@mail.example.org"'}, ('deliver[0] "me".smtp', "password_env")),
        ({**MAIL, "smtp": '"smtp://mail.example.org:99999"'}, ('deliver[0] "me".smtp', "smtp://HOST:PORT")),
        ({**MAIL, "user": '"me"'}, ('deliver[0] "me".password_env is missing',)),
        ({**MAIL, "password_env": '"NAME"'}, ('deliver[0] "me".user is missing',)),
        ({**MAIL, "user": '"me"', "password_env": '"geheim!"'}, ("password_env", "name of an environment variable")),
        ({**MAIL, "url": '"https://x.org"'}, ('deliver[0] "me".url', 'kind "mail"')),
        ({**MAIL, "form": '"a@b.org"'}, ("deliver[0].form", "did you mean from")),
        ({"kind": '"mail"'}, ("deliver[0].name is missing",)),
        ({**HOOK, "url": '"ftp://geheim.example.org"'}, ('deliver[0] "hook".url', "web address")),
        ({**HOOK, "url": '"https://me:geheim@x.org"'}, ('deliver[0] "hook".url', "without a user name")),
        ({**HOOK, "url_env": '"HOOK_URL"'}, ('deliver[0] "hook" needs either url, or url_env',)),
        ({"name": '"hook"', "kind": '"webhook"'}, ('deliver[0] "hook" needs either url, or url_env',)),
        ({**HOOK, "secret_env": '"whsec_geheim="'}, ("secret_env", "name of an environment variable")),
        ({**HOOK, "allow_private": '"yes"'}, ("deliver[0].allow_private", "must be true or false")),
        ({**PING, "events": '["published"]'}, ('deliver[0] "ping".events', "published")),
        ({**PING, "secret_env": '"X"'}, ('deliver[0] "ping".secret_env', 'kind "ping"')),
        ({"name": '"phone"', "kind": '"apprise"'}, ('deliver[0] "phone".url_env is missing',)),
        ({**PUSH, "url": '"ntfy://geheim"'}, ('deliver[0] "phone".url', 'kind "apprise"')),
    ],
)
def test_a_mistake_is_one_sentence_without_secrets(tmp_path: Path, table: dict[str, str], words: list[str]) -> None:
    with pytest.raises(ConfigError) as caught:
        load_config(write(tmp_path, table))
    if "is missing" in words[0] and "name" in words[0]:
        assert "deliver[0].name is missing." in caught.value.problems
        return
    (problem,) = caught.value.problems
    for word in words:
        assert word in problem
    assert "geheim" not in problem


def test_two_targets_cannot_have_one_name(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r'deliver\[1\]\.name: "me" is already the name'):
        load_config(write(tmp_path, MAIL, MAIL))


def test_one_table_instead_of_several_is_explained(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_text(HEAD + '[deliver]\nname = "me"\n', encoding="utf-8")
    with pytest.raises(ConfigError, match=r"tables under \[\[deliver\]\]"):
        load_config(path)
