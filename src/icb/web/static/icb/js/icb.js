// Everything that pages need beside htmx. Each part works alone and a page works without it, but
// for what only a keyboard or a live element can do.
import "./toasts.js";
import "./menus.js";
import "./choice.js";
import "./lists.js";
import "./keys.js";
import "./forms.js";
