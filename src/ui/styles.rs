//! Style sheets of what most visits never see. They come with its program, in the later part (`crates/split`), and are added to the
//! page when it is needed; all others stand in the page itself (`index.html`).

use std::cell::RefCell;

use crate::state::State;

/// A style sheet.
pub(super) type Sheet = &'static str;

/// What knows of marks and of the shapes of messages.
pub(super) const MARKS: [Sheet; 1] = [include_str!("../../style/marks.css")];
/// What goes wrong, and what is new.
pub(super) const TROUBLE: [Sheet; 1] = [include_str!("../../style/trouble.css")];
/// Away from the end of a conversation.
pub(super) const AWAY: [Sheet; 1] = [include_str!("../../style/away.css")];
/// What can be done with a message.
pub(super) const ACTIONS: [Sheet; 1] = [include_str!("../../style/actions.css")];
/// Choosing emoji, and typing them as codes.
pub(super) const EMOJI: [Sheet; 1] = [include_str!("../../style/emoji.css")];
/// How much more may be written.
pub(super) const LIMIT: [Sheet; 1] = [include_str!("../../style/limit.css")];
/// Going to a day.
pub(super) const GO_TO: [Sheet; 1] = [include_str!("../../style/go_to.css")];
/// All dialogs.
pub(super) const DIALOGS: [Sheet; 4] = [
    include_str!("../../style/dialog.css"),
    include_str!("../../style/settings.css"),
    include_str!("../../style/keyboard.css"),
    include_str!("../../style/account.css"),
];

thread_local! {
    static WORN: RefCell<Vec<Sheet>> = const { RefCell::new(Vec::new()) };
}

/// The page has these from now on.
pub(super) fn wear(state: State, sheets: &[Sheet]) {
    for sheet in sheets {
        let worn = WORN.with_borrow(|worn| worn.iter().any(|known| std::ptr::eq(*known, *sheet)));
        if !worn {
            WORN.with_borrow_mut(|worn| worn.push(sheet));
            state.dress(sheet);
        }
    }
}
