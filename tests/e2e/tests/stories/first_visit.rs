//! What a first visit is: `cargo xtask later` takes from here what it runs of the program, and these stories prove that it needs
//! no more (`crates/split`).

use chinwag_e2e::{Account, House, tell};

fn talk(house: &House) -> (Account, Account) {
    let (account, béla) = (house.account("ada"), house.account("béla"));
    for number in 0..60 {
        let (from, to) = if number % 3 == 0 { (&account, &béla) } else { (&béla, &account) };
        from.writes_to(to, &format!("message number {number}"));
    }
    (account, béla)
}

#[test]
fn who_registers_and_chats_needs_the_first_part_alone() {
    tell(async |house| {
        let (ada, béla) = (house.visitor("ada").await, house.browser("béla").await);
        béla.lacks_the_later_part().await;
        béla.visits(&house.server.url()).await;
        béla.sees_the_sign_in_page().await;
        béla.has_not_needed_the_later_part().await;
        ada.registers().await;
        béla.registers().await;
        ada.sees_person("béla", "the dot", |row| row.online).await;
        ada.opens("béla").await;
        béla.opens("ada").await;
        béla.sees("No messages yet").await;
        ada.writes("hello ").await;
        béla.sees_typing("ada").await;
        ada.says("béla").await;
        béla.sees_message("hello béla").await;
        béla.says("hello ada").await;
        béla.bubble("hello ada").becomes("read").await;
        béla.has_not_needed_the_later_part().await;
    });
}

#[test]
fn who_is_signed_in_and_opens_a_conversation_needs_the_first_part_alone() {
    tell(async |house| {
        let (account, béla) = talk(house);
        let url = house.server.url();
        let ada = house.browser("ada").await;
        ada.lacks_the_later_part().await;
        ada.visits(&url).await;
        ada.sees_the_sign_in_page().await;
        ada.signs_in().await;
        ada.opens("béla").await;
        ada.sees_message("message number 59").await;
        ada.is_at_the_end().await;
        ada.has_not_needed_the_later_part().await;

        ada.reloads().await;
        ada.sees_message("message number 59").await;
        ada.is_at_the_end().await;
        béla.writes_to(&account, "and one more");
        ada.sees_message("and one more").await;
        ada.says("I see").await;
        ada.bubble("I see").becomes("sent").await;
        ada.has_not_needed_the_later_part().await;
    });
}
