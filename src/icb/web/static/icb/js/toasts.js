// Short messages in a corner, read out by screen readers: those that came with the page, and those
// that an answer sends along as the event "icb:toast" with {text, tone}.
const LONG = 7000;

class Toasts extends HTMLElement {
  connectedCallback() {
    for (const toast of this.querySelectorAll(".toast")) this.prepare(toast);
    document.body.addEventListener("icb:toast", (event) => this.say(event.detail));
    document.body.addEventListener("htmx:sendError", () =>
      this.say({ text: this.dataset.offline, tone: "bad" }),
    );
  }

  say({ text, tone = "good" }) {
    const toast = this.querySelector("template").content.firstElementChild.cloneNode(true);
    toast.classList.add(tone);
    toast.querySelector("p").textContent = text;
    this.append(toast);
    this.prepare(toast);
  }

  prepare(toast) {
    toast.querySelector("button").addEventListener("click", () => toast.remove());
    // What went wrong stays until it is read.
    if (!toast.classList.contains("bad")) setTimeout(() => toast.remove(), LONG);
  }
}
customElements.define("icb-toasts", Toasts);

export function toast(text, tone = "good") {
  document.body.dispatchEvent(new CustomEvent("icb:toast", { detail: { text, tone } }));
}
