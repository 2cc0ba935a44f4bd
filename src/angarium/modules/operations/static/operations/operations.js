// What the pages of operations do beyond the shell: now moves along the pictures of time, what was ticked or opened
// stays so when a region is swapped, and the chosen are counted.
(() => {
  "use strict";
  const TICK = 1000;

  // Pictures. `data-now` is where now stood, in seconds, when the picture was made; what goes on has its start.

  const made = new WeakMap(); // picture → when it was first seen here
  const asked = new WeakSet(); // its axis has come to an end
  const place = (seconds, whole) => `${Math.min(100, Math.max(0, (100 * seconds) / whole)).toFixed(3)}%`;

  const move = (picture) => {
    if (!made.has(picture)) made.set(picture, performance.now());
    const whole = Number(picture.dataset.whole);
    const now = Number(picture.dataset.now) + (performance.now() - made.get(picture)) / 1000;
    picture.querySelectorAll("[data-from]").forEach((one) => {
      one.setAttribute("width", place(Math.min(now, whole) - Number(one.dataset.from), whole));
    });
    picture.querySelectorAll("line.now").forEach((line) => {
      line.setAttribute("x1", place(now, whole));
      line.setAttribute("x2", place(now, whole));
    });
    if (now < whole || asked.has(picture)) return;
    asked.add(picture);
    htmx.trigger(document.getElementById(picture.dataset.region), "live");
  };

  const fill = (bar) => {
    if (!made.has(bar)) made.set(bar, performance.now());
    bar.value = Number(bar.dataset.since) + (performance.now() - made.get(bar)) / 1000;
  };

  const tick = () => {
    if (document.hidden) return;
    document.querySelectorAll(".picture-of-time[data-now]").forEach(move);
    document.querySelectorAll("progress[data-since]").forEach(fill);
  };

  // What a hand did inside a region, by the ids of what it touched.

  const checked = new Map();
  const open = new Map();

  const count = () => {
    document.querySelectorAll("[data-ticks]").forEach((form) => {
      const number = form.querySelectorAll("tbody input[type=checkbox]:checked").length;
      const told = form.querySelector("[data-ticked]");
      if (told) told.textContent = number ? `${told.dataset.ticked} ${number}` : "";
      const all = form.querySelector("[data-all]");
      if (!all) return;
      all.hidden = false;
      all.firstElementChild.checked = number > 0 && number === form.querySelectorAll("tbody input[type=checkbox]").length;
    });
  };

  const note = (input) => {
    if (input.type === "radio") document.getElementsByName(input.name).forEach((one) => checked.delete(one.id));
    checked.set(input.id, input.checked);
  };

  document.addEventListener("change", ({ target }) => {
    const form = target.closest("[data-ticks]");
    if (!form) return;
    const all = target.closest("[data-all]");
    const touched = all ? [...form.querySelectorAll("tbody input[type=checkbox]")] : [target];
    touched.forEach((input) => {
      if (all) input.checked = target.checked;
      note(input);
    });
    if (!all && document.activeElement === target) target.blur(); // a region is not swapped under a field with the focus
    count();
  });

  document.addEventListener("toggle", ({ target }) => {
    if (target.matches?.("details[id]")) open.set(target.id, target.open);
  }, true);

  const restore = () => {
    checked.forEach((now, id) => {
      const input = document.getElementById(id);
      if (input) input.checked = now;
    });
    open.forEach((now, id) => {
      const details = document.getElementById(id);
      if (details && details.open !== now) details.open = now;
    });
    count();
    tick();
  };

  document.addEventListener("htmx:afterSettle", restore);
  document.addEventListener("htmx:oobAfterSwap", restore);
  setInterval(tick, TICK);
  count();
  tick();
})();
