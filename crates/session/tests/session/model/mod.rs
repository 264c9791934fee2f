//! A person with up to three tabs, their browser, and a server, with faults at every step.
//!
//! The server is a base server with all its manners, or one with the extensions. Whatever the person, the others, the
//! network, the disk and the clock do: once the faults have ceased and all is quiet, each message that was accepted is
//! stored exactly once, in the order of typing, and every tab shows what one shows that has just been loaded.

mod browser;
mod op;
mod server;
mod tab;
mod verdict;
mod world;

use std::cell::Cell;
use std::panic::{self, AssertUnwindSafe, catch_unwind};
use std::sync::Once;
use std::time::{Duration, Instant};

use proptest::prelude::*;
use proptest::test_runner::{Config, RngAlgorithm, TestError, TestRng, TestRunner};

use op::{Op, hurry, op};
use server::Kind;
use world::World;

/// The people one can write to.
const PEERS: [&str; 3] = ["ada", "bela", "cyd"];
/// A text that the server refuses.
const REFUSED: &str = "refused";

/// Steps of each kind of server that every run of the tests takes: a million together.
const STEPS: usize = 500_000;
/// How many of the stories that one seed makes are told before the next seed.
const STORIES: u32 = 64;
/// So many minutes more, with seeds that were never tried (`cargo xtask soak`).
const MINUTES: &str = "CHINWAG_SOAK_MINUTES";
/// One seed alone, as a failure has named it.
const SEED: &str = "CHINWAG_SOAK_SEED";

/// What distinguishes one story from another beside what happens.
#[derive(Clone, Debug)]
struct Setting {
    kind: Kind,
    seed: u64,
    /// How far the client's clock is from the server's, in milliseconds.
    skew: i64,
    /// Whether sockets work in the end, or calls must do.
    sockets_at_the_end: bool,
}

fn setting(extended: bool) -> impl Strategy<Value = Setting> {
    let kind = if extended {
        Just(Kind::Extended).boxed()
    } else {
        any::<bool>().prop_map(|counts| Kind::Base { counts }).boxed()
    };
    let sockets = prop::bool::weighted(0.9);
    (kind, any::<u64>(), -7_200_000i64..7_200_000, sockets).prop_map(
        |(kind, seed, skew, sockets_at_the_end)| Setting { kind, seed, skew, sockets_at_the_end },
    )
}

thread_local! {
    /// Whether this thread's panics are told: not those of the thousand stories tried to find the shortest that fails.
    static QUIET: Cell<bool> = const { Cell::new(false) };
}

/// Lets panics of quiet threads pass in silence.
fn quieten() {
    static HOOK: Once = Once::new();
    HOOK.call_once(|| {
        let told = panic::take_hook();
        panic::set_hook(Box::new(move |panic| {
            if !QUIET.get() {
                told(panic);
            }
        }));
    });
}

/// Tells the stories of one seed. Returns how many steps they took.
fn tell(extended: bool, seed: u64) -> usize {
    tell_of(&op().boxed(), extended, seed)
}

/// The same of these things that happen.
fn tell_of(op: &(impl Strategy<Value = Op> + Clone), extended: bool, seed: u64) -> usize {
    let config = Config {
        cases: STORIES,
        failure_persistence: None,
        max_shrink_iters: 4_000,
        ..Config::default()
    };
    let mut bytes = [0; 32];
    bytes[..8].copy_from_slice(&seed.to_le_bytes());
    let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &bytes);
    let mut runner = TestRunner::new_with_rng(config, rng);
    quieten();
    QUIET.set(true);
    let steps = Cell::new(0);
    let stories = (setting(extended), prop::collection::vec(op.clone(), 1..160));
    let told = runner.run(&stories, |(setting, ops)| {
        let world = AssertUnwindSafe(|| play(&setting, &ops, false));
        match catch_unwind(world) {
            Ok(taken) => {
                steps.set(steps.get() + taken);
                Ok(())
            }
            Err(panic) => {
                let words = panic.downcast_ref::<String>().cloned();
                let words =
                    words.or_else(|| panic.downcast_ref().map(|text: &&str| (*text).to_owned()));
                Err(TestCaseError::fail(words.unwrap_or_default()))
            }
        }
    });
    QUIET.set(false);
    match told {
        Ok(()) => {}
        Err(TestError::Fail(why, (setting, ops))) => {
            let _ = catch_unwind(|| play(&setting, &ops, true));
            panic!("seed {seed} (extended: {extended}): {why}\n{setting:?}\n{ops:?}")
        }
        Err(TestError::Abort(why)) => panic!("seed {seed} (extended: {extended}): {why}"),
    }
    steps.get()
}

fn play(setting: &Setting, ops: &[Op], aloud: bool) -> usize {
    let mut world = World::new(setting, aloud);
    for op in ops {
        world.perform(op);
    }
    world.all_is_well_in_the_end(setting.sockets_at_the_end)
}

fn simulate(extended: bool) {
    if let Ok(seed) = std::env::var(SEED) {
        tell(extended, seed.parse().unwrap());
        return;
    }
    let (mut steps, mut seed) = (0, 0);
    while steps < STEPS {
        steps += tell(extended, seed);
        seed += 1;
    }
    let minutes: Option<u64> = std::env::var(MINUTES).ok().and_then(|minutes| minutes.parse().ok());
    let Some(minutes) = minutes else { return };
    let (begun, time) = (Instant::now(), Duration::from_secs(60 * minutes));
    seed = std::time::SystemTime::UNIX_EPOCH.elapsed().map_or(0, |since| since.as_secs()) << 20;
    while begun.elapsed() < time {
        steps += tell(extended, seed);
        seed += 1;
    }
    println!("extended: {extended}: {steps} steps, the last seed {}", seed - 1);
}

/// Behaviour 1, 2, 5, 6, 7, 8 and 9.
#[test]
fn with_a_base_server_each_message_is_stored_once_in_order_and_every_tab_shows_a_fresh_load() {
    simulate(false);
}

/// Behaviour 1, 2, 5, 6, 7, 8 and 9.
#[test]
fn with_an_extended_server_each_message_is_stored_once_in_order_and_every_tab_shows_a_fresh_load() {
    simulate(true);
}

/// Behaviour 1, where a server takes only so much in a while.
#[test]
fn with_a_server_that_takes_only_so_much_in_a_while_each_message_is_stored_once_in_order() {
    for seed in 0..10 {
        tell_of(&hurry().boxed(), true, seed);
    }
}
