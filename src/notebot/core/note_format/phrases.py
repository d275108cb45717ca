"""The phrases that notebot writes into digests, in the two languages of ``[digest] language``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

from notebot.core.model.post import PostKind
from notebot.core.model.stub import RelatedKind, RelatedReason

if TYPE_CHECKING:
    from datetime import date


class Phrases(Struct, frozen=True):
    """All phrases of one language; the templates fill the ``{}`` fields."""

    weekdays: str
    digest: str
    counts: str
    all_in: str
    not_all_in: str
    guide: str
    keep: str
    headlines: str
    other: str
    extract: str
    source_post: str
    comment: str
    venue_from: str
    matched: str
    also: str
    incomplete: str
    withdrawn: str
    cut: str
    posts: str
    sources: str
    votes: str
    guessed: str
    nearness: str
    related: str
    related_why: dict[RelatedKind, str]
    doubts: str
    said: str
    moved: str
    listed: str
    listed_renamed: str
    new_post: str
    labels_not_title: str
    labels_no_title: str
    title_not_labels: str
    title_no_label: str
    same_link: str
    looks_complete: str
    fields: dict[str, str]
    found_in: dict[str, str]
    covered: str
    nothing: str
    recovered: str
    pending: str
    on_time: str
    troubled: str
    missing: str
    per_category: str
    columns: str
    older: str
    older_paper: str


JA = Phrases(
    weekdays="月火水木金土日",
    digest="{day} ({weekday}) 論文ダイジェスト",
    counts="全文 {full} ・ 見出しのみ {headlines} ・ 更新 {updates} ・ ",
    all_in="公告はすべて届いています",
    not_all_in="**届いていない公告があります (Coverage を参照)**",
    guide="残す: `[x]` か文章を書く ／ いらない: エントリごと消す ／ 何もしない: もう出ません ／ "
    "`?` の付いたタグは候補 (`?` を消すと採用)",
    keep="残す",
    headlines="見出しのみ",
    other="トピックなし",
    extract="抜粋",
    source_post=PostKind.SOURCE.words,
    comment="備考「{text}」(会議なし)",
    venue_from="会議の根拠: {source}「{text}」",
    matched="一致 {terms}",
    also="{topics} にも一致",
    incomplete="**書誌未取得**",
    withdrawn="**撤回されています**",
    cut="題名を省略しました",
    posts="投稿 {count}",
    sources="情報源: {names}",
    votes="▲{count:,}",
    guessed="**推定**: 題名「{text}」の検索で見つけました",
    nearness="近さ {score:.2f}",
    related="関連",
    related_why={
        RelatedKind.LINKED: "ノートでリンク済み",
        RelatedKind.INTRODUCES: "{field}の「{names}」を提案",
        RelatedKind.TAGS: "共通のタグ: {names}",
        RelatedKind.WORDS: "共通の語: {names}",
    },
    doubts="⚠ 要確認: {text}",
    said="{source}「{text}」",
    moved="`{before}` → `{after}`, ラベル `{labels}`",
    listed="採択リスト {file} (題名と第一著者が一致)",
    listed_renamed="採択リスト {file} (第一著者が一致、題名は「{title}」)",
    new_post="ノートかキューにある論文への新しい投稿",
    labels_not_title="ラベルは {labels}、題名行は {venue} です。",
    labels_no_title="ラベルは {labels}、題名行に会議がありません。",
    title_not_labels="題名行は {venue}、ラベルは {labels} です。",
    title_no_label="題名行は {venue}、そのラベルがありません。",
    same_link="#{number} と同じリンクです ({link})。",
    looks_complete="完成しているようですが {labels} が残っています。",
    fields={
        "metadata": "書誌が届きました → `{value}`",
        "title": "題名が変わりました → 「{value}」",
        "withdrawn": "**撤回されました**",
        "title_line": "題名行の案 → 「{value}」",
        "venue": "題名行の会議 → `{value}`",
        "label": "ラベル `{value}` を付ける",
        "twice": "#{value} と同じ論文です",
        "leftover": "ラベル `{value}` を外す",
        "post": "投稿 {value}",
    },
    found_in={
        "title": "題名",
        "abstract": "要旨",
        "authors": "著者",
        "categories": "分類",
        "comment": "備考",
        "journal_ref": "掲載誌",
        "doi": "DOI",
    },
    covered="公告 {announced:,} 件 = 一致せず {unmatched:,} + 一致 {matched:,}。"
    "一致 {matched:,} = 下書き {drafted:,} + 既出 {known:,} + 見送り済 {tombstoned:,} + 対象外 {unwanted:,}。",
    nothing="新しい公告はありません。",
    recovered="公告のうち {count:,} 件は OAI-PMH から回収。",
    pending="{count:,} 件は備考が要り、次の OAI-PMH で決まります。",
    on_time="{count} 分類とも届いています。",
    troubled="**{day} {category}: {state}** — {why}",
    missing="**まだ届いていない分類: {names}** — 届いたものは次のダイジェストに載ります。",
    per_category="分類ごと",
    columns="公告日 分類 状態 公告 一致せず 一致 下書き 既出 見送り済 対象外",
    older="古い論文の変更 {count} 件 (改版・相互掲載などは区別できません。取り込むには `notebot fetch --save ID`)",
    older_paper="arXiv:{arxiv_id} {title} ({topics}, {day})",
)
EN = Phrases(
    weekdays="Mon Tue Wed Thu Fri Sat Sun",
    digest="{day} ({weekday}) paper digest",
    counts="in full {full} · headlines {headlines} · updates {updates} · ",
    all_in="every announcement is in",
    not_all_in="**some announcements are not in (see Coverage)**",
    guide="keep: `[x]` or write something / drop: delete the entry / do nothing: it will not come back / "
    "a tag with `?` is a guess (delete the `?` to take it)",
    keep="keep",
    headlines="Headlines",
    other="No topic",
    extract="extract",
    source_post=PostKind.SOURCE.words,
    comment="comment “{text}” (no venue)",
    venue_from="venue from the {source}: “{text}”",
    matched="matched {terms}",
    also="also matches {topics}",
    incomplete="**metadata missing**",
    withdrawn="**withdrawn**",
    cut="title shortened",
    posts="posts {count}",
    sources="source: {names}",
    votes="▲{count:,}",
    guessed="**a guess**: found by searching the title “{text}”",
    nearness="nearness {score:.2f}",
    related="related",
    related_why={
        RelatedKind.LINKED: "linked in your notes",
        RelatedKind.INTRODUCES: "introduces {names}, named in the {field}",
        RelatedKind.TAGS: "tags in common: {names}",
        RelatedKind.WORDS: "words in common: {names}",
    },
    doubts="⚠ check: {text}",
    said="{source} “{text}”",
    moved="`{before}` → `{after}`, label `{labels}`",
    listed="accepted list {file} (same title and first author)",
    listed_renamed="accepted list {file} (same first author, there titled “{title}”)",
    new_post="a new post on a paper that you have",
    labels_not_title="The labels say {labels}, the title line says {venue}.",
    labels_no_title="The labels say {labels}, the title line names no venue.",
    title_not_labels="The title line says {venue}, the labels say {labels}.",
    title_no_label="The title line says {venue}, no label does.",
    same_link="Note #{number} has the same link, {link}.",
    looks_complete="The note looks complete, and still has {labels}.",
    fields={
        "metadata": "metadata has come → `{value}`",
        "title": "the title has changed → “{value}”",
        "withdrawn": "**has been withdrawn**",
        "title_line": "title line offered → “{value}”",
        "venue": "venue of the title line → `{value}`",
        "label": "add the label `{value}`",
        "twice": "the same paper as #{value}",
        "leftover": "remove the label `{value}`",
        "post": "post {value}",
    },
    found_in={
        "title": "title",
        "abstract": "abstract",
        "authors": "authors",
        "categories": "categories",
        "comment": "comment",
        "journal_ref": "journal",
        "doi": "DOI",
    },
    covered="{announced:,} announced = {unmatched:,} unmatched + {matched:,} matched. "
    "{matched:,} matched = {drafted:,} drafted + {known:,} known + {tombstoned:,} skipped before"
    " + {unwanted:,} of a type not asked for.",
    nothing="Nothing new was announced.",
    recovered=" {count:,} of the announced came by OAI-PMH.",
    pending=" {count:,} hang on a comment, and are decided by the next OAI-PMH delta.",
    on_time=" Every category is in ({count}).",
    troubled="**{day} {category}: {state}** — {why}",
    missing="**Not in yet: {names}** — what comes will be in the next digest.",
    per_category="per category",
    columns="day category state announced unmatched matched drafted known skipped unwanted",
    older="Older papers that changed: {count} (why, OAI-PMH cannot tell; `notebot fetch --save ID` takes one)",
    older_paper="arXiv:{arxiv_id} {title} ({topics}, {day})",
)
LANGUAGES = {"ja": JA, "en": EN}


def explain_related(why: RelatedReason | str, phrases: Phrases) -> str:
    """Why a note is related, in words; a sentence that an earlier version stored is returned as it is."""
    if isinstance(why, str):
        return why
    field = phrases.found_in.get(why.field or "", "")
    return phrases.related_why[why.kind].format(names=", ".join(why.names), field=field)


def digest_heading(phrases: Phrases, day: date) -> str:
    """The heading of a digest: ``2026-05-13 (水) 論文ダイジェスト``."""
    names = phrases.weekdays.split() if " " in phrases.weekdays else list(phrases.weekdays)
    return phrases.digest.format(day=day.isoformat(), weekday=names[day.weekday()])
