//! Of what the person is notified: messages that nobody has seen, one notification for each conversation, for as long as there is
//! anything unread in it. The tab that leads does so; whether the person wants it is known to the browser alone.

use std::time::Duration;

use chinwag_protocol::UserId;

use super::Chat;
use crate::effect::Effect;
use crate::session::World;
use crate::tabs::Note;
use crate::time::Millis;

/// Of what comes within so long only the first is heard.
const BURST: Duration = Duration::from_secs(2);

/// A notification has no room for more characters.
const BEGINNING: usize = 200;

/// What is known of who looks where, and of what there may be notifications.
#[derive(Debug, Default)]
pub(super) struct Bell {
    /// Whose conversation the person looks at in another tab.
    elsewhere: Option<UserId>,
    /// What of this tab the others were told.
    told: Option<UserId>,
    /// Whose messages are not read: few, as a rule.
    waiting: Vec<UserId>,
    /// There may be notifications of what is read by now.
    stale: bool,
    /// Nothing is heard until then.
    quiet_until: Option<Millis>,
}

impl Bell {
    /// So many of somebody's messages are not read.
    pub(super) fn counts(&mut self, with: &UserId, unread: u64) {
        match self.waiting.iter().position(|other| other == with) {
            Some(place) if unread == 0 => {
                self.waiting.swap_remove(place);
                self.stale = true;
            }
            None if unread > 0 => self.waiting.push(with.clone()),
            Some(_) | None => {}
        }
    }

    /// The server has counted: what was read while no page was open is known too.
    pub(super) fn is_counted(&mut self) {
        self.stale = true;
    }

    /// Notifications of what is read go, wherever it was read and whichever tab has shown them.
    pub(super) fn tidy(&mut self, world: &mut World) {
        if std::mem::take(&mut self.stale) && world.leads() {
            world.effects.push_back(Effect::CloseNotifications { but: self.waiting.clone() });
        }
    }

    /// Another tab says what the person looks at in it.
    pub(super) fn others_look(&mut self, with: Option<UserId>) {
        self.elsewhere = with;
    }

    /// A tab has come that does not know what the person looks at in this one.
    pub(super) fn tell_again(&mut self) {
        self.told = None;
    }
}

impl Chat {
    /// Whose conversation the person looks at in this tab.
    fn looks_at(&self, world: &World) -> Option<&UserId> {
        self.open.as_ref().filter(|_| world.attention).map(|open| &open.with)
    }

    /// Tells the tab that leads what the person looks at in this one.
    pub(super) fn look_on(&mut self, world: &mut World) {
        if world.attention {
            // One window has the focus. A tab that was killed while it had it has not said that it is gone.
            self.bell.elsewhere = None;
        }
        if !world.leads() && self.looks_at(world) != self.bell.told.as_ref() {
            self.bell.told = self.looks_at(world).cloned();
            world.note(&self.me.id, &Note::Looks(self.bell.told.clone()));
        }
    }

    /// Somebody has written just now.
    pub(super) fn notify(&mut self, world: &mut World, with: &UserId, name: &str, text: &str) {
        let seen = self.looks_at(world).or(self.bell.elsewhere.as_ref()) == Some(with);
        let unread = self.roster.get(with).is_some_and(|person| person.unread.count() > 0);
        if seen || !unread || !world.leads() {
            return;
        }
        let aloud = self.bell.quiet_until.is_none_or(|until| world.now >= until);
        if aloud {
            self.bell.quiet_until = Some(world.now.plus(BURST));
        }
        world.effects.push_back(Effect::Notify {
            with: with.clone(),
            name: name.to_owned(),
            text: text.chars().take(BEGINNING).collect(),
            aloud,
        });
    }
}
