"""The words of the pages for links in and out: adding a link, and the feeds."""

from __future__ import annotations

WORDING_OF_LINKS: dict[str, tuple[str, str]] = {
    # adding a link
    "add_page": ("追加", "Add"),
    "add_text": ("リンク", "Link"),
    "add_hint": (
        "論文、投稿、記事のリンクか arXiv の番号。ほかのことばも一緒に書けます。",
        "A link to a paper, post or article, or an arXiv id. You can add other words.",
    ),
    "add_reads": ("読み込むもの:", "This will be read:"),
    "add_save": ("受信箱に入れる", "Put it into the inbox"),
    "add_when": (
        "notebot run が動いていれば 15 秒以内に読み込まれ、候補になります。動いていなければ、"
        "「状態」の「いま取得する」か notebot poll で読み込まれます。"
        "サービスが応答しなければ、受信箱に残って再試行されます。",
        "It is read within 15 seconds if notebot run is running, else by Poll now under Health or by notebot poll, and "
        "becomes a candidate. If a service does not answer, it stays in the inbox and is tried again.",
    ),
    "add_saved": ("受信箱に入れました。", "It is in the inbox."),
    "add_waits": ("同じものがすでに受信箱にあります。", "The same is in the inbox already."),
    "add_taken": ("取り込みました。", "It was taken in."),
    "add_failed": (
        "受信箱にありますが、まだ取り込めていません: {why}",
        "It is in the inbox and could not be taken in so far: {why}",
    ),
    "add_another": ("もう一つ追加", "Add another"),
    "add_nothing": ("読み込めるものがありません。", "There is nothing to read."),
    "add_known": ("すでにあります ({state}):", "Known already ({state}):"),
    "add_noted": ("すでにノートがあります:", "Noted already:"),
    "add_bookmarklet": ("ブックマークレット", "Bookmarklet"),
    "add_bookmarklet_how": (
        "このボタンをブックマークバーへ引いておくと、見ているページをここに送れます。",
        "Drag this button to the bookmarks bar. Clicked on any page, it opens this form with that page's link.",
    ),
    "add_bookmarklet_name": ("notebot に追加", "Add to notebot"),
    "add_bookmarklet_text": ("アドレスとして貼り付ける場合", "As the address of a bookmark"),
    "add_phone": ("スマートフォンから", "From a phone"),
    "add_phone_how": (
        "Android: このページをホーム画面に追加すると、共有先に notebot が現れます。"
        "iPhone: 「URL の内容を取得」を持つショートカットを作ります。手順は docs/phone.md にあります。",
        "Android: install this page to the home screen, and notebot appears in the share sheet. "
        "iPhone: make a shortcut with Get Contents of URL; docs/phone.md has the steps.",
    ),
    "add_phone_address": ("ショートカットが送る先:", "Where the shortcut sends to:"),
    # feeds
    "feeds_page": ("フィード", "Feeds"),
    "feeds_how": (
        "フィードリーダーに登録すると、新しいダイジェスト、トピックの論文、ノートが届きます。"
        "リーダーはサインインできないので、アドレスにトークンが要ります。",
        "A feed reader shows new digests, the papers of a topic, and notes. It cannot sign in, so its addresses "
        "contain a token, which opens the feeds and nothing else.",
    ),
    "feeds_reader": ("リーダーの名前", "Name of the reader"),
    "feeds_make": ("リーダー用のアドレスを作る", "Make addresses for a reader"),
    "feeds_once": (
        "リーダーにコピーしてください。このアドレスは一度だけ表示されます。",
        "Copy what you need into the reader: these addresses are shown only once.",
    ),
    "feeds_command": (
        "コマンド: notebot web token new --for feed。取り消しは notebot web token list と revoke ID。",
        "By command: notebot web token new --for feed. notebot web token list and revoke ID end a subscription.",
    ),
    "subscribe": ("フィードを購読", "Subscribe to feeds"),
}
"""See :data:`notebot.web.wording.WORDING`."""
