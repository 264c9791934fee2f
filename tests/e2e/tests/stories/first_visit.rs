//! What a first visit is: `cargo xtask later` takes from here what it runs of the program, and these stories prove that it needs
//! no more (`crates/split`). It ends when the page stands: from then on the later part comes, while one looks.

use chinwag_e2e::tell;

#[test]
fn the_sign_in_page_stands_by_the_first_part_alone() {
    tell(async |house| {
        let ada = house.browser("ada").await;
        ada.lacks_the_later_part().await;
        ada.visits(&house.server.url()).await;
        ada.sees_the_sign_in_page().await;
        ada.has_not_needed_the_later_part().await;
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
        ada.lacks_the_later_part().await;
        ada.was_signed_in(&account, &url).await;
        ada.visits(&url).await;
        ada.sees_the_chat().await;
        ada.sees_person("béla", "the list", |row| row.line == "message number 59").await;
        ada.has_not_needed_the_later_part().await;

        ada.visits(&format!("{url}/?#/{}", béla.id)).await;
        ada.sees_message("message number 59").await;
        ada.is_at_the_end().await;
        ada.sees_connection("Connected").await;
        ada.has_not_needed_the_later_part().await;
    });
}
