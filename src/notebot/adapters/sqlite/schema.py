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
  plan       BLOB NOT NULL            -- the DigestPlan as JSON; without its text once written
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
)
