//! How many tests passed and failed, read from what the runners print.

/// Tests that were run.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Count {
    /// Those that hold.
    pub(crate) passed: u64,
    /// Those that do not.
    pub(crate) failed: u64,
    /// Those that cannot be run here, each of which has said why.
    pub(crate) skipped: u64,
}

/// How a story begins to say that it is not told in an engine (`tests/e2e/src/engine.rs`). Its runner takes it for one that holds.
const SKIPPED: &str = "skipped in ";

impl Count {
    /// Adds up the results in the output of `cargo test`, `cargo nextest` or wasm-bindgen's runner.
    pub(crate) fn read(output: &str) -> Self {
        let mut count = Self::default();
        for line in without_colours(output).lines() {
            let line = line.trim();
            if line.contains(SKIPPED) {
                count.skipped += 1;
            }
            if let Some(result) = line.strip_prefix("test result: ") {
                count += Self::of_words(result);
            } else if let Some((_, result)) = nextest_summary(line) {
                count += Self::of_words(result);
            }
        }
        count.passed = count.passed.saturating_sub(count.skipped);
        count
    }

    /// `ok. 3 passed; 1 failed; ...` or `3 passed (1 slow), 1 failed, 1 timed out, 2 skipped`.
    fn of_words(text: &str) -> Self {
        let mut count = Self::default();
        let mut number = None;
        for word in text
            .split(|letter: char| !letter.is_ascii_alphanumeric())
            .filter(|word| !word.is_empty())
        {
            match (word.parse::<u64>(), number) {
                (Ok(found), _) => number = Some(found),
                (Err(_), Some(found)) => {
                    match word {
                        "passed" => count.passed += found,
                        "failed" | "timed" | "exec" | "error" => count.failed += found,
                        _ => {}
                    }
                    number = None;
                }
                (Err(_), None) => {}
            }
        }
        count
    }
}

impl std::ops::AddAssign for Count {
    fn add_assign(&mut self, other: Self) {
        self.passed += other.passed;
        self.failed += other.failed;
        self.skipped += other.skipped;
    }
}

/// `Summary [   0.5s] 12 tests run: 11 passed, 1 failed, 0 skipped`, also when it was cut short: `3/12 tests run`.
fn nextest_summary(line: &str) -> Option<(&str, &str)> {
    let rest = line.strip_prefix("Summary [")?;
    rest.split_once("tests run: ").or_else(|| rest.split_once("test run: "))
}

/// The text without the terminal's colour codes.
fn without_colours(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut letters = text.chars();
    while let Some(letter) = letters.next() {
        if letter == '\u{1b}' {
            letters.by_ref().find(char::is_ascii_alphabetic);
        } else {
            plain.push(letter);
        }
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::Count;

    #[test]
    fn the_runners_results_are_added_up() {
        let cargo = "\nrunning 2 tests\ntest a ... ok\n\ntest result: ok. 2 passed; 0 failed; 1 ignored; 0 measured; 4 filtered out; \
                     finished in 0.00s\n";
        let cargo_failed = "test result: FAILED. 5 passed; 2 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.01s\n";
        let nextest =
            "------------\n     Summary [   0.126s] 12 tests run: 12 passed (1 slow), 3 skipped\n";
        let nextest_failed = "     Summary [   1.126s] 12 tests run: 8 passed, 2 failed, 1 timed out, 1 exec failed, 3 skipped\n";
        let nextest_cut =
            "     Summary [   1.126s] 3/12 tests run: 2 passed, 1 failed, 0 skipped\n";
        let one = "     Summary [   0.1s] 1 test run: 1 passed, 0 skipped\n";
        for (output, passed, failed) in [
            (cargo, 2, 0),
            (cargo_failed, 5, 2),
            (nextest, 12, 0),
            (nextest_failed, 8, 4),
            (nextest_cut, 2, 1),
            (one, 1, 0),
            ("", 0, 0),
            ("12 passed, said somebody; test result unknown", 0, 0),
        ] {
            assert_eq!(Count::read(output), Count { passed, failed, skipped: 0 }, "{output}");
        }
        assert_eq!(
            Count::read(&format!("{cargo}{cargo_failed}{nextest}")),
            Count { passed: 19, failed: 2, skipped: 0 }
        );
    }

    #[test]
    fn colours_do_not_hide_the_results() {
        let coloured = "test result: \u{1b}[32mok\u{1b}(B\u{1b}[m. 3 passed; 0 failed;\n\
                        \u{1b}[32;1m     Summary\u{1b}[0m [   0.1s] \u{1b}[1m4\u{1b}[0m tests run: \u{1b}[1m4\u{1b}[0m \u{1b}[32;1mpassed\u{1b}[0m, \u{1b}[1m0\u{1b}[0m skipped\n";
        assert_eq!(Count::read(coloured), Count { passed: 7, failed: 0, skipped: 0 });
    }
}
