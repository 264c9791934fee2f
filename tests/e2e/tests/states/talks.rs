//! What was said. Words only.

/// What was said with somebody.
pub(crate) struct Talk {
    /// What it is called here.
    pub(crate) name: &'static str,
    /// With whom.
    pub(crate) with: &'static str,
    /// Whether they are there.
    pub(crate) online: bool,
    /// From the oldest.
    pub(crate) lines: fn() -> Vec<Line>,
}

/// A message.
pub(crate) struct Line {
    /// How many minutes ago.
    pub(crate) ago: i64,
    pub(crate) mine: bool,
    pub(crate) text: String,
    pub(crate) delivered: bool,
    pub(crate) read: bool,
}

fn mine(ago: i64, text: &str) -> Line {
    Line { ago, mine: true, text: text.to_owned(), delivered: true, read: true }
}

fn theirs(ago: i64, text: &str) -> Line {
    Line { ago, mine: false, text: text.to_owned(), delivered: true, read: true }
}

fn unread(ago: i64, text: &str) -> Line {
    Line { read: false, ..theirs(ago, text) }
}

/// All of them. The last ones were never spoken to.
pub(crate) static TALKS: [Talk; 9] = [
    Talk { name: "talk", with: "Amélie Laurent", online: true, lines: talk },
    Talk { name: "marks", with: "Tunde Adébáyọ̀", online: true, lines: marks },
    Talk { name: "unread", with: "Дмитрий", online: false, lines: many },
    Talk { name: "right to left", with: "نور الهدى", online: true, lines: right_to_left },
    Talk { name: "long", with: "zoe_", online: false, lines: long },
    Talk { name: "names", with: "Wilhelmina-Charlotte von Thurn", online: false, lines: names },
    Talk { name: "empty", with: "Ines", online: true, lines: Vec::new },
    Talk { name: "nothing", with: "béla", online: false, lines: Vec::new },
    Talk { name: "still nothing", with: "Kofi Mensah", online: false, lines: Vec::new },
];

const DAY: i64 = 24 * 60;

fn talk() -> Vec<Line> {
    vec![
        theirs(DAY + 190, "Are you coming to the market on Saturday?"),
        mine(DAY + 187, "Yes! What shall I bring?"),
        theirs(DAY + 186, "Lemons, if they have any."),
        theirs(DAY + 186, "And the big basket, mine has lost its handle 🧺"),
        mine(DAY + 180, "Will do."),
        theirs(125, "I found the recipe: https://example.org/cakes/lemon"),
        theirs(
            124,
            "It says *zest of three lemons*, and not a word of how large a lemon is. My grandmother would have \
             known, she weighed everything on that old pair of scales with the brass plates.",
        ),
        mine(90, "Three small ones then, or two and a half."),
        mine(90, "We can always add more sugar"),
        theirs(41, "🍋🍋🍋"),
        mine(38, "See you at nine, by the fountain?"),
        theirs(22, "By the fountain. Bring an umbrella, it looks like rain."),
        mine(20, "Always do!"),
        Line { read: false, ..mine(12, "The bus is late, give me ten minutes.") },
        Line { read: false, delivered: false, ..mine(11, "Make that fifteen.") },
    ]
}

fn marks() -> Vec<Line> {
    vec![
        theirs(
            300,
            "# Plan for the release\n\n- freeze on **Monday**\n- notes by *Wednesday*\n- out on ~~Thursday~~ Friday",
        ),
        mine(290, "1. read it twice\n2. sleep\n3. read it again"),
        theirs(280, "> We never ship on a Friday.\n\nWho said that?"),
        mine(279, "> We never ship on a Friday.\n\nI did, and see `docs/habits.md` for why."),
        theirs(
            260,
            "This is what it prints:\n\n```\nerror: the page is larger than its budget: 131072 of 130000 bytes, see the report for what grew\n  \
             chinwag_bg.wasm.br  119061\n```",
        ),
        mine(
            250,
            "Then **less**:\n\n```rust\nfn main() {\n    println!(\"less\");\n}\n```\n\nThe rest is at \
             https://example.org/a/very/long/address/that/goes/on/and/on?with=a&query=too#and-a-fragment",
        ),
        theirs(
            240,
            "averylongwordthatnobodywouldeverwritebutsomebodyalwaysdoesandthenitdoesnotfitintotheline",
        ),
        mine(20, "👍"),
    ]
}

fn many() -> Vec<Line> {
    let old = (0..160).map(|number| {
        let (ago, text) = (30 * DAY - number * 240, format!("Letter {} of many.", number + 1));
        if number % 3 == 0 { mine(ago, &text) } else { theirs(ago, &text) }
    });
    let new =
        (0..18).zip(LETTERS.iter().cycle()).map(|(number, text)| unread(70 - number * 3, text));
    old.chain(new).collect()
}

const LETTERS: [&str; 6] = [
    "Добрый день!",
    "Поезд приходит в 18:40, седьмой вагон.",
    "I have two bags and a parcel for you; the parcel is heavier than both of them together.",
    "Если опоздаю, напишу.",
    "Is the café by the station still open?",
    "До встречи 👋",
];

fn right_to_left() -> Vec<Line> {
    vec![
        theirs(240, "صباح الخير! هل وصلتك الصورة؟"),
        mine(235, "نعم، شكراً 🌸 (the one from the roof)"),
        theirs(230, "قائمة اليوم:\n\n- خبز\n- زيتون\n- **ليمون**"),
        mine(
            228,
            "> هل وصلتك الصورة؟\n\nوصلت، وهي جميلة جداً. سأطبعها وأعلّقها على الحائط قرب النافذة حيث يصل ضوء الصباح.",
        ),
        theirs(226, "See you on Thursday, إن شاء الله"),
    ]
}

fn long() -> Vec<Line> {
    let lines: Vec<_> = (1..=60).map(|number| format!("{number}. and so it goes on")).collect();
    vec![mine(2_000, "What did they say?"), theirs(1_990, &lines.join("\n")), mine(1_980, "Oh.")]
}

fn names() -> Vec<Line> {
    vec![unread(
        600,
        "Donaudampfschifffahrtsgesellschaftskapitänsmützenabzeichen, in one word, please",
    )]
}
