//! The static files on another host, in a sub-path.

use chinwag_e2e::tell;

#[test]
fn pages_from_another_origin_work_where_the_server_lets_them() {
    tell(async |house| {
        let pages = house.hosts_pages_for_the_server().await;
        house.account("béla");
        let ada = house.browser("ada").await;
        ada.visits(&pages.url()).await;
        // A server that does not know this origin.
        ada.tries_to_register("ada", "ada@example.org", "secret1").await;
        ada.sees_error("The server cannot be reached").await;

        house.server.stop().await;
        house.server.allow(&pages.origin());
        house.server.start().await;
        ada.submits().await;
        ada.sees_the_chat().await;
        ada.opens("béla").await;
        ada.says("from afar").await;
        ada.bubble("from afar").becomes("sent").await;
        ada.reloads().await;
        ada.sees_the_chat().await;
        ada.sees_messages(&["from afar"]).await;
        // What the server refuses can be read from there too.
        ada.logs_out().await;
        ada.tries_to_sign_in("not the one").await;
        ada.sees_error("Invalid credentials").await;
    });
}

#[test]
fn a_broken_configuration_says_so() {
    tell(async |house| {
        let ada = house.browser("ada").await;
        for (config, why) in [
            ("{ \"server\": ", "config.json: this is not a JSON object"),
            ("[]", "config.json: this is not a JSON object"),
            ("{ \"server\": 5 }", "config.json: “server” is not a text"),
            ("{ \"server\": \"chat.example\" }", "config.json: "),
        ] {
            let pages = house.hosts_pages(config).await;
            ada.visits(&pages.url()).await;
            ada.sees("Chinwag is not set up correctly").await;
            ada.sees(why).await;
            assert!(!ada.sees_a_crash().await);
        }
    });
}
