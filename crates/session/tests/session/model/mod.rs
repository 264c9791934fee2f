//! A model of a base server with faults at every step, and a person who does anything at any time.
//!
//! Afterwards, when the faults have ceased and all is quiet, each message must be stored exactly once, in the
//! order of typing, and the picture must equal that of a session that has just been loaded.

mod driver;
mod server;

use driver::Driver;
use proptest::prelude::*;

/// The people one can write to.
const PEERS: [&str; 3] = ["ada", "bela", "cyd"];
/// A text that the server refuses.
const REFUSED: &str = "refused";

/// What the person, the others, the network or the clock does.
#[derive(Clone, Debug)]
enum Op {
    Send {
        to: usize,
        text: &'static str,
    },
    Edit {
        to: usize,
    },
    Open(usize),
    Close,
    LoadOlder,
    AtBottom(bool),
    Attention(bool),
    Online(bool),
    RetryFailed,
    ReconnectNow,
    PeerWrites(usize),
    PeerReads(usize),
    PeerComes(usize, bool),
    /// The server opens the socket, or does not.
    Accept,
    Refuse(u16),
    /// The server takes a frame of the client; the client receives one of the server; two of them overtake.
    ServerTakes,
    Deliver,
    Overtake,
    /// A call is worked on; an answer arrives.
    Compute(usize),
    Answer(usize),
    /// A call ends without an answer: after it was worked on, or before.
    Lose {
        call: usize,
        computed: bool,
    },
    Fail500(usize),
    /// The connection breaks: what was under way to the server is taken, or lost.
    Cut {
        code: u16,
        taken: bool,
    },
    /// Both sides believe in the connection, and nothing goes through.
    Stall,
    Wait(u64),
    ToDeadline,
}

fn op() -> impl Strategy<Value = Op> {
    let peer = || 0..PEERS.len();
    let text = prop_oneof![4 => Just("a"), 4 => Just("b"), 1 => Just(REFUSED)];
    prop_oneof![
        8 => (peer(), text).prop_map(|(to, text)| Op::Send { to, text }),
        1 => peer().prop_map(|to| Op::Edit { to }),
        4 => peer().prop_map(Op::Open),
        1 => Just(Op::Close),
        1 => Just(Op::LoadOlder),
        2 => any::<bool>().prop_map(Op::AtBottom),
        2 => any::<bool>().prop_map(Op::Attention),
        1 => any::<bool>().prop_map(Op::Online),
        1 => Just(Op::RetryFailed),
        1 => Just(Op::ReconnectNow),
        6 => peer().prop_map(Op::PeerWrites),
        2 => peer().prop_map(Op::PeerReads),
        1 => (peer(), any::<bool>()).prop_map(|(who, online)| Op::PeerComes(who, online)),
        6 => Just(Op::Accept),
        1 => prop_oneof![Just(1006), Just(4004)].prop_map(Op::Refuse),
        10 => Just(Op::ServerTakes),
        14 => Just(Op::Deliver),
        2 => Just(Op::Overtake),
        10 => (0..8usize).prop_map(Op::Compute),
        10 => (0..8usize).prop_map(Op::Answer),
        1 => (0..8usize, any::<bool>()).prop_map(|(call, computed)| Op::Lose { call, computed }),
        1 => (0..8usize).prop_map(Op::Fail500),
        2 => (prop_oneof![3 => Just(1006), 1 => Just(4004), 1 => Just(4005)], any::<bool>())
            .prop_map(|(code, taken)| Op::Cut { code, taken }),
        1 => Just(Op::Stall),
        3 => (1..12_000u64).prop_map(Op::Wait),
        4 => Just(Op::ToDeadline),
    ]
}

proptest! {
    // A few seconds' worth; `PROPTEST_CASES` asks for more.
    #![proptest_config(ProptestConfig::with_cases(ProptestConfig::default().cases / 2))]

    #[test]
    fn each_message_is_stored_once_in_order_and_the_picture_equals_a_fresh_load(
        ops in prop::collection::vec(op(), 1..160),
        seed in any::<u64>(),
        skew in -7_200_000i64..7_200_000,
        counts: bool,
        sockets_at_the_end in prop::bool::weighted(0.9),
    ) {
        let mut driver = Driver::new(seed, skew, counts);
        for op in ops {
            driver.perform(&op);
        }
        driver.all_is_well_in_the_end(sockets_at_the_end);
    }
}
