// What the page does before the program is there, and beside it. It stands in the page itself, so that nothing is waited for.
{
  const root = document.documentElement;
  // What the page can say in its language, once that has come.
  let words = {};
  const stored = (name) => {
    try {
      return localStorage.getItem(name);
    } catch {
      // A browser that blocks it is no reason to fail.
      return null;
    }
  };

  // A program that has stopped says nothing any more, nor does one that could not be loaded: the page does.
  let started = false;
  // The later part that is missing, as `later.js` says it, with a number where its host has another version.
  let missing;
  const look = (event) => {
    const error = event.error ?? event.reason;
    const stopped = error
      ? !started || error instanceof WebAssembly.RuntimeError
      : event.target?.tagName === "SCRIPT";
    if (!stopped) return;
    // A newer version may do better.
    registration?.update().catch(() => {});
    const crashed = document.getElementById("crashed");
    if (!crashed) return;
    crashed.hidden = false;
    missing = /no later part: (40[34]|410)?/.exec(error?.message) ?? missing;
    const says = missing
      ? missing[1]
        ? ["update.ready", "update.load"]
        : ["crash.rest", "try-again"]
      : ["crash.stopped", "crash.reload"];
    // In English, where no other words have come.
    says.forEach((key, at) => {
      const part = crashed.children[at];
      part.textContent = words[key] ?? part.textContent;
    });
    // What is typed meanwhile nobody else keeps.
    addEventListener("pagehide", () => keep(document.getElementById("composer")?.value));
    // Nor does a program that has stopped take it out of its field.
    const stays = (event) => {
      event.stopPropagation();
      if (event.type === "submit") event.preventDefault();
    };
    if (!missing?.[1]) for (const what of ["keydown", "submit"]) addEventListener(what, stays, true);
  };
  // In this tab, for the conversation that is open; the next page's field begins with it.
  const keep = (text) => {
    try {
      const [name, kept] = [`chinwag.typed${location.hash}`, sessionStorage];
      const before = kept[name];
      delete kept[name];
      if (text) kept[name] = text;
      return before;
    } catch {}
  };
  addEventListener("focusin", ({ target }) => {
    const text = target.id === "composer" && keep();
    if (!text) return;
    target.value = text;
    target.dispatchEvent(new Event("input", { bubbles: true }));
  });
  addEventListener("error", look, true);
  addEventListener("unhandledrejection", look);

  // Before the first paint: what was chosen (`src/edge/settings.rs`), also by another tab later on, or by the address where
  // nothing can be kept; and which page the first one is like (`style/skeleton.css`).
  const asked = new URLSearchParams(location.search).get("language");
  const chosen = (name, value) => {
    if (value) root.dataset[name] = value;
    else delete root.dataset[name];
  };
  for (const name of ["theme", "language", "size", "enter", "notify", "sound", "emoji"]) {
    const kept = `chinwag.${name}`;
    chosen(name, (name === "language" && asked) || stored(kept));
    addEventListener("storage", ({ key, newValue }) => {
      if (key === null || key === kept) chosen(name, newValue);
    });
  }
  // The browser's own frame goes with the theme, whatever the system has.
  const tints = [...document.querySelectorAll("meta[name=theme-color]")].map((meta) => [meta, meta.media]);
  const tint = () => {
    const { theme } = root.dataset;
    for (const [meta, media] of tints) meta.media = theme ? (media.includes(theme) ? "all" : "not all") : media;
  };
  tint();
  new MutationObserver(tint).observe(root, { attributeFilter: ["data-theme"] });

  // The keyboard of a phone covers a part of the page. Where the browser does not make the page smaller for it (Safari), this does;
  // who has zoomed in with two fingers keeps what they see.
  const view = window.visualViewport;
  view?.addEventListener("resize", () => {
    const covered = view.scale < 1.01 && view.height < innerHeight - 1;
    root.style.setProperty("--view", covered ? `${view.height}px` : "none");
    if (covered) scrollTo(0, 0);
  });
  const token = stored("chinwag.token");
  const [, route] = /^#\/(.+)/.exec(location.hash) ?? [];
  if (token) root.dataset.start = route ? "talk" : "list";

  // The language: the one that was chosen, or the first of the browser's that there are words in (`public/locales`).
  const known = (tag) => ["ar", "de", "en", "es", "zh"].includes(tag?.split("-")[0]);
  // Of the one that was chosen, the region that the browser has: its times are written as there.
  const [tags, wanted] = [navigator.languages.filter(known), root.dataset.language];
  const near = tags.find((tag) => tag.split("-")[0] === wanted);
  root.lang = near ?? (known(wanted) ? wanted : (tags[0] ?? "en"));
  const language = root.lang.split("-")[0];
  if (language === "ar") root.dir = "rtl";

  // What the program will certainly ask is asked while it is loading. It takes an answer once, within ten seconds, and asks
  // itself where there is none (`src/edge/http.rs`).
  const [early, begun] = [new Map(), Date.now()];
  const ask = (url, bearer) => {
    const headers = bearer ? { Authorization: bearer } : {};
    const options = { headers, cache: "no-store", credentials: "omit", referrerPolicy: "no-referrer" };
    // With its body: one that breaks off is none.
    const answer = fetch(url, options).then((answer) => answer.clone().text().then(() => answer));
    answer.catch(() => {});
    early.set(url, { answer, bearer });
    return answer;
  };
  window.early = (url, bearer) => {
    // Without an address: none of it is wanted any more.
    if (!url) return early.clear();
    const asked = early.get(url);
    early.delete(url);
    return Date.now() - begun < 10_000 && asked?.bearer === bearer ? asked?.answer : undefined;
  };
  // As `src/edge/config.rs` and `crates/protocol/src/call.rs` have it; what is odd waits for them.
  const follow = async (config) => {
    const absent = [403, 404, 410].includes(config.status);
    const { server } = absent ? {} : await config.clone().json();
    const place = server?.trim().replace(/\/+$/, "") || location.origin;
    if (!token || !/^https?:\/\/[^\s@?#\\"<>]+$/.test(place)) return;
    // What is known of the chat is on the disk where it is known who one is.
    const calls = ["auth/me"];
    if (!stored("chinwag.me")) {
      calls.push("messages/conversations", "users?page=1&limit=20");
      if (route && /^[\w.~%-]+$/.test(route)) calls.push(`messages/${route}?page=1&limit=50`);
    }
    for (const call of calls) ask(`${place}/api/${call}`, `Bearer ${token}`);
  };
  ask("config.json").then(follow).catch(() => {});
  const spoken = async (answer) => {
    words = await answer.clone().json();
  };
  ask(`locales/${language}.json`).then(spoken).catch(() => {});
  // To get its tables of times ready takes a browser some 10 ms: after the first paint, and while the program is on its way.
  const warm = () => new Intl.DateTimeFormat([], { timeStyle: "short" }).format();
  if (token) requestAnimationFrame(() => setTimeout(warm));

  // The service worker (`public/sw.js`). A version that waits is offered, and all tabs go over to it together.
  const worker = navigator.serviceWorker;
  let registration;
  let ready = false;
  const again = () => location.reload();
  const take = () => (registration?.waiting ? registration.waiting.postMessage("take") : again());
  const tell = () => {
    // To say it in its own way the program needs all of itself.
    if (started && ready && !missing) dispatchEvent(Object.assign(new Event("chinwag:update"), { take }));
  };
  const offer = () => {
    ready = true;
    tell();
  };
  const watch = () => {
    const { active, installing, waiting } = registration;
    if (waiting) offer();
    // The first of all is no news.
    if (active && installing)
      installing.addEventListener("statechange", () => {
        if (installing.state === "installed") offer();
      });
  };
  const register = async () => {
    registration = await worker.register("sw.js");
    watch();
    registration.addEventListener("updatefound", watch);
    // A chat may stay open for weeks.
    setInterval(() => registration.update().catch(() => {}), 3_600_000);
  };
  const log = (error) => {
    if (stored("chinwag.debug") === "1") console.debug("chinwag: no service worker:", error);
  };
  addEventListener("chinwag:begun", () => {
    started = true;
    tell();
  });
  addEventListener("DOMContentLoaded", () => {
    document.querySelector("#crashed a").addEventListener("click", (event) => {
      event.preventDefault();
      // A part that could not be had is asked for as when there is a network again (`later.js`): without one there is no page to load.
      if (missing && !missing[1]) dispatchEvent(new Event("online"));
      else take();
    });
  });
  if (worker) {
    worker.addEventListener("controllerchange", again);
    worker.addEventListener("message", ({ data }) => {
      if (data.open === undefined) again();
      // A notification was clicked (`public/sw.js`).
      else location.hash = `#/${encodeURIComponent(data.open)}`;
    });
    // Once nobody waits for anything.
    const idle = window.requestIdleCallback ?? setTimeout;
    addEventListener("load", () => idle(() => register().catch(log)));
  }
}
