"""The phrases that notebot writes into digests, in the two languages of ``[digest] language``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

from notebot.core.model.post import PostKind
from notebot.core.model.stub import InterestKind, InterestReason, RelatedKind, RelatedReason

if TYPE_CHECKING:
    from collections.abc import Callable
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
    post_labels: dict[PostKind, str]
    """The labels of posts, without colon. Issues always have the archive's own, which are the Japanese ones."""
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
    interest: dict[InterestKind, str]
    """A sentence for each reason why a paper ranks higher or lower than its nearness."""
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
    not_in_table: str
    still_to_read: str
    days_ago: str
    months_ago: str
    found_in: dict[str, str]
    covered: str
    nothing: str
    no_new_day: str
    not_known: str
    not_out: str
    partly_known: str
    day_not_known: str
    recovered: str
    pending: str
    on_time: str
    troubled: str
    states: dict[str, str]
    """The word for each ``DayState``."""
    reasons: dict[str, str]
    """A sentence for each ``LedgerRow.reason`` or state; where there is none, the ledger has the explanation."""
    missing: str
    oai_failing: str
    oai_answered: str
    undelivered: str
    collected: str
    correction: str
    decided: str
    results: dict[str, str]
    """The word for each field of ``Counts``."""
    listing: str
    """Separates the parts of a sentence that lists things."""
    watched: str
    per_category: str
    columns: str
    older: str
    older_paper: str

    @property
    def source_post(self) -> str:
        """The label of a source post, with colon."""
        return f"{self.post_labels[PostKind.SOURCE]}:"

    def post_label(self, label: str) -> str:
        """The label of a note's post in this language, with colon; the curator's own labels stay unchanged."""
        kind = next((kind for kind in self.post_labels if kind.words == label), None)
        return f"{self.post_labels[kind]}:" if kind else label


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
    post_labels={kind: str(kind) for kind in PostKind},
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
    interest={
        InterestKind.LIKE_KEPT: "残した {name} に似ています",
        InterestKind.SKIPS_CATEGORY: "{name} はたいてい見送り ({decided} 件中 {count} 件)",
        InterestKind.KEEPS_CATEGORY: "{name} はたいてい残す ({decided} 件中 {count} 件)",
    },
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
    not_in_table="会議の表にありません",
    still_to_read="まだ読んでいないもの",
    days_ago="{count} 日前",
    months_ago="{count} か月前",
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
    no_new_day="新しい公告日はありません。",
    not_known="不明: 読めた分類がありません。",
    not_out="この日の公告はまだ出ていません。",
    partly_known="**{day} は {known} の分だけです** — 不明: {unknown}。",
    day_not_known="**{day} は不明です** — 読めた分類がありません。",
    recovered="公告のうち {count:,} 件は OAI-PMH から回収。",
    pending="{count:,} 件は備考が要り、次の OAI-PMH で決まります。",
    on_time="{count} 分類とも届いています。",
    troubled="**{day} {category}: {state}** — {why}",
    states={
        "fresh": "届いた",
        "waiting": "まだ出ていない",
        "quiet": "公告なし",
        "stale": "古いまま",
        "truncated": "途中まで",
        "failed": "不明",
    },
    reasons={
        "throttled": "要求の回数を制限されています。",
        "unavailable": "応答がありません。",
        "timeout": "応答が時間内に届きません。",
        "bad-answer": "応答が壊れているか、途中で切れています。",
        "refused": "アクセスを拒否されました。",
        "empty": "平日なのにフィードが空で、公告がなかったとは OAI-PMH でもまだ確かめられていません。",
        "cross-listed": "フィードは空ですが、この分類の新しい論文がほかの分類で公告されています。",
        "missed": "この日の公告は一度も読んでおらず、OAI-PMH にもまだ尋ねていません。",
        "contradicted": "フィードを読めず、OAI-PMH の応答にも矛盾があります。次の取得でもう一度尋ねます。",
        "misfiled": "この日付のフィードの中身は、前の日の公告でした。",
        "left-out": "新しい項目が多すぎるため、日付の新しいものだけを取り込み、古いものは取り込んでいません。",
        "waiting": "この日の公告は届きませんでした。",
        "stale": "フィードは読めましたが、以前の公告のままです。",
        "truncated": "フィードが上限の件数で切れており、一部が欠けています。",
        "failed": "読めませんでした。",
    },
    missing="**まだ届いていない分類: {names}** — 届いたものは次のダイジェストに載ります。",
    oai_failing="**OAI-PMH が応答していません{answered}** — 上の数はフィードだけのものです。"
    "取りこぼしの確認と備考待ちの判定は、応答が戻ってから行います。",
    oai_answered=" (最後の応答 {day})",
    undelivered="**届いていない知らせ** — {text}",
    collected="自動で読み取り {name}: 残す {kept}、いらない {skipped}、未定に戻した {returned}、ほかの変更 {edited}。"
    "取り消しは `notebot queue undo`。",
    correction="訂正 {day}: {changes}。",
    decided="備考待ち {count:,} 件を判定",
    results={
        "announced": "公告",
        "unmatched": "一致せず",
        "pending": "備考待ち",
        "drafted": "下書き",
        "known": "既出",
        "tombstoned": "見送り済",
        "unwanted": "対象外",
    },
    listing="、",
    watched="情報源 {name}: {announced:,} 件 (下書き {drafted:,})。",
    per_category="分類ごと",
    columns="公告日 分類 状態 公告 一致せず 一致 下書き 既出 見送り済 対象外",
    older="古い論文の変更 {count} 件 (改版・相互掲載などは区別できません。取り込むには `notebot fetch --save ID`)",
    older_paper="arXiv:{arxiv_id} {title} ({topics}, {day})",
)
EN = Phrases(
    weekdays="Mon Tue Wed Thu Fri Sat Sun",
    digest="{day} ({weekday}) paper digest",
    counts="in full: {full} · headlines: {headlines} · updates: {updates} · ",
    all_in="all announcements have arrived",
    not_all_in="**some announcements are missing (see Coverage)**",
    guide="keep: `[x]` or write something / drop: delete the entry / do nothing: it will not come back / "
    "a tag with `?` is a guess (delete the `?` to take it)",
    keep="keep",
    headlines="Headlines",
    other="No topic",
    extract="extract",
    # each label ends in "post", so that what the curator types, such as "Demo:", is not taken for one of these
    post_labels={
        PostKind.SOURCE: "Source post",
        PostKind.AUTHOR: "Author post",
        PostKind.OFFICIAL: "Official post",
        PostKind.EXPLAINED: "Explainer post",
        PostKind.POINTS: "Key points post",
        PostKind.JAPANESE: "Japanese explainer post",
        PostKind.VIEW: "Opinion post",
        PostKind.FOLLOW_UP: "Follow-up post",
        PostKind.DEMO: "Demo post",
        PostKind.REFERENCE: "Reference post",
    },
    comment="comment “{text}” (no venue)",
    venue_from="venue from the {source}: “{text}”",
    matched="matched {terms}",
    also="also matches {topics}",
    incomplete="**metadata missing**",
    withdrawn="**withdrawn**",
    cut="title shortened",
    posts="posts: {count}",
    sources="source: {names}",
    votes="▲{count:,}",
    guessed="**a guess**: found by searching for the title “{text}”",
    nearness="nearness {score:.2f}",
    interest={
        InterestKind.LIKE_KEPT: "like {name}, which you kept",
        InterestKind.SKIPS_CATEGORY: "you skip most of {name} ({count} of {decided})",
        InterestKind.KEEPS_CATEGORY: "you keep most of {name} ({count} of {decided})",
    },
    related="related",
    related_why={
        RelatedKind.LINKED: "linked in your notes",
        RelatedKind.INTRODUCES: "introduces {names}, named in the {field}",
        RelatedKind.TAGS: "tags in common: {names}",
        RelatedKind.WORDS: "words in common: {names}",
    },
    doubts="⚠ check: {text}",
    # Rows of earlier versions have their reason in the words from here to `looks_complete`, and are recognised by them
    # (store/update_rows.py): these words must stay.
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
        "metadata": "metadata has arrived → `{value}`",
        "title": "the title has changed → “{value}”",
        "withdrawn": "**has been withdrawn**",
        "title_line": "suggested title line → “{value}”",
        "venue": "venue of the title line → `{value}`",
        "label": "add the label `{value}`",
        "twice": "the same paper as #{value}",
        "leftover": "remove the label `{value}`",
        "post": "post {value}",
    },
    not_in_table="not in the venue table",
    still_to_read="Still to read",
    days_ago="{count} days ago",
    months_ago="{count} months ago",
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
    no_new_day="There is no new announcement day.",
    not_known="Not known: no category could be read.",
    not_out="This day has not been announced yet.",
    partly_known="**Of {day} only {known} is known** — not known: {unknown}.",
    day_not_known="**{day} is not known** — no category could be read.",
    recovered=" {count:,} of the announced were recovered through OAI-PMH.",
    pending=" {count:,} depend on the author comment, which the next OAI-PMH answer brings.",
    on_time=" Every category has arrived ({count}).",
    troubled="**{day} {category}: {state}** — {why}",
    states={
        "fresh": "fresh",
        "waiting": "waiting",
        "quiet": "quiet",
        "stale": "stale",
        "truncated": "truncated",
        "failed": "failed",
    },
    reasons={
        "throttled": "the service asks us to slow down.",
        "unavailable": "the service does not answer.",
        "timeout": "the answer did not come in time.",
        "bad-answer": "the answer was damaged or cut short.",
        "refused": "the service refuses our requests.",
    },
    missing="**Not arrived yet: {names}** — whatever arrives will be in the next digest.",
    oai_failing="**OAI-PMH does not answer{answered}** — the numbers above come from the feeds alone. "
    "Missing papers and matches that depend on an author comment are settled once it answers again.",
    oai_answered=" (last answer {day})",
    undelivered="**Not delivered** — {text}",
    collected="Read automatically, {name}: {kept} kept, {skipped} skipped, {returned} returned, {edited} changed "
    "otherwise. `notebot queue undo` takes it back.",
    correction="Correction for {day}: {changes}.",
    decided="{count:,} that depended on an author comment are decided",
    results={
        "announced": "announced",
        "unmatched": "unmatched",
        "pending": "undecided",
        "drafted": "drafted",
        "known": "known",
        "tombstoned": "skipped before",
        "unwanted": "of a type not asked for",
    },
    listing=", ",
    watched="From {name}: {announced:,} (drafted {drafted:,}).",
    per_category="per category",
    columns="day category state announced unmatched matched drafted known skipped unwanted",
    older="Older papers that changed: {count} (OAI-PMH does not say why; `notebot fetch --save ID` queues one)",
    older_paper="arXiv:{arxiv_id} {title} ({topics}, {day})",
)
LANGUAGES = {"ja": JA, "en": EN}


def explain_related(why: RelatedReason | str, phrases: Phrases) -> str:
    """Why a note is related, in words; a sentence that an earlier version stored is returned as it is."""
    if isinstance(why, str):
        return why
    field = phrases.found_in.get(why.field or "", "")
    return phrases.related_why[why.kind].format(names=", ".join(why.names), field=field)


def explain_interest(why: InterestReason, phrases: Phrases, safe: Callable[[str], str] = str) -> str:
    """What the curator's decisions say about a paper, in words; ``safe`` escapes the name."""
    return phrases.interest[why.kind].format(name=safe(why.name), count=why.count, decided=why.decided)


def digest_heading(phrases: Phrases, day: date) -> str:
    """The heading of a digest: ``2026-05-13 (水) 論文ダイジェスト``."""
    names = phrases.weekdays.split() if " " in phrases.weekdays else list(phrases.weekdays)
    return phrases.digest.format(day=day.isoformat(), weekday=names[day.weekday()])
