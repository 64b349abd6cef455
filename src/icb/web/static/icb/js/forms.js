// Forms: a question before what cannot be taken back, a warning before leaving what was not saved,
// and dialogs that buttons open and close.
let isLeaving = false;

document.addEventListener("submit", (event) => {
  const form = event.target;
  const question = event.submitter?.dataset.confirm ?? form.dataset.confirm;
  if (!question || form.dataset.isConfirmed) {
    delete form.dataset.isConfirmed;
    if (!event.defaultPrevented) isLeaving = true;
    return;
  }
  event.preventDefault();
  event.stopImmediatePropagation();
  const dialog = document.getElementById("confirm");
  const button = event.submitter;
  dialog.querySelector("p").textContent = question;
  dialog.querySelector("[value=yes]").textContent = button?.textContent.trim() || form.dataset.yes;
  dialog.returnValue = "";
  dialog.onclose = () => {
    if (dialog.returnValue !== "yes") return;
    form.dataset.isConfirmed = "yes";
    form.requestSubmit(button);
  };
  dialog.showModal();
}, true);

document.addEventListener("click", (event) => {
  const opener = event.target.closest("[data-dialog]");
  if (opener) document.getElementById(opener.dataset.dialog)?.showModal();
  if (event.target.closest("[data-close]")) event.target.closest("dialog")?.close();
  const copier = event.target.closest("[data-copy]");
  if (copier) navigator.clipboard?.writeText(document.getElementById(copier.dataset.copy).textContent.trim());
});

// Selects and boxes that act at once.
document.addEventListener("change", (event) => {
  if (event.target.matches("[data-submit]")) event.target.form.requestSubmit();
});

function isChanged(form) {
  return [...form.elements].some((field) => {
    if (field.matches("select")) return [...field.options].some((option) => option.selected !== option.defaultSelected) && field.dataset.touched;
    if (field.type === "checkbox" || field.type === "radio") return field.checked !== field.defaultChecked;
    return field.name && field.type !== "hidden" && "defaultValue" in field && field.value !== field.defaultValue;
  });
}
document.addEventListener("input", (event) => {
  if (event.target instanceof HTMLSelectElement) event.target.dataset.touched = "yes";
});
window.addEventListener("beforeunload", (event) => {
  if (isLeaving) return;
  if ([...document.querySelectorAll("form[data-warn]")].some(isChanged)) event.preventDefault();
});
