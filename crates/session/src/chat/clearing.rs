//! Taking from this browser the copy of what the server has: in all tabs, whose memory holds it too.

use super::Chat;
use crate::effect::{Effect, KeepId};
use crate::session::World;
use crate::tabs::Note;
use crate::view::Failure;

impl Chat {
    /// Takes all of it from the disk. What is there of others who were signed in here is a copy as well.
    pub(super) fn clear(&mut self, world: &mut World) {
        if self.cache.clearing.is_some() {
            return;
        }
        // Its end is that of what was asked before it.
        let id = world.next_keep();
        self.cache.clearing = Some(id);
        world.effects.push_back(Effect::Purge { prefix: String::new(), but: Vec::new() });
        world.effects.push_back(Effect::Cache { id, writes: Vec::new() });
    }

    /// A write has ended. Returns whether it was that.
    pub(super) fn cleared(&mut self, world: &mut World, id: KeepId, done: bool) -> bool {
        if self.cache.clearing.take_if(|clearing| *clearing == id).is_none() {
            return false;
        }
        if done {
            world.note(&self.me.id, &Note::Cleared);
            self.begin_anew(world);
        } else {
            // Whatever of it has gone is written again.
            world.complaint = Some(Failure::NotCleared);
            self.cache_is_mine(world);
        }
        true
    }

    /// Of what this tab knows nothing is to stay, but for what is nowhere else.
    pub(super) fn begin_anew(&mut self, world: &mut World) {
        self.cache.clearing = Some(KeepId::default());
        self.may_go(world);
        self.keep(world);
        world.effects.push_back(Effect::BeginAnew);
    }
}
