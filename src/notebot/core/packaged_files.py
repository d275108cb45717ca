"""Finds files that are installed with notebot but live at the top of a checkout, such as templates."""

from pathlib import Path

_PACKAGE = Path(__file__).resolve().parents[1]


def packaged_path(name: str) -> Path:
    """The path of such a file or folder, in the installed package or in the checkout."""
    installed = _PACKAGE / name
    return installed if installed.exists() else _PACKAGE.parents[1] / name
