// Cards are seen going to where they stand now, whoever moved them (FLIP), unless the reader wants no motion.
//   moving.over(change)  carries out a change of the page and lets cards glide from where they were
(() => {
  "use strict";
  const TOOK = 220; // milliseconds
  const still = matchMedia("(prefers-reduced-motion: reduce)");
  const cards = () => [...document.querySelectorAll("#columns [data-task]")];

  /** Where the cards are, by id, from the corner of the board: what is above it may change its height meanwhile. */
  const places = () => {
    const corner = document.getElementById("columns").getBoundingClientRect();
    return new Map(cards().map((card) => {
      const { left, top } = card.getBoundingClientRect();
      return [card.id, { left: left - corner.left, top: top - corner.top }];
    }));
  };

  const glide = (before) => {
    if (still.matches) return;
    const after = places();
    for (const card of cards()) {
      const [was, is] = [before.get(card.id), after.get(card.id)];
      const [right, down] = was ? [was.left - is.left, was.top - is.top] : [0, 0];
      const from = was ? { transform: `translate(${right}px, ${down}px)` } : { opacity: 0 };
      if (!was || Math.abs(right) + Math.abs(down) > 1) card.animate([from, {}], { duration: TOOK, easing: "ease-out" });
    }
  };

  const over = (change) => {
    const before = places();
    change();
    glide(before);
  };

  let before = null; // an answer of the server is about to be swapped in
  const ofBoard = (event) => event.detail.requestConfig.elt.id === "board";

  document.addEventListener("htmx:beforeSwap", (event) => {
    if (ofBoard(event)) before = event.detail.shouldSwap ? places() : null;
  });

  document.addEventListener("htmx:afterSwap", (event) => {
    if (!before || !ofBoard(event)) return;
    glide(before);
    before = null;
  });

  window.moving = { over };
})();
