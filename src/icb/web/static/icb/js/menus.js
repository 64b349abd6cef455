// A button that opens a panel: <icb-menu><button>…</button><div class="panel">…</div></icb-menu>.
class Menu extends HTMLElement {
  connectedCallback() {
    this.button = this.querySelector("button");
    this.panel = this.querySelector(".panel");
    this.show(false);
    this.button.addEventListener("click", () => this.show(this.panel.hidden));
    this.addEventListener("keydown", (event) => this.onKey(event));
    this.addEventListener("focusout", (event) => {
      if (event.relatedTarget && !this.contains(event.relatedTarget)) this.show(false);
    });
    this.outside = (event) => this.contains(event.target) || this.show(false);
    document.addEventListener("click", this.outside);
  }

  disconnectedCallback() {
    document.removeEventListener("click", this.outside);
  }

  show(isOpen) {
    this.panel.hidden = !isOpen;
    this.button.setAttribute("aria-expanded", String(isOpen));
  }

  onKey(event) {
    if (event.key === "Escape" && !this.panel.hidden) {
      this.show(false);
      this.button.focus();
      event.stopPropagation();
    } else if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      if (event.target.matches("input, select, textarea")) return;
      event.preventDefault();
      this.show(true);
      const items = [...this.panel.querySelectorAll("a, button, input")];
      const here = items.indexOf(document.activeElement);
      const step = event.key === "ArrowDown" ? 1 : -1;
      items.at((here + step) % items.length)?.focus();
    }
  }
}
customElements.define("icb-menu", Menu);

// The navigation on a narrow screen.
const side = document.getElementById("side");
const burger = document.getElementById("burger");
function showSide(isOpen) {
  side.classList.toggle("is-open", isOpen);
  burger.setAttribute("aria-expanded", String(isOpen));
  if (isOpen) side.querySelector("a").focus();
}
burger?.addEventListener("click", () => showSide(!side.classList.contains("is-open")));
document.addEventListener("click", (event) => {
  if (side?.classList.contains("is-open") && !side.contains(event.target) && !burger.contains(event.target))
    showSide(false);
});
side?.addEventListener("keydown", (event) => {
  if (event.key === "Escape" && side.classList.contains("is-open")) {
    showSide(false);
    burger.focus();
  }
});

// Buttons that show and hide a part of the page.
document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-toggle]");
  if (!button) return;
  const part = document.getElementById(button.dataset.toggle);
  part.hidden = !part.hidden;
  button.setAttribute("aria-expanded", String(!part.hidden));
  if (!part.hidden) part.querySelector("input, select")?.focus();
});
