"""The words of the statistics in both languages, side by side so that neither can be forgotten."""

from __future__ import annotations

from notebot.features.statistics.rules.tables import LEDGER_WEEKS, MOST_TAGS, MOST_VENUES

LANGUAGES = ("ja", "en")

_WORDING: dict[str, tuple[str, str]] = {
    "statistics": ("統計", "Statistics"),
    "notes_per_month": ("月ごとのノート数", "Notes per month"),
    "tags_by_year": (f"タグの移り変わり (上位 {MOST_TAGS})", f"Tags over the years (first {MOST_TAGS})"),
    "venues": (f"会議・論文誌 (上位 {MOST_VENUES})", f"Venues (first {MOST_VENUES})"),
    "topics": ("トピックごとの公告・一致・残した数", "Announced, matched and kept per topic"),
    "ledger": (f"公告の受信 (最近 {LEDGER_WEEKS} 週)", f"Announcements received (last {LEDGER_WEEKS} weeks)"),
    "read_later_age": ("あとで読むノートの古さ", "Age of notes to read later"),
    "days_to_note": ("公告からノートまでの日数", "Days from announcement to note"),
    "notes_per_month_about": (
        "{total:,} 件。最多は {peak} の {most:,} 件。",
        "{total:,} notes, most in {peak}: {most:,}.",
    ),
    "tags_by_year_about": (
        "数字はノート数です。多いほど色が強くなります。",
        "The numbers are notes; the more, the stronger the colour.",
    ),
    "venues_about": ("ほかに arXiv のみ {arxiv:,} 件。", "Besides, {arxiv:,} notes have no venue but arXiv."),
    "topics_about": ("棒の長さは対数です。", "The lengths of the bars are logarithmic."),
    "ledger_about": (
        "1 マスが 1 公告日、縦は月曜から金曜です。",
        "One square per announcement day, Monday to Friday downwards.",
    ),
    "read_later_age_about": ("{total:,} 件がまだ読まれていません。", "{total:,} notes wait to be read."),
    "days_to_note_about": (
        "キューを通った論文 {total:,} 件。",
        "{total:,} papers that went through the queue.",
    ),
    "nothing": ("まだ数えるものがありません。", "There is nothing to count yet."),
    "month": ("月", "month"),
    "notes": ("ノート", "notes"),
    "tag": ("タグ", "tag"),
    "venue": ("会議", "venue"),
    "topic": ("トピック", "topic"),
    "announced": ("公告", "announced"),
    "matched": ("一致", "matched"),
    "kept": ("残した", "kept"),
    "keep_rate": ("残した割合", "keep rate"),
    "category": ("分類", "category"),
    "date": ("公告日", "day"),
    "state": ("状態", "state"),
    "days": ("日数", "days"),
    "no_day": ("記録なし", "no record"),
    "same_day": ("当日", "same day"),
    "numbers": ("数値", "Numbers"),
    "prediction": ("並び順の当たり具合", "How well the order predicts"),
    "prediction_none": (
        "残した論文と残さなかった論文が同じダイジェストにあると、ここに表示します。",
        "This appears once a digest has both papers that you kept and papers that you did not.",
    ),
    "prediction_auc": (
        "残した論文が残さなかった論文より前に並んでいた割合 (AUC): {auc:.2f}。0.5 は偶然、1 は完全です。",
        "A kept paper was ranked before one that was not kept in {auc:.2f} of all pairs (AUC; 0.5 is chance).",
    ),
    "prediction_first": (
        "残した {kept:,} 件のうち {share:.0%} がダイジェストの先頭 20 件にありました (1 回に平均 {first:.1f} 件)。",
        "Of {kept:,} kept papers, {share:.0%} were among the first 20 of their digest ({first:.1f} per digest).",
    ),
}


def plot_words(language: str) -> dict[str, str]:
    """All words in one language, by name; braces are filled by whoever uses them."""
    place = LANGUAGES.index(language)
    return {name: texts[place] for name, texts in _WORDING.items()}
