//! Stories: each test's name tells what happens and what must follow.

mod account;
mod catching_up;
mod clearing;
mod connection;
mod disk;
mod entrance;
mod histories;
mod notifications;
mod outbox;
mod people;
mod recorded;
mod seeking;
mod seen;
mod tabs;
mod typing;
