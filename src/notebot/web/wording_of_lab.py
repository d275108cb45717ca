"""The words of what only a lab has: the shared reading list, and the health of all desks."""

from __future__ import annotations

WORDING_OF_LAB: dict[str, tuple[str, str]] = {
    # the reading list
    "discussed_page": ("共有リスト", "Reading list"),
    "discussed_title": ("議論したい論文", "Papers to discuss"),
    "discussed_about": (
        "lab の全員が見るリストです。外せるのは自分の希望だけです。",
        "Everybody in the lab sees this list. You take off only what you put on it.",
    ),
    "discussed_empty": (
        "まだありません。論文のページから追加できます。",
        "Nothing yet. The page of a paper has a button that puts it here.",
    ),
    "discuss": ("議論したい", "I want to discuss this"),
    "discuss_line": ("理由をひとこと (任意、{most} 字まで)", "Why, in one line (optional, {most} characters at most)"),
    "discuss_change": ("ひとことを直す", "Change my line"),
    "discuss_remove": ("リストから外す", "Take off the list"),
    "discuss_take": ("自分のキューに入れる", "Take it into my queue"),
    "discuss_since": ("{day} から", "since {day}"),
    "discuss_own": ("自分のキュー: {state}", "In your queue: {state}"),
    "discuss_noted": ("自分のノート: #{number}", "In your archive: #{number}"),
}
"""Name → Japanese, English."""
