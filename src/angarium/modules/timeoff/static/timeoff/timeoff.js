// What the pages of time off do beyond the shell: keys of approvals and of the calendar, a date that is shown at once,
// fields that a kind of request needs, and folds that stay open when the page follows what happens.
(() => {
  "use strict";
  const typing = (event) =>
    event.ctrlKey || event.metaKey || event.altKey ||
    event.target.closest("input, select, textarea, [contenteditable], dialog");

  // Approvals: j and k go from request to request, a approves the one that has the focus, r asks why not.

  const asks = () => [...document.querySelectorAll("[data-ask] .title")];

  const step = (by) => {
    const links = asks();
    const at = links.indexOf(document.activeElement?.closest("[data-ask]")?.querySelector(".title"));
    const to = at < 0 ? (by > 0 ? 0 : links.length - 1) : Math.max(0, Math.min(links.length - 1, at + by));
    links[to]?.focus();
    links[to]?.closest("[data-ask]").scrollIntoView({ block: "nearest" });
  };

  const pressed = {
    j: () => step(1),
    k: () => step(-1),
    a: (card) => card?.querySelector("[data-approve]").requestSubmit(),
    r: (card) => {
      const fold = card?.querySelector("details.reject");
      if (!fold) return;
      fold.open = true;
      fold.querySelector("input[type=text]").focus();
    },
  };

  // Capturing, so that here `t` means today and not the theme, `j` a request and not a row.
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") {
      const fold = event.target.closest?.("details.reject[open]");
      if (fold) {
        fold.open = false;
        fold.closest("[data-ask]")?.querySelector(".title").focus();
      }
    }
    if (typing(event)) return;
    const link = document.querySelector(`a[data-go="${CSS.escape(event.key)}"]`);
    if (link) link.click();
    else if (pressed[event.key] && asks().length) pressed[event.key](document.activeElement.closest("[data-ask]"));
    else return;
    event.preventDefault();
    event.stopImmediatePropagation();
  }, true);

  // A date is shown when it was chosen.
  document.addEventListener("change", (event) => {
    const form = event.target.closest("form[data-instant-date]");
    if (form && event.target.validity.valid) form.requestSubmit();
  });

  // A link to what is folded opens it.
  document.addEventListener("click", (event) => {
    const link = event.target.closest("[data-opens]");
    if (link) document.getElementById(link.dataset.opens).open = true;
  });
  const named = document.getElementById(location.hash.slice(1));
  if (named?.matches("details")) named.open = true;

  // The form: what only one kind needs, and a last day that is not before the first.
  const kinds = () => {
    const kind = document.querySelector("[data-kinds] :checked")?.value;
    document.querySelectorAll("[data-only]").forEach((one) => { one.hidden = one.dataset.only !== kind; });
  };
  if (document.querySelector("[data-kinds]")) {
    kinds();
    // Capturing, so that what is asked of the server has it.
    document.addEventListener("change", (event) => {
      if (event.target.closest("[data-kinds]")) kinds();
      const end = document.getElementById("id_end");
      if (event.target.id !== "id_start" || !event.target.value || !end) return;
      if (!end.value || end.value < event.target.value) end.value = event.target.value;
      end.min = event.target.value;
    }, true);
  }

  // Folds that somebody opened, or closed, stay so when the region around them is swapped.
  const folds = new Map();
  document.addEventListener("toggle", ({ target }) => {
    if (target.matches?.("details.fold[id]")) folds.set(target.id, target.open);
  }, true);
  document.addEventListener("htmx:afterSettle", () => { // before that htmx sets attributes itself
    for (const [id, open] of folds) {
      const fold = document.getElementById(id);
      if (fold?.open === !open) fold.open = open;
    }
  });
})();
