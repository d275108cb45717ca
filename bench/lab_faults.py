"""A lab of three machines under ``kill -9``, restarts of its server and a cut cable; run by ``make bench-crash``.

Two machines have a daemon and a worker each, the clock of the second is five minutes fast; the worker of a third, in a
network namespace, is cut off for a minute (only as root). One desk has a daemon of its own besides. Everything is then
compared with the same curators alone, whom nothing disturbed.
"""

import argparse
import random
import signal
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

from acceptance.command import MONDAY, TUESDAY, WEDNESDAY, wait_for
from acceptance.delivery_kills import SlowMailServer, SlowWebhookServer
from acceptance.kills import GAP, LAST_DAY, papers
from acceptance.lab_faults import Alone, Campaign, Ends, Machine, PacedArxiv, make_database, owner_url
from servers.other_machine import OtherMachine, can_have_other_machines
from servers.postgres_server import shared_folder, start_server

DAYS = (MONDAY, TUESDAY, WEDNESDAY, *GAP, LAST_DAY)
CUT_S = 65.0


def main() -> None:
    parser = argparse.ArgumentParser(description="Breaks a lab at random and counts what is lost, doubled or too fast.")
    parser.add_argument("--kills", type=int, default=200, help="how many processes to kill (default: 200)")
    parser.add_argument("--restarts", type=int, default=10, help="of PostgreSQL (default: 10)")
    parser.add_argument("--connections", type=int, default=100, help="how many connections to end (default: 100)")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # servers and namespace are removed all the same
    began, chance = time.monotonic(), random.Random(options.seed)
    print(f"seed {options.seed}", flush=True)
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="notebot-lab-", dir=shared_folder())))
        folder.chmod(0o755)
        campaign, alone = prepare(stack, folder, chance)
        plan = [campaign.kill_one] * options.kills + [campaign.restart_server] * options.restarts
        plan += [campaign.end_connection] * options.connections
        chance.shuffle(plan)
        for number, day in enumerate(DAYS):
            events = plan[number :: len(DAYS)]
            if campaign.cut_machine is not None and number == 2:
                events = cut_off(campaign, events)
            campaign.live_through(day, events, alone)
            print(f"{day}: {dict(sorted(campaign.done.items()))}, {time.monotonic() - began:.0f} s", flush=True)
        cost = campaign.cost(alone)
    print(f"{len(campaign.arxiv.log)} requests; {campaign.ends.count} messages, {cost.repeated} of them repetitions")
    for name in ("lost", "doubled", "wrong"):
        print(f"{name:<12} {sum(len(getattr(toll, name)) for toll in cost.tolls.values())}")
    for name in ("over_pace", "deliveries", "sentences"):
        print(f"{name:<12} {len(getattr(cost, name))}")
    if not cost.is_nothing:
        print(cost)
    sys.exit(not cost.is_nothing)


def prepare(stack: ExitStack, folder: Path, chance: random.Random) -> tuple[Campaign, Alone]:
    """Starts all servers, lets the curators live who are alone, and writes the files of all machines."""
    (folder / "server").mkdir()
    # a commit that was confirmed must outlive the server's end
    server = start_server(folder / "server", synchronous_commit="on", listen_addresses="0.0.0.0")
    stack.callback(server.stop)
    make_database(server)
    arxiv = stack.enter_context(PacedArxiv(papers()))
    arxiv.oai_page_size = 30
    mail = stack.enter_context(SlowMailServer(chance=chance))
    hook = stack.enter_context(SlowWebhookServer(chance=chance))
    alone = Alone(arxiv, folder / "alone")
    for day in DAYS:
        alone.live_through(day)
    arxiv.begin_count(server.url("lab"))
    arxiv.slowest_s = 0.5
    url = owner_url(server)
    campaign = Campaign(folder, chance, server, arxiv, Ends(mail, hook), url)
    stack.callback(campaign.end)
    campaign.add_machine(Machine("one", folder / "lab", url), [("run",), ("worker",), ("--desk", "ada", "run")])
    campaign.add_machine(Machine("two", folder / "lab", url, fast_by=timedelta(minutes=5)), [("run",), ("worker",)])
    if can_have_other_machines():
        other = campaign.cut_machine = stack.enter_context(OtherMachine())
        for address in (arxiv.base_url, mail.url, hook.url):
            other.forward(int(address.rpartition(":")[2]))
        with (server.folder / "data/pg_hba.conf").open("a", encoding="utf-8") as access:
            access.write("host lab all 10.99.0.0/16 trust\n")
        server.restart()
        campaign.add_machine(
            Machine("three", folder / "lab", owner_url(server, other.host), other.prefix), [("worker",)]
        )
    else:
        print("no machine is cut off: that needs root, ip and iptables")
    return campaign, alone


def cut_off(campaign: Campaign, events: list[Callable[[], None]]) -> list[Callable[[], None]]:
    """The third machine is cut off while its worker works, and connected again a minute later."""

    def mend() -> None:
        while time.monotonic() < mend_at[0]:
            campaign.keep_up()
            time.sleep(0.2)
        campaign.mend()

    def cut() -> None:
        (cut_off_one,) = (service for service in campaign.services if service.machine.prefix)
        cut_off_one.may_be_killed = False
        wait_for(lambda: (campaign.keep_up(), cut_off_one.has_worked)[1], "work of the third machine")
        campaign.cut()
        mend_at.append(time.monotonic() + CUT_S)

    mend_at: list[float] = []
    return [events[0], cut, *events[1:-1], mend, events[-1]]


if __name__ == "__main__":
    main()
