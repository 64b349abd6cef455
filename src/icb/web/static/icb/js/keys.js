// Keys that work on every page: / searches, ? helps, g and a letter goes somewhere, Escape closes;
// j, k, x and Enter work in the list of the page.
const NEXT = 1200;
let waits = 0;

function isTyping(target) {
  return target.matches("input:not([type=checkbox], [type=radio]), select, textarea, [contenteditable]");
}

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
  const target = event.target instanceof Element ? event.target : document.body;
  if (isTyping(target)) {
    if (event.key === "Escape") target.blur();
    return;
  }
  if (document.querySelector("dialog[open]")) return;
  if (Date.now() < waits) {
    waits = 0;
    const link = document.querySelector(`[data-go="${CSS.escape(event.key)}"]`);
    if (link) {
      event.preventDefault();
      link.click();
    }
    return;
  }
  const list = document.querySelector("icb-list");
  const act = {
    "/": () => (document.querySelector("[data-search]") ?? document.getElementById("find"))?.focus(),
    "?": () => document.getElementById("keys-help")?.showModal(),
    g: () => (waits = Date.now() + NEXT),
    j: list && (() => list.move(1)),
    k: list && (() => list.move(-1)),
    x: list?.here && (() => list.pick()),
    Enter: target.matches("tr.is-here") && (() => list.open()),
  }[event.key];
  if (act) {
    event.preventDefault();
    act();
  }
});
