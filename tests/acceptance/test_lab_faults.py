"""The fault campaign of ``bench/lab_faults.py``, small: some kills and a restart of the server."""

import random
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from acceptance.command import MONDAY, TUESDAY
from acceptance.lab_faults import Alone, Campaign, Ends, Machine, PacedArxiv, make_database, owner_url
from servers.mail_server import MailServer
from servers.postgres_server import shared_folder, start_server
from servers.webhook_server import WebhookServer

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("postgres")]


def test_kills_and_a_restart_of_the_server_lose_and_double_nothing() -> None:
    with ExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory(prefix="notebot-lab-", dir=shared_folder())))
        folder.chmod(0o755)
        (folder / "server").mkdir()
        server = start_server(folder / "server", synchronous_commit="on")
        stack.callback(server.stop)
        make_database(server)
        arxiv = stack.enter_context(PacedArxiv())
        ends = Ends(stack.enter_context(MailServer()), stack.enter_context(WebhookServer()))
        alone = Alone(arxiv, folder / "alone")
        for day in (MONDAY, TUESDAY):
            alone.live_through(day)
        arxiv.begin_count(server.url("lab"))
        campaign = Campaign(folder, random.Random(1), server, arxiv, ends, owner_url(server))
        stack.callback(campaign.end)
        one = Machine("one", folder / "lab", campaign.url)
        two = Machine("two", folder / "lab", campaign.url, fast_by=timedelta(minutes=5))
        campaign.add_machine(one, [("run",), ("--desk", "ada", "run")])
        campaign.add_machine(two, [("worker",)])
        campaign.live_through(MONDAY, [campaign.kill_one, campaign.kill_one], alone)
        campaign.live_through(TUESDAY, [campaign.kill_one, campaign.restart_server, campaign.kill_one], alone)
        cost = campaign.cost(alone)
        assert cost.is_nothing, cost
        assert ends.count > 0
