"""The words of messages in both languages, side by side so that neither can be forgotten."""

from __future__ import annotations

_WORDING: dict[str, tuple[str, str]] = {
    "digest_subject": ("{heading}: {count} 件", "{heading}: {count}"),
    "digest_empty": ("{heading}", "{heading}"),
    "open_review": ("確認ページを開く", "Open the review page"),
    "keep": ("残す…", "keep…"),
    "details": ("くわしく", "details"),
    "more": ("ほか {count} 件はダイジェスト {name} にあります。", "{count} more are in the digest {name}."),
    "headlines": ("見出しのみ", "Headlines"),
    "confirm_hint": (
        "「残す…」は確認ページを開くだけで、リンクを開いても何も変わりません。",
        "“keep…” opens a page that asks; opening a link changes nothing.",
    ),
    "file": ("ファイル: {name}", "File: {name}"),
    "foot": (
        "notebot が [[deliver]] 「{name}」に送りました。止めるには config.toml からこの項目を消してください。",
        "Sent by notebot to its [[deliver]] “{name}”. To stop these mails, delete that entry from config.toml.",
    ),
    "published": ("ノート #{number} を公開: {title}", "Note #{number} published: {title}"),
    "published_line": (
        "残した論文がアーカイブのノートになりました。",
        "A paper that you kept is now a note of the archive.",
    ),
    "test": ("notebot の試し送信", "notebot: a test"),
    "test_line": (
        "この宛先に届くことを確かめるための送信です。返信や操作は要りません。",
        "This message shows that this target can be reached. There is nothing to do.",
    ),
    "alert_source": ("取得できません: {subject}", "No answer: {subject}"),
    "alert_source_line": (
        "{subject} が {since} から 2 公告日を超えて読めません。",
        "{subject} could not be read since {since}, for more than two announcement days.",
    ),
    "alert_late-digest": ("ダイジェストが遅れています: {subject}", "The digest is late: {subject}"),
    "alert_late-digest_line": (
        "{subject} のダイジェストは {since} までに書かれるはずでしたが、まだありません。",
        "The digest of {subject} was due at {since} and is not written.",
    ),
    "alert_database": ("データベースが壊れています", "The database is damaged"),
    "alert_database_line": (
        "{since} に見つかりました。notebot doctor が直し方を示します。",
        "Found at {since}. `notebot doctor` says how to mend it.",
    ),
    "over_source": ("復旧: {subject}", "Back again: {subject}"),
    "over_source_line": (
        "{subject} をまた読めます ({since} から不調でした)。",
        "{subject} answers again, after trouble since {since}.",
    ),
    "over_late-digest": ("ダイジェストが書かれました: {subject}", "The digest is written: {subject}"),
    "over_late-digest_line": (
        "遅れていた {subject} のダイジェスト ({since} の予定) は書かれました。",
        "The late digest of {subject}, due at {since}, is no longer missing.",
    ),
    "over_database": ("データベースは元どおりです", "The database is whole again"),
    "over_database_line": (
        "{since} に見つかった破損はもうありません。",
        "The damage found at {since} is gone.",
    ),
    "round_started": ("ダイジェストの処理を始めました", "A round for the digest has begun"),
    "round_done": ("ダイジェストの処理が終わりました", "The round for the digest is done"),
    "round_failed": ("ダイジェストを書けませんでした", "The digest could not be written"),
}


def words_of(language: str) -> dict[str, str]:
    """The words of a language; English for any but Japanese."""
    place = 0 if language == "ja" else 1
    return {key: pair[place] for key, pair in _WORDING.items()}
