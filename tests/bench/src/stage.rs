//! What figures stand on: two servers with the same conversations, one for each page, and browsers where they are wanted.

use std::cell::{Cell, RefCell};
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, anyhow, bail};
use chinwag_e2e::{Account, Server};
use serde_json::json;
use tempfile::TempDir;

use crate::baseline;
use crate::fill::{Written, fill, mark};
use crate::page::Page;

/// How long one may scroll up to bring a long conversation in.
const LOADING: Duration = Duration::from_secs(150);

/// How long a page may be busy beyond what it was given.
pub(crate) const BUSY: Duration = Duration::from_secs(30);

/// One of the two pages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Which {
    /// The built page.
    Product,
    /// The page that is written by hand.
    Baseline,
}

/// Something for each of the two pages.
#[derive(Clone, Debug, Default)]
pub(crate) struct Both<T> {
    /// The built page's.
    pub(crate) product: T,
    /// The other's.
    pub(crate) baseline: T,
}

impl<T> Both<T> {
    /// That of one page.
    pub(crate) fn of(&self, which: Which) -> &T {
        match which {
            Which::Product => &self.product,
            Which::Baseline => &self.baseline,
        }
    }

    /// That of one page, to be changed.
    pub(crate) fn of_mut(&mut self, which: Which) -> &mut T {
        match which {
            Which::Product => &mut self.product,
            Which::Baseline => &mut self.baseline,
        }
    }
}

/// With whom one has talked. All of it is the same on both servers.
#[derive(Debug)]
pub(crate) struct Cast {
    /// Who looks at the pages.
    pub(crate) me: Account,
    /// 50 messages.
    pub(crate) short: Account,
    /// 10,000 messages.
    pub(crate) long: Account,
    /// 100,000 messages.
    pub(crate) huge: Account,
    /// 20 people, with 200 messages each.
    pub(crate) circle: Vec<Account>,
    /// One for each run: 50 messages, and a burst to come.
    pub(crate) bursts: Vec<Account>,
    /// One for each run: 50 messages, and 100,000 to come.
    pub(crate) crowds: Vec<Account>,
}

/// How many messages there are with [`Cast::short`] and those that more come from.
pub(crate) const SHORT: usize = 50;
/// How many there are with [`Cast::long`].
pub(crate) const LONG: usize = 10_000;
/// How many there are with [`Cast::huge`].
pub(crate) const HUGE: usize = 100_000;
/// How many there are with each of [`Cast::circle`].
pub(crate) const CIRCLE: usize = 200;

/// A page with the long conversation open, at its end, as much of it brought in as was possible.
#[derive(Debug)]
pub(crate) struct Loaded {
    /// The page.
    pub(crate) page: Page,
    /// How many messages of it were brought in.
    pub(crate) count: usize,
}

/// A page with a conversation brought in, or why there is none.
type Fixture = Result<Rc<Loaded>, String>;

/// Where figures are measured.
#[derive(Debug)]
pub(crate) struct Stage {
    /// Each serves its page.
    pub(crate) servers: Both<Server>,
    /// With whom one has talked.
    pub(crate) cast: Cast,
    /// How often each figure is measured.
    pub(crate) runs: usize,
    /// The built page's files.
    pub(crate) dist: Both<PathBuf>,
    until: Cell<Instant>,
    profiles: Cell<u32>,
    /// Kept from one figure to the next: to scroll through 10,000 messages takes its time.
    long: RefCell<Option<Both<Fixture>>>,
    // Last: browsers write into it until they end.
    folder: TempDir,
}

impl Stage {
    /// Starts two servers and fills them.
    pub(crate) async fn open(dist: &Path, runs: u32) -> Result<Self> {
        if !dist.join("index.html").is_file() {
            bail!(
                "there is no built page in {}: build it, or say with --dist where it is",
                dist.display()
            );
        }
        let folder = tempfile::tempdir()?;
        let by_hand = folder.path().join("baseline");
        baseline::write(&by_hand)?;
        let servers = Both {
            product: Server::open_to_measure(dist).await,
            baseline: Server::open_to_measure(&by_hand).await,
        };
        let runs = usize::try_from(runs)?;
        let cast = Cast::register(&servers.product.url(), runs);
        servers.product.stop().await;
        servers.baseline.stop().await;
        let data = servers.product.data();
        fill(&data, &cast.me, &cast.conversations()).await?;
        let copy = servers.baseline.data().join("chinwag.db");
        std::fs::copy(data.join("chinwag.db"), copy).context("the store cannot be copied")?;
        servers.product.start().await;
        servers.baseline.start().await;
        Ok(Self {
            servers,
            cast,
            runs,
            dist: Both { product: dist.to_owned(), baseline: by_hand },
            until: Cell::new(Instant::now()),
            profiles: Cell::new(0),
            long: RefCell::default(),
            folder,
        })
    }

    /// A figure begins, which may take so long.
    pub(crate) fn begins(&self, limit: Duration) {
        self.until.set(Instant::now() + limit);
    }

    /// How much of a figure's time is left.
    pub(crate) fn left(&self) -> Duration {
        self.until.get().saturating_duration_since(Instant::now())
    }

    /// One of the pages in a new browser, signed in, nothing opened yet.
    pub(crate) async fn page(&self, which: Which) -> Result<Page> {
        self.page_at(which, &self.servers.of(which).url()).await
    }

    /// The same by this address: that of a line to its server.
    pub(crate) async fn page_at(&self, which: Which, url: &str) -> Result<Page> {
        let number = self.profiles.replace(self.profiles.get() + 1);
        let folder = self.folder.path().join(format!("browser-{number}"));
        std::fs::create_dir_all(&folder)?;
        Page::open(&folder, url, &self.cast.me.token, which).await
    }

    /// The page with the conversation of 10,000 open and all of it brought in, or as much as there was time for.
    pub(crate) async fn with_long(&self, which: Which) -> Result<Rc<Loaded>> {
        if self.long.borrow().is_none() {
            let fixture = Both {
                product: self.load(Which::Product, &self.cast.long, LONG).await,
                baseline: self.load(Which::Baseline, &self.cast.long, LONG).await,
            };
            self.long.replace(Some(fixture));
        }
        let long = self.long.borrow();
        let fixture = long.as_ref().context("just made")?;
        fixture.of(which).clone().map_err(|words| anyhow!(words))
    }

    /// The browsers of [`Stage::with_long`] are closed.
    pub(crate) fn without_long(&self) {
        self.long.take();
    }

    async fn load(&self, which: Which, with: &Account, count: usize) -> Fixture {
        let loaded = async {
            let page = self.page(which).await?;
            let count = bring_in(&page, with, count, LOADING).await?;
            Ok::<_, anyhow::Error>(Rc::new(Loaded { page, count }))
        };
        loaded.await.map_err(|error| format!("{error:#}"))
    }
}

/// Opens a conversation of so many messages, scrolls up as far as there is time, and comes back to its end. How many
/// messages were brought in.
pub(crate) async fn bring_in(
    page: &Page,
    with: &Account,
    count: usize,
    patience: Duration,
) -> Result<usize> {
    page.visit(&format!("#/{}", with.id)).await?;
    let last = mark(count);
    page.awaits("(last) => bench.painted(last, 60000)", vec![json!(last)]).await?;
    page.learns_to_scroll().await?;
    let reaches = "(patience) => bench.reachTop(patience)";
    let millis = u64::try_from(patience.as_millis())?;
    let first = page.awaits_long(reaches, vec![json!(millis)], patience + BUSY).await?;
    let first = first.as_u64().and_then(|first| usize::try_from(first).ok());
    let first = first.context("no message was found at the top")?;
    let back = page.awaits("(last) => bench.reachEnd(last, 60000)", vec![json!(last)]).await?;
    if back != json!(true) {
        bail!("one does not get back to the end within 60 s, with {} messages", count + 1 - first);
    }
    page.awaits("() => bench.idle()", vec![]).await?;
    Ok(count + 1 - first)
}

impl Cast {
    fn register(server: &str, runs: usize) -> Self {
        let one = |name: &str| Account::register(server, name);
        let some = |name: &str, count| {
            (1..=count).map(|number| one(&format!("{name} {number}"))).collect()
        };
        Self {
            me: one("Myself"),
            short: one("Short"),
            long: one("Long"),
            huge: one("Huge"),
            circle: some("Circle", 20),
            bursts: some("Burst", runs),
            crowds: some("Crowd", runs),
        }
    }

    fn conversations(&self) -> Vec<Written<'_>> {
        let one = |with, count| Written { with, count };
        let growing = self.bursts.iter().chain(&self.crowds).map(|with| one(with, SHORT));
        let circle = self.circle.iter().map(|with| one(with, CIRCLE));
        let rest = [one(&self.huge, HUGE), one(&self.long, LONG), one(&self.short, SHORT)];
        growing.chain(circle).chain(rest).collect()
    }
}
