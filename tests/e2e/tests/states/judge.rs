//! What must hold of every state in every way to look at it: no violation of WCAG 2.2 A and AA or of axe's best practices, nothing that
//! scrolls sideways, nothing cut off, and nothing to hit that is too small.

use std::fs;
use std::sync::LazyLock;

use chinwag_e2e::{Aid, Look, Person};
use serde_json::{Value, json};

/// axe-core, as npm has it (`crates/xtask/src/axe.rs`).
static AXE: LazyLock<String> = LazyLock::new(|| {
    let path = std::env::var("CHINWAG_AXE");
    let path = path.unwrap_or_else(|_| {
        panic!("CHINWAG_AXE names no axe-core: run `cargo xtask test --only axe`")
    });
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{path}: {error}"))
});

/// Of the rules that are off by themselves, the one of WCAG 2.2 is on; where more contrast is asked for, so is that of level AAA. Where
/// the system has colours of its own, Chromium tells the page's own for texts and the system's for what is behind them: no contrast can
/// be judged by that.
const RUN_AXE: &str = "
    const [contrast, forced, done] = arguments;
    const tags = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];
    const rules = { 'target-size': { enabled: true }, 'color-contrast': { enabled: !forced }, 'color-contrast-enhanced': { enabled: contrast } };
    if (contrast) tags.push('wcag2aaa');
    const wanted = { runOnly: { type: 'tag', values: tags }, rules, resultTypes: ['violations'] };
    axe.run(document, wanted).then(
        ({ violations }) => done(violations.flatMap(({ id, nodes }) => nodes.map(
            ({ html, failureSummary }) => `axe ${id}: ${html.slice(0, 160)}: ${failureSummary.replace(/\\s+/g, ' ')}`))),
        error => done([`axe: ${error}`]));
";

/// The page itself, and whatever scrolls on it. Code keeps its lines.
const SIDEWAYS: &str = "
    const scrolls = e => e === document.scrollingElement
        || ['auto', 'scroll'].includes(getComputedStyle(e).overflowX);
    const wide = [...document.querySelectorAll('*')]
        .filter(e => scrolls(e) && !e.matches('pre') && e.scrollWidth > e.clientWidth && e.clientWidth > 0)
        .map(e => `sideways: ${e.tagName}.${e.className}: ${e.scrollWidth} in ${e.clientWidth}`);
    const { right, left } = document.documentElement.getBoundingClientRect();
    if (right > innerWidth || left < 0) wide.push(`sideways: the page is from ${left} to ${right} in ${innerWidth}`);
    return wide;
";

/// Texts, fields and buttons of which a part can never be seen. What ends with dots, is meant for ears alone, or is the beginning of
/// something whose rest is a button away, is meant to be so.
const CUT_OFF: &str = "
    const seen = e => e.checkVisibility({ visibilityProperty: true });
    const style = e => getComputedStyle(e);
    const meant = e => e.closest('.visually-hidden, [data-shape=cut], #skeleton [aria-hidden], option, script, style');
    const cut = [];
    // By how much a box sticks out of what cuts it off: up to where one can scroll to it.
    const look = (e, box, what) => {
        let [x, y] = [true, true];
        for (let at = e; at && (x || y); at = at.parentElement) {
            const { overflowX, overflowY, textOverflow, position, contain } = style(at);
            const frame = at.getBoundingClientRect();
            const paints = /paint|strict|content/.test(contain);
            if (at === document.documentElement || at === document.body) break;
            if (['auto', 'scroll'].includes(overflowX)) x = false;
            if (['auto', 'scroll'].includes(overflowY)) y = false;
            const clips = overflow => overflow === 'hidden' || overflow === 'clip' || paints;
            if (x && clips(overflowX) && (box.left < frame.left - 1 || box.right > frame.right + 1)) {
                if (textOverflow === 'ellipsis') return;
                return cut.push(`cut off: ${what} sideways by .${at.className}: ${Math.round(box.left)} to ${Math.round(box.right)} in ${Math.round(frame.left)} to ${Math.round(frame.right)}`);
            }
            if (y && clips(overflowY) && (box.top < frame.top - 2 || box.bottom > frame.bottom + 2))
                return cut.push(`cut off: ${what} by .${at.className}: ${Math.round(box.top)} to ${Math.round(box.bottom)} in ${Math.round(frame.top)} to ${Math.round(frame.bottom)}`);
            // What is fixed, or lies over the page, cannot be scrolled to.
            if (position === 'fixed') {
                if ((x && (frame.left < -1 || frame.right > innerWidth + 1)) || (y && (frame.top < -1 || frame.bottom > innerHeight + 1)))
                    cut.push(`cut off: ${what} by the window`);
                return;
            }
        }
        const page = document.scrollingElement;
        const [width, height] = [page.scrollWidth, page.scrollHeight];
        if (x && (box.left + scrollX < -1 || box.right + scrollX > width + 1)) cut.push(`cut off: ${what} sideways by the page`);
        if (y && (box.top + scrollY < -1 || box.bottom + scrollY > height + 1)) cut.push(`cut off: ${what} by the page`);
    };
    const words = text => JSON.stringify(text.trim().replace(/\\s+/g, ' ').slice(0, 40));
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    for (let text = walker.nextNode(); text; text = walker.nextNode()) {
        const e = text.parentElement;
        if (text.data.trim() === '' || !seen(e) || meant(e)) continue;
        const range = document.createRange();
        range.selectNodeContents(text);
        for (const box of range.getClientRects()) if (box.width > 0) look(e, box, words(text.data));
    }
    for (const e of document.querySelectorAll('button, input, select, textarea, .icon, .avatar'))
        if (seen(e) && !meant(e)) {
            const box = e.getBoundingClientRect();
            look(e.parentElement, box, `${e.tagName}.${e.getAttribute('class') ?? ''}`);
        }
    // A field of one line shows what it asks for.
    for (const e of document.querySelectorAll('input, select'))
        if (seen(e) && e.placeholder && e.placeholder && e.value === '' && e.scrollWidth > e.clientWidth)
            cut.push(`cut off: ${words(e.placeholder)} in its field`);
    return [...new Set(cut)];
";

/// What one hits, and is smaller than it must be (WCAG 2.2, 2.5.8 and 2.5.5); a link in a line of text has the line's height. What lies
/// around a box, a picture or a text is hit for it.
const SMALL: &str = "
    const [least] = arguments;
    const small = [];
    for (const e of document.querySelectorAll('a[href], button, input, select, textarea, [role=option], summary')) {
        if (!e.checkVisibility({ visibilityProperty: true, opacityProperty: true })) continue;
        if (e.closest('.content') && e.matches('a')) continue;
        const hit = e.closest('label, .composer-field') ?? e;
        const { width, height } = hit.getBoundingClientRect();
        if (width < least - 0.5 || height < least - 0.5)
            small.push(`small: ${e.outerHTML.slice(0, 120)}: ${width.toFixed(1)} x ${height.toFixed(1)} of ${least}`);
    }
    return small;
";

/// All that is wrong, in words.
pub(crate) async fn look(person: &Person, look: &Look) -> Vec<String> {
    if person.asks("return typeof axe", vec![]).await != json!("object") {
        person.asks(&AXE, vec![]).await;
    }
    let aids = [Aid::Contrast, Aid::ForcedColours].map(|aid| json!(look.aid == Some(aid)));
    let axe = person.waits_for("axe", RUN_AXE, aids.to_vec()).await;
    let sideways = person.asks(SIDEWAYS, vec![]).await;
    let cut_off = person.asks(CUT_OFF, vec![]).await;
    let least = if look.touch { 44 } else { 24 };
    let small = person.asks(SMALL, vec![json!(least)]).await;
    let lines = |found: Value| match found {
        Value::Array(lines) => lines,
        odd => vec![odd],
    };
    let all = [axe, sideways, cut_off, small].into_iter().flat_map(lines);
    all.map(|line| line.as_str().map_or_else(|| line.to_string(), str::to_owned)).collect()
}
