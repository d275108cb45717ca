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
    # adding a link
    "add_when_lab": (
        "lab のワーカーが一分以内に読み込み、候補になります。サービスが応答しなければ、受信箱に残って再試行されます。",
        "A worker of the lab reads it within a minute, and it becomes a candidate. If a service does not answer, it "
        "stays in the inbox and is tried again.",
    ),
    # health
    "lab_polls": ("取得は lab 全体で一度に行います。", "The lab polls once for all of its desks."),
    "workers_alive": ("動作中のワーカー: {count:,}", "Workers running: {count:,}"),
    "no_worker": (
        "動作中のワーカーがありません。取得やダイジェストは、ワーカーかコマンドが動くまで待ちます。",
        "No worker is running. Polls, digests and deliveries wait until one is started, or commands do the work.",
    ),
    "lab_workers": ("ワーカー", "Workers"),
    "worker_since": ("{at} から", "since {at}"),
    "worker_seen": ("最後の応答: {at}", "last seen {at}"),
    "worker_waits": ("待機中", "waiting for tasks"),
    "lab_desks": ("lab の机", "Desks of the lab"),
    "desk_queued": ("新着 {count:,} 件", "{count:,} queued"),
    "desk_last_digest": ("最後のダイジェスト: {at}", "last digest {at}"),
    "desk_next_digest": ("次: {at}", "next {at}"),
    "desk_received": ("取得を反映: {at}", "has the poll of {at}"),
    "desk_undelivered": ("配達できなかった知らせ {count:,} 件", "{count:,} messages not delivered"),
    "desk_inbox": ("受信箱で処理できないもの {count:,} 件", "{count:,} lines of the inbox not taken in"),
}
"""Name → Japanese, English."""
