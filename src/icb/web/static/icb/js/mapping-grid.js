// The mapping grid: a table of cells that are walked through by keys, one shared field that moves
// into the cell being edited, and the changes that wait for Save. A change is about a module
// organization: which organization has it from the chosen day on, or nobody ("").
import { CellEditor } from "./mapping-editor.js";
import { orderColumns } from "./mapping-columns.js";
import { words } from "./mapping-words.js";

const PAUSE = 250;
const placeOf = (one) => `${one.module}\n${one.id}`;

class MappingGrid extends HTMLElement {
  connectedCallback() {
    this.table = this.querySelector("table");
    this.say = words(this.querySelector("template[data-words]").dataset);
    this.isReadOnly = this.hasAttribute("data-read-only");
    this.known = new Map(); // by place: what stands, as the page was opened
    this.pending = new Map(); // by place: {…known, to}
    this.suggestions = new Map();
    for (const one of JSON.parse(this.querySelector("#mapping-data").textContent)) this.known.set(placeOf(one), one);
    this.suggestBox = this.querySelector("[data-suggest]");
    this.suggestBox?.addEventListener("change", () => this.suggest());
    if (!this.table) return;
    this.editor = new CellEditor(this);
    this.panel = document.getElementById("mapping-cell");
    this.focusOn(this.table.querySelector("tbody td"), false);
    this.table.addEventListener("keydown", (event) => this.onKey(event));
    this.table.addEventListener("click", (event) => this.onClick(event));
    this.table.addEventListener("focusin", (event) => {
      const cell = event.target.closest("th, td");
      if (cell && cell.tabIndex === -1) this.focusOn(cell, false);
    });
    if (!this.isReadOnly) this.prepareBar();
    orderColumns(this);
    this.panel.addEventListener("close", () => this.here.focus());
    this.panel.addEventListener("click", (event) => this.onPanel(event));
    document.addEventListener("keydown", (event) => {
      if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "s") {
        event.preventDefault();
        if (!document.querySelector("dialog[open]")) this.save();
      }
    });
    window.addEventListener("beforeunload", (event) => {
      if (this.pending.size && !this.isSaved) event.preventDefault();
    });
    if (this.suggestBox?.checked) this.suggest();
  }

  // Where things are
  get modules() {
    return [...this.table.tHead.rows[0].cells].slice(1).map((head) => head.dataset.module);
  }
  at(cell) {
    return { organization: cell.parentElement.dataset.organization ?? "", module: this.modules[cell.cellIndex - 1] ?? "" };
  }
  cellOf(organization, module) {
    const row = this.table.querySelector(`tr[data-organization="${CSS.escape(organization)}"]`);
    return row?.cells[this.modules.indexOf(module) + 1];
  }
  nameOf(cell) {
    const row = cell.parentElement;
    const head = this.table.tHead.rows[0].cells[cell.cellIndex].textContent.trim();
    return `${row.cells[0].querySelector("a")?.textContent ?? ""} · ${head}`;
  }

  // What a cell holds: what stands there, what came or goes with changes, and what is suggested.
  held(cell) {
    const { organization, module } = this.at(cell);
    const here = [];
    for (const one of this.known.values())
      if (one.module === module && one.organization === organization) {
        const change = this.pending.get(placeOf(one));
        here.push({ ...one, state: change ? "ended" : "stands" });
      }
    for (const one of this.pending.values())
      if (one.module === module && one.to === organization) here.push({ ...one, state: "new" });
    return here;
  }
  suggestedFor(cell) {
    if (!this.suggestBox?.checked) return [];
    const { organization, module } = this.at(cell);
    return [...this.suggestions.values()].filter(
      (one) => one.organization === organization && one.module === module && !this.pending.has(placeOf(one)),
    );
  }

  draw(cell) {
    if (!cell || cell.contains(this.editor.box)) return;
    const held = this.held(cell);
    const shown = held.filter((one) => one.state !== "ended");
    const first = shown[0] ?? held[0];
    cell.replaceChildren();
    if (first) {
      const name = document.createElement("span");
      name.className = first.state === "ended" ? "one ended" : "one";
      name.textContent = first.name;
      cell.append(name);
      if (first.state === "ended") cell.append(this.hidden(this.say("ended")));
      if (shown.length > 1) cell.append(this.more(shown.length - 1));
    }
    const suggested = this.suggestedFor(cell);
    if (suggested.length) cell.append(this.mark(suggested[0]));
    if (suggested.length > 1) cell.append(this.more(suggested.length - 1));
    const isChanged = held.some((one) => one.state !== "stands");
    cell.classList.toggle("is-changed", isChanged);
    cell.classList.remove("is-refused");
    if (isChanged) cell.append(this.hidden(this.say("new")));
  }
  more(count) {
    const more = document.createElement("span");
    more.className = "more";
    more.textContent = `+${count}`;
    return more;
  }
  mark(one) {
    const mark = document.createElement("span");
    mark.className = "suggested";
    mark.title = `${one.reason} · ${this.say("score", { n: one.score })}`;
    const name = document.createElement("span");
    name.className = "one";
    name.textContent = one.name;
    mark.append(name, ` ${one.score}`, this.hidden(`${this.say("suggested")}: ${one.reason}`));
    return mark;
  }
  hidden(text) {
    const hidden = document.createElement("span");
    hidden.className = "sr-only";
    hidden.textContent = ` (${text})`;
    return hidden;
  }
  drawAll() {
    for (const cell of this.table.querySelectorAll("tbody td")) this.draw(cell);
  }

  // Changes
  choose(one, to) {
    const place = placeOf(one);
    // What is not on this page is free, or belongs to an organization of another page.
    const stands = this.known.get(place) ?? { ...one, organization: "" };
    const before = this.pending.get(place)?.to;
    if (stands.organization === to) this.pending.delete(place);
    else this.pending.set(place, { ...stands, seen: stands.seen ?? one.seen, to });
    for (const organization of [stands.organization, before, to])
      if (organization) this.draw(this.cellOf(organization, one.module));
    this.count();
  }
  replace(cell, option) {
    const { organization, module } = this.at(cell);
    const held = this.held(cell).filter((one) => one.state !== "ended");
    if (held.length === 1 && (!option || held[0].id !== option.id)) this.choose(held[0], "");
    if (option) this.choose({ ...option, module }, organization);
    this.draw(cell);
  }
  takeBack(cell) {
    for (const one of this.held(cell))
      if (one.state !== "stands") this.choose(one, this.known.get(placeOf(one))?.organization ?? "");
    this.draw(cell);
  }
  count() {
    if (this.isReadOnly) return;
    const many = this.pending.size;
    this.counter.textContent =
      many === 0 ? this.say("changeNone") : many === 1 ? this.say("changeOne") : this.say("changeMany", { n: many });
    this.discardButton.disabled = many === 0;
    this.saveButton.disabled = many === 0 && this.shownSuggestions().length === 0;
    this.askEffect();
  }

  // Walking and editing
  focusOn(cell, isFocused = true) {
    if (!cell) return;
    if (this.here) this.here.tabIndex = -1;
    this.here = cell;
    cell.tabIndex = 0;
    if (isFocused) cell.focus();
  }
  step(down, right) {
    const row = this.here.parentElement;
    const rows = [...this.table.rows];
    const next = rows[Math.min(Math.max(rows.indexOf(row) + down, 0), rows.length - 1)];
    this.focusOn(next.cells[Math.min(Math.max(this.here.cellIndex + right, 0), next.cells.length - 1)]);
  }
  onKey(event) {
    if (event.target.closest(".editor")) return;
    const far = event.ctrlKey || event.metaKey;
    const moves = {
      ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1],
      Home: [far ? -1e6 : 0, -1e6], End: [far ? 1e6 : 0, 1e6], PageUp: [-10, 0], PageDown: [10, 0],
    };
    const isCell = this.here.matches("tbody td");
    const may = isCell && !this.isReadOnly;
    if (moves[event.key] && !event.altKey) this.step(...moves[event.key]);
    else if (event.key === "Enter" && this.here.matches("th")) this.here.querySelector("a")?.click();
    else if (event.key === "Enter" && isCell && (event.shiftKey || this.isReadOnly)) this.open();
    else if ((event.key === "Enter" || event.key === "F2") && may) this.edit("");
    else if (event.key === "Delete" && may) this.replaceAll();
    else if (far && event.key.toLowerCase() === "z" && may) this.takeBack(this.here);
    else if (event.key.length === 1 && !far && !event.altKey && may && event.key !== " ") this.edit(event.key);
    else return;
    event.preventDefault();
    event.stopPropagation();
  }
  replaceAll() {
    for (const one of this.held(this.here)) if (one.state !== "ended") this.choose(one, "");
    this.draw(this.here);
  }
  onClick(event) {
    const cell = event.target.closest("tbody td");
    if (!cell || event.target.closest(".editor")) return;
    this.focusOn(cell);
    if (event.target.closest(".more") || this.isReadOnly) this.open();
    else this.edit("");
  }
  edit(typed) {
    const cell = this.here;
    const held = this.held(cell).filter((one) => one.state !== "ended");
    if (held.length > 1) return this.open();
    if (cell.parentElement.hasAttribute("data-closed") && !held.length) return this.tell(this.say("closed"));
    this.editor.openIn(cell, {
      label: this.nameOf(cell),
      text: typed || held[0]?.name || "",
      isTyped: Boolean(typed),
      module: this.at(cell).module,
      first: this.suggestedFor(cell),
      onDone: (option) => {
        this.draw(cell);
        if (option !== undefined) this.replace(cell, option);
      },
    });
  }
  tell(text) {
    this.querySelector("[data-live]").textContent = text;
  }

  // All mappings of a cell
  open() {
    const cell = this.here;
    this.panel.querySelector("h2").textContent = this.nameOf(cell);
    this.fill();
    const add = this.panel.querySelector(".add");
    this.panel.showModal();
    if (!add || cell.parentElement.hasAttribute("data-closed")) return;
    this.editor.stayIn(add, {
      label: this.nameOf(cell),
      module: this.at(cell).module,
      first: this.suggestedFor(cell),
      onDone: (option) => {
        if (!option) return;
        this.choose({ ...option, module: this.at(cell).module }, this.at(cell).organization);
        this.fill();
      },
    });
  }
  fill() {
    const list = this.panel.querySelector(".mapped");
    const rows = [...this.held(this.here), ...this.suggestedFor(this.here).map((one) => ({ ...one, state: "suggested" }))];
    list.replaceChildren(...rows.map((one) => this.row(one)));
  }
  row(one) {
    const item = document.createElement("li");
    const text = document.createElement("div");
    text.className = "text";
    const name = document.createElement("span");
    name.className = one.state === "suggested" ? "suggested" : one.state === "ended" ? "ended" : "";
    name.textContent = one.name;
    const note = document.createElement("div");
    note.className = "note";
    const said = { new: this.say("new"), ended: this.say("ended"), suggested: `${one.reason} · ${this.say("score", { n: one.score })}` };
    note.textContent = [one.id, said[one.state] ?? one.days].filter(Boolean).join(" · ");
    text.append(name, note);
    item.append(text);
    if (!this.isReadOnly) {
      const button = document.createElement("button");
      button.type = "button";
      button.className = "button small";
      button.dataset.act = { ended: "keep", suggested: "take" }[one.state] ?? "end";
      button.textContent = this.say(button.dataset.act);
      button.setAttribute("aria-label", `${button.textContent} ${one.name}`);
      button.dataset.place = placeOf(one);
      item.append(button);
    }
    return item;
  }
  onPanel(event) {
    const button = event.target.closest("[data-act]");
    if (!button) return;
    const place = button.dataset.place;
    const one = this.pending.get(place) ?? this.known.get(place) ?? this.suggestions.get(place);
    const { organization } = this.at(this.here);
    const owner = this.known.get(place)?.organization ?? "";
    // What came here only now goes back to whom it belongs to.
    this.choose(one, button.dataset.act === "end" ? (owner === organization ? "" : owner) : organization);
    this.fill();
    this.panel.querySelector("[data-act], [data-close]").focus();
  }

  // Suggestions
  async suggest() {
    const address = new URL(location.href);
    if (this.suggestBox.checked) address.searchParams.set("suggested", "1");
    else address.searchParams.delete("suggested");
    history.replaceState(null, "", address);
    const notes = this.querySelector("[data-warnings]");
    notes.hidden = true;
    if (this.suggestBox.checked && this.table) {
      const answer = await fetch(this.dataset.suggestions + address.search, { headers: { Accept: "application/json" } });
      if (!answer.ok) return this.refuse([{ text: this.say("failed") }]);
      const found = await answer.json();
      this.suggestions = new Map(found.suggestions.map((one) => [placeOf(one), one]));
      this.warn(notes, found.warnings);
      const many = found.suggestions.length;
      this.querySelector("[data-suggested-text]").textContent = many ? this.say("someSuggestions", { n: many }) : this.say("noSuggestions");
    } else this.querySelector("[data-suggested-text]").textContent = "";
    if (!this.table) return;
    this.drawAll();
    this.count();
  }
  warn(notes, warnings) {
    notes.hidden = warnings.length === 0;
    notes.querySelector("summary").textContent =
      warnings.length === 1 ? this.say("warningOne") : this.say("warningMany", { n: warnings.length });
    notes.querySelector("ul").replaceChildren(
      ...warnings.map((one) => {
        const item = document.createElement("li");
        item.textContent = `${one.name} (${one.module}): ${one.text}`;
        return item;
      }),
    );
  }
  shownSuggestions() {
    if (!this.suggestBox?.checked) return [];
    return [...this.suggestions.values()].filter((one) => !this.pending.has(placeOf(one)));
  }

  // The bar: from which day, what that bills anew, and Save
  prepareBar() {
    const bar = this.querySelector("[data-bar]");
    this.counter = bar.querySelector("[data-count]");
    this.discardButton = bar.querySelector("[data-discard]");
    this.saveButton = bar.querySelector("[data-save]");
    this.from = bar.querySelector("[data-from]");
    this.day = bar.querySelector("[data-day]");
    this.from.addEventListener("change", () => {
      this.day.hidden = this.from.value !== "day";
      if (!this.day.hidden) this.day.focus();
      this.askEffect();
    });
    this.day.addEventListener("change", () => this.askEffect());
    this.discardButton.addEventListener("click", () => this.discard());
    bar.addEventListener("submit", (event) => {
      event.preventDefault();
      this.save();
    });
  }
  get fromDay() {
    return { today: this.dataset.today, day: this.day.value, first: "first" }[this.from.value];
  }
  discard() {
    this.pending.clear();
    this.querySelector("[data-said]").replaceChildren();
    this.drawAll();
    this.count();
    this.here.focus();
  }
  changes(among) {
    return [...among].map((one) => ({
      module: one.module, id: one.id, organization: one.to ?? one.organization, seen: one.seen,
    }));
  }
  askEffect() {
    clearTimeout(this.timer);
    const text = this.querySelector("[data-effect-text]");
    if (this.from.value === "today" || !this.pending.size) return (text.textContent = "");
    this.timer = setTimeout(async () => {
      const owners = [...this.pending.values()].map((one) => one.organization).filter(Boolean);
      const answer = await this.send(this.dataset.effect, { from: this.fromDay, changes: this.changes(this.pending.values()), owners });
      text.textContent = answer?.text ?? answer?.problems?.[0]?.text ?? "";
    }, PAUSE);
  }
  async save() {
    if (this.isReadOnly || this.saveButton.disabled || this.saveButton.ariaBusy) return;
    this.editor.leave();
    const suggested = this.shownSuggestions();
    const isAll = suggested.length ? await this.ask(suggested.length) : false;
    if (isAll === undefined || (!isAll && !this.pending.size)) return this.here.focus();
    this.saveButton.ariaBusy = "true";
    const answer = await this.send(this.dataset.save, {
      from: this.fromDay,
      changes: this.changes(this.pending.values()),
      suggestions: isAll ? this.changes(suggested) : [],
      with_suggestions: isAll,
    });
    this.saveButton.ariaBusy = null;
    if (answer?.saved === undefined) return this.refuse(answer?.problems ?? [{ text: this.say("failed") }]);
    this.isSaved = true;
    location.reload();
  }
  ask(many) {
    const dialog = document.getElementById("mapping-ask");
    const text = dialog.querySelector("[data-text]");
    text.textContent = text.dataset.words.replace("%s", many).replace("%n", this.pending.size);
    dialog.querySelector("[value=mine]").disabled = this.pending.size === 0;
    dialog.returnValue = "";
    dialog.showModal();
    return new Promise((done) => {
      dialog.onclose = () => done({ all: true, mine: false }[dialog.returnValue]);
    });
  }
  async send(address, body) {
    try {
      const told = await this.post(address, body);
      return told ?? ((await this.renewMark()) ? await this.post(address, body) : null);
    } catch {
      return null;
    }
  }
  async post(address, body) {
    const answer = await fetch(address, {
      method: "POST",
      headers: { "Content-Type": "application/json", Accept: "application/json", "X-CSRFToken": this.formMark.value },
      body: JSON.stringify(body),
    });
    return answer.headers.get("Content-Type")?.includes("json") ? await answer.json() : null;
  }
  get formMark() {
    return this.querySelector("[name=csrfmiddlewaretoken]");
  }
  // Who signed in again in another tab has another session: its mark is on the page of now.
  async renewMark() {
    const answer = await fetch(location.href, { headers: { Accept: "text/html" } });
    if (!answer.ok || answer.redirected) return false;
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const fresh = page.querySelector(`#${this.id} [name=csrfmiddlewaretoken]`)?.value;
    if (fresh) this.formMark.value = fresh;
    return Boolean(fresh);
  }
  refuse(problems) {
    const notice = document.createElement("div");
    notice.className = "notice bad";
    const texts = document.createElement("div");
    for (const problem of problems) {
      const line = document.createElement("p");
      line.textContent = problem.text;
      texts.append(line);
      const [module, ...id] = (problem.subject ?? "").split(" ");
      const change = this.pending.get(placeOf({ module, id: id.join(" ") }));
      if (change) this.cellOf(change.to || change.organization, module)?.classList.add("is-refused");
    }
    notice.append(texts);
    this.querySelector("[data-said]").replaceChildren(notice);
    notice.scrollIntoView({ block: "nearest" });
  }
}
customElements.define("icb-mapping-grid", MappingGrid);
