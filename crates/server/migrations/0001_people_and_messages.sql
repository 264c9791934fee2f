-- People, their sessions, and what they wrote to each other.
-- Instants are milliseconds since 1970-01-01T00:00:00Z.

CREATE TABLE users (
    id            TEXT PRIMARY KEY NOT NULL,
    username      TEXT NOT NULL,
    -- Folded by the server (NFC, lower case in any script), which SQLite cannot do itself: unique, sorted, searched.
    username_key  TEXT NOT NULL UNIQUE,
    email         TEXT NOT NULL,
    email_key     TEXT NOT NULL UNIQUE,
    password_hash TEXT NOT NULL,
    avatar        TEXT,
    created_at    INTEGER NOT NULL,
    last_seen     INTEGER
) STRICT;

CREATE TABLE sessions (
    -- SHA-256 of the token: who reads this file cannot sign in with it.
    token_hash BLOB PRIMARY KEY NOT NULL,
    user_id    TEXT NOT NULL REFERENCES users (id),
    created_at INTEGER NOT NULL,
    used_at    INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX sessions_by_use ON sessions (used_at);

CREATE TABLE conversations (
    id   INTEGER PRIMARY KEY,
    low  TEXT NOT NULL REFERENCES users (id),
    high TEXT NOT NULL REFERENCES users (id),
    UNIQUE (low, high),
    CHECK (low < high)
) STRICT;

CREATE INDEX conversations_by_high ON conversations (high);

CREATE TABLE messages (
    -- Strictly increasing: the instant of storing is also the order of storing.
    created_at      INTEGER PRIMARY KEY,
    id              TEXT NOT NULL UNIQUE,
    conversation_id INTEGER NOT NULL REFERENCES conversations (id),
    sender_id       TEXT NOT NULL REFERENCES users (id),
    receiver_id     TEXT NOT NULL REFERENCES users (id),
    content         TEXT NOT NULL,
    kind            TEXT NOT NULL,
    delivered_at    INTEGER,
    read_at         INTEGER
) STRICT;

-- An index ends with the primary key by itself, so this one also sorts by time.
CREATE INDEX messages_by_conversation ON messages (conversation_id);
CREATE INDEX messages_unread ON messages (receiver_id, sender_id) WHERE read_at IS NULL;
CREATE INDEX messages_waiting ON messages (receiver_id) WHERE delivered_at IS NULL;
