// Keys of the calendar: what a key leads to stands on the link itself, and steps go from lesson to lesson.
(() => {
  "use strict";
  const shown = () =>
    [...document.querySelectorAll("#calendar [data-lesson]")].filter((link) => link.getClientRects().length);

  const step = (by) => {
    const links = shown();
    const at = links.indexOf(document.activeElement);
    links[at < 0 ? (by > 0 ? 0 : links.length - 1) : at + by]?.focus();
  };

  // Capturing, so that here `t` means today and not the theme.
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.target.closest("input, select, textarea, [contenteditable], dialog")) return;
    const link = document.querySelector(`a[data-go="${CSS.escape(event.key)}"]`);
    if (link) link.click();
    else if (event.key === "j" || event.key === "k") step(event.key === "j" ? 1 : -1);
    else return;
    event.preventDefault();
    event.stopImmediatePropagation();
  }, true);
})();
