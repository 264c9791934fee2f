// What the bench compares with: the conversation and nothing else, as one writes it by hand for speed. No receipts, no
// typing signs, no store, no reconnecting, no accessibility. It measures nothing: `tests/bench/src` does.
"use strict";

/** How many rows are in the document. */
const ROWS = 40;
/** What a row that was never drawn is thought to take (pixels). */
const ROW = 66;
/** How near to the window's edge one comes before it moves on (pixels). */
const NEAR = 600;
/** How many messages a call brings. */
const LIMIT = 50;

// Asked for before anything else is done: there is enough to do until it comes.
const token = localStorage.getItem("chinwag.token");
const asked = decodeURIComponent(location.hash.slice(2));
const first = asked ? call(`/messages/${asked}?page=1&limit=${LIMIT}`) : null;
const known = call("/messages/conversations");
const socket = new WebSocket(`ws://${location.host}/ws?token=${token}`);

const find = (selector) => document.querySelector(selector);
const list = find(".timeline-list");
const rows = find(".messages");
const above = find(".above");
const below = find(".below");
const field = find("#composer");
const people = find(".people");
const clock = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit" });

const pattern = (html) => {
  const template = document.createElement("template");
  template.innerHTML = html;
  return template.content.firstChild;
};
const ROW_PATTERN = pattern(
  '<li class="message"><div class="bubble"><p class="content" dir="auto"></p><p class="meta"><time></time></p></div></li>',
);
const PERSON_PATTERN = pattern(
  '<li><button class="person"><span class="person-name"></span><span class="person-line"></span></button></li>',
);

/** All conversations by the other's id. A conversation's messages are in order, from the oldest that was loaded. */
const chats = new Map();
let open = null;
/** The messages of the open conversation that are in the document. */
let start = 0;
let end = 0;
/** Whether one is at the end, and follows it. */
let follows = true;
/** Where something has come that is not drawn yet. */
const told = new Set();

function chat(id) {
  let found = chats.get(id);
  if (!found) chats.set(id, (found = { id, messages: [], whole: false, loading: false, item: null, line: null }));
  return found;
}

async function call(path) {
  const answer = await fetch(`./api${path}`, { headers: { Authorization: `Bearer ${token}` } });
  return (await answer.json()).data;
}

const read = (other, message) => ({
  own: message.sender._id !== other,
  text: message.content,
  at: message.createdAt,
});

// --- The window of rows.

function draw(message) {
  const row = ROW_PATTERN.cloneNode(true);
  row.dataset.own = message.own;
  const [content, meta] = row.firstChild.children;
  content.textContent = message.text;
  meta.firstChild.textContent = clock.format(new Date(message.at));
  return row;
}

function drawn(from, to) {
  const fragment = document.createDocumentFragment();
  for (let index = from; index < to; index++) fragment.append(draw(open.messages[index]));
  return fragment;
}

function drop(count, side) {
  for (; count > 0; count--) rows[side].remove();
}

/** Draws the rows from this one on, and leaves alone those that are there already. */
function show(from) {
  const count = open.messages.length;
  from = Math.max(0, Math.min(from, count - ROWS));
  const to = Math.min(from + ROWS, count);
  if (from >= end || to <= start) {
    rows.replaceChildren(drawn(from, to));
  } else {
    if (from > start) drop(from - start, "firstChild");
    else if (from < start) rows.prepend(drawn(from, start));
    if (to < end) drop(end - to, "lastChild");
    else if (to > end) rows.append(drawn(end, to));
  }
  start = from;
  end = to;
  above.style.height = `${start * ROW}px`;
  below.style.height = `${(count - end) * ROW}px`;
}

/** Moves the window, and puts back what was under the eyes. */
function move(from) {
  from = Math.max(0, Math.min(from, open.messages.length - ROWS));
  if (from === start) return;
  const kept = Math.max(from, start);
  const anchor = kept < Math.min(from + ROWS, end) ? rows.children[kept - start] : null;
  const before = anchor?.getBoundingClientRect().top;
  show(from);
  if (anchor) list.scrollTop += anchor.getBoundingClientRect().top - before;
}

function toEnd() {
  show(open.messages.length - ROWS);
  list.scrollTop = list.scrollHeight;
}

/** Something has come in this conversation: drawn once in each frame, however much it is. */
function changed(of) {
  const waits = told.size > 0;
  told.add(of);
  if (waits) return;
  requestAnimationFrame(() => {
    const here = told.has(open);
    for (const one of told) preview(one);
    told.clear();
    if (!here) return;
    if (follows) toEnd();
    else below.style.height = `${(open.messages.length - end) * ROW}px`;
  });
}

list.addEventListener("scroll", () => {
  if (!open) return;
  const top = list.scrollTop;
  const height = list.clientHeight;
  const begin = rows.offsetTop - list.offsetTop;
  const last = begin + rows.offsetHeight;
  // What came meanwhile is not drawn yet: the end is that of what is.
  follows = list.scrollHeight - top - height < 24;
  if (top > last || top + height < begin) {
    show(Math.round((top + height / 2) / ROW) - ROWS / 2);
    if (follows) list.scrollTop = list.scrollHeight;
  } else if (follows) {
    // The window is where it should be, or will be with the next frame.
  } else if ((top < begin + NEAR && start > 0) || (top + height > last - NEAR && end < open.messages.length)) {
    const middle = start + ((top + height / 2 - begin) / (last - begin)) * (end - start);
    move(Math.round(middle) - ROWS / 2);
  }
  if (start === 0 && top < begin + 2 * NEAR) older(open);
});

// --- What comes from the server.

async function older(from) {
  if (from.loading || from.whole) return;
  from.loading = true;
  const page = Math.floor(from.messages.length / LIMIT) + 1;
  const isFirst = page === 1 && from.id === asked;
  const data = await (isFirst ? first : call(`/messages/${from.id}?page=${page}&limit=${LIMIT}`));
  const oldest = from.messages[0]?.at;
  const fresh = data.messages.map((message) => read(from.id, message)).filter(({ at }) => !oldest || at < oldest);
  from.messages = fresh.concat(from.messages);
  from.whole = data.messages.length < LIMIT;
  from.loading = false;
  if (from !== open) return;
  if (follows) {
    // All of it: what the numbers meant has changed.
    start = end = 0;
    toEnd();
    return;
  }
  start += fresh.length;
  end += fresh.length;
  above.style.height = `${start * ROW}px`;
  list.scrollTop += fresh.length * ROW;
}

function preview(of) {
  if (!of.line) return;
  of.line.textContent = of.messages.at(-1).text;
  if (people.firstChild !== of.item) people.prepend(of.item);
}

async function conversations() {
  const data = await known;
  const items = data.conversations.map(({ user, lastMessage }) => {
    const of = chat(user._id);
    of.item = PERSON_PATTERN.cloneNode(true);
    const button = of.item.firstChild;
    button.dataset.user = user._id;
    button.firstChild.textContent = of.name = user.username;
    of.line = button.lastChild;
    of.line.textContent = lastMessage.content;
    return of.item;
  });
  people.replaceChildren(...items);
  if (open) select(open);
}

socket.addEventListener("message", (event) => {
  const { type, data } = JSON.parse(event.data);
  if (type !== "new_message") return;
  const of = chat(data.senderId);
  of.messages.push({ own: false, text: data.content, at: data.createdAt });
  changed(of);
});

// --- What a person does.

function select(of) {
  people.querySelector("[aria-current]")?.removeAttribute("aria-current");
  of.item?.firstChild.setAttribute("aria-current", "true");
  find(".conversation-name").textContent = of.name ?? "";
}

function enter(id) {
  open = chat(id);
  start = end = 0;
  follows = true;
  rows.replaceChildren();
  if (open.messages.length >= LIMIT || open.whole) toEnd();
  else older(open);
  select(open);
  field.focus();
}

people.addEventListener("click", (event) => {
  const button = event.target.closest(".person");
  if (button) history.replaceState(null, "", `#/${button.dataset.user}`), enter(button.dataset.user);
});

field.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
  event.preventDefault();
  const content = field.value.trim();
  if (!content || !open) return;
  field.value = "";
  open.messages.push({ own: true, text: content, at: new Date().toISOString() });
  preview(open);
  toEnd();
  const data = { receiverId: open.id, content, messageType: "text", clientMessageId: crypto.randomUUID() };
  socket.send(JSON.stringify({ type: "chat_message", data }));
});

if (asked) enter(asked);
conversations();
