// The one field of the mapping grid. It moves into the cell that is edited, asks for the module
// organizations that fit what is typed, and hands back the one that was chosen, null for none, or
// undefined where nothing is to change.
const PAUSE = 120;
const LONGEST = 200;

export class CellEditor {
  constructor(grid) {
    this.grid = grid;
    this.box = document.createElement("div");
    this.box.className = "editor";
    this.input = document.createElement("input");
    Object.assign(this.input, { role: "combobox", autocomplete: "off", maxLength: LONGEST, spellcheck: false });
    this.list = document.createElement("ul");
    Object.assign(this.list, { className: "options", role: "listbox", id: "mapping-options", hidden: true });
    this.input.setAttribute("aria-autocomplete", "list");
    this.input.setAttribute("aria-controls", this.list.id);
    this.input.setAttribute("aria-expanded", "false");
    this.box.append(this.input, this.list);
    this.input.addEventListener("input", () => this.ask(this.input.value));
    this.input.addEventListener("keydown", (event) => this.onKey(event));
    this.input.addEventListener("blur", () => setTimeout(() => this.onBlur()));
    this.list.addEventListener("pointerdown", (event) => event.preventDefault());
    this.list.addEventListener("click", (event) => {
      const item = event.target.closest("li[data-index]");
      if (item) this.take(this.options[Number(item.dataset.index)]);
    });
    this.box.addEventListener("click", (event) => event.stopPropagation());
    addEventListener("scroll", () => this.place(), { capture: true, passive: true });
  }

  // In a cell: what is there is replaced, and the field goes away afterwards.
  openIn(cell, { label, text, isTyped, module, first, onDone }) {
    this.leave();
    Object.assign(this, { cell, module, first, onDone, isLasting: false, options: [], here: -1, before: isTyped ? "" : text });
    this.prepare(label);
    cell.replaceChildren(this.box);
    this.input.value = text;
    this.input.focus();
    if (!isTyped) this.input.select();
    this.ask(isTyped ? text : "");
  }

  // In a dialog: it stays for another one.
  stayIn(place, { label, module, first, onDone }) {
    this.leave();
    Object.assign(this, { cell: null, module, first, onDone, isLasting: true, options: [], here: -1, before: "" });
    this.prepare(label);
    this.input.id = "mapping-add";
    this.input.removeAttribute("aria-label");
    place.replaceChildren(this.box);
    this.input.value = "";
    this.input.focus();
    this.ask("");
  }

  prepare(label) {
    this.input.removeAttribute("id");
    this.input.setAttribute("aria-label", label);
    this.list.setAttribute("aria-label", label);
  }

  ask(typed) {
    clearTimeout(this.timer);
    const turn = (this.turn = (this.turn ?? 0) + 1);
    this.isFresh = false;
    this.timer = setTimeout(async () => {
      const address = new URL(this.grid.dataset.options.replace("-module-", encodeURIComponent(this.module)), location.href);
      address.searchParams.set("q", typed.trim());
      const answer = await fetch(address, { headers: { Accept: "application/json" } }).catch(() => null);
      if (turn !== this.turn || document.activeElement !== this.input) return;
      const found = answer?.ok && answer.headers.get("Content-Type")?.includes("json") ? await answer.json() : [];
      this.show(typed, found.map((one) => ({ id: one.value, name: one.text, note: one.note, seen: one.seen })));
    }, PAUSE);
  }

  show(typed, found) {
    const words = typed.trim().toLowerCase();
    const first = this.first.filter((one) => one.name.toLowerCase().includes(words));
    const known = new Set(first.map((one) => one.id));
    const suggested = first.map((one) => ({ ...one, note: `${one.id} · ${this.grid.say("suggested")}: ${one.reason}` }));
    this.options = [...suggested, ...found.filter((one) => !known.has(one.id))];
    this.here = this.options.length && (words || suggested.length) ? 0 : -1;
    this.list.replaceChildren(...this.options.map((option, index) => this.item(option, index)));
    if (!this.options.length) this.list.append(this.nothing());
    this.isFresh = true;
    this.open(true);
    this.mark();
    if (this.isWaiting) this.enter();
  }

  item(option, index) {
    const item = document.createElement("li");
    item.role = "option";
    item.id = `mapping-option-${index}`;
    item.dataset.index = index;
    const note = document.createElement("span");
    note.className = "note";
    note.textContent = option.note;
    item.append(option.name, note);
    return item;
  }
  nothing() {
    const none = document.createElement("li");
    none.role = "option";
    none.className = "note";
    none.setAttribute("aria-disabled", "true");
    none.textContent = this.grid.say("none");
    return none;
  }

  open(isOpen) {
    this.list.hidden = !isOpen;
    this.input.setAttribute("aria-expanded", String(isOpen));
    if (!isOpen) this.input.removeAttribute("aria-activedescendant");
    this.place();
  }

  // Fixed, because the grid scrolls and would cut it off; above the field where there is no room.
  place() {
    if (this.list.hidden) return;
    const field = this.input.getBoundingClientRect();
    const width = Math.max(field.width, 280);
    const isAbove = field.bottom + 290 > innerHeight && field.top > 290;
    // In a dialog that is moved by nothing, fixed means the window as well.
    this.list.style.setProperty("left", `${Math.max(4, Math.min(field.left, innerWidth - width - 8))}px`);
    this.list.style.setProperty("width", `${Math.min(width, innerWidth - 12)}px`);
    this.list.style.setProperty("top", isAbove ? "auto" : `${field.bottom + 2}px`);
    this.list.style.setProperty("bottom", isAbove ? `${innerHeight - field.top + 2}px` : "auto");
  }

  mark() {
    [...this.list.children].forEach((item, index) => item.setAttribute("aria-selected", String(index === this.here)));
    const marked = this.here >= 0 ? this.list.children[this.here] : null;
    if (!marked) return this.input.removeAttribute("aria-activedescendant");
    this.input.setAttribute("aria-activedescendant", marked.id);
    marked.scrollIntoView({ block: "nearest" });
  }

  onKey(event) {
    const many = this.options.length;
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      if (this.list.hidden) this.ask(this.input.value);
      else if (many) {
        const start = event.key === "ArrowDown" ? -1 : 0;
        const from = this.here < 0 ? start : this.here;
        this.here = (from + (event.key === "ArrowDown" ? 1 : many - 1)) % many;
        this.mark();
      }
    } else if (event.key === "Enter") this.enter();
    else if (event.key === "Escape") this.escape();
    else if (event.key === "Tab" && !this.isLasting) {
      const { grid } = this;
      this.enter();
      if (this.cell) return;
      grid.step(0, event.shiftKey ? -1 : 1);
    } else return;
    event.preventDefault();
    event.stopPropagation();
  }

  // What is typed faster than the server answers is taken once it does.
  enter() {
    const typed = this.input.value.trim();
    this.isWaiting = false;
    if (typed === "" && this.here < 0) return this.take(this.before ? null : undefined);
    if (typed === this.before && this.here < 0) return this.take(undefined);
    if (!this.isFresh) return void (this.isWaiting = true);
    if (this.here >= 0) this.take(this.options[this.here]);
  }
  escape() {
    if (this.isLasting && this.list.hidden) return document.getElementById("mapping-cell").close();
    if (this.isLasting) return this.open(false);
    this.take(undefined);
  }

  take(option) {
    const { onDone, isLasting, cell } = this;
    const isHere = document.activeElement === this.input;
    if (isLasting) {
      this.input.value = "";
      this.open(false);
    } else this.remove();
    onDone(option);
    if (isLasting) this.input.focus();
    else if (isHere) this.grid.focusOn(cell);
  }
  remove() {
    clearTimeout(this.timer);
    this.turn = (this.turn ?? 0) + 1;
    this.isWaiting = false;
    this.cell = null;
    this.open(false);
    this.box.remove();
  }
  onBlur() {
    if (this.isLasting) return this.open(false);
    if (this.cell && !this.box.contains(document.activeElement)) this.leave();
  }
  leave() {
    if (this.cell) this.take(undefined);
  }
}
