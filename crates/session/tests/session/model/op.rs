//! What the person, the others, the network, the browser or the clock does.

use proptest::prelude::*;

use super::browser::Disk;
use super::{PEERS, REFUSED};

/// So much later that what was typed before is not looked for among what is stored from then on, whatever the clocks.
const A_DAY: u64 = 100_000_000;

/// One thing that happens. A tab, a call, a socket is named by a number, modulo how many there are.
#[derive(Clone, Debug)]
pub(super) enum Op {
    Send {
        tab: usize,
        to: usize,
        text: &'static str,
    },
    Edit {
        tab: usize,
        to: usize,
    },
    Open {
        tab: usize,
        with: usize,
    },
    Close(usize),
    LoadOlder(usize),
    /// The copy of what the server has is to go.
    Clear(usize),
    AtBottom(usize, bool),
    /// The rows around somewhere are to be drawn.
    Look {
        tab: usize,
        to: usize,
    },
    /// Somebody goes to when a message was stored, or some time before.
    Date {
        tab: usize,
        which: usize,
        before: i64,
    },
    /// What is missing before some row is to be loaded.
    Fill {
        tab: usize,
        row: usize,
        from_above: bool,
    },
    Stay(usize),
    /// So many pages of messages are stored that nobody has asked for.
    Backlog {
        who: usize,
        pages: usize,
    },
    Attention(usize, bool),
    Online(bool),
    RetryFailed(usize),
    ReconnectNow(usize),
    PeerWrites(usize),
    PeerReads(usize),
    PeerComes(usize, bool),
    /// One reads or writes at another device.
    Elsewhere {
        with: usize,
        reads: bool,
    },
    /// The server opens the socket, or does not.
    Accept,
    Refuse(u16),
    /// The server takes a frame of the client; the client receives one of the server; two of them overtake.
    ServerTakes,
    Deliver,
    Overtake,
    /// A frame is told twice, as no server should.
    Double,
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
    /// The server ends and begins again; one with events may have forgotten how it counted, or what is old.
    Restart {
        taken: bool,
        forgets: bool,
    },
    Forget,
    /// The server takes only so many more messages for some seconds.
    Limit(usize),
    /// The disk does what it was asked first; it does nothing any more, takes no more, or does all again.
    Disk,
    DiskIs(Disk),
    /// A value of the cache is damaged.
    Damage(usize, usize),
    /// A tab hears what another said.
    Hear(usize),
    /// A tab is opened; closed; killed between two effects, with its last writes done or not.
    OpenTab,
    CloseTab(usize),
    Crash {
        tab: usize,
        after: usize,
        written: bool,
        taken: bool,
    },
    /// The lock goes to the next tab.
    Grant,
    Wait(u64),
    ToDeadline(usize),
}

/// One tab writes to one person, much faster than the server likes.
pub(super) fn hurry() -> impl Strategy<Value = Op> {
    let text = prop_oneof![Just("a"), Just("b"), Just("c")];
    prop_oneof![
        8 => text.prop_map(|text| Op::Send { tab: 0, to: 0, text }),
        10 => Just(Op::Disk),
        4 => Just(Op::Accept),
        8 => Just(Op::ServerTakes),
        8 => Just(Op::Deliver),
        2 => (0..3usize).prop_map(Op::Limit),
        1 => any::<bool>().prop_map(|taken| Op::Cut { code: 1006, taken }),
        2 => (1..4_000u64).prop_map(Op::Wait),
        2 => Just(Op::ToDeadline(0)),
        2 => (0..8usize).prop_map(Op::Compute),
        2 => (0..8usize).prop_map(Op::Answer),
    ]
}

pub(super) fn op() -> impl Strategy<Value = Op> {
    let peer = || 0..PEERS.len();
    let tab = || 0..3usize;
    let text = prop_oneof![4 => Just("a"), 4 => Just("b"), 1 => Just(REFUSED)];
    let talk = prop_oneof![
        8 => (tab(), peer(), text).prop_map(|(tab, to, text)| Op::Send { tab, to, text }),
        1 => (tab(), peer()).prop_map(|(tab, to)| Op::Edit { tab, to }),
        4 => (tab(), peer()).prop_map(|(tab, with)| Op::Open { tab, with }),
        1 => tab().prop_map(Op::Close),
        1 => tab().prop_map(Op::LoadOlder),
        1 => tab().prop_map(Op::Clear),
        2 => (tab(), any::<bool>()).prop_map(|(tab, at)| Op::AtBottom(tab, at)),
        2 => (tab(), 0..40usize).prop_map(|(tab, to)| Op::Look { tab, to }),
        2 => (tab(), any::<usize>(), 0..9_000i64)
            .prop_map(|(tab, which, before)| Op::Date { tab, which, before }),
        2 => (tab(), any::<usize>(), any::<bool>())
            .prop_map(|(tab, row, from_above)| Op::Fill { tab, row, from_above }),
        1 => tab().prop_map(Op::Stay),
        1 => (peer(), prop_oneof![5 => Just(4), 1 => Just(12)])
            .prop_map(|(who, pages)| Op::Backlog { who, pages }),
        2 => (tab(), any::<bool>()).prop_map(|(tab, is)| Op::Attention(tab, is)),
        1 => any::<bool>().prop_map(Op::Online),
        1 => tab().prop_map(Op::RetryFailed),
        1 => tab().prop_map(Op::ReconnectNow),
        6 => peer().prop_map(Op::PeerWrites),
        2 => peer().prop_map(Op::PeerReads),
        1 => (peer(), any::<bool>()).prop_map(|(who, online)| Op::PeerComes(who, online)),
        1 => (peer(), any::<bool>()).prop_map(|(with, reads)| Op::Elsewhere { with, reads }),
    ];
    let network = prop_oneof![
        6 => Just(Op::Accept),
        1 => prop_oneof![Just(1006), Just(4004)].prop_map(Op::Refuse),
        10 => Just(Op::ServerTakes),
        14 => Just(Op::Deliver),
        2 => Just(Op::Overtake),
        1 => Just(Op::Double),
        10 => (0..8usize).prop_map(Op::Compute),
        10 => (0..8usize).prop_map(Op::Answer),
        1 => (0..8usize, any::<bool>()).prop_map(|(call, computed)| Op::Lose { call, computed }),
        1 => (0..8usize).prop_map(Op::Fail500),
        2 => (prop_oneof![3 => Just(1006), 1 => Just(4004), 1 => Just(4005)], any::<bool>())
            .prop_map(|(code, taken)| Op::Cut { code, taken }),
        1 => Just(Op::Stall),
        1 => (any::<bool>(), any::<bool>())
            .prop_map(|(taken, forgets)| Op::Restart { taken, forgets }),
        1 => Just(Op::Forget),
        2 => (0..3usize).prop_map(Op::Limit),
    ];
    let browser = prop_oneof![
        16 => Just(Op::Disk),
        1 => prop_oneof![7 => Just(Disk::Sound), 2 => Just(Disk::Gone), 2 => Just(Disk::Full)]
            .prop_map(Op::DiskIs),
        1 => (any::<usize>(), any::<usize>()).prop_map(|(which, how)| Op::Damage(which, how)),
        8 => tab().prop_map(Op::Hear),
        1 => Just(Op::OpenTab),
        1 => tab().prop_map(Op::CloseTab),
        1 => (tab(), 0..12usize, any::<bool>(), any::<bool>())
            .prop_map(|(tab, after, written, taken)| Op::Crash { tab, after, written, taken }),
        3 => Just(Op::Grant),
        6 => (1..12_000u64).prop_map(Op::Wait),
        1 => Just(Op::Wait(A_DAY)),
        4 => tab().prop_map(Op::ToDeadline),
    ];
    prop_oneof![34 => talk, 55 => network, 30 => browser]
}
