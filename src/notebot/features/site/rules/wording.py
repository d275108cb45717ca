"""The words of the site in both languages, side by side so that neither can be forgotten."""

LANGUAGES = ("ja", "en")

WORDING: dict[str, tuple[str, str]] = {
    "site_title": ("論文ノート", "Paper notes"),
    "skip_to_content": ("本文へ", "Skip to content"),
    "menu": ("メニュー", "Menu"),
    "newest": ("新着", "Newest"),
    "all_notes": ("すべてのノート", "All notes"),
    "tags": ("タグ", "Tags"),
    "to_read": ("あとで読む", "Reading list"),
    "statistics": ("統計", "Statistics"),
    "search": ("検索", "Search"),
    "search_notes": ("ノートを検索", "Search the notes"),
    "search_hint": (
        "題名・タグ・著者・要約・コメントにすべてのことばを含むノートを探します。ab* は ab で始まる語を探します。",
        "Finds notes that contain all words in title, tags, authors, summary or comments; ab* finds words that "
        "begin with ab.",
    ),
    "search_needs_script": (
        "検索には JavaScript が必要です。タグの一覧とすべてのノートは JavaScript なしで読めます。",
        "The search needs JavaScript. The lists of tags and of all notes work without it.",
    ),
    "found": ("{count} 件", "{count} notes"),
    "found_one": ("1 件", "1 note"),
    "found_none": ("見つかりませんでした。", "No note has all these words."),
    "searching": ("検索中…", "Searching …"),
    "search_failed": ("索引を読み込めませんでした。", "The index could not be loaded."),
    "more": ("続きを表示", "Show more"),
    "note_count": ("{count:,} 件", "{count:,} notes"),
    "note_count_one": ("1 件", "1 note"),
    "common_tags": ("よく使うタグ", "Most used tags"),
    "all_tags": ("すべてのタグ", "All tags"),
    "newer": ("新しいノート", "Newer notes"),
    "older": ("古いノート", "Older notes"),
    "pages": ("ページ", "Pages"),
    "page_of": ("{number} / {total} ページ", "page {number} of {total}"),
    "summary": ("要約", "Summary"),
    "abstract": ("アブストラクト", "Abstract"),
    "translation": ("アブストラクト（翻訳）", "Abstract, translated"),
    "notes": ("メモ", "Notes"),
    "comments": ("コメント", "Comments"),
    "links": ("リンク", "Links"),
    "posts": ("ポスト", "Posts"),
    "related": ("関連ノート", "Related notes"),
    "refers_to": ("このノートが参照しているノート", "This note refers to"),
    "referred_by": ("このノートを参照しているノート", "Notes that refer to this one"),
    "noted_on": ("記録日", "Noted"),
    "waits": ("未公開", "not yet published"),
    "feed": ("フィード", "Feed"),
    "numbers": ("数値", "Numbers"),
    "nothing": ("まだノートがありません。", "There are no notes yet."),
    "not_found": ("ページが見つかりません", "There is no such page"),
    "not_found_how": (
        "ノートが移動したか、アドレスが違います。検索するか、一覧から探してください。",
        "The note may have moved, or the address is wrong. Search for it, or look through the lists.",
    ),
    "made_by": ("notebot が作成", "Made by notebot"),
}


def words_of(language: str) -> dict[str, str]:
    """All words in one of ``LANGUAGES``."""
    place = LANGUAGES.index(language)
    return {name: texts[place] for name, texts in WORDING.items()}
