"""The words of the site."""

import re

from notebot.core.packaged_files import packaged_path
from notebot.features.site.rules.wording import WORDING


def test_every_word_is_used_and_there() -> None:
    templates = "".join(
        path.read_text(encoding="utf-8") for path in (packaged_path("templates") / "site").glob("*.html")
    )
    used = set(re.findall(r"\bt\.([a-z_]+)", templates))
    assert used == WORDING.keys() - {"site_title"}  # the default of the config
