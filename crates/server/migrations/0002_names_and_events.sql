-- What a sender's client called a message, and what each person was told, in order.

-- Missing where the client gave it no name.
ALTER TABLE messages ADD COLUMN client_id TEXT;

-- Decides that a name comes once, whatever else goes wrong.
CREATE UNIQUE INDEX messages_by_client ON messages (sender_id, client_id) WHERE client_id IS NOT NULL;

-- The number of the person's last event; 0 before the first.
ALTER TABLE users ADD COLUMN last_seq INTEGER NOT NULL DEFAULT 0;

CREATE TABLE events (
    user_id TEXT NOT NULL REFERENCES users (id),
    -- From 1 without holes, for each person.
    seq     INTEGER NOT NULL,
    -- The frame as it was told.
    frame   TEXT NOT NULL,
    -- When it was told, in milliseconds: for whoever removes what is old.
    at      INTEGER NOT NULL,
    PRIMARY KEY (user_id, seq)
) STRICT, WITHOUT ROWID;

CREATE TABLE store (
    only_row INTEGER PRIMARY KEY CHECK (only_row = 1),
    -- Tells these counts from those of any other store.
    id       TEXT NOT NULL
) STRICT;

-- Made here, once: SQLite takes its randomness from the operating system.
INSERT INTO store (only_row, id) VALUES (1, lower(hex(randomblob(12))));
