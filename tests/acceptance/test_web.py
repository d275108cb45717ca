"""`notebot web` and the daemon that serves the page, as real processes."""

from __future__ import annotations

import json
import re
import socket
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from acceptance.command import Desk, Running, wait_for

pytestmark = pytest.mark.slow


@contextmanager
def web(desk: Desk, *arguments: str) -> Iterator[tuple[Running, dict[str, Any]]]:
    """The page served by the installed command, and its JSON document."""
    with desk.start("web", "--json", "--listen", "127.0.0.1:0", *arguments) as running:
        wait_for(lambda: running.out.endswith("}\n"), "the page is served")
        yield running, json.loads(running.out)


def signed_in(start_url: str) -> httpx.Client:
    client = httpx.Client(timeout=30, headers={"sec-fetch-site": "same-origin"}, verify=False)
    assert client.get(start_url).status_code == 303
    return client


def keep(client: httpx.Client, url: str, key: str) -> httpx.Response:
    page = client.get(url).text
    csrf = re.search(r'name="csrf" value="(\w+)"', page)
    assert csrf is not None
    return client.post(f"{url}decide", data={"csrf": csrf[1], "key": key, "revision": "0", "action": "keep"})


def test_the_command_serves_decides_and_ends_with_0(polled: Desk) -> None:
    (arxiv_id,) = polled.statuses()
    with web(polled) as (running, addresses):
        assert set(addresses) == {"url", "start_url"}
        client = signed_in(addresses["start_url"])
        assert httpx.get(addresses["start_url"]).status_code == 403
        assert keep(client, addresses["url"], f"arxiv:{arxiv_id}").status_code == 303
        assert running.end(within_s=10) == 0
    assert polled.statuses() == {arxiv_id: "kept"}
    history = polled.ok("queue", "show", arxiv_id, "--json").json["decisions"]
    assert [decision["by"] for decision in history] == ["page"]


def test_a_session_survives_a_restart(polled: Desk) -> None:
    with web(polled) as (running, addresses):
        client = signed_in(addresses["start_url"])
        running.process.kill()
        running.process.wait()
    with web(polled) as (_, addresses):
        assert client.get(addresses["url"]).status_code == 200


def test_the_page_is_read_and_written_while_another_process_reads_and_writes(polled: Desk) -> None:
    (arxiv_id,) = polled.statuses()
    with web(polled) as (_, addresses):
        client = signed_in(addresses["start_url"])
        assert keep(client, addresses["url"], f"arxiv:{arxiv_id}").status_code == 303
        assert polled.ok("queue", "undo").out.startswith("took back")
        card = f'data-key="arxiv:{arxiv_id}" data-status="queued" data-revision="2"'
        assert card in client.get(addresses["url"]).text


def test_a_port_in_use_is_one_sentence(polled: Desk) -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as taken:
        port = taken.getsockname()[1]
        done = polled.run_process("web", "--listen", f"127.0.0.1:{port}")
    assert (done.code, done.out) == (1, "")
    assert done.err == (
        f"Port {port} of 127.0.0.1 is in use, perhaps by another notebot; stop that, or choose another port with "
        "--listen HOST:PORT.\n"
    )


@pytest.mark.parametrize("listen", ["8765", "127.0.0.1:70000", "http://127.0.0.1:8765", "a b:1", ":8765"])
def test_a_malformed_address_is_wrong_use(listen: str, polled: Desk) -> None:
    done = polled.run("web", "--listen", listen)
    assert (done.code, done.out) == (2, "")
    assert "HOST:PORT" in done.err


def test_other_machines_are_let_in_only_after_a_token_was_made(polled: Desk) -> None:
    refused = polled.run_process("web", "--listen", "0.0.0.0:0")
    assert refused.code == 2
    assert "`notebot web token new" in refused.err
    assert "/start?token=" in polled.ok("web", "token", "new", "--name", "phone").out
    with polled.start("web", "--json", "--listen", "0.0.0.0:0") as running:
        wait_for(lambda: running.out.endswith("}\n"), "the page is served")
        assert running.end(within_s=10) == 0


def test_tokens_are_made_listed_and_revoked(polled: Desk) -> None:
    made = polled.ok("web", "token", "new", "--for", "api", "--name", "shortcut", "--json").json
    told = polled.ok("web", "token", "new", "--for", "feed")
    assert "/feeds/digests.atom?token=TOKEN" in told.err
    assert told.out.strip() not in told.err
    feed, listed = sorted(polled.ok("web", "token", "list", "--json").json, key=lambda token: token["kind"] == "api")
    polled.ok("web", "token", "revoke", feed["id"])
    assert (listed["kind"], listed["name"]) == ("api", "shortcut")
    assert made["token"] not in json.dumps(listed)
    assert polled.ok("web", "token", "revoke", listed["id"]).err == f"Revoked {listed['id']} (api, shortcut).\n"
    assert polled.ok("web", "token", "list", "--json").json == []
    assert polled.run("web", "token", "revoke", listed["id"]).code == 1


def test_the_daemon_serves_the_page_and_ends_in_time(polled: Desk, tmp_path: Path) -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as free:
        port = free.getsockname()[1]
    polled.sections["web"] = {"listen": f"127.0.0.1:{port}"}
    start = polled.ok("web", "token", "new").out.strip()
    assert start.startswith(f"http://127.0.0.1:{port}/start?token=")
    with polled.start("run") as daemon:
        wait_for(lambda: f"The review page is at http://127.0.0.1:{port}/" in daemon.said, "the daemon serves the page")
        assert "token=" not in daemon.said
        assert "<article" in signed_in(start).get(f"http://127.0.0.1:{port}/").text
        assert daemon.end(within_s=10) == 0
    # a stopped notebot has its whole database in one file, which may be copied
    assert not list((polled.folder / "state").glob("*-wal"))


def test_a_link_from_a_phone_waits_for_the_daemon_and_becomes_a_candidate(polled: Desk) -> None:
    """Added while only the page runs, which is then killed; taken in by the daemon, and shown in a topic's feed."""
    api, feed = (polled.ok("web", "token", "new", "--for", kind).out.strip() for kind in ("api", "feed"))
    with web(polled) as (running, addresses):
        shared = {"text": "Look at https://arxiv.org/abs/2605.90001 !"}
        answer = httpx.post(f"{addresses['url']}add", json=shared, headers={"authorization": f"Bearer {api}"})
        assert (answer.status_code, answer.json()["state"]) == (200, "added")
        running.process.kill()
        running.process.wait()
    with closing(socket.create_server(("127.0.0.1", 0))) as free:
        listen = f"127.0.0.1:{free.getsockname()[1]}"
    polled.sections["web"] = {"listen": listen}
    with polled.start("run") as daemon:
        wait_for(lambda: "inbox: 1 taken in" in daemon.said, "the daemon has taken it in")
        text = httpx.get(f"http://{listen}/feeds/topics/Mathematics.atom", params={"token": feed}).text
        assert api not in daemon.said
        assert feed not in daemon.said
        assert daemon.end(within_s=10) == 0
    assert polled.statuses()["2605.90001"] in ("queued", "digested")
    assert "/papers/2605.90001" in text
