//! What a first visit is: `cargo xtask later` takes from here what it runs of the program, and these stories prove that it needs
//! no more (`crates/split`). It ends when the page stands: from then on the later part comes, while one looks.

use chinwag_e2e::{DESKTOP, PHONE, tell};

#[test]
fn the_sign_in_page_stands_by_the_first_part_alone() {
    tell(async |house| {
        let ada = house.browser("ada").await;
        ada.gets_the_later_part_only_when_needed("[data-page=sign-in]").await;
        ada.visits(&house.server.url()).await;
        ada.stands_by_the_first_part().await;
    });
}

#[test]
fn the_list_of_people_and_a_conversation_stand_by_the_first_part_alone() {
    tell(async |house| {
        let (account, béla) = (house.account("ada"), house.account("béla"));
        for number in 0..60 {
            let (from, to) = if number % 3 == 0 { (&account, &béla) } else { (&béla, &account) };
            from.writes_to(to, &format!("message number {number}"));
        }
        let url = house.server.url();
        let ada = house.browser("ada").await;
        ada.was_signed_in(&account, &url).await;
        ada.gets_the_later_part_only_when_needed(".person").await;
        ada.visits(&url).await;
        ada.stands_by_the_first_part().await;

        // Somebody else, whose browser knows nothing yet.
        let bob = house.browser("bob").await;
        bob.was_signed_in(&béla, &url).await;
        bob.gets_the_later_part_only_when_needed(".message:nth-child(20)").await;
        bob.visits(&format!("{url}/?#/{}", account.id)).await;
        bob.stands_by_the_first_part().await;
        bob.is_at_the_end().await;
    });
}

#[test]
fn a_busy_chat_stands_by_the_first_part_alone_on_a_laptop_and_on_a_phone() {
    tell(async |house| {
        let (account, béla) = (house.account("ada"), house.account("béla"));
        for number in 0..60 {
            let (from, to) = if number % 3 == 0 { (&account, &béla) } else { (&béla, &account) };
            from.writes_to(to, &format!("message number {number}: “{}”", "words ".repeat(number)));
        }
        for number in 0..30 {
            let friend = house.account(&format!("Friend {number}"));
            friend.writes_to(&account, "Have you seen this? https://example.org/a?b=c \u{1f600}");
            let _ = house.account(&format!("somebody.{number}"));
        }
        let url = house.server.url();
        house.returns(&béla).await;
        for (window, place, stands) in [
            (DESKTOP, "", ".person:nth-of-type(1)"),
            (PHONE, "", ".person:nth-of-type(1)"),
            (DESKTOP, &*format!("?#/{}", béla.id), ".message:nth-child(20)"),
            (PHONE, &*format!("?#/{}", béla.id), ".message:nth-child(20)"),
        ] {
            let visit = async || {
                let ada = house.browser("ada").await;
                ada.has_a_window(window).await;
                ada.was_signed_in(&account, &url).await;
                ada.gets_the_later_part_only_when_needed(stands).await;
                ada.visits(&format!("{url}/{place}")).await;
                ada.has_stood_by_the_first_part().await
            };
            // On a busy machine the answers may come in another order, in which some rows are drawn twice, as in Firefox. A list
            // that lacks something lacks it each time.
            if visit().await.is_err() {
                visit().await.unwrap();
            }
        }
    });
}
