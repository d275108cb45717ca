"""Settings of the documentation site; docs/make_site.py builds it."""

from notebot import __version__

project = "notebot"
author = "The authors of notebot"
release = version = __version__
extensions = ["myst_parser"]
myst_heading_anchors = 4  # links such as recover.md#a-day-is-missing work as on GitHub
myst_links_external_new_tab = False
html_theme = "furo"
html_title = f"notebot {__version__}"
html_show_sphinx = False
html_copy_source = False
exclude_patterns = [".doctrees"]
