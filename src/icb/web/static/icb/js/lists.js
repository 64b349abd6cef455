// A list of rows: j and k go through it, x picks, Enter opens; boxes of rows go together with the
// one in the head and with the bar that says how many are picked.
class List extends HTMLElement {
  connectedCallback() {
    this.addEventListener("change", (event) => {
      if (event.target.matches("th.pick input")) this.pickAll(event.target.checked);
      if (event.target.matches("td.pick input, th.pick input")) this.count();
    });
    this.addEventListener("click", (event) => {
      if (event.target.closest("[data-pick-none]")) {
        this.pickAll(false);
        this.count();
      }
    });
    this.count();
  }

  get rows() {
    return [...this.querySelectorAll("tbody tr[data-row]")];
  }

  get here() {
    return this.querySelector("tr.is-here");
  }

  move(step) {
    const rows = this.rows;
    if (!rows.length) return;
    const index = rows.indexOf(this.here);
    const next = rows[Math.min(Math.max(index + step, 0), rows.length - 1)];
    this.here?.classList.remove("is-here");
    next.classList.add("is-here");
    next.tabIndex = -1;
    next.focus({ preventScroll: true });
    next.scrollIntoView({ block: "nearest" });
  }

  pick() {
    const box = this.here?.querySelector("td.pick input");
    if (box) box.click();
  }

  open() {
    this.here?.querySelector("a[data-open], th a, td a")?.click();
  }

  pickAll(isPicked) {
    for (const box of this.querySelectorAll("td.pick input")) box.checked = isPicked;
    const head = this.querySelector("th.pick input");
    if (head) head.checked = isPicked;
  }

  count() {
    const bar = this.querySelector(".bulk");
    if (!bar) return;
    const picked = this.querySelectorAll("td.pick input:checked").length;
    bar.hidden = picked === 0;
    bar.querySelector("[data-picked]").textContent = String(picked);
  }
}
customElements.define("icb-list", List);
