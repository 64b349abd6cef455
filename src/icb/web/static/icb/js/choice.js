// A field with suggestions. Around a plain input:
//   <icb-choice src="/organizations/choices" data-text="Acme Ltd"><input name="organization" value="acme"></icb-choice>
// The input keeps the value that is sent; a second one takes what is typed and shows its text. `src`
// answers ?q=… with [{value, text, note}]. With `free`, what is typed may also be sent as it stands.
const PAUSE = 120;
let serial = 0;

class Choice extends HTMLElement {
  connectedCallback() {
    if (this.box) return;
    const kept = this.querySelector("input");
    const box = kept.cloneNode();
    const list = document.createElement("ul");
    list.className = "options";
    list.id = `options-${++serial}`;
    list.role = "listbox";
    list.hidden = true;
    for (const name of ["name", "form", "required"]) box.removeAttribute(name);
    box.value = this.dataset.text ?? kept.value;
    box.role = "combobox";
    box.autocomplete = "off";
    box.setAttribute("aria-autocomplete", "list");
    box.setAttribute("aria-controls", list.id);
    box.setAttribute("aria-expanded", "false");
    if (kept.required) box.setAttribute("aria-required", "true");
    kept.type = "hidden";
    kept.removeAttribute("id");
    list.setAttribute("aria-label", box.getAttribute("aria-label") || box.labels?.[0]?.textContent || "");
    this.append(box, list);
    Object.assign(this, { kept, box, list, options: [], here: -1, shown: box.value });
    box.addEventListener("input", () => this.ask());
    box.addEventListener("keydown", (event) => this.onKey(event));
    box.addEventListener("focus", () => box.select());
    box.addEventListener("click", () => this.list.hidden && this.ask(""));
    box.addEventListener("blur", () => this.leave());
    // A press on the list must not take the focus before the click arrives.
    list.addEventListener("pointerdown", (event) => event.preventDefault());
    list.addEventListener("click", (event) => {
      const option = event.target.closest("li[data-index]");
      if (option) this.take(this.options[Number(option.dataset.index)]);
    });
  }

  get value() {
    return this.kept.value;
  }

  ask(words = this.box.value) {
    clearTimeout(this.timer);
    this.timer = setTimeout(async () => {
      const address = new URL(this.getAttribute("src"), location.href);
      address.searchParams.set("q", words.trim());
      const turn = (this.turn = (this.turn ?? 0) + 1);
      const answer = await fetch(address, { headers: { Accept: "application/json" } });
      if (turn !== this.turn || document.activeElement !== this.box) return;
      this.show(answer.ok ? await answer.json() : []);
    }, PAUSE);
  }

  show(options) {
    this.options = options;
    this.here = options.length ? 0 : -1;
    this.list.replaceChildren(
      ...options.map((option, index) => {
        const item = document.createElement("li");
        item.role = "option";
        item.id = `${this.list.id}-${index}`;
        item.dataset.index = index;
        item.textContent = option.text;
        if (option.note) {
          const note = document.createElement("span");
          note.className = "note";
          note.textContent = option.note;
          item.append(note);
        }
        return item;
      }),
    );
    if (!options.length) {
      const none = document.createElement("li");
      none.role = "option";
      none.className = "note";
      none.setAttribute("aria-disabled", "true");
      none.textContent = this.dataset.none || "–";
      this.list.append(none);
    }
    this.open(true);
    this.mark();
  }

  open(isOpen) {
    this.list.hidden = !isOpen;
    this.box.setAttribute("aria-expanded", String(isOpen));
    if (!isOpen) this.box.removeAttribute("aria-activedescendant");
  }

  mark() {
    [...this.list.children].forEach((item, index) =>
      item.setAttribute("aria-selected", String(index === this.here)),
    );
    const marked = this.here >= 0 ? this.list.children[this.here] : null;
    if (!marked) return;
    this.box.setAttribute("aria-activedescendant", marked.id);
    marked.scrollIntoView({ block: "nearest" });
  }

  take(option) {
    this.set(option.value, option.text);
    this.open(false);
  }

  set(value, text) {
    const before = this.kept.value;
    this.kept.value = value;
    this.box.value = this.shown = text;
    if (value !== before) this.kept.dispatchEvent(new Event("change", { bubbles: true }));
  }

  leave() {
    clearTimeout(this.timer);
    this.open(false);
    if (this.box.value.trim() === "") this.set("", "");
    else if (this.hasAttribute("free") && this.box.value !== this.shown) this.set(this.box.value, this.box.value);
    else this.box.value = this.shown;
  }

  onKey(event) {
    const isOpen = !this.list.hidden;
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      if (!isOpen && !event.altKey && this.hasAttribute("in-grid")) return;
      event.preventDefault();
      event.stopPropagation();
      if (!isOpen) return this.ask("");
      const many = this.options.length;
      if (many) this.here = (this.here + (event.key === "ArrowDown" ? 1 : many - 1)) % many;
      this.mark();
    } else if (event.key === "Enter" && isOpen && this.here >= 0) {
      event.preventDefault();
      event.stopPropagation();
      this.take(this.options[this.here]);
    } else if (event.key === "Enter" && !isOpen) {
      this.leave(); // the form is sent before the field is left
    } else if (event.key === "Escape" && isOpen) {
      event.preventDefault();
      event.stopPropagation();
      this.box.value = this.shown;
      this.open(false);
    }
  }
}
customElements.define("icb-choice", Choice);
