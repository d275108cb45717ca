"""The folder of digest files: free names, and whole files."""

from pathlib import Path

from notebot.features.digests.adapters.digest_folder import DigestFolder

TEXT = "One line.\n二行目\n"


def test_a_digest_folder_gives_the_first_free_name(tmp_path: Path) -> None:
    folder = DigestFolder(tmp_path / "digests")
    assert folder.free_name("2026-05-12", set().__contains__) == "2026-05-12.md"
    for expected in ("2026-05-12.md", "2026-05-12-2.md", "2026-05-12-3.md"):
        assert folder.free_name("2026-05-12", set().__contains__) == expected
        assert not folder.exists(expected)
        folder.write(expected, TEXT)
        assert folder.exists(expected)
    assert folder.path("2026-05-12.md") == str(tmp_path / "digests" / "2026-05-12.md")


def test_a_dangling_link_makes_a_name_taken(tmp_path: Path) -> None:
    (tmp_path / "2026-05-12.md").symlink_to(tmp_path / "nowhere")
    assert DigestFolder(tmp_path).free_name("2026-05-12", set().__contains__) == "2026-05-12-2.md"
