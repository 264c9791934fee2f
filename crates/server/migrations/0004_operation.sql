-- What whoever runs the server needs.

-- When the account was disabled; missing for all others.
ALTER TABLE users ADD COLUMN disabled_at INTEGER;

-- When it was last tried whether this file can be written.
ALTER TABLE store ADD COLUMN checked_at INTEGER;

-- Whose sessions another program than the server has ended. The server ends their sockets, and empties this.
CREATE TABLE ended (
    id      INTEGER PRIMARY KEY,
    user_id TEXT NOT NULL REFERENCES users (id)
) STRICT;
