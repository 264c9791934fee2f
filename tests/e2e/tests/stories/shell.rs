//! The page itself: it opens without a network, and becomes a newer version whole, when one wants it (line 19).

use chinwag_e2e::{Account, Built, House, Person, Server, tell, tell_except};

use crate::engines::{WEBKIT_CACHE, WEBKIT_NO_SLEEP};

const OFFER: &str = "A new version of Chinwag is ready.";

/// A server whose page can become another version, and somebody in the chat there whose browser keeps the page.
async fn keeper(house: &House) -> (Built, Server, Person) {
    let built = house.copies_the_page();
    let server = Server::open(built.path()).await;
    Account::register(&server.url(), "béla");
    let ada = house.returns_by(&Account::register(&server.url(), "ada"), &server.url()).await;
    ada.has_the_page_kept().await;
    (built, server, ada)
}

#[test]
fn the_page_opens_without_its_server_and_goes_on_when_that_is_back() {
    tell(async |house| {
        let ada = house.member("ada").await;
        ada.has_the_page_kept().await;
        house.server.stop().await;
        for address in ["", "#/6b03", "?a=b", "index.html", "people/ada"] {
            ada.visits(&format!("{}/{address}", house.server.url())).await;
            ada.sees_element("[data-page=chat]", "Not connected to server.").await;
            assert!(ada.has_the_page_from_the_worker().await, "{address}");
            assert!(!ada.sees_a_crash().await);
        }
        ada.reloads().await;
        ada.sees_element("[data-page=chat]", "Not connected to server.").await;
        house.server.start().await;
        ada.presses_button("Reconnect now").await;
        ada.sees_the_chat().await;
    });
}

#[test]
fn the_words_of_all_languages_are_kept_ones_own_first_and_pictures_for_the_system_are_not() {
    tell(async |house| {
        let ada = house.member("ada").await;
        ada.has_the_page_kept().await;
        let kept = async |end: &str| {
            ada.kept().await.iter().filter(|kept| kept.url.ends_with(end)).count()
        };
        assert_eq!(kept("/locales/en.json").await, 1);
        for language in ["ar", "de", "es", "zh"] {
            ada.until("the words", async || match kept(&format!("/{language}.json")).await {
                1 => Ok(()),
                count => Err(format!("{language}: {count}")),
            })
            .await;
        }
        for end in [".png", ".webmanifest"] {
            assert_eq!(kept(end).await, 0, "{end}");
        }
    });
}

#[test]
fn a_page_in_a_sub_path_of_a_host_of_files_opens_without_that_host() {
    tell(async |house| {
        let pages = house.hosts_pages_for_the_server().await;
        house.server.stop().await;
        house.server.allow(&pages.origin());
        house.server.start().await;
        let ada = house.browser("ada").await;
        ada.visits(&pages.url()).await;
        ada.registers().await;
        ada.has_the_page_kept().await;
        let (url, origin) = (pages.url(), pages.origin());
        drop(pages);
        // The host is gone, and the server that its configuration names is not.
        ada.visits(&url).await;
        ada.sees_the_chat().await;
        for kept in ada.kept().await {
            assert!(kept.url.starts_with(&url), "{kept:?}");
        }
        // What is beside the page is another's.
        let outside = format!("fetch('{origin}/other').then(() => 'there', () => 'not there')");
        assert_eq!(ada.asks(&format!("return {outside}"), vec![]).await, "not there");
    });
}

#[test]
fn a_newer_version_is_offered_and_all_tabs_go_over_to_it_together() {
    tell(async |house| {
        let (built, server, ada) = keeper(house).await;
        // The first tab was there before the worker.
        ada.opens("béla").await;
        ada.writes("not finished").await;
        ada.opens_a_tab(&server.url()).await;
        ada.sees_the_chat().await;
        ada.does_not_see(OFFER).await;

        built.becomes("two");
        assert_eq!(ada.looks_for_a_newer_version().await, "installed");
        for tab in 0..2 {
            ada.turns_to_tab(tab).await;
            ada.sees_element(".update", OFFER).await;
            assert_eq!(ada.has_the_page_from_the_worker().await, tab == 1);
        }
        // Until one takes it, everything is of the old one.
        ada.reloads().await;
        ada.sees_the_chat().await;
        ada.sees(OFFER).await;
        assert_eq!(ada.version().await, None);
        assert!(!icon(&ada).await.contains("two"));

        ada.presses_button("Load it").await;
        for tab in [1, 0] {
            ada.turns_to_tab(tab).await;
            ada.sees_version("two").await;
            ada.sees_the_chat().await;
            ada.does_not_see(OFFER).await;
            assert!(icon(&ada).await.contains("two"));
        }
        ada.sees_draft("not finished").await;
        // Nothing of the old one is left.
        let mut caches: Vec<_> = ada.kept().await.into_iter().map(|kept| kept.cache).collect();
        caches.dedup();
        assert_eq!(caches.len(), 2, "{caches:?}");
        server.stop().await;
        ada.reloads().await;
        ada.sees_version("two").await;
    });
}

#[test]
fn a_tab_that_was_there_before_the_worker_goes_over_too() {
    tell(async |house| {
        let (built, _server, ada) = keeper(house).await;
        assert!(!ada.has_the_page_from_the_worker().await);
        built.becomes("two");
        ada.looks_for_a_newer_version().await;
        ada.sees(OFFER).await;
        ada.presses_button("Load it").await;
        ada.sees_version("two").await;
        ada.sees_the_chat().await;
        assert!(ada.has_the_page_from_the_worker().await);
    });
}

#[test]
fn a_version_that_is_not_there_as_a_whole_is_not_offered() {
    tell(async |house| {
        let (built, _server, ada) = keeper(house).await;
        ada.reloads().await;
        ada.sees_the_chat().await;
        let icon_before = built.read("icon.svg");
        built.becomes("two");
        let icon_after = built.read("icon.svg");
        // The host is in the middle of its work.
        built.write("icon.svg", &icon_before);
        assert_eq!(ada.looks_for_a_newer_version().await, "redundant");
        ada.reloads().await;
        ada.sees_the_chat().await;
        assert_eq!(ada.version().await, None);
        ada.does_not_see(OFFER).await;
        built.write("icon.svg", &icon_after);
        assert_eq!(ada.looks_for_a_newer_version().await, "installed");
        ada.sees(OFFER).await;
    });
}

#[test]
fn only_what_has_changed_is_fetched_again() {
    tell_except(&[WEBKIT_CACHE], async |house| {
        let (built, _server, ada) = keeper(house).await;
        ada.reloads().await;
        ada.sees_the_chat().await;
        built.becomes("two");
        // A host that has lost the others cannot be asked for them, and the browser itself has forgotten them too.
        ada.empties_the_browsers_own_cache().await;
        built.loses("chinwag-web");
        assert_eq!(ada.looks_for_a_newer_version().await, "installed");
        ada.presses_button("Load it").await;
        ada.sees_version("two").await;
        ada.sees_the_chat().await;
    });
}

#[test]
fn a_kept_file_that_is_damaged_is_fetched_anew() {
    tell_except(&[WEBKIT_NO_SLEEP], async |house| {
        let ada = house.member("ada").await;
        ada.has_the_page_kept().await;
        let kept = ada.kept().await;
        for end in ["_bg.wasm", "_later.wasm", ".js", "/icon.svg", "/"] {
            let before = kept.iter().find(|kept| kept.url.ends_with(end)).unwrap();
            ada.has_a_damaged(end).await;
            ada.reloads().await;
            ada.sees_the_chat().await;
            // A script may still be in the browser's memory: then it is asked for here first.
            let script = "return fetch(arguments[0]).then(answer => answer.text())";
            assert_ne!(ada.asks(script, vec![before.url.clone().into()]).await, "damaged");
            ada.until("a sound file", async || {
                let after = ada.kept().await;
                if after.contains(before) { Ok(()) } else { Err(format!("{after:#?}")) }
            })
            .await;
        }
    });
}

#[test]
fn a_version_that_cannot_be_mended_any_more_gives_way_to_the_one_that_is_there() {
    tell_except(&[WEBKIT_NO_SLEEP], async |house| {
        let (built, _server, ada) = keeper(house).await;
        built.becomes("two");
        ada.has_a_damaged("/").await;
        ada.reloads().await;
        ada.sees_version("two").await;
        ada.sees_the_chat().await;
    });
}

#[test]
fn a_version_that_does_not_start_gives_way_to_the_next_one() {
    tell(async |house| {
        let (built, _server, ada) = keeper(house).await;
        let page = built.read("index.html");
        built.changes("index.html", &page.replace("_bg.wasm", "_no.wasm"));
        ada.looks_for_a_newer_version().await;
        ada.presses_button("Load it").await;
        ada.sees_element("#crashed", "Load it again").await;
        built.changes("index.html", &page);
        built.becomes("three");
        assert_eq!(ada.looks_for_a_newer_version().await, "installed");
        ada.clicks("#crashed a", None).await;
        ada.sees_version("three").await;
        ada.sees_the_chat().await;
        assert!(!ada.sees_a_crash().await);
    });
}

#[test]
fn what_the_server_answers_is_never_kept() {
    tell(async |house| {
        let (béla, account) = (house.account("béla"), house.account("ada"));
        béla.writes_to(&account, "a secret between us");
        let ada = house.returns(&account).await;
        ada.has_the_page_kept().await;
        ada.reloads().await;
        ada.opens("béla").await;
        ada.sees_message("a secret between us").await;
        let kept = ada.kept().await;
        assert!(kept.iter().any(|kept| kept.url.ends_with("_bg.wasm")), "{kept:#?}");
        let root = format!("{}/", house.server.url());
        for file in kept {
            let name = file.url.strip_prefix(&root).unwrap();
            let is_file = name.is_empty() || house.copies_the_page().path().join(name).is_file();
            assert!(is_file && !file.start.contains("success"), "{file:?}");
        }
        let script = "return fetch('api/auth/me').then(answer => answer.status)";
        assert_eq!(ada.asks(script, vec![]).await, 401);
    });
}

#[test]
fn another_server_in_the_configuration_is_gone_over_to_at_the_next_start() {
    tell(async |house| {
        let (built, server, ada) = keeper(house).await;
        house.server.stop().await;
        house.server.allow(&server.url());
        house.server.start().await;
        house.account("chi");
        built.write("config.json", &format!("{{ \"server\": \"{}\" }}", house.server.url()));
        // It begins with what it knows, and the page's policy lets it talk to the old one alone; then it begins again.
        ada.reloads().await;
        ada.sees_error("Your session has ended. Please log in again.").await;
        ada.registers().await;
        ada.sees_people(&["chi"]).await;
        ada.reloads().await;
        ada.sees_people(&["chi"]).await;
    });
}

/// The icon as the page gets it.
async fn icon(person: &Person) -> String {
    let icon = person.asks("return fetch('icon.svg').then(answer => answer.text())", vec![]).await;
    icon.as_str().unwrap_or_default().to_owned()
}
