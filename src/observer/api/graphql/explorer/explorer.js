"use strict";

const ENDPOINT = "/api/v1/graphql";
const FIELDS = "{ __schema { queryType { fields { name description type { ...t } } } } } fragment t on __Type { name kind ofType { name kind ofType { name kind ofType { name kind } } } }";
const at = (id) => document.getElementById(id);

async function ask(query, variables) {
  const headers = { "Content-Type": "application/json" };
  const key = at("key").value.trim();
  if (key) headers.Authorization = `Bearer ${key}`;
  return fetch(ENDPOINT, { method: "POST", headers, body: JSON.stringify({ query, variables }) });
}

async function run() {
  let variables;
  try {
    variables = JSON.parse(at("variables").value.trim() || "{}");
  } catch (error) {
    at("answer").textContent = `The variables are not JSON: ${error.message}`;
    return;
  }
  const begun = performance.now();
  try {
    const response = await ask(at("query").value, variables);
    const text = await response.text();
    at("answer").textContent = JSON.stringify(JSON.parse(text), null, 2);
    const release = response.headers.get("X-Observer-Release");
    at("facts").textContent =
      `${response.status}, ${Math.round(performance.now() - begun)} ms, ${text.length} bytes` + (release ? `, release ${release}` : "");
  } catch (error) {
    at("answer").textContent = `The server did not answer: ${error.message}`;
  }
}

const named = (type) => (type.name ? type.name : named(type.ofType));

async function insert(field) {
  const response = await ask(
    "query($name: String!) { __type(name: $name) { fields { name type { kind ofType { kind } } } } }",
    { name: named(field.type) });
  const row = (await response.json()).data.__type;
  const leaves = row.fields.filter((each) => (each.type.ofType || each.type).kind === "SCALAR").map((each) => `    ${each.name}`);
  const selection = leaves.length ? leaves.join("\n") : "    __typename";
  const isList = !/(_by_pk|_aggregate|Aggregate)$/.test(field.name) && !/[a-z0-9]By[A-Z]\w+By|V\dBy/.test(field.name);
  at("query").value = `{\n  ${field.name}${isList ? "(limit: 10)" : ""} {\n${selection}\n  }\n}`;
  at("variables").value = "{}";
}

function list(fields) {
  const wanted = at("filter").value.trim().toLowerCase();
  const shown = fields.filter((field) => field.name.toLowerCase().includes(wanted));
  at("fields").replaceChildren(...shown.map((field) => {
    const item = document.createElement("li"), button = document.createElement("button"), text = document.createElement("small");
    button.type = "button";
    button.textContent = field.name;
    button.addEventListener("click", () => insert(field));
    text.textContent = field.description || "";
    item.append(button, text);
    return item;
  }));
}

at("run").addEventListener("click", run);
document.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) run();
});
ask(FIELDS).then((response) => response.json()).then((answer) => {
  const fields = answer.data.__schema.queryType.fields;
  list(fields);
  at("filter").addEventListener("input", () => list(fields));
});
