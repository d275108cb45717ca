"""The words of the review page in both languages, side by side so that neither can be forgotten."""

from __future__ import annotations

LANGUAGES = ("ja", "en")

WORDING: dict[str, tuple[str, str]] = {
    # every page
    "skip_to_content": ("本文へ", "Skip to content"),
    "review": ("確認", "Review"),
    "other_language": ("English", "日本語"),
    "read_only": ("表示専用です。何も変更できません。", "Read-only: nothing can be changed here."),
    "error": ("できませんでした", "That did not work"),
    "bad_form": ("フォームを読めませんでした。", "The form could not be read."),
    "bad_csrf": (
        "このページは古くなっています。開き直してから、もう一度送ってください。",
        "This page is out of date, so nothing was changed. Open it again and send it once more.",
    ),
    "no_page": ("このページはありません。", "There is no such page."),
    "menu": ("メニュー", "Menu"),
    # signing in
    "sign_in": ("サインイン", "Sign in"),
    "sign_in_how": (
        "`notebot web` か `notebot web token new` が表示するリンクを開くか、ここに貼り付けてください。",
        "Open the link that `notebot web` or `notebot web token new` prints, or paste it here.",
    ),
    "sign_in_link": ("リンクかトークン", "Link or token"),
    "sign_in_wrong": (
        "このリンクは使用済みか期限切れです。`notebot web token new` で新しいものを作れます。",
        "This link was used already or has expired; `notebot web token new` makes a new one.",
    ),
    "sign_in_expired": ("サインインの期限が切れています。", "You are signed out."),
    "sign_in_continue": ("続ける", "Continue"),
    # review
    "keep": ("残す", "keep"),
    "later": ("あとで読む", "read later"),
    "skip": ("いらない", "skip"),
    "edit": ("編集", "edit"),
    "undo": ("元に戻す", "undo"),
    "requeue": ("キューに戻す", "requeue"),
    "topic": ("トピック", "Topic"),
    "source": ("情報源", "Source"),
    "state": ("状態", "State"),
    "words": ("ことば", "Words"),
    "any": ("すべて", "any"),
    "apply": ("絞り込む", "Filter"),
    "clear": ("解除", "Clear"),
    "filters": ("絞り込み", "Filters"),
    "waiting": ("未定", "undecided"),
    "queued": ("新着", "queued"),
    "digested": ("掲載済", "in a digest"),
    "kept": ("残した", "kept"),
    "kept_later": ("あとで読む", "to read later"),
    "skipped": ("いらない", "skipped"),
    "announcements": ("arXiv の公告", "arXiv announcements"),
    "saved_by_hand": ("手で保存", "saved by hand"),
    "undecided_count": ("未定 {count:,} 件", "{count:,} undecided"),
    "match_count": ("{count:,} 件", "{count:,} papers"),
    "more": ("次の {count:,} 件", "next {count:,}"),
    "nothing_left": ("確認するものはもうありません。", "Nothing is left to review."),
    "nothing_matches": ("条件に合うものはありません。", "Nothing matches."),
    "headlines": ("見出しのみ", "headlines"),
    "matched": ("一致:", "matched:"),
    "related": ("関連", "related"),
    "paper": ("論文", "paper"),
    "guess": ("候補", "guess"),
    "by": ("{name}", "by {name}"),
    "decided": ("{title} → {state}", "{title} → {state}"),
    "taken_back": ("元に戻しました: {title}", "Taken back: {title}"),
    "stale": (
        "ほかの場所で先に変更されています。現在の状態を見て、もう一度選んでください。",
        "This was changed elsewhere in the meantime. Look at it as it is now, and choose again.",
    ),
    "offline": ("サーバに届きません。つながりしだい送り直します。", "The server does not answer; this is sent again."),
    "keys": ("キー操作", "Keys"),
    "key_move": ("次へ / 前へ", "next / previous"),
    "key_open": ("論文を開く", "open the paper"),
    "key_filter": ("絞り込みへ", "go to the filter"),
    "key_help": ("この一覧", "this list"),
    "close": ("閉じる", "Close"),
}
"""Name → Japanese, English. Templates use ``t.name``; braces are filled with ``t.name.format(…)``."""


def words_of(language: str) -> dict[str, str]:
    """All words in one language."""
    place = LANGUAGES.index(language)
    return {name: texts[place] for name, texts in WORDING.items()}
