// What the pages of mailings do beyond the shell: the text is counted while one writes.
(() => {
  "use strict";
  const count = (frame) => {
    const counter = frame.querySelector("[data-counter]");
    const most = Number(frame.dataset.count);
    const number = [...frame.querySelector("textarea").value].length; // as the server counts: by code points
    counter.textContent = `${number.toLocaleString(document.documentElement.lang)} / ` +
      `${most.toLocaleString(document.documentElement.lang)} ${counter.dataset.counter}`;
    counter.toggleAttribute("data-over", number > most);
  };

  document.querySelectorAll("[data-count]").forEach((frame) => {
    frame.addEventListener("input", () => count(frame));
    count(frame);
  });
})();
