// Runs before anything of a page's own, in both pages alike. It notes when something is painted, when it came, and what
// the main thread was kept busy with. It works only while something is awaited.
(() => {
  "use strict";
  const TOKEN = "__TOKEN__";
  try {
    if (localStorage.getItem("chinwag.token") !== TOKEN) localStorage.setItem("chinwag.token", TOKEN);
  } catch {
    return; // Not a page of the server's.
  }
  const bench = { entered: 0, heard: null, first: null, last: null, frames: 0, long: null };
  Object.defineProperty(window, "bench", { value: bench });

  // --- What comes, and when: a listener before all others.
  window.WebSocket = class extends WebSocket {
    constructor(...of) {
      super(...of);
      this.addEventListener("message", ({ data }) => {
        if (bench.heard === null || !data.includes(bench.heard)) return;
        bench.last = performance.now();
        bench.first ??= bench.last;
        bench.frames++;
      });
    }
  };
  bench.hears = (words) => {
    bench.heard = words;
    bench.first = bench.last = null;
    bench.frames = 0;
  };
  addEventListener("keydown", (event) => event.key === "Enter" && (bench.entered = event.timeStamp), true);

  // --- How much memory WebAssembly has.
  const memories = new Set();
  const of = (instance) => {
    for (const value of Object.values(instance.exports)) if (value instanceof WebAssembly.Memory) memories.add(value);
  };
  for (const name of ["instantiate", "instantiateStreaming"]) {
    const native = WebAssembly[name];
    WebAssembly[name] = async function (...from) {
      const made = await native.apply(WebAssembly, from);
      of(made.instance ?? made);
      return made;
    };
  }
  bench.wasm = () => [...memories].reduce((sum, memory) => sum + memory.buffer.byteLength, 0);

  // --- What kept the main thread, while somebody wants to know.
  new PerformanceObserver((seen) => {
    if (!bench.long) return;
    for (const { startTime, duration } of seen.getEntries()) bench.long.push([startTime, duration]);
  }).observe({ type: "longtask" });

  // --- What is painted. An observer that observes anew is told in the same frame, after the layout and before the
  // paint: what is there then is what is painted. The message that it posts comes after the paint.
  const waiting = new Set();
  const paint = new MessageChannel();
  let painted = [];
  paint.port1.onmessage = () => {
    const now = performance.now();
    for (const done of painted.splice(0)) done(now);
  };
  const afterPaint = (done) => {
    painted.push(done);
    paint.port2.postMessage(0);
  };
  let each = null;
  const look = () => {
    each?.();
    for (const one of waiting) {
      if (one.until < performance.now()) {
        waiting.delete(one);
        one.fail(new Error(one.instead()));
      } else if (one.is()) {
        waiting.delete(one);
        afterPaint(one.done);
      }
    }
  };
  const frame = () => {
    // A new one each time: observers are told in the order of their making, so that what a page's own have put right
    // in this frame is right already.
    const layout = new ResizeObserver(() => {
      layout.disconnect();
      look();
    });
    if (document.documentElement) layout.observe(document.documentElement);
    if (waiting.size > 0 || each) requestAnimationFrame(frame);
  };
  /** Resolves with the moment when a frame was painted in which this holds. */
  bench.until = (is, patience, instead) =>
    new Promise((done, fail) => {
      if (waiting.size === 0 && !each) requestAnimationFrame(frame);
      waiting.add({ is, instead, done, fail, until: performance.now() + patience });
    });
  /** Calls this in each frame, after the layout; nothing ends it. */
  bench.eachFrame = (look) => {
    if (waiting.size === 0 && !each && look) requestAnimationFrame(frame);
    each = look;
  };

  const rowAt = (x, y) => document.elementFromPoint(x, y)?.closest(".message");
  /** The last rows, from the end: what a page keeps below its rows is passed over. */
  bench.lastRow = (words) => {
    let row = document.querySelector(".messages")?.lastElementChild;
    for (let count = 0; row && count < 4; count++, row = row.previousElementSibling) {
      const content = row.querySelector(".content");
      if (content?.textContent.includes(words)) return content;
    }
    return null;
  };
  const isSeen = (content) => {
    const { left, top, width, height } = content.getBoundingClientRect();
    return rowAt(left + width / 2, top + height / 2)?.contains(content) ?? false;
  };
  /** Whether there are rows at a quarter, at the middle and at three quarters of the list. */
  const isFull = () => {
    const list = document.querySelector(".timeline-list").getBoundingClientRect();
    const x = list.left + list.width / 2;
    return [0.25, 0.5, 0.75].every((part) => {
      const y = list.top + list.height * part;
      return rowAt(x, y) || rowAt(x, y + 12) || rowAt(x, y - 12);
    });
  };
  /** Resolves when the newest message is one with these words, and is painted. */
  bench.painted = (words, patience = 10_000, full = false) =>
    bench.until(
      () => {
        const content = bench.lastRow(words);
        return content !== null && isSeen(content) && (!full || isFull());
      },
      patience,
      () => `“${words}” was not painted within ${patience / 1000} s`,
    );
  /** Resolves when the page has nothing more to do. */
  bench.idle = () =>
    new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => requestIdleCallback(done, { timeout: 2_000 }))));
  /** Opens a conversation from the list: how long until this newest message of it is painted, and the screen full. */
  bench.opens = async (id, words, patience = 10_000) => {
    const person = document.querySelector(`.person[data-user="${id}"]`);
    if (!person) throw new Error("the conversation is not in the list");
    const start = performance.now();
    const seen = bench.painted(words, patience, true);
    person.click();
    return (await seen) - start;
  };
})();
