"""Files that come with notebot and live at the top of a checkout: templates and the example config."""

from pathlib import Path

_PACKAGE = Path(__file__).resolve().parents[1]


def packaged_path(name: str) -> Path:
    """Path of such a file or folder: inside the installed package, or at the top of the checkout."""
    installed = _PACKAGE / name
    return installed if installed.exists() else _PACKAGE.parents[1] / name
