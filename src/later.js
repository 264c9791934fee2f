// Brings the later part of the program: what a first visit does not run (`crates/split`). The build puts this into the script that
// loads the program, and tells it the file's name.

const LATER = new URL("LATER", import.meta.url);
let provided;
let joined = false;

// What the page provides to both parts. The first calls `later` where it needs the other at once.
function provide(functions) {
  provided = functions;
  functions.later = fetchNow;
  // Once nobody waits for anything; where a browser (Safari) does not tell, soon: the program would need it before.
  const idle = window.requestIdleCallback ?? setTimeout;
  addEventListener("chinwag:begun", () => idle(fetchLater));
  return functions;
}

const imports = (first) => ({ [MODULE]: provided, first });

async function fetched(options) {
  const answer = await fetch(LATER, options);
  if (!answer.ok) throw new Error(answer.status);
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

async function beforeStart({ exports }) {
  // A worker that has lost the file, and asks a network that is silent, keeps nobody waiting.
  const late = new Promise((go) => setTimeout(go, 3_000));
  const module = await Promise.race([kept, late]);
  if (module) await join(module, exports).catch(() => {});
  // As `src/edge/scripts.rs` reads it.
  if (!joined) document.documentElement.dataset.part = "first";
}

async function fetchLater() {
  try {
    if (!joined) await join(await fetched({ priority: "low" }), wasm);
  } catch (error) {
    // No network: there is time until it is back. Who needs the part before asks at once, and where it cannot be had is told so.
    if (error instanceof TypeError) setTimeout(fetchLater, 10_000);
  }
}

// A call cannot wait. This happens to whoever is faster than the network, once.
function fetchNow() {
  if (joined) return;
  performance.mark("chinwag: later part needed");
  try {
    const request = new XMLHttpRequest();
    request.open("GET", LATER, false);
    // The one way to bytes that such a request has: each as the letter of its number.
    request.overrideMimeType("text/plain; charset=x-user-defined");
    request.send();
    const bytes = Uint8Array.from(request.responseText, (c) => c.charCodeAt(0));
    new WebAssembly.Instance(new WebAssembly.Module(bytes), imports(wasm));
    joins();
  } catch (error) {
    // The program cannot go on from here, as if it had stopped by itself; the page tells the one from the other (`start.js`).
    throw new WebAssembly.RuntimeError(`no later part: ${error}`);
  }
}
