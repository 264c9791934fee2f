// Brings the later part of the program: what a first visit does not run (`crates/split`). The build puts this into the script that
// loads the program, and tells it the file's name.

const LATER = new URL("LATER", import.meta.url);
let provided;
let joined = false;

// What the page provides to both parts. The first calls `later` where it needs the other at once.
function provide(functions) {
  provided = functions;
  functions.later = fetchNow;
  // Once nobody waits for anything.
  const idle = window.requestIdleCallback ?? setTimeout;
  addEventListener("TrunkApplicationStarted", () => idle(fetchLater));
  return functions;
}

function join(module, first = wasm) {
  if (!joined) new WebAssembly.Instance(module, { [MODULE]: provided, first });
  joined = true;
}

const compiled = async (options) =>
  WebAssembly.compile(await (await fetch(LATER, options)).arrayBuffer());

// Where the service worker has all files, both parts are there at once; and without a network the later one could not be fetched
// in the middle of a call, which no worker answers.
const kept = navigator.serviceWorker?.controller && compiled().catch(() => {});

async function beforeStart(instance) {
  const module = await kept;
  if (module) join(module, instance.exports);
}

async function fetchLater() {
  try {
    join(joined ? null : await compiled({ priority: "low" }));
  } catch {
    // Without a network there is time until it is back; who needs it before asks at once.
    if (!joined) setTimeout(fetchLater, 10_000);
  }
}

// A call cannot wait. This happens to whoever is faster than the network, once.
function fetchNow() {
  performance.mark("chinwag: later part needed");
  try {
    const request = new XMLHttpRequest();
    request.open("GET", LATER, false);
    // The one way to bytes that such a request has: each as the letter of its number.
    request.overrideMimeType("text/plain; charset=x-user-defined");
    request.send();
    join(new WebAssembly.Module(Uint8Array.from(request.responseText, (c) => c.charCodeAt(0))));
  } catch (error) {
    // As if the program had stopped by itself: the page says so (`start.js`).
    throw new WebAssembly.RuntimeError(`the later part of the program is not to be had: ${error}`);
  }
}
