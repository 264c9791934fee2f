//! The list of people, and the search.

use chinwag::state::session::{
    Change, Command, Failure, ListStatus, OlderStatus, PeopleView, SearchView,
};
use wasm_bindgen_test::wasm_bindgen_test;

use crate::support::{Page, at, chat, id, js, named, open, people, person};

const SEARCH: &str = "#search";

fn found(status: ListStatus, names: &[&str]) -> Change {
    let found = names.iter().map(|name| id(name)).collect();
    Change::Search(Some(SearchView { status, found }))
}

async fn page(people: PeopleView) -> Page {
    let page = Page::start().await;
    page.show(["ada", "bob", "chi"].map(named)).await;
    page.show([chat(), Change::People(people)]).await;
    page
}

async fn with_ada_and_bob() -> Page {
    page(people(&["ada"], &["bob"])).await
}

#[wasm_bindgen_test]
async fn the_list_is_under_way() {
    let page = page(PeopleView::default()).await;
    assert_eq!(page.text(".roster-list [role=status]"), "Loading people");
    assert!(!page.has(".person"));
    assert_eq!(page.text(".roster h2"), "Users (0 online)");
}

#[wasm_bindgen_test]
async fn nobody_else_is_here() {
    let page = page(people(&[], &[])).await;
    assert!(page.text(".roster-list").contains("Nobody else is here yet"));
    assert!(!page.has(".roster h3"), "no heading stands above nothing");
}

#[wasm_bindgen_test]
async fn a_list_that_failed_says_why_and_can_be_asked_for_again() {
    let status = ListStatus::Failed(Failure::Server("Too many requests".to_owned()));
    let page = page(PeopleView { status, ..PeopleView::default() }).await;
    assert_eq!(page.text(".roster-list [role=alert] p"), "Too many requests");
    page.press("Try again").await;
    assert_eq!(page.sent(), [Command::MorePeople]);
}

#[wasm_bindgen_test]
async fn conversations_come_first_then_everybody_else_each_in_the_sessions_order() {
    let page = page(people(&["chi"], &["bob", "ada"])).await;
    assert_eq!(page.text(".roster h2"), "Users (3 online)");
    assert_eq!(page.texts(".roster h3"), ["Conversations", "Everybody else"]);
    assert_eq!(page.texts(".person-name"), ["chi", "bob", "ada"]);
    let bob = page.find("[data-user=bob]");
    page.show([Change::People(people(&["bob", "chi"], &["ada"]))]).await;
    assert_eq!(page.texts(".person-name"), ["bob", "chi", "ada"]);
    assert_eq!(page.texts(".roster h3"), ["Conversations", "Everybody else"]);
    // Within a group a row moves and is not made anew. One that another passes stays where it is, with the focus.
    let (chi, passed) = (page.find("[data-user=chi]"), page.find("[data-user=bob]"));
    passed.focus().unwrap();
    page.show([Change::People(people(&["chi", "bob"], &["ada"]))]).await;
    assert_eq!(page.texts(".person-name"), ["chi", "bob", "ada"]);
    assert!(page.is_focused("[data-user=bob]"));
    assert_eq!((page.find("[data-user=chi]"), page.find("[data-user=bob]")), (chi, passed));
    assert!(!bob.is_connected(), "the groups are two lists");
}

#[wasm_bindgen_test]
async fn a_row_that_moves_up_while_it_has_the_focus_keeps_it() {
    let page = page(people(&["ada", "bob"], &["chi"])).await;
    let bob = page.find("#person-bob");
    bob.focus().unwrap();
    let lost = js(
        "window.lost = 0; document.querySelector('#person-bob').onblur = () => window.lost++; 0",
    );
    page.show([Change::People(people(&["bob", "ada"], &["chi"]))]).await;
    assert_eq!(page.texts(".person-name"), ["bob", "ada", "chi"]);
    assert!(page.is_focused("#person-bob") && page.find("#person-bob") == bob);
    assert_eq!((js("window.lost"), lost), (0.into(), 0.into()), "it has had it all the time");
    // Also where others come and go around it.
    page.show([Change::People(people(&["ada", "bob"], &[]))]).await;
    page.show([Change::People(people(&["bob", "chi", "ada"], &[]))]).await;
    assert_eq!(page.texts(".person-name"), ["bob", "chi", "ada"]);
    assert!(page.is_focused("#person-bob"));
}

#[wasm_bindgen_test]
async fn who_becomes_a_conversation_keeps_the_focus() {
    let page = page(people(&["ada"], &["bob", "chi"])).await;
    for (recent, others) in [(&["chi", "ada"][..], &["bob"][..]), (&["ada"], &["chi", "bob"])] {
        page.find("#person-chi").focus().unwrap();
        page.show([Change::People(people(recent, others))]).await;
        assert_eq!(page.texts(".person-name"), [recent, others].concat());
        assert!(page.is_focused("#person-chi"), "{recent:?}");
    }
}

#[wasm_bindgen_test]
async fn more_people_are_asked_for_where_the_list_does_not_fill_its_place() {
    let mut some = people(&["ada"], &[]);
    some.more = OlderStatus::More;
    let page = page(some.clone()).await;
    assert_eq!(page.sent(), [Command::MorePeople]);
    some.more = OlderStatus::Loading;
    page.show([Change::People(some.clone())]).await;
    assert_eq!(page.text(".roster-list [role=status]"), "Loading more people");
    some.more = OlderStatus::Failed(Failure::TimedOut);
    page.show([Change::People(some)]).await;
    assert!(page.text(".roster-list [role=alert]").contains("took too long"));
    assert_eq!(page.texts(".person-name"), ["ada"], "who is known stays");
    assert_eq!(page.sent(), [], "what failed is not asked for by itself");
    page.press("Try again").await;
    assert_eq!(page.sent(), [Command::MorePeople]);
}

#[wasm_bindgen_test]
async fn a_person_is_told_with_presence_last_message_and_what_is_not_read() {
    let page = with_ada_and_bob().await;
    let ada = "[data-user=ada]";
    assert_eq!(page.text(&format!("{ada} .person-line")), "Online");
    assert_eq!(page.attribute(&format!("{ada} .avatar-dot"), "data-online").unwrap(), "true");
    assert_eq!(page.text(&format!("{ada} .avatar-initial")), "a");
    assert!(!page.has(".badge"));
    let mut view = person("Ada");
    view.online = false;
    view.preview = Some((false, "<b>hi</b>".to_owned()));
    view.at = Some(at(7));
    view.unread = 1;
    page.show([Change::Person(id("ada"), view.clone())]).await;
    assert_eq!(page.text(&format!("{ada} .person-name")), "Ada");
    assert_eq!(page.text(&format!("{ada} .person-line")), "<b>hi</b>");
    assert_eq!(page.text(&format!("{ada} .person-at")), "brief 7");
    assert_eq!(page.text(&format!("{ada} > .visually-hidden")), "Offline");
    assert_eq!(page.attribute(&format!("{ada} .avatar-dot"), "data-online").unwrap(), "false");
    assert_eq!(page.text(".badge [aria-hidden]"), "1");
    assert_eq!(page.text(".badge .visually-hidden"), "1 unread message");
    view.preview = Some((true, "hello".to_owned()));
    view.unread = 100;
    page.show([Change::Person(id("ada"), view.clone())]).await;
    assert_eq!(page.text(&format!("{ada} .person-line")), "You: hello");
    assert_eq!(page.text(".badge [aria-hidden]"), "99+");
    assert_eq!(page.text(".badge .visually-hidden"), "100 unread messages");
    view.unread = 0;
    page.show([Change::Person(id("ada"), view)]).await;
    assert!(!page.has(".badge"));
    assert_eq!(page.text("[data-user=bob] .person-line"), "Online");
}

#[wasm_bindgen_test]
async fn who_is_writing_is_seen_in_the_list() {
    let page = with_ada_and_bob().await;
    let mut writing = person("Ada");
    writing.typing = true;
    writing.preview = Some((false, "hi".to_owned()));
    page.show([Change::Person(id("ada"), writing)]).await;
    assert_eq!(page.text("[data-user=ada] .person-line"), "Ada is typing...");
    assert_eq!(page.attribute("[data-user=ada] .person-line", "data-mark").unwrap(), "typing");
    page.show([named("ada")]).await;
    assert_eq!(page.text("[data-user=ada] .person-line"), "Online");
    assert_eq!(page.attribute("[data-user=ada] .person-line", "data-mark"), None);
}

#[wasm_bindgen_test]
async fn what_one_has_begun_to_write_is_seen_in_the_list() {
    let page = with_ada_and_bob().await;
    let mut begun = person("Ada");
    begun.draft.push_str("dear Ada");
    begun.preview = Some((false, "hi".to_owned()));
    page.show([Change::Person(id("ada"), begun.clone())]).await;
    assert_eq!(page.text("[data-user=ada] .person-line"), "Draft: dear Ada");
    assert_eq!(page.attribute("[data-user=ada] .person-line", "data-mark").unwrap(), "draft");
    begun.typing = true;
    page.show([Change::Person(id("ada"), begun.clone())]).await;
    assert_eq!(page.text("[data-user=ada] .person-line"), "Ada is typing...");
    (begun.typing, begun.draft) = (false, String::new());
    page.show([Change::Person(id("ada"), begun)]).await;
    assert_eq!(page.text("[data-user=ada] .person-line"), "hi");
    assert_eq!(page.attribute("[data-user=ada] .person-line", "data-mark"), None);
}

#[wasm_bindgen_test]
async fn a_person_without_a_name_can_be_chosen_all_the_same() {
    let page = with_ada_and_bob().await;
    page.show([Change::Person(id("ada"), person(""))]).await;
    assert_eq!(page.text("[data-user=ada] .person-name"), "Unknown");
    assert_eq!(page.text("[data-user=ada] .avatar"), "?");
}

#[wasm_bindgen_test]
async fn a_picture_that_does_not_load_gives_way_to_the_initial() {
    let page = with_ada_and_bob().await;
    let mut view = person("Ada");
    view.avatar = Some("javascript:alert(1)".to_owned());
    page.show([Change::Person(id("ada"), view.clone())]).await;
    assert!(!page.has("img"), "an address that is no picture's is not followed");
    view.avatar = Some("data:image/png;base64,broken".to_owned());
    page.show([Change::Person(id("ada"), view)]).await;
    // It is only asked for where it is seen, so the end of it is told here.
    if page.has("img") {
        let error = web_sys::Event::new("error").unwrap();
        page.find("img").dispatch_event(&error).unwrap();
    }
    page.show([]).await;
    assert_eq!(page.text("[data-user=ada] .avatar"), "A");
    assert!(page.has("[data-user=ada] .avatar[data-broken]"), "the style sheet hides the picture");
}

#[wasm_bindgen_test]
async fn a_click_opens_the_conversation_which_is_then_the_current_one() {
    let page = with_ada_and_bob().await;
    page.click("[data-user=bob]").await;
    assert!(page.sent().contains(&Command::Open(id("bob"))));
    assert!(!page.has("[aria-current]"), "it is current once the session says so");
    page.show([open("bob")]).await;
    assert_eq!(page.attribute("[data-user=bob]", "aria-current").unwrap(), "true");
    assert_eq!(page.all("[aria-current]").len(), 1);
    page.show([open("ada")]).await;
    assert_eq!(page.attribute("[data-user=ada]", "aria-current").unwrap(), "true");
    assert_eq!(page.all("[aria-current]").len(), 1);
    page.show([Change::Conversation(None)]).await;
    assert!(!page.has("[aria-current]"));
    assert!(page.is_focused("[data-user=ada]"), "the focus goes back to where one came from");
}

#[wasm_bindgen_test]
async fn what_is_typed_into_the_search_is_looked_for() {
    let page = with_ada_and_bob().await;
    page.type_into(SEARCH, "c").await;
    page.type_into(SEARCH, "ch").await;
    assert_eq!(page.sent(), ["c", "ch"].map(|text| Command::Search(text.to_owned())));
}

#[wasm_bindgen_test]
async fn a_search_has_its_states() {
    let page = with_ada_and_bob().await;
    page.show([found(ListStatus::Loading, &[])]).await;
    assert_eq!(page.text(".roster-list [role=status]"), "Searching");
    assert!(!page.has(".person"), "who is not looked for is not shown");
    page.show([found(ListStatus::Ready, &["chi", "ada"])]).await;
    assert_eq!(page.texts(".roster h3"), ["Found"]);
    assert_eq!(page.texts(".person-name"), ["chi", "ada"]);
    page.show([found(ListStatus::Ready, &[])]).await;
    assert_eq!(page.text(".roster-list"), "Nobody by that name.");
    page.show([found(ListStatus::Failed(Failure::NoNetwork), &[])]).await;
    assert!(page.text(".roster-list [role=alert]").contains("cannot be reached"));
    page.type_into(SEARCH, "ch").await;
    page.sent();
    page.press("Try again").await;
    assert_eq!(page.sent(), [Command::Search("ch".to_owned())]);
    page.show([Change::Search(None)]).await;
    assert_eq!(page.texts(".person-name"), ["ada", "bob"]);
}

#[wasm_bindgen_test]
async fn the_search_ends_with_escape_and_leaves_the_conversation_open() {
    let page = with_ada_and_bob().await;
    page.show([open("ada"), found(ListStatus::Ready, &["chi"])]).await;
    page.type_into(SEARCH, "ch").await;
    page.sent();
    page.key(SEARCH, "Escape", |_| {}).await;
    assert_eq!(page.sent(), [Command::Search(String::new())]);
    assert_eq!(page.value(SEARCH), "");
}

#[wasm_bindgen_test]
async fn who_was_found_is_opened_and_the_search_is_over() {
    let page = with_ada_and_bob().await;
    page.type_into(SEARCH, "ch").await;
    page.show([found(ListStatus::Ready, &["chi"])]).await;
    page.sent();
    page.click("[data-user=chi]").await;
    assert_eq!(page.sent(), [Command::Search(String::new()), Command::Open(id("chi"))]);
    assert_eq!(page.value(SEARCH), "");
}
