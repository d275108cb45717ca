"""Which desk of a lab a login belongs to."""

from __future__ import annotations

from typing import TYPE_CHECKING

from notebot.config import read_toml
from notebot.core.model.errors import ConfigError
from notebot.core.net.files import file_version

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path


class LoginBook:
    """The logins that the files of the desks name; a file is read again when it has changed."""

    def __init__(self) -> None:
        self._read: dict[str, tuple[tuple[int, int, int], tuple[str, ...]]] = {}

    def by_desk(self, files: Mapping[str, Path]) -> dict[str, tuple[str, ...]]:
        """The logins of each desk, in lower case; a desk whose file cannot be read has none."""
        read = {}
        for desk, path in files.items():
            try:
                version = file_version(path)
            except OSError:
                continue
            known = self._read.get(desk)
            read[desk] = known if known is not None and known[0] == version else (version, _logins(path))
        self._read = read
        return {desk: logins for desk, (_, logins) in read.items()}

    def desks(self, files: Mapping[str, Path]) -> tuple[dict[str, str], list[str]]:
        """Login -> desk, and a line for each login that two desks have, which opens neither of them."""
        owners: dict[str, list[str]] = {}
        for desk, logins in self.by_desk(files).items():
            for login in logins:
                owners.setdefault(login, []).append(desk)
        problems = [
            f"notebot.logins: {login[:100]!r} is a login of the desks {', '.join(desks)}, so it opens neither; "
            "leave it in the file of one."
            for login, desks in owners.items()
            if len(desks) > 1
        ]
        return {login: desks[0] for login, desks in owners.items() if len(desks) == 1}, problems


def _logins(path: Path) -> tuple[str, ...]:
    try:
        section = read_toml(path).get("notebot", {})
    except ConfigError:
        return ()
    logins = section.get("logins", []) if isinstance(section, dict) else []
    texts = logins if isinstance(logins, list) else []
    return tuple(dict.fromkeys(login.strip().lower() for login in texts if isinstance(login, str) and login.strip()))
