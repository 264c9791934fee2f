// The service worker: it keeps the page with all its files, so that Chinwag opens at once, and without a network.
//
// It keeps one version, whole: a file is what the list below says, or it is fetched anew. A newer version is fetched beside it
// and waits until the person takes it (`start.js`) or has closed the page everywhere: no page ever gets files of two.
// What is not in the list goes to the network untouched: what the chat server answers is never kept here.

// The version, and its files, each with the first 16 digits of its SHA-256. `cargo xtask build` writes both lines
// (`crates/xtask/src/shell.rs`). Without them, as in `cargo xtask dev`, the worker only takes the place of another.
const VERSION = "";
const FILES = {};

// The page has the address of its folder: some hosts send whoever asks for `index.html` there.
const PAGE = "index.html";
// No part of any version: whoever hosts the page may change it at any time.
const CONFIG = "config.json";

const SCOPE = registration.scope;
// Pages in other folders of this origin have their caches beside these.
const OURS = `chinwag ${SCOPE} `;
const CACHE = OURS + VERSION;
const CONFIGS = OURS + CONFIG;

const address = (name) => new URL(name === PAGE ? "./" : name, SCOPE).href;
const find = (name, cacheName) => caches.match(address(name), { cacheName, ignoreVary: true });

// --- Versions come and go ---

let taken = false;

addEventListener("install", (event) => event.waitUntil(VERSION ? install() : skipWaiting()));
addEventListener("activate", (event) => event.waitUntil(activate()));
// The person takes this version.
addEventListener("message", (event) => {
  taken = true;
  event.waitUntil(skipWaiting());
});

// All of it, or it comes to nothing. What an attempt that failed has fetched serves the next one.
async function install() {
  const older = (await caches.keys()).filter((name) => name.startsWith(OURS) && name !== CONFIGS);
  const fill = async (name) => {
    // The page comes anew: what its host says of it beside the content may have changed.
    for (const cacheName of name === PAGE ? [] : older) {
      const kept = await find(name, cacheName);
      if (kept && (await isSound(name, kept.clone()))) return keep(name, kept);
    }
    const { response, fit } = await fetched(name);
    if (!fit) throw new Error(`${name} is of another version`);
    return keep(name, response);
  };
  const config = async () => (await find(CONFIG, CONFIGS)) ?? learn();
  const [first, rest] = [[], []];
  for (const name of Object.keys(FILES)) (isForTheStart(name) ? first : rest).push(name);
  await Promise.all([...first.map(fill), config().catch(() => {})]);
  // Nobody waits for these. What does not come now comes when it is asked for.
  for (const name of rest.filter(isSmallOrSpoken)) fill(name).catch(() => {});
}

const languageOf = (name) => /^(?:locales|emoji)\/(.+)\.\w+$/.exec(name)?.[1];

function isSpoken(language) {
  return ["en", ...navigator.languages.map((tag) => tag.split("-")[0])].includes(language);
}

// Words of languages that this person does not speak are not, nor the names of emoji.
function isForTheStart(name) {
  const language = languageOf(name);
  return !language || (isSpoken(language) && !name.startsWith("emoji/"));
}

// The names of emoji are ten times as much.
const isSmallOrSpoken = (name) => !name.startsWith("emoji/") || isSpoken(languageOf(name));

async function activate() {
  for (const name of await caches.keys()) {
    const ours = VERSION ? [CACHE, CONFIGS] : [];
    if (name.startsWith(OURS) && !ours.includes(name)) await caches.delete(name);
  }
  // A page that was loaded before there was a worker goes over with the others.
  if (taken || !VERSION) await clients.claim();
}

// --- What is asked for ---

addEventListener("fetch", (event) => {
  const { method, mode, url } = event.request;
  if (!VERSION || method !== "GET" || !url.startsWith(SCOPE)) return;
  const name = url.slice(SCOPE.length).replace(/#.*/, "");
  const place = name.replace(/\?.*/, "");
  if (name === CONFIG) event.respondWith(config(event));
  else if (mode === "navigate" && ["", PAGE].includes(place)) event.respondWith(file(PAGE));
  else if (Object.hasOwn(FILES, name)) event.respondWith(file(name));
  // Our server gives the page at such an address too (`crates/server/src/pages.rs`); another may have something else there.
  else if (mode === "navigate" && /^(?!(api|ws)(\/|$))([^/]*\/)*[^/.]*$/.test(place))
    event.respondWith(fetch(event.request).catch(below));
});

// Whether each file was found to be sound. Looked at once while the worker lives, which is about once for each start of the page.
const sound = new Map();

async function file(name) {
  const look = async () => {
    const kept = await find(name, CACHE);
    return kept !== undefined && isSound(name, kept);
  };
  if (!sound.has(name)) sound.set(name, look());
  const kept = (await sound.get(name)) && (await find(name, CACHE));
  if (kept) return kept;
  sound.delete(name);
  return renew(name);
}

// The file from the host, into the place of the one that is kept.
async function renew(name, ways) {
  const { response, fit } = await fetched(name, ways);
  if (fit) {
    // A full disk is no reason not to show it.
    await keep(name, response.clone()).catch(() => {});
  } else if (response.ok || response.status === 404) {
    // The host has another version, and this one cannot be made whole: the page comes from there until that one is installed.
    await caches.delete(CACHE);
    registration.update().catch(() => {});
  }
  return direct(response);
}

// The page at an address below its own, without a network: its files are further up.
async function below() {
  const page = await file(PAGE);
  const base = `<base href="${new URL(SCOPE).pathname}">`;
  const html = (await page.text()).replace(/<html[^>]*>/i, (tag) => tag + base);
  return new Response(html, { headers: page.headers });
}

// The last known one, at once: no page waits for the network. Where the host has another by now, the page begins again with it.
async function config(event) {
  const kept = await find(CONFIG, CONFIGS);
  const fresh = learn(kept?.clone(), event.clientId);
  if (!kept) return fresh;
  event.waitUntil(fresh.catch(() => {}));
  return kept;
}

// Of hosts that never say the same twice.
let again = false;

async function learn(kept, client) {
  // As the page asks for it (`src/edge/http.rs`).
  const response = await fetch(address(CONFIG), { cache: "no-store", credentials: "omit" });
  const [text, before] = await Promise.all([response.clone().text(), kept?.text()]);
  // A host without the file is an answer too; one that is unwell is none.
  const sense = response.ok ? isJson(text) : [403, 404, 410].includes(response.status);
  if (!sense || text === before) return response;
  await (await caches.open(CONFIGS)).put(address(CONFIG), response.clone());
  if (before !== undefined && !again) {
    again = true;
    // The page's policy may name the chat server that was: it comes anew too.
    await renew(PAGE, ["no-cache"]);
    (await clients.get(client))?.postMessage("again");
  }
  return response;
}

function isJson(text) {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

// --- What a notification leads to ---

// Each is of the conversation with whom its data names (`src/edge/notify.rs`).
addEventListener("notificationclick", (event) => {
  event.notification.close();
  event.waitUntil(open(event.notification.data));
});

// The page that one has looked at last, or a new one.
async function open(who) {
  const pages = await clients.matchAll({ type: "window", includeUncontrolled: true });
  const page = pages.find(({ url }) => url.startsWith(SCOPE));
  if (!page) return clients.openWindow(`${SCOPE}#/${encodeURIComponent(who)}`);
  page.postMessage({ open: who });
  // Some browsers let nobody do so.
  return page.focus().catch(() => {});
}

// --- What a file is ---

// A file as the host has it, and whether it is this version's. The browser's own cache is trusted for as long as it is right.
async function fetched(name, ways = ["default", "reload"]) {
  let response;
  for (const cache of ways) {
    response = await fetch(address(name), { cache });
    if (await fits(name, response.clone())) return { response, fit: true };
  }
  return { response, fit: false };
}

async function keep(name, response) {
  const cache = await caches.open(CACHE);
  await cache.put(address(name), direct(response));
}

// A browser takes no page that came by a detour.
function direct(response) {
  return response.redirected ? new Response(response.body, response) : response;
}

async function fits(name, response) {
  const hash = await crypto.subtle.digest("SHA-256", await response.arrayBuffer());
  const digits = Array.from(new Uint8Array(hash, 0, 8), (byte) => byte.toString(16).padStart(2, "0"));
  return response.ok && digits.join("") === FILES[name];
}

// The same of a file that is kept. One that cannot be read is as good as damaged; one that breaks off on its way says nothing.
const isSound = (name, response) => fits(name, response).catch(() => false);
