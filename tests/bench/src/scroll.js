// Scrolling, and what is looked at meanwhile. Added to a page that has `watch.js`.
(() => {
  "use strict";
  const list = () => document.querySelector(".timeline-list");
  const number = (row) => Number(/^#(\d+) /.exec(row?.querySelector(".content")?.textContent ?? "")?.[1] ?? NaN);
  const rowAt = (x, y) => document.elementFromPoint(x, y)?.closest(".message") ?? null;

  /** The number of the first message that is in the document. */
  bench.firstNumber = () => {
    return number(document.querySelector(".messages .message"));
  };

  const holds = (is, patience) => bench.until(is, patience, () => "").then(() => true, () => false);
  /** Goes up, as fast as the page lets one, until the very first message is in view; the first number that was reached. */
  bench.reachTop = async (patience) => {
    await holds(() => {
      const of = list();
      if (of.scrollTop > 0) of.scrollTop = 0;
      return bench.firstNumber() === 1 && of.scrollTop === 0;
    }, patience);
    return bench.firstNumber();
  };
  /** Goes to the end, by the page's own button where there is one. */
  bench.reachEnd = (words, patience) =>
    holds(() => {
      const content = bench.lastRow(words);
      const of = list();
      const below = of.scrollHeight - of.clientHeight - of.scrollTop;
      if (content && below < 2) return true;
      const button = document.querySelector(".to-end");
      if (button) button.click();
      else of.scrollTop = of.scrollHeight;
      return false;
    }, patience);

  // --- Frames, blank places, and how far rows were moved compared with what the wheel said.
  const POINTS = 9;
  let record = null;
  let wheel = 0;
  addEventListener("wheel", (event) => (wheel += event.deltaY), { passive: true, capture: true });
  const look = () => {
    const now = performance.now();
    if (record.before !== null) record.longest = Math.max(record.longest, now - record.before);
    if (record.before !== null && now - record.before > 50) record.slow++;
    record.before = now;
    const of = list();
    const { left, top, width, height } = of.getBoundingClientRect();
    const end = of.scrollHeight - of.clientHeight - of.scrollTop;
    const x = left + width / 2;
    let blank = false;
    for (let point = 1; point <= POINTS && !blank; point++) {
      const y = (height * point) / (POINTS + 1);
      // Beyond the first and the last row there is nothing to be seen.
      if (y + of.scrollTop < 80 || height - y + end < 80) continue;
      const any = [0, 14, -14].some((away) => document.elementFromPoint(x, top + y + away)?.closest(".message, .day"));
      blank = !any;
    }
    if (!blank) record.blankSince = null;
    else record.blankSince ??= now;
    if (blank) record.blank = Math.max(record.blank, now - record.blankSince);
    // How far the rows went: the one that was in the middle, or near to it, is looked for again.
    if (record.row) {
      if (record.row.isConnected && number(record.row) === record.number) record.moved += record.y - record.row.getBoundingClientRect().top;
      else record.lost = true;
    }
    record.row = rowAt(x, top + height / 2) ?? rowAt(x, top + height / 2 + 14);
    record.number = number(record.row);
    record.y = record.row?.getBoundingClientRect().top;
    if (!record.row) record.lost = true;
  };
  bench.watchesScroll = () => {
    record = { before: null, longest: 0, slow: 0, blank: 0, blankSince: null, row: null, number: NaN, y: 0, moved: 0, lost: false };
    bench.eachFrame(look);
  };
  /** From here on it is counted how far rows are moved. */
  bench.beginsStretch = () => {
    record.moved = wheel = 0;
    record.lost = false;
  };
  /** How far rows were moved beyond what the wheel said; nothing where they could not be followed. */
  bench.endsStretch = () => (record.lost ? null : Math.abs(record.moved - wheel));
  bench.scrollSeen = () => {
    const { longest, slow, blank } = record;
    bench.eachFrame(null);
    return { longest, slow, blank };
  };
  /** Drags the scrollbar to the top or the end, as often as it takes, a step in each frame. */
  bench.drags = async (up, words, patience) => {
    const done = () => {
      const of = list();
      const below = of.scrollHeight - of.clientHeight - of.scrollTop;
      if (up ? bench.firstNumber() === 1 && of.scrollTop < 2 : below < 2 && bench.lastRow(words)) return true;
      const step = Math.max(of.clientHeight * 4, of.scrollHeight / 120);
      of.scrollTop += up ? -step : step;
      return false;
    };
    if (!(await holds(done, patience))) throw new Error(`the ${up ? "top" : "end"} was not reached within ${patience / 1000} s`);
  };
  bench.isAtTop = () => bench.firstNumber() === 1 && list().scrollTop < 2;
  bench.isAtEnd = (words) => {
    const of = list();
    return of.scrollHeight - of.clientHeight - of.scrollTop < 2 && bench.lastRow(words) !== null;
  };
})();
