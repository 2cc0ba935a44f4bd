// What the pages do beyond HTML: theme, keys, menus that close, and polling that rests while nobody looks.
(() => {
  "use strict";
  const root = document.documentElement;
  root.classList.add("scripted");

  const isDark = () =>
    root.dataset.theme ? root.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;

  const setTheme = (theme) => {
    root.dataset.theme = theme;
    const secure = location.protocol === "https:" ? "; Secure" : "";
    document.cookie = `theme=${theme}; Path=/; Max-Age=31536000; SameSite=Lax${secure}`;
  };

  document.addEventListener("submit", (event) => {
    if (event.target.matches("[data-theme-form]") && event.submitter) {
      event.preventDefault();
      setTheme(event.submitter.value);
    }
    const question = event.submitter?.dataset.confirm ?? event.target.dataset.confirm;
    if (question && !window.confirm(question)) event.preventDefault();
  });

  const keys = document.querySelector("[data-keys]");
  document.querySelectorAll("[data-keys-open]").forEach((button) => {
    button.hidden = false;
    button.addEventListener("click", () => keys.showModal());
  });

  document.addEventListener("click", (event) => {
    document.querySelectorAll("details[data-menu][open]").forEach((menu) => {
      if (!menu.contains(event.target)) menu.open = false;
    });
  });

  let last = null; // the row that had the focus; in a list that changes by itself it may be gone
  const step = (by) => {
    const links = [...document.querySelectorAll("tbody a.title")];
    let to = links.indexOf(document.activeElement) + by;
    if (document.activeElement === document.body && last !== null) to = by > 0 ? last : last - 1;
    else if (!links.includes(document.activeElement)) to = by > 0 ? 0 : links.length - 1;
    if (links[to]) last = to;
    links[to]?.focus();
  };

  let going = false;
  const pressed = {
    "/": () => document.querySelector("[data-search]")?.focus(),
    "?": () => keys?.showModal(),
    n: () => document.querySelector("[data-new]")?.click(),
    t: () => setTheme(isDark() ? "light" : "dark"),
    j: () => step(1),
    k: () => step(-1),
    x: () => document.activeElement.closest("tr")?.querySelector("input[type=checkbox]")?.click(),
    g: () => { going = true; },
  };

  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") {
      document.querySelectorAll("details[data-menu][open]").forEach((menu) => {
        menu.open = false;
        menu.querySelector("summary").focus();
      });
    }
    const typing = event.target.closest("input, select, textarea, [contenteditable], dialog");
    if (typing || event.ctrlKey || event.metaKey || event.altKey) return;
    if (going && /^[1-9]$/.test(event.key)) {
      document.querySelector(`[data-section="${event.key}"]`)?.click();
    } else if (pressed[event.key] && event.key !== "g") {
      event.preventDefault();
      pressed[event.key]();
    }
    going = event.key === "g";
  });

  document.querySelectorAll("form[data-instant]").forEach((form) => {
    form.addEventListener("change", (event) => {
      if (event.target.matches("select")) form.requestSubmit();
    });
  });

  const offline = document.querySelector("[data-offline]");
  document.body.addEventListener("htmx:sendError", () => { offline.hidden = false; });
  document.body.addEventListener("htmx:afterOnLoad", () => { offline.hidden = true; });

  const connection = document.querySelector("[data-connected]");
  document.addEventListener("live:state", ({ detail }) => {
    connection.hidden = false;
    connection.title = connection.lastElementChild.textContent = connection.dataset[detail];
    if (detail === "connected") offline.hidden = true;
  });

  document.body.addEventListener("htmx:beforeRequest", (event) => {
    if (document.hidden && event.target.matches("[data-poll]")) event.preventDefault();
  });
})();
