"""Numbered migrations. A migration that has been released is never changed; a new one is added."""

MIGRATIONS: tuple[str, ...] = (
    """
CREATE TABLE sources (
  name             TEXT PRIMARY KEY,  -- a category, or 'api'
  etag             TEXT,              -- validators are moved only together with what they stand for
  last_modified    TEXT,
  last_attempt_at  TEXT,
  last_success_at  TEXT,
  last_batch_on    TEXT,
  error_kind       TEXT,              -- null after a success
  error            TEXT
) WITHOUT ROWID;

CREATE TABLE announcements (          -- every entry ever filed; what makes a paper 'seen'
  category      TEXT NOT NULL,
  arxiv_id      TEXT NOT NULL,
  version       INTEGER NOT NULL,
  announced_on  TEXT NOT NULL,
  announce_type TEXT NOT NULL,
  came_by       TEXT NOT NULL,        -- 'feed' or 'oai'
  PRIMARY KEY (category, arxiv_id, version)
) WITHOUT ROWID;

CREATE TABLE texts (                  -- an entry's text, kept for a while: `check` tries new topics on it
  arxiv_id      TEXT PRIMARY KEY,
  announced_on  TEXT NOT NULL,
  entry         BLOB NOT NULL         -- the Entry as JSON
);
CREATE INDEX texts_by_day ON texts (announced_on);

CREATE TABLE matches (
  arxiv_id     TEXT NOT NULL,
  topic        TEXT NOT NULL,
  category     TEXT NOT NULL,
  announced_on TEXT NOT NULL,
  outcome      TEXT,                  -- null while it hangs on a term that the feed cannot decide
  PRIMARY KEY (arxiv_id, topic, category, announced_on)
) WITHOUT ROWID;

CREATE TABLE ledger (
  announced_on TEXT NOT NULL,
  category     TEXT NOT NULL,
  state        TEXT NOT NULL,
  fetched      INTEGER NOT NULL DEFAULT 0,
  recovered    INTEGER NOT NULL DEFAULT 0,
  unmatched    INTEGER NOT NULL DEFAULT 0,
  pending      INTEGER NOT NULL DEFAULT 0,
  drafted      INTEGER NOT NULL DEFAULT 0,
  known        INTEGER NOT NULL DEFAULT 0,
  tombstoned   INTEGER NOT NULL DEFAULT 0,
  unwanted     INTEGER NOT NULL DEFAULT 0,
  explanation  TEXT NOT NULL,
  revision     INTEGER NOT NULL DEFAULT 1, -- how often a count or the state has changed
  reported     INTEGER NOT NULL DEFAULT 0, -- the revision that a digest has shown
  PRIMARY KEY (announced_on, category)
) WITHOUT ROWID;

CREATE TABLE stubs (
  id             INTEGER PRIMARY KEY, -- the order in which they were drafted
  key            TEXT NOT NULL UNIQUE,
  arxiv_id       TEXT UNIQUE,
  status         TEXT NOT NULL,
  wants_metadata INTEGER NOT NULL,    -- 1: none yet, or a newer version was announced
  wanted_version INTEGER NOT NULL DEFAULT 0, -- metadata of an older version does not do
  waited         INTEGER NOT NULL DEFAULT 0, -- digests it was held back from
  changed_at     TEXT NOT NULL,       -- when the status last changed
  document       BLOB NOT NULL        -- the Stub as JSON
);
CREATE INDEX stubs_by_status ON stubs (status);
CREATE INDEX stubs_wanting ON stubs (id) WHERE wants_metadata = 1;

CREATE TABLE digests (
  name       TEXT PRIMARY KEY,
  written_at TEXT,                    -- null while it is a plan
  plan       BLOB NOT NULL            -- the DigestPlan as JSON, with its text
);

CREATE TABLE updates (
  id         INTEGER PRIMARY KEY,
  key        TEXT NOT NULL,
  field      TEXT NOT NULL,
  value      TEXT NOT NULL,
  why        TEXT NOT NULL,
  title      TEXT NOT NULL,
  created_at TEXT NOT NULL,
  digest     TEXT,                    -- null until a digest shows it
  UNIQUE (key, field, value, why)     -- `why` names the version: a title may come back
);

CREATE TABLE runs (
  id          INTEGER PRIMARY KEY,
  kind        TEXT NOT NULL,          -- 'poll' or 'digest'
  started_at  TEXT NOT NULL,
  finished_at TEXT NOT NULL,
  status      TEXT NOT NULL,
  subject     TEXT,
  detail      TEXT NOT NULL
);
CREATE INDEX runs_by_kind ON runs (kind, id);
""",
    """
ALTER TABLE sources ADD COLUMN began_on TEXT;      -- of a category: with which day its ledger begins
ALTER TABLE sources ADD COLUMN reconciled_on TEXT; -- of a category: the last day compared with OAI's delta
UPDATE sources SET began_on =
  (SELECT min(announced_on) FROM ledger WHERE category = name AND state <> 'failed');

CREATE TABLE older (                  -- older papers that changed and match a topic
  arxiv_id   TEXT NOT NULL,
  changed_on TEXT NOT NULL,
  category   TEXT NOT NULL,
  title      TEXT NOT NULL,
  topics     TEXT NOT NULL,           -- their names, as a JSON list
  digest     TEXT,                    -- null until a digest names it
  PRIMARY KEY (arxiv_id, changed_on)
) WITHOUT ROWID;

CREATE INDEX matches_pending ON matches (category, announced_on) WHERE outcome IS NULL;

CREATE TABLE backfills (              -- how far each backfill has come
  topic      TEXT NOT NULL,
  since_on   TEXT NOT NULL,
  until_on   TEXT NOT NULL,
  query      TEXT NOT NULL,           -- progress holds for the very same query and categories alone
  categories TEXT NOT NULL,
  done_on    TEXT NOT NULL,           -- every day up to this one is complete
  PRIMARY KEY (topic, since_on, until_on)
) WITHOUT ROWID;

CREATE TABLE breakers (
  service TEXT PRIMARY KEY,           -- its base URL
  state   BLOB NOT NULL               -- the Breaker as JSON
) WITHOUT ROWID;
""",
    """
CREATE TABLE notes (                  -- the archive: each note once, merged from what its sources say
  id         INTEGER PRIMARY KEY,
  number     INTEGER UNIQUE,
  arxiv_id   TEXT,
  url        TEXT,
  issue_date TEXT,
  title_key  TEXT NOT NULL,           -- the title line folded, by which a note is met again
  document   BLOB NOT NULL,           -- the Note as JSON, without its body
  body       TEXT                     -- apart and last, so that a search reads no long texts
);
CREATE INDEX notes_by_paper ON notes (arxiv_id) WHERE arxiv_id IS NOT NULL;

CREATE TABLE note_sources (           -- what each source says of a note
  note_id  INTEGER NOT NULL REFERENCES notes (id),
  source   TEXT NOT NULL,             -- 'github', 'gh', 'notes', 'page', 'agent-docs', 'seed-text'
  document BLOB NOT NULL,
  PRIMARY KEY (note_id, source)
) WITHOUT ROWID;

CREATE TABLE unread (                 -- passages of a source that were not understood, raw
  source TEXT NOT NULL,
  name   TEXT NOT NULL,               -- the file or repository
  place  TEXT NOT NULL,
  text   TEXT NOT NULL,
  why    TEXT NOT NULL,
  PRIMARY KEY (source, name, place)
) WITHOUT ROWID;

CREATE VIRTUAL TABLE notes_text USING fts5 (  -- rowid = notes.id; tokens are ours, Japanese in pairs
  title, tags, text, tokenize = "unicode61 remove_diacritics 0 categories 'L* N* Co M*'"
);

CREATE TABLE imports (                -- where an import from a live repository goes on
  source TEXT NOT NULL,
  name   TEXT NOT NULL,
  cursor TEXT NOT NULL,
  PRIMARY KEY (source, name)
) WITHOUT ROWID;

CREATE TABLE pages (                  -- tag pages as they were written last
  name        TEXT PRIMARY KEY,
  fingerprint TEXT NOT NULL
) WITHOUT ROWID;

ALTER TABLE updates ADD COLUMN accepted INTEGER NOT NULL DEFAULT 0;  -- 1: an offer that the curator ticked

CREATE TABLE collected (              -- what was read back of a digest
  digest TEXT PRIMARY KEY,
  sha256 TEXT NOT NULL,               -- of the file as it was read
  remark TEXT NOT NULL,               -- what the curator wrote outside entries
  unreadable TEXT NOT NULL            -- passages that belong to no entry, as JSON
) WITHOUT ROWID;

CREATE TABLE learned (                -- what the archive has taught; made anew when the archive changes
  one   INTEGER PRIMARY KEY CHECK (one = 1),
  state BLOB NOT NULL                 -- as MessagePack
);

CREATE TABLE written (                -- what language models wrote
  key       TEXT PRIMARY KEY,         -- sha256 of role, model, language, prompt and text
  text      TEXT,                     -- null while it only failed
  author    TEXT,                     -- the model's name, as the server says
  failures  INTEGER NOT NULL DEFAULT 0,
  failed_on TEXT                      -- by the curator's clock
) WITHOUT ROWID;

CREATE TABLE model_usage (
  day               TEXT PRIMARY KEY, -- by the curator's clock
  calls             INTEGER NOT NULL,
  prompt_tokens     INTEGER NOT NULL,
  completion_tokens INTEGER NOT NULL
) WITHOUT ROWID;

CREATE TABLE outbox (                 -- what is on its way to the archive on GitHub
  key        TEXT PRIMARY KEY,        -- a stub's, or 'update:ID' of an accepted update
  repo       TEXT NOT NULL,
  draft      BLOB,                    -- the Draft as JSON: what is sent; of an update, labels left out
  state      TEXT NOT NULL,           -- 'planned', 'sending' (may have been obeyed), 'done', 'left'
  written    INTEGER NOT NULL,        -- writes that are done: the issue, then its comments
  after      INTEGER NOT NULL,        -- the newest number before the issue was sent
  number     INTEGER,                 -- the issue's
  why        TEXT NOT NULL,           -- of 'left': the reason
  changed_at TEXT NOT NULL
) WITHOUT ROWID;

CREATE TABLE inbox (                  -- lines of the inbox that came to nothing so far
  place    TEXT NOT NULL,             -- the file's name
  text     TEXT NOT NULL,             -- the line, or the whole file
  kind     TEXT NOT NULL,
  why      TEXT NOT NULL,
  tries    INTEGER NOT NULL,
  first_at TEXT NOT NULL,
  tried_at TEXT NOT NULL,
  next_at  TEXT NOT NULL,
  PRIMARY KEY (place, text)
) WITHOUT ROWID;

CREATE TABLE watched_items (          -- what watched sources have brought
  source  TEXT NOT NULL,
  item    TEXT NOT NULL,              -- the source's own id
  seen_at TEXT NOT NULL,
  PRIMARY KEY (source, item)
) WITHOUT ROWID;

CREATE TABLE asked_papers (           -- papers at arXiv that were asked for again, for their venue
  arxiv_id TEXT PRIMARY KEY,
  asked_on TEXT NOT NULL
) WITHOUT ROWID;
""",
    """
CREATE TABLE billed_posts (           -- what was read today of a service that takes money by the post
  source TEXT NOT NULL,
  day    TEXT NOT NULL,               -- UTC
  post   TEXT NOT NULL,
  PRIMARY KEY (source, day, post)
) WITHOUT ROWID;
""",
    """
CREATE TABLE decisions (              -- what the curator decided, the base of undo and of the history
  id        INTEGER PRIMARY KEY,
  key       TEXT NOT NULL,            -- a stub's, or 'note:2158'
  batch     INTEGER NOT NULL,         -- decisions that are taken back together
  made_at   TEXT NOT NULL,
  automatic INTEGER NOT NULL,         -- 1: collected by the daemon
  document  BLOB NOT NULL,            -- the Decision as JSON, with what it replaced
  undone_at TEXT                      -- null unless it was taken back
);
CREATE INDEX decisions_by_key ON decisions (key);
CREATE INDEX decisions_standing ON decisions (id) WHERE undone_at IS NULL;
CREATE INDEX decisions_collected ON decisions (made_at) WHERE automatic = 1;

CREATE TABLE digest_entries (         -- which stubs are in which digest
  key    TEXT NOT NULL,
  digest TEXT NOT NULL,
  PRIMARY KEY (key, digest)
) WITHOUT ROWID;
INSERT OR IGNORE INTO digest_entries
  SELECT value, name FROM digests, json_each(CAST(plan AS TEXT), '$.keys') WHERE written_at IS NOT NULL;

CREATE TABLE read_files (             -- each digest file as it was when it was last read
  digest     TEXT PRIMARY KEY,
  sha256     TEXT NOT NULL,
  mtime_ns   INTEGER NOT NULL,        -- this and the size: when it was last looked at
  size       INTEGER NOT NULL,
  decided    INTEGER NOT NULL,        -- the newest decision at that time
  left       INTEGER NOT NULL,        -- 1: looked at since, but half-synced or not readable
  as_typed   INTEGER NOT NULL,        -- 1: the curator said that no program rewrote it
  reading    BLOB                     -- what it said, as JSON; null if it was never read
) WITHOUT ROWID;
INSERT INTO read_files (digest, sha256, mtime_ns, size, decided, left, as_typed)
  SELECT digest, sha256, 0, 0, 0, 0, 0 FROM collected;
DROP TABLE collected;
""",
    """
ALTER TABLE updates ADD COLUMN change TEXT; -- the Change as JSON, and `why` a Reason as JSON; null: from before
""",
    """
CREATE TABLE reported_rows (          -- what each digest said of a ledger row, so that a change is a difference
  announced_on TEXT NOT NULL,
  category     TEXT NOT NULL,
  revision     INTEGER NOT NULL,      -- the ledger's, when the digest was planned
  digest       TEXT NOT NULL,
  state        TEXT NOT NULL,
  fetched      INTEGER NOT NULL,
  recovered    INTEGER NOT NULL,
  unmatched    INTEGER NOT NULL,
  pending      INTEGER NOT NULL,
  drafted      INTEGER NOT NULL,
  known        INTEGER NOT NULL,
  tombstoned   INTEGER NOT NULL,
  unwanted     INTEGER NOT NULL,
  PRIMARY KEY (announced_on, category, revision)
) WITHOUT ROWID;

ALTER TABLE ledger ADD COLUMN reason TEXT NOT NULL DEFAULT '';
ALTER TABLE announcements ADD COLUMN counted TEXT; -- the result under which a digest counted the paper
CREATE INDEX announcements_by_day ON announcements (announced_on);

-- What digests said before is not stored, so the numbers of today are taken for it: nothing is reported twice.
INSERT INTO reported_rows
  SELECT announced_on, category, reported, '', state,
         fetched, recovered, unmatched, pending, drafted, known, tombstoned, unwanted
  FROM ledger WHERE reported > 0 AND state <> 'waiting';
UPDATE announcements SET counted = coalesce((
  SELECT coalesce(outcome, 'pending') FROM matches
  WHERE matches.arxiv_id = announcements.arxiv_id AND matches.announced_on = announcements.announced_on
  ORDER BY instr('drafted tombstoned known unwanted pending', coalesce(outcome, 'pending')) LIMIT 1), 'unmatched')
WHERE EXISTS (
  SELECT 1 FROM ledger WHERE ledger.announced_on = announcements.announced_on
  AND ledger.category = announcements.category AND reported > 0);
""",
    """
DROP TABLE notes_text;
CREATE VIRTUAL TABLE notes_text USING fts5 (  -- rowid = notes.id; the tokens of core.text.search_tokens
  title, tags, text, tokenize = "ascii"       -- which are words already: SQLite only has to split them at spaces
);
""",
    """
ALTER TABLE sources ADD COLUMN batch_at TEXT; -- of a category: when its feed last brought something new
""",
    """
ALTER TABLE asked_papers ADD COLUMN unknown INTEGER NOT NULL DEFAULT 0; -- 1: arXiv's API does not know the id
""",
    """
-- labels have a request of their own; before this, they were sent with the text
ALTER TABLE outbox ADD COLUMN labelled INTEGER NOT NULL DEFAULT 0;
UPDATE outbox SET labelled = 1 WHERE written > 0;

CREATE TABLE unfilled (               -- issues that the last plain `fill` found and did not fill
  number INTEGER PRIMARY KEY,
  why    TEXT NOT NULL
);
""",
    """
CREATE TABLE interest (               -- what notes and decisions say about which papers are kept
  one   INTEGER PRIMARY KEY CHECK (one = 1),
  state BLOB NOT NULL                 -- as MessagePack
);

-- 1 for the entry that was ranked first, over all topics; null: from before, or not ranked
ALTER TABLE digest_entries ADD COLUMN place INTEGER;
""",
    """
CREATE TABLE drafts (                 -- what was typed on the review page and is not saved yet
  key      TEXT PRIMARY KEY,          -- of the stub
  saved_at TEXT NOT NULL,
  document BLOB NOT NULL              -- field -> text
) WITHOUT ROWID;
""",
    """
CREATE TABLE statistics (             -- what was counted of the archive, until it changes
  one    INTEGER PRIMARY KEY CHECK (one = 1),
  counts BLOB NOT NULL                -- as MessagePack
);
""",
    """
ALTER TABLE decisions ADD COLUMN dismissed INTEGER; -- the id of the update that this decision dismissed
UPDATE decisions SET dismissed = json_extract(CAST(document AS TEXT), '$.update_id')
WHERE CASE WHEN json_valid(CAST(document AS TEXT))
  THEN json_extract(CAST(document AS TEXT), '$.move') = 'dismiss' END;
""",
    """
CREATE TABLE deliveries (             -- what is sent by mail, webhook and the like, once to each target
  target     TEXT NOT NULL,           -- its name in the config
  event      TEXT NOT NULL,           -- 'digest:2026-05-13.md', 'published:2158', 'alert:…'
  state      TEXT NOT NULL,           -- 'planned', 'sending' (may have been accepted), 'done', 'left'
  created_at TEXT NOT NULL,
  changed_at TEXT NOT NULL,
  document   BLOB NOT NULL,           -- the Delivery as JSON
  PRIMARY KEY (target, event)
) WITHOUT ROWID;
CREATE INDEX deliveries_waiting ON deliveries (created_at) WHERE state IN ('planned', 'sending');

CREATE TABLE alerts (                 -- what is wrong at the moment
  cause    TEXT PRIMARY KEY,          -- 'source:cs.CL', 'late-digest:2026-05-13'
  document BLOB NOT NULL              -- the Cause as JSON
) WITHOUT ROWID;
""",
    """
CREATE TABLE folder_notes (           -- notes in a folder that notebot wrote, or gave a number
  folder TEXT NOT NULL,               -- absolute
  number INTEGER NOT NULL,
  path   TEXT NOT NULL,               -- of the file when it was last seen, relative to the folder
  lines  TEXT NOT NULL,               -- the lines of its front matter that notebot wrote, as JSON
  PRIMARY KEY (folder, number)
);
""",
    """
CREATE TABLE zotero_items (           -- what was, or may have been, sent to Zotero
  library    TEXT NOT NULL,           -- 'users/123', 'groups/123'
  key        TEXT NOT NULL,           -- the stub's
  document   BLOB NOT NULL,           -- the SentItem as JSON
  changed_at TEXT NOT NULL,
  PRIMARY KEY (library, key)
) WITHOUT ROWID;
""",
    """
-- What a digest counted belongs to its curator, and announcements belong to all curators of a lab. A report counts
-- what was filed before it, so a row is needed only for a paper that a topic matched.
CREATE TABLE filings (                -- the number of the newest filing
  one    INTEGER PRIMARY KEY CHECK (one = 1),
  number INTEGER NOT NULL
);
CREATE TABLE counted (                -- the result under which a digest counted a paper; 'unmatched' has no row
  announced_on TEXT NOT NULL,
  arxiv_id     TEXT NOT NULL,
  result       TEXT NOT NULL,
  PRIMARY KEY (announced_on, arxiv_id)
) WITHOUT ROWID;
ALTER TABLE announcements ADD COLUMN filed INTEGER NOT NULL DEFAULT 0; -- the filing that put it under its day
ALTER TABLE announcements ADD COLUMN moved_from TEXT;                  -- the day it was under before, if it was moved
ALTER TABLE announcements ADD COLUMN filed_before INTEGER;             -- the filing that put it under that day
ALTER TABLE reported_rows ADD COLUMN filed INTEGER NOT NULL DEFAULT 0; -- the newest filing when it was reported

INSERT INTO filings SELECT 1, 2 WHERE EXISTS (SELECT 1 FROM announcements);
UPDATE announcements SET filed = CASE WHEN counted IS NULL THEN 2 ELSE 1 END;
UPDATE reported_rows SET filed = 1;
INSERT INTO counted
  SELECT announced_on, arxiv_id, max(counted) FROM announcements
  WHERE counted IS NOT NULL AND (counted <> 'unmatched' OR NOT EXISTS (
    SELECT 1 FROM reported_rows WHERE reported_rows.announced_on = announcements.announced_on))
  GROUP BY announced_on, arxiv_id;
ALTER TABLE announcements DROP COLUMN counted;
""",
    """
CREATE TABLE pace (                   -- arXiv's rate limit over all machines of a lab; SQLite's is a lock file
  one        INTEGER PRIMARY KEY CHECK (one = 1),
  started_us INTEGER NOT NULL         -- start of the last request by the server's clock, in microseconds since 1970
);
""",
    """
CREATE TABLE workers (                -- the processes that work for a lab; empty in SQLite
  name         TEXT PRIMARY KEY,      -- new at every start
  since        TEXT NOT NULL,         -- times are by the server's clock
  last_seen_at TEXT NOT NULL,
  doing        TEXT NOT NULL          -- its tasks of this moment
) WITHOUT ROWID;
""",
    """
CREATE INDEX matches_by_topic ON matches (topic, announced_on); -- a desk asks the hub for its own topics
""",
    """
CREATE TABLE fan_outs (               -- the desks of a lab; empty in SQLite
  name TEXT PRIMARY KEY,              -- of the desk
  poll TEXT NOT NULL                  -- start of the last poll of which it has everything
) WITHOUT ROWID;
""",
    """
CREATE TABLE discussed (              -- the reading list of a lab: what a curator wants to discuss; empty in SQLite
  key     TEXT PRIMARY KEY,           -- of the stub
  title   TEXT NOT NULL,
  authors TEXT NOT NULL,
  url     TEXT NOT NULL,
  since   TEXT NOT NULL,
  line    TEXT NOT NULL               -- why, in the curator's words
) WITHOUT ROWID;
""",
    """
CREATE TABLE lab_folder (             -- the folder with the files of a lab's desks; empty in SQLite
  one   INTEGER PRIMARY KEY CHECK (one = 1),
  mark  TEXT NOT NULL,                -- a file in the folder contains it
  place TEXT NOT NULL                 -- machine and path, for people
);
""",
)

TOKENS_CHANGED_IN = 8
"""The schema version that last changed the tokens of ``notes_text``; migrating from an older one rebuilds the index."""
