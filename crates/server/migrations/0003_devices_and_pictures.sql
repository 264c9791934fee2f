-- What a person is shown of their sessions, and pictures of people.

-- The session's public name: it proves nothing.
ALTER TABLE sessions ADD COLUMN id TEXT NOT NULL DEFAULT '';
-- What began it, where that is known.
ALTER TABLE sessions ADD COLUMN browser TEXT;
ALTER TABLE sessions ADD COLUMN system TEXT;

-- SQLite takes its randomness from the operating system.
UPDATE sessions SET id = lower(hex(randomblob(12)));

CREATE UNIQUE INDEX sessions_by_id ON sessions (id);
CREATE INDEX sessions_by_user ON sessions (user_id);

CREATE TABLE pictures (
    -- Random, so that nobody finds a picture who was not told of it; another one for each picture, so that it may be kept.
    id      TEXT PRIMARY KEY NOT NULL,
    user_id TEXT NOT NULL UNIQUE REFERENCES users (id),
    kind    TEXT NOT NULL,
    bytes   BLOB NOT NULL
) STRICT;
