"""`notebot deliver` with the installed command line against real servers on loopback."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, suppress
from email.message import EmailMessage
from pathlib import Path
from threading import Event

import pytest

from acceptance.command import TOKYO, Desk, Section, wait_for
from servers.github_server import GitHubServer
from servers.loopback import answer, raw, unused_port
from servers.mail_server import HANG_UP, PASSWORD, SILENCE, USER, MailServer, trusting
from servers.webhook_server import WebhookServer

SECRET = "whsec_" + "c2VjcmV0LW9mLXRoZS13ZWJob29rLTEyMzQ1Njc4"


@pytest.fixture
def mail() -> Iterator[MailServer]:
    with MailServer() as server:
        yield server


@pytest.fixture
def hook() -> Iterator[WebhookServer]:
    with WebhookServer() as server:
        yield server


def mail_target(server: MailServer, name: str = "me", **keys: object) -> Section:
    return {
        "name": name,
        "kind": "mail",
        "to": "curator@example.org",
        "from": "notebot@example.org",
        "smtp": server.url,
        **keys,
    }


def hook_target(server: WebhookServer, name: str = "hook", **keys: object) -> Section:
    return {"name": name, "kind": "webhook", "url": f"{server.url}/hooks/geheimer-pfad", "allow_private": True, **keys}


def part(mail: EmailMessage, kind: str) -> str:
    body = mail.get_body((kind,))
    assert body is not None
    return str(body.get_content())


def states(desk: Desk) -> dict[tuple[str, str], str]:
    rows = desk.rows("SELECT target, event, state FROM deliveries ORDER BY target, event")
    return {(row["target"], row["event"].partition(":")[0]): row["state"] for row in rows}


def test_a_digest_arrives_once_as_mail_and_as_webhook(polled: Desk, mail: MailServer, hook: WebhookServer) -> None:
    polled.targets = [mail_target(mail), hook_target(hook)]
    polled.sections["web"] = {"public_url": "https://notes.example.org"}
    assert polled.ok("deliver").out == "Nothing to deliver.\n"
    polled.ok("digest")
    assert mail.received == []  # the daemon sends by itself, a command does what it says
    done = polled.ok("deliver")
    assert sorted(done.out.splitlines()) == ["hook: digest 2026-05-12.md sent", "me: digest 2026-05-12.md sent"]
    assert polled.ok("deliver").out == "Nothing to deliver.\n"

    (letter,), (posted,) = mail.received, hook.received
    (arxiv_id,) = polled.statuses()
    assert letter["List-Id"] == "notebot <notebot.example.org>"
    assert letter["Subject"] == "2026-05-12 (Tue) paper digest: 1"
    for kind in ("plain", "html"):
        assert f"https://arxiv.org/abs/{arxiv_id}" in part(letter, kind)
        assert f"https://notes.example.org/keep/{arxiv_id}" in part(letter, kind)
    assert posted.json["type"] == "digest.written"
    assert posted.json["data"]["name"] == "2026-05-12.md"
    assert [entry["arxiv_id"] for entry in posted.json["data"]["entries"]] == [arxiv_id]
    assert posted.json["data"]["url"] == "https://notes.example.org/digests/2026-05-12"
    assert posted.headers["webhook-id"].startswith("msg_")


def test_a_mail_has_no_link_to_keep_if_the_page_is_read_only(polled: Desk, mail: MailServer) -> None:
    polled.targets = [mail_target(mail)]
    polled.sections["web"] = {"public_url": "https://notes.example.org", "read_only": True}
    polled.ok("digest")
    polled.ok("deliver")
    (letter,), (arxiv_id,) = mail.received, polled.statuses()
    for kind in ("plain", "html"):
        assert f"https://notes.example.org/papers/{arxiv_id}" in part(letter, kind)
        assert "keep" not in part(letter, kind)


def test_a_digest_of_before_the_target_was_configured_is_sent_on_request(polled: Desk, mail: MailServer) -> None:
    polled.ok("digest")
    polled.targets = [mail_target(mail)]
    assert polled.ok("deliver").out == "Nothing to deliver.\n"
    for _ in range(2):
        assert polled.ok("deliver", "--again", "2026-05-12").out.startswith("me: digest 2026-05-12.md (again")
    # each is a mail of its own, which no mailbox takes for a repetition
    assert len(set(mail.ids)) == len(mail.received) == 2


def test_a_lost_answer_leads_to_the_same_message_id(polled: Desk, mail: MailServer) -> None:
    mail.replies = [HANG_UP]
    polled.targets = [mail_target(mail)]
    polled.ok("digest")
    done = polled.run("deliver")
    assert done.code == 1
    assert "ended the connection before it accepted the mail; it is tried again later" in done.err
    polled.ok("deliver")
    assert len(mail.received) == 2
    assert len(set(mail.ids)) == 1
    assert mail.received[0].as_bytes() == mail.received[1].as_bytes()


@pytest.mark.parametrize("where", ["replies", "recipients"])
def test_greylisting_is_retried_and_a_refusal_is_final(polled: Desk, mail: MailServer, where: str) -> None:
    getattr(mail, where)[:] = ["451 4.7.1 Greylisted, try again", "550 5.7.1 Not wanted here"]
    polled.targets = [mail_target(mail)]
    polled.ok("digest")
    first, second = polled.run("deliver"), polled.run("deliver", now=f"2026-05-12T14:01{TOKYO}")
    assert (first.code, second.code) == (1, 1)
    assert "refused the mail (451 4.7.1 Greylisted, try again); it is tried again later" in first.err
    assert "refused the mail (550 5.7.1 Not wanted here); it is given up" in second.err
    assert mail.received == []
    assert states(polled) == {("me", "digest"): "left"}
    assert polled.ok("deliver").out == "Nothing to deliver.\n"
    # it is shown where the curator looks
    (trouble,) = polled.ok("status", "--json").json["deliveries"]["troubles"]
    assert (trouble["target"], trouble["event"], trouble["tries"]) == ("me", "digest 2026-05-12.md", 2)
    assert "! not delivered to me: digest 2026-05-12.md: localhost refused the mail (550" in polled.ok("status").out
    polled.ok("queue", "requeue", *polled.statuses())
    polled.ok("digest")
    text = (polled.folder / "digests/2026-05-12-2.md").read_text(encoding="utf-8")
    assert "**Not delivered** — me: digest 2026-05-12.md: localhost refused the mail" in text


@pytest.mark.parametrize(("status", "state"), [(500, "planned"), (429, "planned"), (408, "planned"), (425, "planned")])
def test_a_webhook_is_retried_with_the_same_id(polled: Desk, hook: WebhookServer, status: int, state: str) -> None:
    hook.script = [answer(b"", status, None)]
    polled.targets = [hook_target(hook)]
    polled.ok("digest")
    assert polled.run("deliver").code == 1
    assert states(polled) == {("hook", "digest"): state}
    polled.ok("deliver")
    first, second = hook.received
    assert (first.headers["webhook-id"], first.body) == (second.headers["webhook-id"], second.body)


@pytest.mark.parametrize("status", [400, 401, 404, 410, 302])
def test_a_webhook_that_refuses_is_given_up(polled: Desk, hook: WebhookServer, status: int) -> None:
    hook.script = [answer(b"", status, None, Location="/elsewhere")]
    polled.targets = [hook_target(hook)]
    polled.ok("digest")
    done = polled.run("deliver")
    assert done.code == 1
    assert f"status {status}" in done.err
    assert "it is given up" in done.err
    assert states(polled) == {("hook", "digest"): "left"}
    assert len(hook.received) == 1


def test_a_webhook_on_this_machine_needs_permission(polled: Desk, hook: WebhookServer) -> None:
    polled.targets = [hook_target(hook, allow_private=False)]
    polled.ok("digest")
    done = polled.run("deliver")
    assert "is not asked" in done.err
    assert "allow_private = true" in done.err
    assert hook.received == []
    # the digest has waited for it
    polled.targets = [hook_target(hook)]
    assert polled.ok("deliver").out == "hook: digest 2026-05-12.md sent\n"


def test_one_failing_target_delays_no_other(polled: Desk, mail: MailServer, hook: WebhookServer) -> None:
    with unused_port() as port:
        dead = {**hook_target(hook, "dead"), "url": f"http://127.0.0.1:{port}/x"}
        mail.replies = ["451 later"]
        polled.targets = [mail_target(mail), dead, hook_target(hook)]
        polled.ok("digest")
        done = polled.run("deliver")
    assert done.code == 1
    assert done.out == "hook: digest 2026-05-12.md sent\n"
    assert states(polled) == {("dead", "digest"): "planned", ("me", "digest"): "planned", ("hook", "digest"): "done"}


def test_silent_targets_are_tried_again_and_delay_no_other(polled: Desk, mail: MailServer, hook: WebhookServer) -> None:
    polled.sections["links"] = {"timeout_s": 0.5}
    mail.replies = [SILENCE]
    with WebhookServer(script=[raw(until=Event())]) as silent, WebhookServer(script=[raw(b"HTTP/1.1 2")]) as cut:
        polled.targets = [mail_target(mail), hook_target(silent, "silent"), hook_target(cut, "cut"), hook_target(hook)]
        polled.ok("digest")
        done = polled.run("deliver")
        assert done.out == "hook: digest 2026-05-12.md sent\n"
        assert "localhost did not answer in time" in done.err
        assert 'The webhook "silent" at 127.0.0.1 did not answer in time' in done.err
        assert 'The webhook "cut" at 127.0.0.1 cannot be reached' in done.err
        done = polled.ok("deliver")
        assert len(done.out.splitlines()) == 3
        # the same id tells the receiver that it has this one already, or not
        assert len(silent.ids) == len(cut.ids) == 2
        assert len(set(silent.ids)) == len(set(cut.ids)) == 1
    assert len(hook.received) == len(mail.received) == 1


@pytest.mark.parametrize("tls", ["smtps", "starttls"])
def test_a_login_goes_through_tls_only(polled: Desk, tls: str) -> None:
    with MailServer(tls=tls == "smtps", starttls=tls == "starttls", login=True) as server:
        polled.targets = [mail_target(server, user=USER, password_env="NOTEBOT_SMTP_PASSWORD")]
        polled.ok("digest")
        untrusted = polled.run("deliver", NOTEBOT_SMTP_PASSWORD=PASSWORD)
        assert "cannot be trusted or does not speak TLS" in untrusted.err
        wrong = polled.run("deliver", NOTEBOT_SMTP_PASSWORD=PASSWORD + "x", **trusting())
        assert "refused the login of postbote (535); correct the password" in wrong.err
        missing = polled.run("deliver", **trusting())
        assert "Set the environment variable NOTEBOT_SMTP_PASSWORD" in missing.err
        done = polled.run("deliver", NOTEBOT_SMTP_PASSWORD=PASSWORD, **trusting())
        assert done.code == 0, done
        assert (server.logins, server.encrypted) == (1, [True])


def test_a_login_on_this_machine_needs_no_tls(polled: Desk) -> None:
    with MailServer(login=True) as server:
        polled.targets = [mail_target(server, user=USER, password_env="NOTEBOT_SMTP_PASSWORD")]
        assert polled.run("deliver", "--test", "me", NOTEBOT_SMTP_PASSWORD=PASSWORD).code == 0
        assert (server.logins, server.encrypted) == (1, [False])


def test_a_test_message_says_whether_a_target_can_be_reached(polled: Desk, mail: MailServer) -> None:
    mail.replies = ["250 OK", "550 no"]
    polled.targets = [mail_target(mail)]
    assert polled.ok("deliver", "--test", "me").out == "me: test message sent\n"
    assert mail.received[0]["Subject"] == "notebot: a test"
    refused = polled.run("deliver", "--test", "me")
    assert (refused.code, refused.out) == (1, "")
    assert "refused the mail (550 no)" in refused.err
    # it is no event: nothing waits, nothing is remembered
    assert polled.ok("deliver").out == "Nothing to deliver.\n"
    assert states(polled) == {}


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("--test", "you"), "There is no [[deliver]] named 'you'; there is 'me'."),
        (("--again", "2026-05-01"), "There is no digest 2026-05-01.md"),
        (("--again", "2026-05-12", "--to", "you"), "There is no [[deliver]] named 'you'"),
        (("--to", "me"), "--to needs --again."),
        (("--test", "me", "--again", "x"), "cannot be combined"),
    ],
)
def test_wrong_use_is_one_sentence(polled: Desk, mail: MailServer, words: tuple[str, ...], sentence: str) -> None:
    polled.targets = [mail_target(mail)]
    polled.ok("digest")
    done = polled.run("deliver", *words)
    assert done.code in (1, 2)
    assert (done.out, len(done.err.splitlines())) == ("", 1)
    assert sentence in done.err


def test_without_a_target_there_is_a_sentence(polled: Desk) -> None:
    for words in ((), ("--test", "me")):
        done = polled.run("deliver", *words)
        assert (done.code, done.out) == (2, "")
        assert "There is no [[deliver]] in the config" in done.err
    assert polled.ok("status", "--json").json["deliveries"] is None


def test_what_was_being_sent_when_the_process_ended_is_sent_again(
    polled: Desk, mail: MailServer, hook: WebhookServer
) -> None:
    polled.targets = [mail_target(mail), hook_target(hook)]
    polled.ok("digest")
    polled.ok("deliver")
    with closing(sqlite3.connect(polled.database)) as connection:
        # as a kill leaves it that came after the message was accepted, and before that was stored
        document = "CAST(replace(CAST(document AS TEXT), '\"done\"', '\"sending\"') AS BLOB)"
        connection.execute(f"UPDATE deliveries SET state = 'sending', document = {document}")
        connection.commit()
    polled.ok("deliver")
    assert len(mail.ids) == len(hook.ids) == 2
    assert len(set(mail.ids)) == len(set(hook.ids)) == 1


def ping_target(server: WebhookServer, **keys: object) -> Section:
    return {"name": "health", "kind": "ping", "url": f"{server.url}/geheime-uuid", **keys}


def test_a_health_service_hears_of_each_round(polled: Desk, hook: WebhookServer) -> None:
    polled.targets = [ping_target(hook)]
    polled.ok("digest")
    polled.ok("digest", now=f"2026-05-12T14:01{TOKYO}")  # nothing to write is a good round, too
    polled.ok("deliver")
    # each round had ended before anything was sent, so "a round has begun" would be wrong by now
    assert [each.path for each in hook.received] == ["/geheime-uuid", "/geheime-uuid"]
    # the digest's file cannot be written
    polled.sections["notebot"] = {"digest_dir": "config.toml"}
    polled.ok("queue", "requeue", *polled.statuses())
    assert polled.run("digest").code == 1
    polled.ok("deliver")
    assert hook.received[-1].path == "/geheime-uuid/fail"
    assert "config.toml" in hook.received[-1].text


def feed_fails_since(desk: Desk, name: str, at: str) -> None:
    with closing(sqlite3.connect(desk.database)) as connection:
        connection.execute(
            "UPDATE sources SET last_success_at = ?, error_kind = 'unavailable', error = 'It is down.' WHERE name = ?",
            (at, name),
        )
        connection.commit()


def test_a_source_that_fails_for_long_is_reported_once_and_once_when_it_is_back(
    polled: Desk, mail: MailServer, hook: WebhookServer
) -> None:
    polled.targets = [mail_target(mail), hook_target(hook), ping_target(hook, events=["alert"])]
    polled.sections["schedule"] = {"digest": "mon 23:59"}
    feed_fails_since(polled, "cs.LG", "2026-05-08T05:00:00.000000+00:00")
    polled.ok("deliver")  # Tuesday: two announcement days have begun since Friday
    assert mail.received == []
    for hour in (14, 15):
        polled.ok("deliver", now=f"2026-05-13T{hour}:00{TOKYO}")
    (letter,) = mail.received
    assert letter["Subject"] == "No answer: cs.LG"
    assert "for more than two announcement days" in part(letter, "plain")
    assert "It is down." in part(letter, "plain")
    by_path = {each.path: each for each in hook.received}
    assert by_path.keys() == {"/hooks/geheimer-pfad", "/geheime-uuid/fail"}
    alert = by_path["/hooks/geheimer-pfad"].json
    assert (alert["type"], alert["data"]["kind"], alert["data"]["subject"]) == ("alert.raised", "source", "cs.LG")
    polled.ok("poll")
    polled.ok("deliver", now=f"2026-05-13T16:00{TOKYO}")
    polled.ok("deliver", now=f"2026-05-13T17:00{TOKYO}")
    assert [str(each["Subject"]) for each in mail.received] == ["No answer: cs.LG", "Back again: cs.LG"]
    assert hook.received[-1].path in ("/geheime-uuid", "/hooks/geheimer-pfad")
    assert len(hook.received) == 4


def test_a_late_digest_is_reported_once_and_once_when_it_is_written(polled: Desk, mail: MailServer) -> None:
    polled.targets = [mail_target(mail, events=["alert"])]
    polled.sections["digest"] = {"language": "ja"}
    for minute in ("18:30", "19:05", "19:10", "19:30", "20:00"):  # due at 18:00
        polled.ok("deliver", now=f"2026-05-12T{minute}{TOKYO}")
    (letter,) = mail.received
    assert letter["Subject"] == "ダイジェストが遅れています: 2026-05-12"
    assert "2026-05-12 18:00" in part(letter, "plain")
    polled.ok("digest", now=f"2026-05-12T20:10{TOKYO}")
    polled.ok("deliver", now=f"2026-05-12T20:11{TOKYO}")
    assert [str(each["Subject"]) for each in mail.received][1:] == ["ダイジェストが書かれました: 2026-05-12"]


def test_a_damaged_database_is_reported_once_although_nothing_can_be_stored(polled: Desk, mail: MailServer) -> None:
    polled.targets = [mail_target(mail)]
    polled.ok("doctor", "--offline")
    whole = polled.database.read_bytes()
    for path in polled.database.parent.glob("notebot.db*"):
        path.unlink()
    polled.database.write_bytes(b"this is no database, whatever it was " * 100)
    for _ in range(2):
        done = polled.run("deliver")
        assert done.code == 1
        assert "not a database" in done.err
    (letter,) = mail.received
    assert letter["Subject"] == "The database is damaged"
    for path in polled.database.parent.glob("notebot.db*"):
        path.unlink()
    polled.database.write_bytes(whole)
    for _ in range(2):
        polled.ok("deliver")
    assert [str(each["Subject"]) for each in mail.received][1:] == ["The database is whole again"]


@pytest.mark.slow
def test_the_daemon_sends_each_digest_by_itself(desk: Desk, mail: MailServer, hook: WebhookServer) -> None:
    desk.targets = [mail_target(mail), ping_target(hook)]
    desk.sections["schedule"] = {"poll": "every 1s", "digest": "every 2s"}
    with desk.start("run") as daemon:
        wait_for(lambda: mail.received, "the mail")
        wait_for(lambda: any(each.path.endswith("uuid") for each in hook.received), "the ping")
        assert daemon.end() == 0
    assert len(mail.received) == 1
    assert "sent digest 2026-05-12.md to me" in daemon.said


@pytest.fixture
def push() -> Iterator[WebhookServer]:
    with WebhookServer() as server:
        yield server


def push_target(server: WebhookServer, name: str = "phone") -> tuple[Section, dict[str, str]]:
    variable = f"NOTEBOT_PUSH_{name.upper()}"
    return {"name": name, "kind": "apprise", "url_env": variable}, {variable: server.url.replace("http", "json")}


def test_a_push_message_is_plain_text_with_one_link(polled: Desk, push: WebhookServer) -> None:
    target, polled.environment = push_target(push)
    polled.targets = [target]
    polled.sections["web"] = {"public_url": "https://notes.example.org"}
    polled.ok("digest")
    assert polled.ok("deliver").out == "phone: digest 2026-05-12.md sent\n"
    (came,) = push.received
    assert came.json["title"] == "2026-05-12 (Tue) paper digest: 1"
    lines = came.json["message"].splitlines()
    assert lines[-1] == "https://notes.example.org/"
    assert lines[-2].endswith("ICML'26 Spotlight, 2026.05")
    assert came.json["message"].count("://") == 1


def test_a_push_service_that_fails_concerns_no_other_one(polled: Desk, push: WebhookServer) -> None:
    good, environment = push_target(push)
    with unused_port() as port:
        bad: Section = {"name": "pager", "kind": "apprise", "url_env": "NOTEBOT_PUSH_PAGER"}
        polled.environment = {**environment, "NOTEBOT_PUSH_PAGER": f"json://127.0.0.1:{port}/geheim"}
        polled.targets = [bad, good]
        polled.ok("digest")
        done = polled.run("deliver")
    assert done.out == "phone: digest 2026-05-12.md sent\n"
    assert 'The service of the target "pager" did not accept the message or did not answer; ' in done.err
    assert "is tried again later" in done.err
    assert "geheim" not in done.err


@pytest.mark.parametrize("address", ["nonsense://x", "", "json://127.0.0.1 json://localhost"])
def test_a_wrong_push_address_is_a_sentence_that_does_not_repeat_it(polled: Desk, address: str) -> None:
    polled.targets = [{"name": "phone", "kind": "apprise", "url_env": "NOTEBOT_PUSH"}]
    polled.environment = {"NOTEBOT_PUSH": address}
    done = polled.run("deliver", "--test", "phone")
    assert (done.code, done.out, len(done.err.splitlines())) == (1, "", 1)
    assert "environment variable NOTEBOT_PUSH" in done.err
    assert not address or address not in done.err


def test_a_day_offline_is_made_up_for(polled: Desk, mail: MailServer, hook: WebhookServer) -> None:
    with unused_port() as port:
        offline = {**mail_target(mail), "smtp": f"smtp://localhost:{port}"}
        offline_hook = {**hook_target(hook), "url": f"http://127.0.0.1:{port}/"}
        polled.targets = [offline, offline_hook]
        polled.ok("digest")
        for hour in range(24):
            now = f"2026-05-{12 + (14 + hour) // 24}T{(14 + hour) % 24:02}:30{TOKYO}"
            assert polled.run("deliver", now=now).code == 1
    polled.targets = [mail_target(mail), hook_target(hook)]
    polled.ok("deliver", now=f"2026-05-13T15:00{TOKYO}")
    assert (len(mail.received), len(hook.received)) == (1, 1)


def test_a_published_note_is_announced_once(polled: Desk, mail: MailServer) -> None:
    with GitHubServer("gh" + "p_invented0123456789") as github:
        repository = github.add_repository()
        polled.sections["archive"] = {"repo": repository.name, "github_url": github.url}
        polled.environment = {"NOTEBOT_GITHUB_TOKEN": github.token}
        polled.targets = [mail_target(mail, events=["published"])]
        polled.ok("queue", "keep", *polled.statuses())
        polled.run("publish")
        polled.run("publish")
        polled.ok("deliver")
        (letter,) = mail.received
        (number,) = repository.comments
        assert str(letter["Subject"]).startswith(f"Note #{number} published: [Paper Note]")
        assert f"/issues/{number}" in part(letter, "plain")


@pytest.mark.parametrize("accepting", [True, False])
def test_no_secret_is_ever_shown_or_stored(polled: Desk, push: WebhookServer, accepting: bool) -> None:
    secrets = {
        "NOTEBOT_SMTP_PASSWORD": PASSWORD,
        "NOTEBOT_HOOK_URL": f"{push.url}/services/T0GEHEIM/B0GEHEIM",
        "NOTEBOT_HOOK_SECRET": SECRET,
        "NOTEBOT_PING": f"{push.url}/0123456789-geheim-uuid",
        "NOTEBOT_PUSH": push.url.replace("http", "json") + "/geheimes-thema",
    }
    with MailServer(tls=True, login=True) as server:
        polled.targets = [
            mail_target(server, user=USER, password_env="NOTEBOT_SMTP_PASSWORD"),
            hook_target(push, url_env="NOTEBOT_HOOK_URL", secret_env="NOTEBOT_HOOK_SECRET"),
            {"name": "health", "kind": "ping", "url_env": "NOTEBOT_PING"},
            {"name": "phone", "kind": "apprise", "url_env": "NOTEBOT_PUSH"},
        ]
        del polled.targets[1]["url"]
        if accepting:
            polled.environment = {**secrets, **trusting()}
        else:
            # the server repeats the true password in its refusal, and the others answer with what they were asked
            polled.environment = {**secrets, **trusting(), "NOTEBOT_SMTP_PASSWORD": PASSWORD + "x"}
            push.script = [answer(secret.encode(), 500, None, X_Secret=secret) for secret in secrets.values()]
        polled.ok("digest")
        done = polled.run("-vv", "deliver")
        assert done.code == (0 if accepting else 1), done
        status = polled.ok("status").out + polled.ok("status", "--json").out
        polled.ok("queue", "requeue", *polled.statuses())
        polled.ok("digest")
    shown = [done.out, done.err, status]
    stored = [path for path in polled.folder.rglob("*") if path.is_file() and path != polled.config]
    assert polled.database in stored
    for secret in ("GEHEIM", "geheim", PASSWORD, SECRET, SECRET.removeprefix("whsec_")):
        assert all(secret not in text for text in shown), secret
        assert [path for path in stored if secret.encode() in path.read_bytes()] == [], secret


@pytest.mark.slow
def test_the_log_of_apprise_is_not_printed(polled: Desk) -> None:
    polled.targets = [{"name": "phone", "kind": "apprise", "url_env": "NOTEBOT_PUSH"}]
    for address in ("json://127.0.0.1:1/geheim", "nonsense://geheim", "tgram://geheim/x", "discord://geheim"):
        polled.environment = {"NOTEBOT_PUSH": address}
        done = polled.run_process("-vv", "deliver", "--test", "phone")
        assert (done.code, done.out) == (1, "")
        assert "geheim" not in done.err
        assert len([line for line in done.err.splitlines() if "phone" in line]) == 1


@pytest.mark.slow
def test_the_process_list_shows_no_secret(polled: Desk) -> None:
    with WebhookServer() as hook, MailServer(tls=True, login=True, replies=[SILENCE]) as server:
        polled.targets = [
            mail_target(server, user=USER, password_env="NOTEBOT_SMTP_PASSWORD"),
            hook_target(hook, secret_env="NOTEBOT_HOOK_SECRET"),
        ]
        polled.environment = {"NOTEBOT_SMTP_PASSWORD": PASSWORD, "NOTEBOT_HOOK_SECRET": SECRET, **trusting()}
        polled.ok("digest")
        with polled.start("deliver") as running:
            wait_for(lambda: hook.received and server.logins, "both requests")
            lines = []
            for path in Path("/proc").glob("[0-9]*/cmdline"):
                with suppress(OSError):  # the process has ended
                    lines.append(path.read_bytes())
            running.process.kill()
    assert any(b"deliver" in line for line in lines)
    assert all(PASSWORD.encode() not in line and SECRET.encode() not in line for line in lines)
