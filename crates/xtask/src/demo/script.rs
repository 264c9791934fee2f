//! Who the demo's people are, and what they have said. Words only.

use std::time::Duration;

/// The password of all the demo's people.
pub(super) const PASSWORD: &str = "chinwag-demo";

/// The place in `PEOPLE` of the person who looks at the demo.
pub(super) const GUEST: usize = 0;

const AMELIE: usize = 1;
const DMITRI: usize = 2;
const NOUR: usize = 3;
const SAKURA: usize = 4;
const TUNDE: usize = 5;
const ZOE: usize = 6;

/// One of the demo's people.
#[derive(Debug)]
pub(super) struct Person {
    /// The name that others see.
    pub(super) name: &'static str,
    /// What one signs in with.
    pub(super) email: &'static str,
    /// What this person answers, in turn. Who has no answers is not online.
    pub(super) answers: &'static [&'static str],
    /// What this person says when the guest comes online.
    pub(super) greeting: Option<&'static str>,
    /// How long it takes to begin to type.
    pub(super) pace: Duration,
}

/// What two people have said to each other.
#[derive(Debug)]
pub(super) struct Talk {
    /// Their places in `PEOPLE`.
    pub(super) between: (usize, usize),
    /// Whether each of them has read what the other wrote.
    pub(super) read: (bool, bool),
    /// Who said what, the oldest first.
    pub(super) lines: &'static [Line],
}

/// The place of who says it, the words, and how often they are repeated.
#[derive(Debug)]
pub(super) struct Line(pub(super) usize, &'static str, usize);

impl Line {
    /// What is sent.
    pub(super) fn text(&self) -> String {
        self.1.repeat(self.2)
    }
}

const fn line(by: usize, words: &'static str) -> Line {
    Line(by, words, 1)
}

/// Everybody, the guest first.
pub(super) static PEOPLE: [Person; 7] = [
    Person {
        name: "Robin",
        email: "robin@demo.example",
        answers: &[],
        greeting: None,
        pace: Duration::ZERO,
    },
    Person {
        name: "Amélie Laurent",
        email: "amelie@demo.example",
        answers: &[
            "Oh nice, tell me more!",
            "Ha, I was just thinking the same 😄",
            "Give me a minute, I have flour on my hands.",
            "Yes! Saturday then?",
            "I'll ask Tunde and come back to you.",
        ],
        greeting: Some("There you are! I kept a slice of the lemon cake for you 🍋"),
        pace: Duration::from_millis(900),
    },
    Person {
        name: "Дмитрий",
        email: "dmitri@demo.example",
        answers: &[
            "Понял, спасибо!",
            "Сейчас посмотрю.",
            "Отличная идея 👍",
            "Напиши, когда будешь рядом.",
        ],
        greeting: None,
        pace: Duration::from_millis(1_500),
    },
    Person {
        name: "نور الهدى",
        email: "nour@demo.example",
        answers: &[
            "تمام، شكراً لك 🌸",
            "سأرسلها لك الليلة.",
            "هل وصلتك الصورة؟ (the one from the roof)",
            "إن شاء الله نلتقي الخميس.",
        ],
        greeting: None,
        pace: Duration::from_millis(1_200),
    },
    Person {
        name: "さくら子",
        email: "sakura@demo.example",
        answers: &[
            "了解です！",
            "なるほど、面白いですね。",
            "では、また明日 🙌",
            "写真ありがとう！",
        ],
        greeting: None,
        pace: Duration::from_millis(600),
    },
    Person {
        name: "Tunde Adébáyọ̀",
        email: "tunde@demo.example",
        answers: &[
            "On it.",
            "The tests are green again, by the way.",
            "Can you send me the link?",
            "`cargo xtask test` says yes, so I say yes.",
        ],
        greeting: None,
        pace: Duration::from_millis(700),
    },
    Person {
        name: "zoe_",
        email: "zoe@demo.example",
        answers: &[],
        greeting: None,
        pace: Duration::ZERO,
    },
];

/// All conversations, those of the guest and one that is not the guest's.
pub(super) static TALKS: [Talk; 7] = [
    Talk {
        between: (GUEST, ZOE),
        read: (true, false),
        lines: &[
            line(ZOE, "hey, is this thing on?"),
            line(GUEST, "It is! Welcome."),
            line(ZOE, "gotta run, talk later"),
            line(GUEST, "Sure, write whenever you like. I'll see it when I'm back."),
        ],
    },
    Talk {
        between: (GUEST, TUNDE),
        read: (true, true),
        lines: &[
            line(TUNDE, "Morning! The build broke on the old laptop, the one with 4 GB."),
            line(GUEST, "What does it say?"),
            line(
                TUNDE,
                "error[E0308]: mismatched types\n  --> src/state.rs:42:17\n   |\n42 |     picture.rows.push(row);\n   |                  \
                 ---- ^^^ expected `Row`, found `Option<Row>`",
            ),
            line(GUEST, "Ah. That one is mine, sorry."),
            line(GUEST, "Fixed, can you pull?"),
            line(TUNDE, "Pulling"),
            line(TUNDE, "Works 🎉"),
            line(
                TUNDE,
                "And it is quick: https://example.org/measurements?run=1204&machine=old-laptop#summary",
            ),
            line(GUEST, "<b>bold claim</b>, but I'll take it & frame it"),
            line(TUNDE, "😂"),
            line(
                GUEST,
                "One more thing: the word list is Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft-safe now.",
            ),
            line(TUNDE, "You tested with that?!"),
            line(GUEST, "Of course."),
        ],
    },
    Talk {
        between: (GUEST, SAKURA),
        read: (true, true),
        lines: &[
            line(SAKURA, "こんにちは！写真を見ましたか？"),
            line(GUEST, "見ました！きれいですね 🌸"),
            line(
                SAKURA,
                "昨日は天気がとても良かったので、川沿いをずっと歩きました。桜はもう散り始めていましたが、それでも本当にきれいでした。",
            ),
            line(GUEST, "Next year I'll come along."),
            line(SAKURA, "約束ですよ！"),
            line(SAKURA, "👩‍👩‍👧‍👦🚲🏞️"),
        ],
    },
    Talk {
        between: (GUEST, NOUR),
        read: (false, true),
        lines: &[
            line(NOUR, "مساء الخير! كيف كانت الرحلة؟"),
            line(GUEST, "Wonderful, thank you! مساء النور"),
            line(NOUR, "الحمد لله على السلامة. هل أحضرت الكتاب الذي تكلمنا عنه؟"),
            line(GUEST, "Yes: «ألف ليلة وليلة», volume 2, page 117."),
            line(NOUR, "رائع! نلتقي يوم الخميس الساعة 18:30 عند المقهى (Café Riche) كما اتفقنا."),
            line(NOUR, "لا تنسَ الكتاب 📚"),
            line(NOUR, "سلام!"),
        ],
    },
    Talk {
        between: (GUEST, DMITRI),
        read: (true, true),
        lines: &[
            line(GUEST, "Do you have the notes from Tuesday?"),
            line(DMITRI, "Да, сейчас пришлю. Они длинные, извини."),
            Line(
                DMITRI,
                "Мы начали с того, что договорились о порядке: сначала то, что мешает людям каждый день, потом то, что \
                 мешает раз в неделю, и только после этого всё остальное. Потом долго спорили о словах, потому что одно \
                 и то же называлось тремя разными именами, и решили выбрать одно. ",
                4,
            ),
            line(GUEST, "That is thorough. Thank you!"),
            line(DMITRI, "Пожалуйста 🙂"),
            line(GUEST, "One question: who writes to the landlord?"),
            line(DMITRI, "Я."),
            line(GUEST, "👍"),
        ],
    },
    Talk {
        between: (GUEST, AMELIE),
        read: (false, true),
        lines: &[
            line(AMELIE, "Coucou Robin!"),
            line(AMELIE, "Are you coming on Saturday?"),
            line(GUEST, "What's on Saturday?"),
            line(AMELIE, "The picnic! I told you last week 🙈"),
            line(GUEST, "You did. I forgot. I'm coming."),
            line(AMELIE, "Good. We need:\n• bread\n• something to drink\n• somebody with a guitar"),
            line(GUEST, "I can do the first two."),
            line(AMELIE, "And the third?"),
            line(GUEST, "You have not heard me play."),
            line(AMELIE, "😂😂😂"),
            line(AMELIE, "Fair."),
            line(GUEST, "How many are we?"),
            line(AMELIE, "Eight, perhaps nine if zoe_ makes it. She is never online, is she?"),
            line(GUEST, "She writes at four in the morning."),
            line(AMELIE, "That explains a lot."),
            line(
                GUEST,
                "Shall I bring the big blanket, the one that smells of last summer's campfire no matter how often it is washed?",
            ),
            line(AMELIE, "Yes please, the big one."),
            line(AMELIE, "And sunglasses 😎"),
            line(AMELIE, "I'm baking a lemon cake 🍋"),
            line(AMELIE, "Tell me when you are here!"),
        ],
    },
    Talk {
        between: (AMELIE, TUNDE),
        read: (true, true),
        lines: &[
            line(AMELIE, "Do you have a guitar?"),
            line(TUNDE, "I have two."),
            line(AMELIE, "You are invited."),
            line(TUNDE, "I was invited already!"),
            line(AMELIE, "More so, now."),
        ],
    },
];

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::{PEOPLE, TALKS};

    #[test]
    fn the_script_keeps_the_servers_rules() {
        for person in &PEOPLE {
            assert!((3..=30).contains(&person.name.chars().count()), "{}", person.name);
        }
        let mut messages = 0;
        for talk in &TALKS {
            for line in talk.lines {
                assert!(line.0 == talk.between.0 || line.0 == talk.between.1, "{}", line.1);
                assert!((1..=10_000).contains(&line.text().chars().count()), "{}", line.1);
                messages += 1;
            }
        }
        assert!(messages >= 60, "{messages}");
    }

    #[test]
    fn everybody_is_somebody_else() {
        let emails: BTreeSet<_> = PEOPLE.iter().map(|person| person.email).collect();
        let names: BTreeSet<_> = PEOPLE.iter().map(|person| person.name.to_lowercase()).collect();
        assert_eq!((emails.len(), names.len()), (PEOPLE.len(), PEOPLE.len()));
    }
}
