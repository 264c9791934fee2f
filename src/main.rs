//! The page's entry: a readable word should the program stop, then the chat.

use chinwag::app::App;
use chinwag::edge::{
    catalogue, driver, emoji, locale, page, picture, scripts, settings, sizes, typing,
};
use chinwag::state::{Browser, State};
use chinwag::ui::live::follow;
use leptos::mount::mount_to;
use leptos::view;
use rlsf::{GlobalTlsf, GlobalTlsfOptions};
use wasm_bindgen_futures::spawn_local;

/// The program's memory.
#[global_allocator]
static MEMORY: GlobalTlsf<Memory> = GlobalTlsf::new();

/// How memory is managed: small code, and pages that lie side by side used as one.
struct Memory;

impl GlobalTlsfOptions for Memory {
    const ENABLE_REALLOCATION: bool = false;
    const COALESCE_POOLS: bool = true;
}

fn main() {
    page::show_panics();
    let Some(place) = page::place() else { return };
    spawn_local(async {
        catalogue::load().await;
        mount_to(place, || {
            let browser = Browser {
                watch: sizes::watch,
                dress: page::dress,
                read_picture: picture::read,
                type_in: typing::type_in,
                load_emoji: emoji::load,
                settings: settings::of_the_browser(),
            };
            let state = State::new(locale::of_the_person(), browser, driver::dispatch);
            follow(move || page::set_title(&state.title()));
            follow(move || page::show_unread(*state.unread().read()));
            scripts::listen(state);
            driver::start(state);
            view! { <App state=state /> }
        })
        .forget();
        page::has_begun();
    });
}
