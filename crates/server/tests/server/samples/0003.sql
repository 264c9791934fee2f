-- The same people, the devices that they use, and a picture.
INSERT INTO users (id, username, username_key, email, email_key, password_hash, avatar, created_at, last_seen, last_seq)
VALUES ('a', 'ada', 'ada', 'ada@example.org', 'ada@example.org', 'none', '/api/pictures/p1', 1, 1795376203000, 2),
       ('b', 'béla', 'béla', 'bela@example.org', 'bela@example.org', 'none', 'https://pictures.example/b', 2, NULL, 0);
INSERT INTO sessions (token_hash, user_id, created_at, used_at, id, browser, system)
VALUES (x'5cb4afafaff2683f8e22484d37dca0e6b2eb98dc5a9869ca031b001597b89253', 'a', 1, 9223372036854775807, '000000000000000000000001', 'Firefox', 'Linux'),
       (x'97d613fbd4a6484c6567d2d2b495af817b3264c37dfe02a641449b2b351d5e1f', 'b', 2, 9223372036854775807, '000000000000000000000002', NULL, NULL);
INSERT INTO conversations (id, low, high) VALUES (1, 'a', 'b');
INSERT INTO messages
    (created_at, id, conversation_id, sender_id, receiver_id, content, kind, delivered_at, read_at, client_id)
VALUES (1795376203001, 'm1', 1, 'a', 'b', 'read', 'text', 10, 11, 'one'),
       (1795376203002, 'm2', 1, 'a', 'b', 'delivered', 'text', 10, NULL, NULL),
       (1795376203003, 'm3', 1, 'b', 'a', 'waiting', 'text', NULL, NULL, 'three');
UPDATE store SET id = '0123456789abcdef01234567';
INSERT INTO events (user_id, seq, frame, at)
VALUES ('a', 1, '{"type":"message_delivered","data":{"messageId":"m1","deliveredAt":null},"seq":1}', 10),
       ('a', 2, '{"type":"message_delivered","data":{"messageId":"m2","deliveredAt":null},"seq":2}', 10);
INSERT INTO pictures (id, user_id, kind, bytes) VALUES ('p1', 'a', 'image/gif', x'474946383961');
