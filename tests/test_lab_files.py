"""What we ship for running a lab: each command in it works, and the database gets a user whom policies bind."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import psycopg
import pytest
import yaml  # type: ignore[import-untyped]

from acceptance.command import NOTEBOT, Running, clean_environment, table, wait_for
from notebot.store.postgres import open_store
from servers.postgres_server import binaries, shared_server

CONTRIB = Path(__file__).parents[1] / "contrib"
COMPOSE: dict[str, Any] = yaml.safe_load((CONTRIB / "compose.yaml").read_text("utf-8"))
OURS = {name: service for name, service in COMPOSE["services"].items() if name != "db"}


def test_only_this_machine_reaches_the_page_and_nobody_the_database() -> None:
    assert "ports" not in COMPOSE["services"]["db"]
    ports = [port for service in OURS.values() for port in service.get("ports", ())]
    assert ports == ["127.0.0.1:8765:8765"]
    for service in OURS.values():
        assert service["cap_drop"] == ["ALL"]
        assert service["read_only"] is True
        assert (CONTRIB / service["build"]["context"] / service["build"]["dockerfile"]).is_file()


def test_no_password_is_written_down() -> None:
    variables = {
        name: value for service in COMPOSE["services"].values() for name, value in service["environment"].items()
    }
    assert set(variables) == {"PGPASSWORD", "POSTGRES_PASSWORD", "NOTEBOT_PASSWORD"}
    assert all(value.startswith("${") and ":?" in value for value in variables.values())


@pytest.mark.usefixtures("postgres")
def test_the_user_of_the_database_is_bound_by_policies_and_the_commands_of_all_services_run(tmp_path: Path) -> None:
    server = shared_server()
    folder = binaries()
    assert folder is not None
    # Compose replaces $$ by $
    script = COMPOSE["configs"]["make_user"]["content"].replace("$$", "$")
    environment = {
        **os.environ,
        "PATH": f"{folder}:{os.environ['PATH']}",
        "PGHOST": str(server.folder),
        "PGPORT": str(server.port),
        "NOTEBOT_PASSWORD": "a 'quoted' \\ $word",
    }
    subprocess.run(["sh", "-c", script], env=environment, check=True, capture_output=True, timeout=60)
    try:
        url = server.url("notebot", "notebot")
        open_store(url, "ada").close()  # refused for a superuser
        (tmp_path / "desks").mkdir()
        (tmp_path / "desks/ada.toml").write_text(
            table("[[topics]]", {"name": "A", "categories": ["cs.CL"], "query": "ti:a"}), "utf-8"
        )
        (tmp_path / "lab.toml").write_text(
            table("[notebot]", {"contact": "lab@example.org", "database": url})
            + table("[arxiv]", dict.fromkeys(("feed_url", "api_url", "oai_url"), "http://127.0.0.1:1/"))
            + table("[lab]", {"desks": "desks/*.toml"}),
            "utf-8",
        )
        for service in OURS.values():
            words = [word.replace("0.0.0.0:8765", "127.0.0.1:0") for word in service["command"]]
            with Running((NOTEBOT, *words), tmp_path, clean_environment(tmp_path)) as running:
                wait_for(lambda running=running: running.said or running.out, "a first line")  # type: ignore[misc]
                assert running.end() == 0
    finally:
        with psycopg.connect(server.url("postgres"), autocommit=True) as connection:
            connection.execute("DROP DATABASE notebot WITH (FORCE)")
            connection.execute("DROP ROLE notebot")


@pytest.mark.parametrize("name", ["notebot.service", "notebot-worker@.service"])
def test_systemd_accepts_the_unit(tmp_path: Path, name: str) -> None:
    tool = shutil.which("systemd-analyze")
    if tool is None:
        pytest.skip("systemd-analyze is not installed")
    text = (CONTRIB / name).read_text("utf-8").replace("/opt/notebot/.venv/bin/notebot", NOTEBOT)
    unit = tmp_path / name.replace("@", "@1")
    unit.write_text(text, "utf-8")
    done = subprocess.run([tool, "verify", str(unit)], capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stderr) == (0, "")
