// Writes what the emoji picker knows (`src/ui/emoji.rs`): for each language a file of lines. `#people` begins a group; every other line
// is an emoji, the names that are typed between colons, its name, and words that it is found by, with tabs between them.
//
// Who uses a chat expects the names of the big ones: gemoji has those. Names and words of each language are Unicode's (CLDR).

import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

const [, , modules, folder, ...languages] = process.argv;
const { gemoji } = await import(pathToFileURL(join(modules, "gemoji/index.js")));

const GROUPS = {
  "Smileys & Emotion": "smileys",
  "People & Body": "people",
  "Animals & Nature": "animals",
  "Food & Drink": "food",
  "Travel & Places": "travel",
  Activities: "activities",
  Objects: "objects",
  Symbols: "symbols",
  Flags: "flags",
};

// Unicode leaves out the sign that asks for a picture where a letter would be shown.
const bare = (emoji) => emoji.replaceAll("\ufe0f", "");

function annotations(language) {
  const known = new Map();
  for (const kind of ["annotations", "annotationsDerived"]) {
    const name = kind === "annotations" ? "cldr-annotations-full" : "cldr-annotations-derived-full";
    const path = join(modules, name, kind, language, "annotations.json");
    const all = JSON.parse(readFileSync(path, "utf8"))[kind].annotations;
    for (const [emoji, { tts = [], default: words = [] }] of Object.entries(all))
      known.set(bare(emoji), { name: tts[0], words });
  }
  return known;
}

mkdirSync(folder, { recursive: true });
for (const language of languages) {
  const known = annotations(language);
  const lines = [];
  let group;
  for (const { emoji, names, description, category } of gemoji) {
    if (!GROUPS[category]) throw new Error(`an unknown group: ${category}`);
    if (category !== group) lines.push(`#${GROUPS[(group = category)]}`);
    const { name = description, words = [] } = known.get(bare(emoji)) ?? {};
    // A word that is in the name already finds nothing more.
    const more = words.filter((word) => !name.toLowerCase().includes(word.toLowerCase()));
    lines.push([emoji, names.join(" "), name, more.join(" ")].join("\t"));
  }
  writeFileSync(join(folder, `${language}.txt`), `${lines.join("\n")}\n`);
}
