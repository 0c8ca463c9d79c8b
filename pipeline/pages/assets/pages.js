// Search, ages of times, filters of the index, copying. Pages are complete without it.
"use strict";

const root = document.body.dataset.root;

function load(script) {
  return new Promise((resolve, reject) => {
    const element = document.createElement("script");
    element.src = root + script;
    element.onload = resolve;
    element.onerror = reject;
    document.head.append(element);
  });
}

function make(tag, text, attributes = {}) {
  const element = document.createElement(tag);
  element.textContent = text;
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  return element;
}

// --- Ages: "3 h ago" beside each time.

function age(seconds) {
  for (const [length, unit] of [[86400, "d"], [3600, "h"], [60, "min"]])
    if (seconds >= length) return `${Math.floor(seconds / length)} ${unit} ago`;
  return "now";
}

for (const time of document.querySelectorAll("time")) {
  const seconds = (Date.now() - Date.parse(time.dateTime)) / 1000;
  if (seconds >= 0) time.textContent = time.closest("table") ? age(seconds) : `${time.textContent} (${age(seconds)})`;
}

// --- Search: all words must occur in the name, the description or one column.

const search = document.getElementById("search");
const list = document.getElementById("found");
const told = document.getElementById("found-count");
const SHOWN = 30;
let entries = null;
let chosen = -1;

async function prepare() {
  if (entries) return;
  if (!window.SEARCH) await load("assets/search-data.js");
  entries = window.SEARCH.map(([name, kind, page, description, tags, columns]) => ({
    name, kind, page, description, columns,
    rest: (description + " " + tags.join(" ")).toLowerCase(),
    texts: columns.map(([column, , text]) => [column.toLowerCase(), text.toLowerCase()]),
  }));
}

function rank(entry, words) {
  const whole = words.join(" ");
  const table = entry.name.slice(entry.name.indexOf(".") + 1);
  if (entry.name === whole || table === whole) return [0];
  if (words.every((word) => entry.name.includes(word)))
    return [table.startsWith(words[0]) || entry.name.startsWith(words[0]) ? 1 : 2];
  const seen = (word) => entry.name.includes(word) || entry.rest.includes(word);
  for (const depth of [0, 1]) {
    const column = entry.texts.findIndex((texts) =>
      words.some((word) => texts[depth].includes(word)) &&
      words.every((word) => seen(word) || texts[0].includes(word) || texts[1].includes(word)));
    if (column >= 0) {
      const same = words.includes(entry.texts[column][0]);
      return [depth === 0 ? (same ? 3 : 4) : 6, column];
    }
  }
  return words.every(seen) ? [5] : null;
}

function matches(text) {
  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  if (!words.length) return null;
  const found = [];
  for (const entry of entries) {
    const place = rank(entry, words);
    if (place) found.push({ entry, order: place[0], column: place[1] });
  }
  found.sort((a, b) => a.order - b.order || a.entry.name.length - b.entry.name.length || (a.entry.name < b.entry.name ? -1 : 1));
  return found;
}

function option({ entry, column }, number) {
  const at = column === undefined ? null : entry.columns[column];
  const link = make("a", at ? `${entry.name} › ${at[0]}` : entry.name, {
    href: root + entry.page + (at ? `#${at[1]}` : ""), role: "option", id: `found-${number}`, tabindex: "-1", "aria-selected": "false",
  });
  link.append(make("small", [entry.kind, at ? at[2] : entry.description].filter(Boolean).join(" · ")));
  return link;
}

function show(found) {
  list.replaceChildren();
  list.hidden = !found;
  chosen = -1;
  search.setAttribute("aria-expanded", String(!!found && found.length > 0));
  search.removeAttribute("aria-activedescendant");
  told.textContent = !found ? "" : found.length ? `${found.length} found` : "Nothing found";
  if (!found) return;
  list.append(...found.slice(0, SHOWN).map(option));
  if (!found.length) list.append(make("p", "Nothing found", { class: "muted", role: "option", "aria-disabled": "true" }));
  if (found.length > SHOWN) list.append(make("p", `${(found.length - SHOWN).toLocaleString("en")} more: add a word`, { class: "muted", role: "option", "aria-disabled": "true" }));
  if (found.length) choose(0);
}

function choose(number) {
  const options = list.querySelectorAll("a");
  if (!options.length) return;
  options[chosen]?.setAttribute("aria-selected", "false");
  chosen = (number + options.length) % options.length;
  options[chosen].setAttribute("aria-selected", "true");
  options[chosen].scrollIntoView({ block: "nearest" });
  search.setAttribute("aria-activedescendant", options[chosen].id);
}

async function answer() {
  await prepare();
  show(matches(search.value));
}

search.addEventListener("focus", prepare);
search.addEventListener("input", answer);
search.addEventListener("keydown", (event) => {
  if (event.key === "ArrowDown") choose(chosen + 1);
  else if (event.key === "ArrowUp") choose(chosen - 1);
  else if (event.key === "Enter") list.querySelectorAll("a")[chosen]?.click();
  else if (event.key === "Escape") { search.value = ""; show(null); search.blur(); }
  else return;
  event.preventDefault();
});
list.addEventListener("click", () => { show(null); search.blur(); });
document.addEventListener("click", (event) => { if (!event.target.closest(".search")) show(null); });
document.addEventListener("keydown", (event) => {
  const typing = event.target.closest?.("input, select, textarea");
  if (event.key !== "/" || typing || event.ctrlKey || event.metaKey || event.altKey) return;
  event.preventDefault();
  search.focus();
  search.select();
});

// --- Filters of the index.

const filter = document.getElementById("filter");
if (filter) {
  const chips = [...document.querySelectorAll(".chip")];
  const apply = () => {
    const words = filter.value.toLowerCase().split(/\s+/).filter(Boolean);
    const on = { state: [], kind: [] };
    for (const chip of chips) if (chip.getAttribute("aria-pressed") === "true") on[chip.dataset.filter].push(chip.dataset.value);
    const active = words.length || on.state.length || on.kind.length;
    let shown = 0;
    for (const part of document.querySelectorAll(".schema-part")) {
      const schema = part.querySelector("h2").firstChild.textContent.trim();
      let any = false;
      for (const row of part.querySelectorAll("tbody tr")) {
        const text = active && words.length ? `${schema}.${row.textContent}`.toLowerCase() : "";
        row.hidden = !(words.every((word) => text.includes(word)) &&
          (!on.state.length || on.state.includes(row.dataset.state)) &&
          (!on.kind.length || on.kind.includes(row.dataset.kind)));
        if (!row.hidden) { any = true; shown++; }
      }
      part.hidden = !any;
    }
    document.getElementById("filtered").textContent = active ? `${shown.toLocaleString("en")} shown` : "";
  };
  for (const chip of chips) chip.addEventListener("click", () => {
    chip.setAttribute("aria-pressed", String(chip.getAttribute("aria-pressed") !== "true"));
    apply();
  });
  filter.addEventListener("input", apply);
}

// --- Copying.

for (const button of document.querySelectorAll(".copy")) button.addEventListener("click", async () => {
  await navigator.clipboard.writeText(button.parentElement.querySelector("code").textContent);
  button.textContent = "Copied";
});
