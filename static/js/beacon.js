// What every page loads. Each module binds itself by data-* and listens on document, so swapped-in parts work.
import "./htmx-setup.js";
import "./menus.js";
import "./dialogs.js";
import "./lists.js";
import "./bulk.js";
import "./forms.js";
import "./toasts.js";
