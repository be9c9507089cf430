// Enhances pages that work without it: "/" focuses the search, suggestions while typing, values under the pointer, the theme.
const all = (selector, within = document) => [...within.querySelectorAll(selector)];

document.addEventListener("keydown", (event) => {
  const field = document.getElementById("find");
  const typing = /^(INPUT|TEXTAREA|SELECT)$/.test(document.activeElement.tagName);
  if (event.key === "/" && !typing && field) {
    event.preventDefault();
    field.focus();
  }
});

// Suggestions: entities whose names are like what is typed.
let asked = 0;
async function suggest(input) {
  const text = input.value.trim();
  const list = document.getElementById(input.getAttribute("list"));
  if (!list || text.length < 2) return;
  const mine = ++asked;
  try {
    const response = await fetch(`/search.json?q=${encodeURIComponent(text)}`);
    if (!response.ok || mine !== asked) return;
    const { data } = await response.json();
    list.replaceChildren(...data.hits.map((hit) => Object.assign(document.createElement("option"), { value: hit.text, label: hit.label })));
    input.hits = new Map(data.hits.map((hit) => [hit.text, hit.address]));
  } catch { /* the form still works */ }
}
for (const input of all("input[data-suggest]")) {
  let timer;
  input.addEventListener("input", (event) => {
    const address = input.hits?.get(input.value);
    if (address && input.id && event.inputType !== "insertText") {
      location.href = address;
      return;
    }
    clearTimeout(timer);
    timer = setTimeout(suggest, 120, input);
  });
}

// The value nearest to the pointer, in the place of the browser's own tooltips.
const tip = document.createElement("div");
tip.className = "tip";
tip.hidden = true;
document.body.append(tip);
for (const chart of all("svg.chart")) {
  const marks = all(".bar, .dot, .unknown, .mark", chart).map((mark) => {
    const title = mark.querySelector("title");
    const text = title ? title.textContent : "";
    title?.remove();
    return { mark, text };
  }).filter(({ text }) => text);
  const hide = () => {
    tip.hidden = true;
    all(".near", chart).forEach((mark) => mark.classList.remove("near"));
  };
  chart.addEventListener("pointerleave", hide);
  chart.addEventListener("pointermove", (event) => {
    let best = null;
    let least = Infinity;
    for (const each of marks) {
      const box = each.mark.getBoundingClientRect();
      const aside = Math.max(box.left - event.clientX, 0, event.clientX - box.right);
      const above = Math.max(box.top - event.clientY, 0, event.clientY - box.bottom);
      const far = aside * 4 + above;
      if (far < least) [best, least] = [each, far];
    }
    hide();
    if (!best) return;
    best.mark.classList.add("near");
    tip.textContent = best.text;
    tip.hidden = false;
    const width = tip.offsetWidth;
    tip.style.left = `${Math.min(Math.max(8, event.clientX - width / 2), innerWidth - width - 8) + scrollX}px`;
    tip.style.top = `${event.clientY + scrollY - tip.offsetHeight - 14}px`;
  });
}

// The theme: light, dark or the system's.
for (const button of all("button[data-theme-switch]")) {
  button.hidden = false;
  button.addEventListener("click", () => {
    const root = document.documentElement;
    const dark = root.dataset.theme ? root.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
    root.dataset.theme = dark ? "light" : "dark";
    try { localStorage.setItem("theme", root.dataset.theme); } catch { /* for this page only */ }
  });
}

// What scrolls can be scrolled by keyboard in every browser.
for (const box of all(".scroll")) {
  if (box.scrollWidth > box.clientWidth || box.scrollHeight > box.clientHeight) box.tabIndex = 0;
}

// Forms of filters show at once what was chosen.
for (const form of all("form[data-auto]")) {
  form.addEventListener("change", () => form.requestSubmit());
}
