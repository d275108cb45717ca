"""How the daemon ends; `acceptance/test_daemon.py` runs it as a whole."""

import threading
from datetime import datetime

from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.schedulers.base import STATE_STOPPED

from notebot.app.desk_work import GRACE_S
from notebot.daemon import _shut_down


def test_a_job_may_look_for_another_one_while_the_daemon_is_ending() -> None:
    executors = {"default": ThreadPoolExecutor(1)}
    scheduler = BackgroundScheduler(timezone="UTC", executors=executors)
    is_running, may_end, found = threading.Event(), threading.Event(), []

    def job() -> None:
        is_running.set()
        may_end.wait()
        found.append(scheduler.get_job("other"))

    scheduler.add_job(job, "interval", hours=1, next_run_time=datetime.now().astimezone())
    scheduler.start()
    is_running.wait()
    ending = threading.Thread(target=_shut_down, args=(scheduler, executors.values()), daemon=True)
    ending.start()
    while scheduler.state != STATE_STOPPED:
        pass
    may_end.set()
    # with a deadlock, the process would be ended after GRACE_S
    ending.join(GRACE_S / 2)
    assert not ending.is_alive()
    assert found == [None]
