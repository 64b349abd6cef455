// What was sent when the session had ended, in the words of the page that it was typed on: the
// labels of its fields, the texts of its choices. Where that page is not to be had, what the server
// wrote stays.
const kept = document.getElementById("kept");

function textOf(element) {
  const copy = element.cloneNode(true);
  for (const more of copy.querySelectorAll(".soft, svg, input, select, textarea")) more.remove();
  return copy.textContent.trim();
}

function labelOf(control) {
  const label = control.labels?.[0] ?? control.closest("label");
  return (label && textOf(label)) || control.getAttribute("aria-label") || "";
}

function groupOf(control) {
  const words = control.closest(".field")?.querySelector(":scope > .label") ?? control.closest("fieldset")?.querySelector("legend");
  return words ? textOf(words) : "";
}

// The form of the page that has most of the fields: several may stand on one.
function formOf(page, names) {
  const forms = [...page.querySelectorAll("form")].filter((form) => form.method === "post");
  const many = (form) => [...form.elements].filter((control) => names.has(control.name)).length;
  return forms.sort((one, other) => many(other) - many(one))[0];
}

async function textOfChoice(choice, value) {
  const field = choice.querySelector("input");
  if (field.value === value && choice.dataset.text) return choice.dataset.text;
  const address = new URL(choice.getAttribute("src"), location.href);
  address.searchParams.set("q", value);
  const answer = await fetch(address, { headers: { Accept: "application/json" } });
  const options = answer.ok ? await answer.json() : [];
  return options.find((option) => option.value === value)?.text ?? "";
}

async function valueOf(control, value) {
  if (control.tagName === "SELECT") {
    const option = [...control.options].find((one) => one.value === value);
    return option?.text.trim() ?? "";
  }
  if (control.tagName === "BUTTON") return textOf(control);
  if (control.type === "checkbox" && !groupOf(control)) return value === "on" ? kept.dataset.yes : "";
  if (control.type === "checkbox" || control.type === "radio") return labelOf(control);
  const choice = control.closest("icb-choice");
  return choice ? textOfChoice(choice, value) : "";
}

function nameOf(control) {
  const isOneOfMany = control.type === "radio" || control.type === "checkbox";
  return (isOneOfMany && groupOf(control)) || labelOf(control);
}

async function tell(term, form, turn) {
  const entry = term.nextElementSibling?.matches("dd") ? term.nextElementSibling : null;
  const named = [...form.elements].filter((control) => control.name === term.dataset.name);
  const value = entry?.dataset.value;
  const control = named.find((one) => /^(radio|checkbox|hidden|submit)$/.test(one.type) && one.value === value) ?? named[turn] ?? named[0];
  if (!control) return;
  if (entry && control.type === "hidden") {
    term.remove();
    return entry.remove();
  }
  term.textContent = nameOf(control) || term.textContent;
  if (entry) entry.textContent = (await valueOf(control, value)) || entry.textContent;
}

async function tellAll() {
  const terms = [...kept.querySelectorAll("[data-name]")];
  const answer = await fetch(kept.dataset.page, { headers: { Accept: "text/html" } });
  if (!answer.ok) return;
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  const form = formOf(page, new Set(terms.map((term) => term.dataset.name)));
  if (!form) return;
  const turns = new Map();
  for (const term of terms) {
    const turn = turns.get(term.dataset.name) ?? 0;
    turns.set(term.dataset.name, turn + 1);
    await tell(term, form, turn);
  }
}

if (kept) await tellAll();
