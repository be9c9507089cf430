// The SQL console beyond its form: completion of tables and columns, and queries that are kept in this browser.
const field = document.querySelector("textarea[data-console]");
const offers = document.getElementById("offers");
const KEY = "queries";
const WORD = /[A-Za-z_][A-Za-z_0-9]*$/;
const KEYWORDS = ["select", "from", "where", "group by", "order by", "limit", "inner join", "left join", "with", "having", "count(*)", "sum(", "date_trunc('month', ", "distinct", "case when"];
let tables = null;
let choice = 0;

// Asked for once: what is typed before the answer waits for the same one.
async function names() {
  tables ??= fetch("/data.json").then((answer) => (answer.ok ? answer.json() : { data: [] }));
  return (await tables).data;
}

// Columns of tables that the query names come first, then tables, then words of SQL.
function matches(word, text, known) {
  const named = known.filter((table) => new RegExp(`\\b${table.name}\\b`, "i").test(text));
  const columns = [...new Set(named.flatMap((table) => table.columns.map((column) => column.name)))];
  const start = word.toLowerCase();
  const all = [...columns, ...known.map((table) => table.name), ...KEYWORDS];
  return [...new Set(all)].filter((name) => name.toLowerCase().startsWith(start) && name !== word).slice(0, 8);
}

function close() {
  offers.hidden = true;
  field.removeAttribute("aria-activedescendant");
}

function choose(place) {
  choice = place;
  [...offers.children].forEach((item, i) => item.setAttribute("aria-selected", String(i === place)));
  field.setAttribute("aria-activedescendant", `offer-${place}`);
}

function accept() {
  const before = field.value.slice(0, field.selectionStart);
  const word = WORD.exec(before)?.[0] ?? "";
  field.setRangeText(offers.children[choice].textContent, before.length - word.length, before.length, "end");
  close();
}

// The word is read after the wait, in which more may have been typed.
async function offer() {
  const known = await names();
  const before = field.value.slice(0, field.selectionStart);
  const word = WORD.exec(before)?.[0] ?? "";
  if (word.length < 2 || document.activeElement !== field) return close();
  const found = matches(word, field.value, known);
  if (!found.length) return close();
  offers.replaceChildren(...found.map((name, i) => {
    const item = Object.assign(document.createElement("li"), { textContent: name, id: `offer-${i}` });
    item.setAttribute("role", "option");
    item.addEventListener("mousedown", (event) => { event.preventDefault(); choose(i); accept(); });
    return item;
  }));
  offers.hidden = false;
  choose(0);
}

field.setAttribute("aria-controls", "offers");
field.addEventListener("input", () => { offer().catch(() => { tables = null; close(); }); });
field.addEventListener("blur", close);
field.addEventListener("keydown", (event) => {
  if ((event.ctrlKey || event.metaKey) && event.key === "Enter") {
    event.preventDefault();
    field.form.requestSubmit();
  }
  if (offers.hidden) return;
  const count = offers.children.length;
  if (event.key === "ArrowDown" || event.key === "ArrowUp") {
    event.preventDefault();
    choose((choice + (event.key === "ArrowDown" ? 1 : count - 1)) % count);
  } else if (event.key === "Tab" || event.key === "Enter") {
    event.preventDefault();
    accept();
  } else if (event.key === "Escape") {
    close();
  }
});

// Saved queries never leave the browser.
const section = document.querySelector("[data-saved]");
function saved() {
  try { return JSON.parse(localStorage.getItem(KEY)) ?? []; } catch { return []; }
}
function keep(queries) {
  try { localStorage.setItem(KEY, JSON.stringify(queries.slice(0, 50))); } catch { /* storage is switched off */ }
  list();
}
function list() {
  const queries = saved();
  section.hidden = !queries.length;
  section.querySelector("ul").replaceChildren(...queries.map((text) => {
    const item = document.createElement("li");
    const link = Object.assign(document.createElement("a"), { href: `/data/sql?query=${encodeURIComponent(text)}`, textContent: text.replace(/\s+/g, " ").slice(0, 90) });
    const remove = Object.assign(document.createElement("button"), { type: "button", className: "minor", textContent: "Forget" });
    remove.addEventListener("click", () => keep(saved().filter((other) => other !== text)));
    item.append(link, " ", remove);
    return item;
  }));
}
const save = document.querySelector("[data-save]");
save.hidden = false;
save.addEventListener("click", () => {
  const text = field.value.trim();
  if (text) keep([text, ...saved().filter((other) => other !== text)]);
});
list();
