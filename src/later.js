// Brings the later part of the program: what a first visit does not run (`crates/split`). The build puts this into the script that
// loads the program, and tells it the file's name.
// The first part's table is filled here with what fetches the later one (`crates/split/src/stubs.rs`).

const LATER = new URL("LATER", import.meta.url);
const SLOTS = "SLOTS";
let provided;
let joined = false;
// Whether the program has needed it in vain, and when it is tried again.
let missed, again;
// While a call waits for it: what happens meanwhile. Firefox tells the page of some of it even then, in the middle of that call.
let turns;

// What the page provides to both parts. The first calls `later` where it needs the other at once.
function provide(functions) {
  provided = functions;
  functions.later = fetchNow;
  // Once nobody waits for anything; where a browser (Safari) does not tell, soon: the program would need it before.
  const idle = window.requestIdleCallback ?? setTimeout;
  addEventListener("chinwag:begun", () => {
    idle(fetchLater);
    addEventListener("online", fetchLater);
  });
  return functions;
}

const imports = (first) => ({ [MODULE]: provided, first });

async function fetched(options) {
  const answer = await fetch(LATER, options);
  if (!answer.ok) throw answer.status;
  return WebAssembly.compile(await answer.arrayBuffer());
}

// Twice is as good as once: it only puts its functions into the table.
async function join(module, first) {
  await WebAssembly.instantiate(module, imports(first));
  joins();
  performance.mark("chinwag: later part there");
}

function joins() {
  joined = true;
  delete document.documentElement.dataset.part;
  dispatchEvent(new Event("chinwag:whole"));
}

// Where the service worker has all files, both parts are there at once; and without a network the later one could not be fetched
// in the middle of a call, which no worker answers.
const kept = navigator.serviceWorker?.controller && fetched().catch(() => {});

// A program of such functions: each fetches the later part and calls its slot of the table again, where the real one is by then.
function stubs() {
  const values = { i: 0x7f, j: 0x7e, f: 0x7d, d: 0x7c, e: 0x6f };
  // LEB128. A number that counts as signed elsewhere has one bit less.
  const number = (n) => (n < 64 ? [n] : [(n & 127) | 128, ...number(n >> 7)]);
  const vector = (items) => [...number(items.length), ...items.flat()];
  const sized = (bytes) => [...number(bytes.length), ...bytes];
  const section = (id, items) => [id, ...sized(vector(items))];
  const types = "TYPES".split(" ").map((type) => type.split(">").map((part) => [...part].map((value) => values[value])));
  const all = [...SLOTS].flatMap((letter, slot) => (letter > "0" ? [[slot, letter.charCodeAt() - 48]] : []));
  const name = [1, 97];
  const bytes = [
    ...[0, 97, 115, 109, 1, 0, 0, 0],
    ...section(1, [[[], []], ...types].map((type) => [0x60, ...type.flatMap(vector)])),
    ...section(2, [
      [...name, ...name, 0, 0],
      [...name, 1, 98, 1, 0x70, 0, 0],
    ]),
    ...section(3, all.map(([, type]) => number(type))),
    ...section(9, all.map(([slot], at) => [0, 0x41, ...number(slot), 0x0b, ...vector([number(at + 1)])])),
    ...section(10, all.map(([slot, type]) => {
      const gets = types[type - 1][0].map((_, at) => [0x20, ...number(at)]);
      return sized([0, 0x10, 0, ...gets.flat(), 0x41, ...number(slot), 0x11, ...number(type), 0, 0x0b]);
    })),
  ];
  return WebAssembly.compile(Uint8Array.from(bytes));
}

// While the program is on its way.
const fillers = SLOTS && !kept && stubs();

async function beforeStart({ exports }) {
  // A worker that has lost the file, and asks a network that is silent, keeps nobody waiting.
  const late = new Promise((go) => setTimeout(go, 3_000));
  const module = await Promise.race([kept, late]);
  if (module) await join(module, exports).catch(() => {});
  if (!joined && SLOTS) {
    const functions = { a: fetchNow, b: exports["TABLE"] };
    await WebAssembly.instantiate(await (fillers || stubs()), { a: functions });
  }
  // As `src/edge/scripts.rs` reads it.
  if (!joined) document.documentElement.dataset.part = "first";
}

async function fetchLater() {
  clearTimeout(again);
  if (joined) return;
  try {
    const module = await fetched({ priority: "low" });
    // A program that could not go on without it goes on in a new page.
    if (missed) location.reload();
    else await join(module, wasm);
  } catch (error) {
    // Its host has another version.
    if ([403, 404, 410].includes(error)) throw missing(error);
    // No network: there is time until it is back. Who needs the part before asks at once, and where it cannot be had is told so.
    again = setTimeout(fetchLater, 10_000);
  }
}

// The page tells the one from the other, and from a program that has stopped by itself (`start.js`).
const missing = (why) => new WebAssembly.RuntimeError(`no later part: ${why}`);

// A call cannot wait. This happens to whoever is faster than the network, once.
function fetchNow() {
  if (joined) return;
  performance.mark("chinwag: later part needed");
  turns = [];
  try {
    const request = new XMLHttpRequest();
    request.open("GET", LATER, false);
    // The one way to bytes that such a request has: each as the letter of its number.
    request.overrideMimeType("text/plain; charset=x-user-defined");
    request.send();
    if (request.status !== 200) throw request.status;
    const bytes = Uint8Array.from(request.responseText, (c) => c.charCodeAt(0));
    new WebAssembly.Instance(new WebAssembly.Module(bytes), imports(wasm));
    joins();
  } catch (error) {
    // The program cannot go on from here.
    missed = true;
    throw missing(error);
  } finally {
    turns.forEach(queueMicrotask);
    turns = undefined;
  }
}
