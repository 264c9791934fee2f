-- Two people with a session each, and what they wrote: one message read, one delivered, one waiting.
INSERT INTO users (id, username, username_key, email, email_key, password_hash, avatar, created_at, last_seen)
VALUES ('a', 'ada', 'ada', 'ada@example.org', 'ada@example.org', 'none', NULL, 1, 1795376203000),
       ('b', 'béla', 'béla', 'bela@example.org', 'bela@example.org', 'none', 'https://pictures.example/b', 2, NULL);
INSERT INTO sessions (token_hash, user_id, created_at, used_at)
VALUES (x'5cb4afafaff2683f8e22484d37dca0e6b2eb98dc5a9869ca031b001597b89253', 'a', 1, 9223372036854775807),
       (x'97d613fbd4a6484c6567d2d2b495af817b3264c37dfe02a641449b2b351d5e1f', 'b', 2, 9223372036854775807);
INSERT INTO conversations (id, low, high) VALUES (1, 'a', 'b');
INSERT INTO messages
    (created_at, id, conversation_id, sender_id, receiver_id, content, kind, delivered_at, read_at)
VALUES (1795376203001, 'm1', 1, 'a', 'b', 'read', 'text', 10, 11),
       (1795376203002, 'm2', 1, 'a', 'b', 'delivered', 'text', 10, NULL),
       (1795376203003, 'm3', 1, 'b', 'a', 'waiting', 'text', NULL, NULL);
