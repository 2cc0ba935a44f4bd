// Moving cards of the board: by pointer (a finger takes the handle), by keys, or with two taps, the second saying where.
//
// A card that is on its way has data-held, so that no answer of the server is swapped in under the hand (regions.js):
// "pointer" or "keys" while it is moved, "sent" while the server is asked. What the server refuses goes back, and the
// page says why. Who may not move cards has no handles and no [data-board].
(() => {
  "use strict";
  const FAR = 6; // pixels that a pointer goes before it drags
  const EDGE = 90; // of the window, within which dragging scrolls
  const PATIENCE = 15_000; // milliseconds

  const board = () => document.querySelector("[data-board]");
  const lists = () => [...document.querySelectorAll("#columns [data-column]")];
  const cardsOf = (list) => [...list.querySelectorAll("[data-task]")];
  const gripOf = (card) => card.querySelector(".grip");

  const say = (what, card) => {
    const list = card.parentElement;
    const values = {
      title: card.querySelector(".title").textContent,
      column: list.dataset.name,
      place: cardsOf(list).indexOf(card) + 1,
      number: cardsOf(list).length,
    };
    document.getElementById("told").textContent = board().dataset[what].replace(/{(\w+)}/g, (_, name) => values[name]);
  };

  const complain = (sentence) => {
    const notice = document.getElementById("refused");
    notice.lastElementChild.textContent = sentence ?? "";
    notice.hidden = !sentence;
  };

  // A move, from taking a card up to the server's answer.

  let move = null; // the card in somebody's hand: {card, from: {list, next}}

  const take = (card, how) => {
    complain();
    card.dataset.held = how;
    gripOf(card).setAttribute("aria-pressed", "true");
    move = { card, from: { list: card.parentElement, next: card.nextElementSibling } };
  };

  const insert = (card, list, next) => {
    if (card.parentElement === list && (next === card || card.nextElementSibling === next)) return;
    window.moving.over(() => list.insertBefore(card, next));
  };

  const back = ({ card, from: { list, next } }) => insert(card, list, next?.parentElement === list ? next : null);

  const release = (card) => {
    delete card.dataset.held;
    gripOf(card).setAttribute("aria-pressed", "false");
    document.dispatchEvent(new Event("released"));
  };

  const leave = () => {
    const { card } = move;
    back(move);
    say("back", card);
    move = null;
    release(card);
  };

  /** What is under way was asked before the card was put down, and would show it where it was. */
  const answered = () => new Promise((done) => {
    if (board().matches(".htmx-request")) board().addEventListener("htmx:afterRequest", done, { once: true });
    else done();
  });

  const ask = async (card) => {
    const list = card.parentElement;
    const body = new FormData(document.getElementById("moving"));
    body.set("status", list.dataset.column);
    body.set("before", card.nextElementSibling?.dataset.task ?? list.dataset.follows ?? "");
    const headers = { Accept: "application/json" };
    const signal = AbortSignal.timeout(PATIENCE);
    const answer = await fetch(gripOf(card).dataset.move, { method: "POST", body, headers, signal });
    if (answer.redirected) location.reload(); // the session ended
    return answer.ok ? null : (await answer.json()).detail;
  };

  const put = async () => {
    const { card, from } = move;
    if (card.parentElement === from.list && card.nextElementSibling === from.next) return leave();
    move = null;
    card.dataset.held = "sent";
    say("put", card);
    const refusal = await ask(card).catch(() => board().dataset.failed);
    if (refusal) {
      back({ card, from });
      complain(refusal);
    }
    await answered();
    release(card);
  };

  // By pointer.

  let letGo = -Infinity; // when a drag ended: the click that comes with it means nothing
  let drag = null; // {id, x, y, card, ghost, dx, dy, at}: pressed, and beyond FAR with a ghost that follows

  const under = (x, y) => document.elementFromPoint(x, y)?.closest(".column")?.querySelector("[data-column]");

  /** The card before which one at this height is put; without those that glide getting in the way. */
  const nextAt = (list, y) => {
    const top = list.getBoundingClientRect().top;
    const others = cardsOf(list).filter((one) => one !== drag.card);
    return others.find((one) => top + one.offsetTop + one.offsetHeight / 2 > y) ?? null;
  };

  const lift = () => {
    const { card, id } = drag;
    const { left, top, width } = card.getBoundingClientRect();
    const ghost = card.cloneNode(true);
    [ghost, ...ghost.querySelectorAll("[id]")].forEach((one) => one.removeAttribute("id"));
    delete ghost.dataset.task;
    ghost.classList.add("ghost");
    ghost.ariaHidden = "true";
    ghost.style.width = `${width}px`;
    document.body.append(ghost);
    Object.assign(drag, { ghost, dx: drag.x - left, dy: drag.y - top });
    document.documentElement.classList.add("dragging");
    getSelection().removeAllRanges();
    board().setPointerCapture(id); // the card itself changes its place in the page
    take(card, "pointer");
    requestAnimationFrame(scroll);
  };

  const follow = () => {
    const { ghost, dx, dy, at: [x, y], card } = drag;
    ghost.style.transform = `translate(${x - dx}px, ${y - dy}px) rotate(1deg)`;
    const list = under(x, y);
    lists().forEach((one) => one.closest(".column").toggleAttribute("data-over", one === list));
    if (list) insert(card, list, nextAt(list, y));
  };

  function scroll() {
    if (!drag?.ghost) return;
    const y = drag.at[1];
    const by = y < EDGE ? y - EDGE : y > innerHeight - EDGE ? y - innerHeight + EDGE : 0;
    if (by) {
      scrollBy(0, by / 5);
      follow();
    }
    requestAnimationFrame(scroll);
  }

  const settle = () => {
    drag.ghost.remove();
    document.documentElement.classList.remove("dragging");
    lists().forEach((one) => one.closest(".column").removeAttribute("data-over"));
    drag = null;
  };

  document.addEventListener("pointerdown", (event) => {
    const card = event.target.closest("[data-board] .movable");
    if (!card || drag || move || card.dataset.held || event.button !== 0 || !event.isPrimary) return;
    if (event.pointerType !== "mouse" && !event.target.closest(".grip")) return;
    drag = { id: event.pointerId, x: event.clientX, y: event.clientY, card, ghost: null };
  });

  document.addEventListener("pointermove", (event) => {
    if (event.pointerId !== drag?.id) return;
    drag.at = [event.clientX, event.clientY];
    if (!drag.ghost && Math.hypot(event.clientX - drag.x, event.clientY - drag.y) >= FAR) lift();
    if (drag.ghost) follow();
  });

  document.addEventListener("pointerup", (event) => {
    if (event.pointerId !== drag?.id) return;
    if (!drag.ghost) {
      drag = null;
      return;
    }
    settle();
    letGo = event.timeStamp;
    put();
  });

  addEventListener("click", (event) => {
    if (event.timeStamp - letGo > 50) return;
    event.preventDefault();
    event.stopImmediatePropagation();
  }, true);

  document.addEventListener("pointercancel", (event) => {
    if (event.pointerId !== drag?.id) return;
    const lifted = drag.ghost;
    if (lifted) settle();
    drag = null;
    if (lifted) leave();
  });

  document.addEventListener("selectstart", (event) => drag && event.preventDefault());

  // By keys and taps.

  const focus = (card) => {
    const grip = gripOf(card);
    grip.focus({ preventScroll: true });
    card.scrollIntoView({ block: "nearest" });
  };

  /** The list beside this one, and the card of it that stands as high in the order. */
  const beside = (list, card, by) => {
    const other = lists()[lists().indexOf(list) + by];
    return other ? [other, cardsOf(other)[cardsOf(list).indexOf(card)] ?? null] : [null, null];
  };

  const shift = (card, key) => {
    const list = card.parentElement;
    const { previousElementSibling: before, nextElementSibling: after } = card;
    if (key === "ArrowUp" && before) insert(card, list, before);
    if (key === "ArrowDown" && after) insert(card, list, after.nextElementSibling);
    if (key === "ArrowLeft" || key === "ArrowRight") {
      const [other, next] = beside(list, card, key === "ArrowLeft" ? -1 : 1);
      if (other) insert(card, other, next);
    }
    focus(card);
    say("at", card);
  };

  const step = (card, key) => {
    const [other, next] = beside(card.parentElement, card, key === "ArrowLeft" ? -1 : 1);
    const along = { ArrowUp: card.previousElementSibling, ArrowDown: card.nextElementSibling };
    const to = key in along ? along[key] : next ?? (other && cardsOf(other).at(-1));
    if (to) focus(to);
  };

  const tapped = (target) => {
    const column = target.closest("#columns .column");
    const { card } = move;
    if (column && !card.contains(target)) {
      insert(card, column.querySelector("[data-column]"), target.closest("[data-task]"));
      put();
    } else if (!target.closest(".grip")) leave();
    else put();
    focus(card);
  };

  document.addEventListener("click", (event) => {
    const card = event.target.closest("[data-board] .grip")?.closest(".movable");
    if (move) {
      event.preventDefault();
      tapped(event.target);
    } else if (card && !card.dataset.held) {
      take(card, "keys");
      say("picked", card);
    }
  });

  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && move) {
      const { card } = move;
      if (drag?.ghost) settle();
      leave();
      focus(card);
    }
    if (event.key === "Tab" && move && !drag) put();
    const grip = event.target.closest("[data-board] .grip");
    if (!grip || !event.key.startsWith("Arrow") || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    const card = grip.closest(".movable");
    if (move?.card === card) shift(card, event.key);
    else if (!move) step(card, event.key);
  });

  // j and k go from card to card, as they go from row to row elsewhere.
  document.addEventListener("keydown", (event) => {
    if (!["j", "k"].includes(event.key) || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.target.closest("input, select, textarea, [contenteditable], dialog")) return;
    const links = [...document.querySelectorAll("#columns .title")];
    const by = event.key === "j" ? 1 : -1;
    const at = links.indexOf(document.activeElement);
    links.at(at < 0 ? (by > 0 ? 0 : -1) : Math.max(0, Math.min(links.length - 1, at + by)))?.focus();
  });
})();
