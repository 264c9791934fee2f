//! Where a story happens: a server, a driver, and the people who come.

use std::cell::RefCell;
use std::fs;
use std::panic::{AssertUnwindSafe, resume_unwind};
use std::path::{Path, PathBuf};
use std::time::Duration;

use futures_util::FutureExt;
use tempfile::TempDir;
use tokio::time::timeout;

use crate::browser::Driver;
use crate::{Account, Base, Built, DESKTOP, Engine, Pages, Person, Proxy, Server, environment};

/// No story takes so long unless something hangs.
const LIMIT: Duration = Duration::from_mins(5);

/// Where a story happens.
#[derive(Debug)]
pub struct House {
    /// The chat server. It runs from the start.
    pub server: Server,
    people: RefCell<Vec<Person>>,
    // Before the folder: the browsers write into it until their driver ends.
    driver: Driver,
    folder: TempDir,
    dist: PathBuf,
}

/// Tells a story. Where it does not hold, the pages' texts are printed and their screenshots kept in `target/e2e`; in any case
/// everything that was started is ended.
pub fn tell(story: impl AsyncFnOnce(&House)) {
    // What stands between browsers and servers goes on while the story itself waits for an answer.
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    runtime.block_on(async {
        let house = House::open().await;
        let told = AssertUnwindSafe(async {
            timeout(LIMIT, story(&house)).await.expect("a story that comes to its end");
            house.nobody_saw_it_crash().await;
        });
        if let Err(panic) = told.catch_unwind().await {
            house.keep_evidence().await;
            drop(house);
            resume_unwind(panic);
        }
    });
}

/// Tells a story, but not in these engines, for these reasons.
pub fn tell_except(engines: &[(Engine, &str)], story: impl AsyncFnOnce(&House)) {
    let here = Engine::here();
    match engines.iter().find(|(engine, _)| *engine == here) {
        Some((_, why)) => here.skips(std::thread::current().name().unwrap_or("a story"), why),
        None => tell(story),
    }
}

impl House {
    async fn open() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let dist = environment::dist();
        let driver = Driver::start(folder.path()).await;
        let server = Server::open(&dist).await;
        Self { server, people: RefCell::default(), driver, folder, dist }
    }

    /// A copy of the built page.
    pub fn copies_the_page(&self) -> Built {
        Built::copy(&self.dist)
    }

    /// The built page on another origin, with this `config.json`.
    pub async fn hosts_pages(&self, config: impl Into<String>) -> Pages {
        Pages::open(&self.dist, config.into()).await
    }

    /// The built page on another origin, set up for this house's server.
    pub async fn hosts_pages_for_the_server(&self) -> Pages {
        self.hosts_pages(format!("{{ \"server\": \"{}\" }}", self.server.url())).await
    }

    /// A line to this house's server.
    pub async fn line(&self) -> Proxy {
        Proxy::open(self.server.port()).await
    }

    /// Another server, which knows the base protocol alone. It serves the page too.
    pub async fn base(&self) -> Base {
        Base::open(&self.dist).await
    }

    /// Somebody has an account.
    pub fn account(&self, name: &str) -> Account {
        Account::register(&self.server.url(), name)
    }

    /// Somebody opens the page in a browser.
    pub async fn visitor(&self, name: &str) -> Person {
        let person = self.browser(name).await;
        person.visits(&self.server.url()).await;
        person
    }

    /// Somebody has an account, and is signed in in a browser of theirs.
    pub async fn member(&self, name: &str) -> Person {
        self.returns(&self.account(name)).await
    }

    /// Somebody with an account is signed in in a new browser.
    pub async fn returns(&self, account: &Account) -> Person {
        self.returns_by(account, &self.server.url()).await
    }

    /// The same, by this address: that of a line, or of another server.
    pub async fn returns_by(&self, account: &Account, url: &str) -> Person {
        let person = self.browser(&account.name).await;
        person.was_signed_in(account, url).await;
        person.visits(url).await;
        person.sees_the_chat().await;
        person
    }

    /// Somebody opens a browser, without any page yet.
    pub async fn browser(&self, name: &str) -> Person {
        let number = self.people.borrow().len();
        let profile = self.folder.path().join(format!("profile-{number}-{}", std::process::id()));
        // Two browsers may be opened at the same time.
        let profile = (0..).map(|copy| profile.with_extension(copy.to_string()));
        let profile = profile.into_iter().find(|path| fs::create_dir(path).is_ok()).unwrap();
        let person = Person::new(name, self.driver.open(&profile).await);
        person.has_a_window(DESKTOP).await;
        self.people.borrow_mut().push(person.clone());
        person
    }

    /// In no story does the program stop working.
    async fn nobody_saw_it_crash(&self) {
        for person in self.present() {
            person.has_seen_no_crash().await;
        }
    }

    async fn keep_evidence(&self) {
        let story = std::thread::current().name().unwrap_or("story").replace("::", ".");
        let folder = environment::evidence();
        for (number, person) in self.present().iter().enumerate() {
            let path = folder.join(format!("{story}.{number}-{}.png", person.name()));
            println!("\n--- What {} saw ---\n{}", person.name(), person.page_in_words().await);
            println!("--- and the console said ---\n{}", person.console().await.join("\n"));
            if let Some(picture) = person.picture().await
                && keep(&path, &picture).is_ok()
            {
                println!("--- as in {} ---", path.display());
            }
        }
        println!("\n--- The server's log ---\n{}", self.server.log());
    }

    fn present(&self) -> Vec<Person> {
        self.people.borrow().iter().filter(|person| person.is_present()).cloned().collect()
    }
}

fn keep(path: &Path, picture: &[u8]) -> std::io::Result<()> {
    fs::create_dir_all(path.parent().unwrap_or(Path::new(".")))?;
    fs::write(path, picture)
}
