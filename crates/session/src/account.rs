//! One's own account, where the server offers that (protocol §3: `sessions`, `password`, `profile`): what is asked for, and
//! how it stands.

use std::time::Duration;

use chinwag_protocol::answer;
use chinwag_protocol::frame::{CONTENT_CHARACTERS, feature};
use chinwag_protocol::{Call, Device, Json, SessionId, User};

use crate::input::Wish;
use crate::session::Refusal;
use crate::time::Millis;
use crate::view::{AccountView, ListStatus, Progress};

/// Which of it a server offers, as it said in its greeting.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Offers(pub(crate) u8);

/// Each in a bit of its own.
const OFFERS: [&str; 4] =
    [feature::SESSIONS, feature::PASSWORD, feature::PROFILE, feature::CONTENT_10000];

impl Offers {
    pub(crate) fn of(features: &[String]) -> Self {
        let bit = |(at, name): (usize, &&str)| {
            if features.iter().any(|feature| feature == *name) { 1 << at } else { 0 }
        };
        Self(OFFERS.iter().enumerate().map(bit).sum())
    }

    fn has(self, at: usize) -> bool {
        self.0 & (1 << at) != 0
    }
}

/// What of the account was asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Asked {
    /// The sessions.
    Sessions,
    /// That this one ends; or all others.
    End(Option<SessionId>),
    /// Another password.
    Password,
    /// Another name or picture.
    Profile,
}

/// How the account stands.
#[derive(Debug, Default)]
pub(crate) struct Account {
    view: AccountView,
    /// Whether the sessions are being asked for.
    asking: bool,
    /// Before then the server wants no more ends of sessions, passwords, and names or pictures, where it has refused one.
    until: [Millis; 3],
}

impl Account {
    pub(crate) fn view(&self) -> &AccountView {
        &self.view
    }

    /// The server has greeted and offers this.
    pub(crate) fn offered(&mut self, offers: Offers) {
        fn keep<T: Default>(part: &mut Option<T>, offered: bool) {
            *part = if offered { Some(part.take().unwrap_or_default()) } else { None };
        }
        keep(&mut self.view.sessions, offers.has(0));
        keep(&mut self.view.password, offers.has(1));
        keep(&mut self.view.profile, offers.has(2));
        self.view.longest = offers.has(3).then_some(CONTENT_CHARACTERS);
    }

    /// The person wants this: what is to be asked of the server, if anything. What is not offered, or is under way, is not
    /// asked for.
    #[inline(never)]
    pub(crate) fn want(&mut self, now: Millis, wish: Wish) -> Option<(Call, Asked)> {
        let [ending_held, password_held, profile_held] = self.until.map(|until| now < until);
        let AccountView { sessions, password, profile, .. } = &mut self.view;
        match wish {
            Wish::Look => {
                for (part, is_held) in [(password, password_held), (profile, profile_held)] {
                    if let Some(part) = part {
                        part.settle(is_held);
                    }
                }
                let sessions = sessions.as_mut()?;
                sessions.ending.settle(ending_held);
                if std::mem::replace(&mut self.asking, true) {
                    return None;
                }
                // What is known stays in sight while it is asked for again.
                if matches!(sessions.status, ListStatus::Failed(_)) {
                    sessions.status = ListStatus::Loading;
                }
                Some((Call::Sessions, Asked::Sessions))
            }
            Wish::EndSession(id) => {
                sessions.as_mut()?.ending.begin(ending_held)?;
                Some((Call::EndSession { id: id.clone() }, Asked::End(Some(id))))
            }
            Wish::EndOtherSessions => {
                sessions.as_mut()?.ending.begin(ending_held)?;
                Some((Call::EndOtherSessions, Asked::End(None)))
            }
            Wish::ChangePassword { current, new } => {
                password.as_mut()?.begin(password_held)?;
                Some((Call::ChangePassword { current, new }, Asked::Password))
            }
            Wish::ChangeProfile { username, avatar } => {
                profile.as_mut()?.begin(profile_held)?;
                Some((Call::ChangeProfile { username, avatar }, Asked::Profile))
            }
        }
    }

    /// The answer. Returns who one is now, where that has changed.
    #[inline(never)]
    pub(crate) fn answered(
        &mut self,
        now: Millis,
        asked: &Asked,
        data: Result<Json<'_>, Refusal>,
    ) -> Option<User> {
        let [ending_until, password_until, profile_until] = &mut self.until;
        if let Err(refusal) = &data {
            let until = now.plus(Duration::from_millis(refusal.wait));
            match asked {
                Asked::Sessions => {}
                Asked::End(_) => *ending_until = until,
                Asked::Password => *password_until = until,
                Asked::Profile => *profile_until = until,
            }
        }
        let AccountView { sessions, password, profile, .. } = &mut self.view;
        match asked {
            Asked::Sessions => {
                self.asking = false;
                let sessions = sessions.as_mut()?;
                match data.and_then(|data| Ok(Device::read_all(data.root())?)) {
                    Ok(devices) => {
                        sessions.devices = devices.rows;
                        sessions.status = ListStatus::Ready;
                    }
                    Err(refusal) => sessions.status = ListStatus::Failed(refusal.failure),
                }
            }
            Asked::End(which) => {
                let sessions = sessions.as_mut()?;
                sessions.ending = match data {
                    // One that has ended meanwhile is as good as ended by this.
                    Ok(_) | Err(Refusal { status: Some(404), .. }) => Progress::Done,
                    Err(refusal) => Progress::Failed(refusal.failure),
                };
                if sessions.ending == Progress::Done {
                    sessions.devices.retain(|device| match which {
                        Some(id) => device.id != *id,
                        None => device.current,
                    });
                }
            }
            Asked::Password => {
                let password = password.as_mut()?;
                match data {
                    Ok(_) => {
                        *password = Progress::Done;
                        if let Some(sessions) = sessions {
                            sessions.devices.retain(|device| device.current);
                        }
                    }
                    Err(refusal) => *password = Progress::Failed(refusal.failure),
                }
            }
            Asked::Profile => {
                let profile = profile.as_mut()?;
                match data.and_then(|data| Ok(answer::me(data.root())?)) {
                    Ok(me) => {
                        *profile = Progress::Done;
                        return Some(me);
                    }
                    Err(refusal) => *profile = Progress::Failed(refusal.failure),
                }
            }
        }
        None
    }
}

impl Progress {
    /// It begins, unless it is under way, or was refused and is held: then why is what is shown already.
    fn begin(&mut self, is_held: bool) -> Option<()> {
        if *self == Self::Busy || is_held && matches!(self, Self::Failed(_)) {
            return None;
        }
        *self = Self::Busy;
        Some(())
    }

    /// What has come of it is known by now; not why it has to wait.
    fn settle(&mut self, is_held: bool) {
        if *self != Self::Busy && !(is_held && matches!(self, Self::Failed(_))) {
            *self = Self::Idle;
        }
    }
}
