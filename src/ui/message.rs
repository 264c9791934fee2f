//! One message: a bubble with its text, its time and, where it is one's own, how far it has come.
//!
//! Rows are what there is most of: a conversation that is opened draws dozens at once. A view with an effect for each
//! part of each row took ten times as long as the rest of it. So a row is a copy of a pattern ([`super::pattern`]); who
//! tells it what has become of it is [`super::rows`].

use std::cell::RefCell;
use std::sync::Arc;

use leptos::prelude::*;
use leptos::tachys::renderer::types::{Element, Node};
use leptos::tachys::renderer::{CastFrom, Rndr};

use super::icon::{icon, progress};
use super::live::words;
use super::marked;
use super::markup::may_be_marked;
use super::pattern::{Made, copy, first, next, write};
use super::press::{Click, click};
use super::scroller::{Scroller, row_id};
use super::shape::{Shape, may_be_shaped, shape};
use super::styles::{MARKS, TROUBLE, wear};
use super::words as say;
use crate::state::State;
use crate::state::catalogue::{filled, text};
use crate::state::session::{Command, Failure, OwnState, RowKey, RowView};

/// What a message is as a whole, for style sheets: `pictures`, [`CUT`] or [`OPENED`].
const SHAPE: &str = "data-shape";
/// A long message of which one sees the beginning.
const CUT: &str = "cut";
/// A long message of which one sees all.
const OPENED: &str = "long";

thread_local! {
    /// The long messages of which one wanted to see all. Their rows come and go as one scrolls.
    static WHOLE: RefCell<Vec<RowKey>> = const { RefCell::new(Vec::new()) };
}

/// A row before its texts are known: there is a pattern for each side and state.
fn blank(own: Option<&OwnState>) -> Option<Element> {
    copy(own.map_or("received", say::own_state_name), &|| pattern(own))
}

fn pattern(own: Option<&OwnState>) -> AnyView {
    view! {
        <li
            class="message"
            data-own=own.is_some().to_string()
            data-state=own.map(say::own_state_name)
        >
            <div class="bubble">
                <span class="visually-hidden">{say::mine()}</span>
                <div class="content" dir="auto">" "</div>
                <p class="meta">
                    <time>" "</time>
                    {own.map(|own| view! {
                        <span class="progress" title=say::own_state(own)>
                            {icon(progress(own))}
                            <span class="visually-hidden">{say::own_state(own)}</span>
                        </span>
                    })}
                </p>
            </div>
        </li>
    }
    .into_any()
}

/// A row that is drawn.
pub(super) struct Row {
    pub(super) li: Element,
    pub(super) key: RowKey,
    shown: Arc<RowView>,
    is_new: bool,
    /// Whether its text has marks and is shown with them.
    marked: bool,
    /// Whether it goes on from the message before, and whether it is the last that does: only there its time is always seen.
    run: (bool, bool),
    /// Whether all that is rare about its text was seen to.
    whole: bool,
    /// The button that shows the rest of it.
    rest: Option<Made>,
    failed: Option<Made>,
}

impl Row {
    /// Draws it; nothing where the browser draws nothing.
    pub(super) fn new(of: &Rows<'_>, key: RowKey, row: &Arc<RowView>) -> Option<Self> {
        let li = blank(row.own.as_ref())?;
        let mut made = Self {
            li,
            key,
            shown: Arc::clone(row),
            is_new: false,
            marked: false,
            run: (false, true),
            whole: true,
            rest: None,
            failed: None,
        };
        made.tells(of)?;
        Some(made)
    }

    /// It stands for this message from now on; nothing where it cannot.
    pub(super) fn turns_into(
        &mut self,
        of: &Rows<'_>,
        key: RowKey,
        row: &Arc<RowView>,
    ) -> Option<()> {
        self.is_new(None);
        let before = std::mem::replace(&mut self.shown, Arc::clone(row));
        self.key = key;
        if before.own.is_some() != row.own.is_some() {
            let (sender, _, meta) = self.parts()?;
            let pattern = blank(row.own.as_ref())?;
            match (next(&first(&meta)?), next(&first(&parts(&pattern)?.2)?)) {
                (None, Some(mark)) => Rndr::insert_node(&Element::cast_from(meta)?, &mark, None),
                (Some(mark), None) => Rndr::remove(&mark),
                (None, None) | (Some(_), Some(_)) => return None,
            }
            Rndr::set_attribute(
                &self.li,
                "data-own",
                if row.own.is_some() { "true" } else { "false" },
            );
            match &row.own {
                Some(own) => {
                    Rndr::set_attribute(&self.li, "data-state", say::own_state_name(own));
                    write(&sender, &say::mine());
                }
                None => Rndr::remove_attribute(&self.li, "data-state"),
            }
        } else if before.own != row.own {
            self.has_come(row.own.as_ref()?)?;
        }
        self.tells(of)
    }

    /// All that its pattern leaves open.
    fn tells(&mut self, of: &Rows<'_>) -> Option<()> {
        Rndr::set_attribute(&self.li, "id", &row_id(self.key));
        let (sender, content, meta) = self.parts()?;
        if self.shown.own.is_none() {
            write(&sender, of.sender);
        }
        self.writes(&content, of);
        write(&first(&meta)?, &(of.state.locale().time)(self.shown.at));
        self.fails(of);
        Some(())
    }

    /// It is this now.
    pub(super) fn becomes(&mut self, of: &Rows<'_>, row: &Arc<RowView>) -> Option<()> {
        if Arc::ptr_eq(&self.shown, row) {
            return Some(());
        }
        if self.shown.own.is_some() != row.own.is_some() {
            return self.turns_into(of, self.key, row);
        }
        let before = std::mem::replace(&mut self.shown, Arc::clone(row));
        let (_, content, meta) = self.parts()?;
        if before.content != row.content {
            self.writes(&content, of);
        }
        let time = first(&meta)?;
        if before.at != row.at {
            write(&time, &(of.state.locale().time)(row.at));
        }
        if before.own != row.own
            && let Some(own) = &row.own
        {
            self.has_come(own)?;
            self.fails(of);
        }
        Some(())
    }

    /// One's own message has come so far.
    fn has_come(&self, own: &OwnState) -> Option<()> {
        Rndr::set_attribute(&self.li, "data-state", say::own_state_name(own));
        let mark = next(&first(&self.parts()?.2)?)?;
        Rndr::set_attribute(&Element::cast_from(mark.clone())?, "title", say::own_state(own));
        let icon = first(&mark)?;
        Rndr::set_attribute(&Element::cast_from(first(&icon)?)?, "d", progress(own));
        write(&next(&icon)?, say::own_state(own));
        Some(())
    }

    /// Writes its text; with its marks and in its shape, if all of the program is there.
    fn writes(&mut self, content: &Node, of: &Rows<'_>) {
        let (text, whole) = (&self.shown.content, of.whole);
        let (may_be_marked, may_be_shaped) = (may_be_marked(text), may_be_shaped(text));
        let was = std::mem::replace(&mut self.marked, whole && may_be_marked);
        match Element::cast_from(content.clone()).filter(|_| self.marked) {
            Some(content) => marked::show(of.state, &content, text),
            None if was => content.set_text_content(Some(text)),
            None => write(content, text),
        }
        if self.rest.take().is_some() || self.li.has_attribute(SHAPE) {
            Rndr::remove_attribute(&self.li, SHAPE);
        }
        if whole && may_be_shaped {
            self.takes_shape(of);
        }
        self.whole = whole || !(may_be_marked || may_be_shaped);
    }

    /// All of the program is there by now: the text that was written without it is written anew.
    pub(super) fn is_whole(&mut self, of: &Rows<'_>) {
        if of.whole
            && !self.whole
            && let Some((_, content, _)) = self.parts()
        {
            self.writes(&content, of);
        }
    }

    #[inline(never)]
    fn takes_shape(&mut self, of: &Rows<'_>) {
        wear(of.state, &MARKS);
        match shape(&self.shown.content) {
            Shape::Plain => {}
            Shape::Pictures => Rndr::set_attribute(&self.li, SHAPE, "pictures"),
            Shape::Long => {
                let (li, state, scroller, key) = (self.li.clone(), of.state, of.scroller, self.key);
                Rndr::set_attribute(&self.li, SHAPE, if is_opened(key) { OPENED } else { CUT });
                self.rest = Made::of(of.owner, || rest(li, state, scroller, key));
                if let Some(rest) = &mut self.rest {
                    rest.mount(&self.li, None);
                }
            }
        }
    }

    /// Whether it goes on from the message before, and whether none goes on from it.
    pub(super) fn is_in_run(&mut self, run: (bool, bool)) {
        let before = std::mem::replace(&mut self.run, run);
        let flag = |name, is: bool, was: bool| {
            if is && !was {
                Rndr::set_attribute(&self.li, name, "");
            } else if was && !is {
                Rndr::remove_attribute(&self.li, name);
            }
        };
        flag("data-joined", run.0, before.0);
        flag("data-more", !run.1, !before.1);
    }

    /// The other side has another name.
    pub(super) fn is_from(&self, sender: &str) {
        if self.shown.own.is_none()
            && let Some((words, ..)) = self.parts()
        {
            write(&words, sender);
        }
    }

    /// Whether it is the first that was not read.
    pub(super) fn is_new(&mut self, first: Option<RowKey>) {
        let is_new = first == Some(self.key);
        if is_new == self.is_new {
            return;
        }
        self.is_new = is_new;
        if is_new {
            // Drawn by the style sheet above it, in no row of its own: nothing moves when it comes or goes.
            Rndr::set_attribute(&self.li, "data-new", text("timeline.new"));
        } else {
            Rndr::remove_attribute(&self.li, "data-new");
        }
    }

    fn fails(&mut self, of: &Rows<'_>) {
        self.failed = None;
        if let Some(OwnState::Failed(why)) = &self.shown.own {
            let (state, key) = (of.state, self.key);
            self.failed = Made::of(of.owner, || failure(state, key, why));
            if let Some(failed) = &mut self.failed {
                failed.mount(&self.li, None);
            }
        }
    }

    fn parts(&self) -> Option<(Node, Node, Node)> {
        parts(&self.li)
    }
}

/// From whom a row is, its text, and what is below that.
fn parts(li: &Element) -> Option<(Node, Node, Node)> {
    let sender = first(&first(li)?)?;
    let content = next(&sender)?;
    let meta = next(&content)?;
    Some((sender, content, meta))
}

/// What all rows know.
pub(super) struct Rows<'a> {
    pub(super) state: State,
    pub(super) owner: &'a Owner,
    /// From whom those are that are not one's own, as it is said: those who do not see the page do not see on which side a
    /// bubble stands.
    pub(super) sender: &'a str,
    /// Where one is in the list.
    pub(super) scroller: Scroller,
    /// Whether all of the program is there, also what knows of marks.
    pub(super) whole: bool,
}

/// Messages of another session have the same keys.
pub(super) fn forget() {
    WHOLE.take();
}

fn is_opened(key: RowKey) -> bool {
    WHOLE.with_borrow(|all| all.contains(&key))
}

/// What shows the rest of a long message, and hides it again.
fn rest(li: Element, state: State, scroller: Scroller, key: RowKey) -> AnyView {
    let open = RwSignal::new(is_opened(key));
    let turn = click(move || {
        let now = !open.get_untracked();
        scroller.stays_at(state, (!now).then_some(key));
        Rndr::set_attribute(&li, SHAPE, if now { OPENED } else { CUT });
        WHOLE.with_borrow_mut(|all| if now { all.push(key) } else { all.retain(|of| *of != key) });
        open.set(now);
    });
    view! {
        <button class="link rest" type="button" tabindex="-1" aria-expanded=words(move || if open.get() { "true" } else { "false" }) on:click=turn>
            {words(move || text(if open.get() { "message.less" } else { "message.more" }))}
        </button>
    }
    .into_any()
}

fn failure(state: State, key: RowKey, why: &Failure) -> AnyView {
    wear(state, &TROUBLE);
    view! {
        <p class="failed" role="alert">
            {filled("message.failed", &[("why", &say::failure(why))])}" "
            <span class="ways">
                {choice("message.retry", click(move || state.send(Command::Retry(key))))}
                {choice("message.copy", click(move || state.send(Command::Copy(key))))}
                {choice("message.discard", click(move || state.send(Command::Discard(key))))}
            </span>
        </p>
    }
    .into_any()
}

/// What can be done in a row is no stop of the Tab key: the list of messages is one ([`super::walk`]).
fn choice(words: &'static str, act: Click) -> AnyView {
    view! { <button class="link" type="button" tabindex="-1" on:click=act>{text(words)}</button> }
        .into_any()
}
