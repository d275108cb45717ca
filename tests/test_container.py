"""The container image: what its Dockerfile promises, and, where a tool can build it, an image that works."""

import os
import re
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from notebot import __version__

TOP = Path(__file__).parents[1]
FOLDER = TOP / "contrib/container"
DOCKERFILE = re.sub(r"\\\n", " ", (FOLDER / "Dockerfile").read_text(encoding="utf-8"))
FINAL = DOCKERFILE.rpartition("\nFROM ")[2]


def instructions(text: str, name: str) -> list[str]:
    return re.findall(rf"^{name} +(.+)$", text, re.MULTILINE)


def test_the_image_runs_as_a_user_without_rights_and_says_if_it_is_well() -> None:
    assert instructions(FINAL, "USER") == ["notebot"]
    assert FINAL.index("\nUSER") < FINAL.index("\nENTRYPOINT")
    assert "--uid 1000" in FINAL
    assert instructions(FINAL, "VOLUME") == ["/data"]
    assert 'CMD ["notebot", "--quiet", "status"]' in instructions(FINAL, "HEALTHCHECK")[0]
    assert (instructions(FINAL, "ENTRYPOINT"), instructions(FINAL, "CMD")) == (['["notebot"]'], ['["run"]'])


def test_everything_that_is_installed_is_pinned_and_everything_that_is_copied_is_there() -> None:
    for command in re.findall(r"pip install[^&]*", DOCKERFILE):
        assert "--require-hashes" in command or "--no-deps --no-index" in command
    for line in instructions(DOCKERFILE, "COPY"):
        if not line.startswith("--from"):
            *sources, _ = line.split()
            assert [name for name in sources if not (TOP / name).exists()] == []
    assert ":latest" not in DOCKERFILE


# Building it


def without_an_answer(words: list[str]) -> bool:
    return subprocess.run(words, capture_output=True, timeout=120, check=False).returncode != 0


@pytest.fixture(scope="module")
def in_container(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[..., subprocess.CompletedProcess[str]]]:
    """Runs a command in the image; skips where no tool works, or the base cannot be had.

    ``NOTEBOT_TEST_BASE`` names another base with Python 3.11 or newer, for machines that reach no image registry.
    """
    tool = next((name for name in ("buildah", "podman", "docker") if shutil.which(name)), None)
    if tool is None or without_an_answer([tool, "info"]):
        pytest.skip("neither buildah nor podman nor docker works here")
    base = os.environ.get("NOTEBOT_TEST_BASE") or instructions(DOCKERFILE, "ARG")[0].removeprefix("BASE=")
    if without_an_answer([tool, "inspect", base]) and without_an_answer([tool, "pull", base]):
        pytest.skip(f"{tool} cannot get the image {base}")
    build = "bud" if tool == "buildah" else "build"
    words = [tool, build, "--build-arg", f"BASE={base}", "--file", str(FOLDER / "Dockerfile"), "--tag", "notebot-test"]
    built = subprocess.run([*words, str(TOP)], capture_output=True, text=True, check=False, timeout=900)
    assert built.returncode == 0, built.stderr[-3000:]
    container = ""
    if tool == "buildah":
        container = subprocess.run(
            [tool, "from", "notebot-test"], capture_output=True, text=True, check=True
        ).stdout.strip()

    def run(*command: str) -> subprocess.CompletedProcess[str]:
        start = (
            [tool, "run", container, "--"] if container else [tool, "run", "--rm", "--entrypoint", "", "notebot-test"]
        )
        return subprocess.run([*start, *command], capture_output=True, text=True, check=False, timeout=300)

    yield run
    if container:
        subprocess.run([tool, "rm", container], capture_output=True, check=False)


@pytest.mark.slow
def test_the_image_works(in_container: Callable[..., subprocess.CompletedProcess[str]]) -> None:
    assert in_container("notebot", "--version").stdout == f"notebot {__version__}\n"
    assert in_container("id", "-u").stdout == "1000\n"
    script = "notebot demo tour && cd tour && notebot queue list && notebot web token new && touch /opt/notebot/x"
    done = in_container("sh", "-c", script)
    assert "2605.90101" in done.stdout
    assert "/start?token=" in done.stdout  # the extra `web` is there
    assert "Permission denied" in done.stderr  # the program itself cannot be changed
    # before the first poll all is well; without a config the check fails
    well = "notebot init fresh >&2; cd fresh && sed -i 's/^contact = .*/contact = \"a@example.org\"/' config.toml"
    assert in_container("sh", "-c", f"{well} && notebot --quiet status").returncode == 0
