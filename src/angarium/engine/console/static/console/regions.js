// Regions: parts of a page that are asked for anew when a frame concerns them (data-live="lesson:7 operation:*").
//
// Each answer says at which place of the logs it was made (Live-Position). So a region asks only for what it does not
// show yet, and drops an answer from before that. At most one request of a region is under way, and none within
// data-gap of the last; none while nobody looks; and nothing is swapped under a hand: a field that has the focus, an
// open <details> with a field, a pressed button, what has data-held (until `released` is said). While the line is up,
// polling rests.
(() => {
  "use strict";
  const GAP = 200; // between two requests of one region, in milliseconds
  const TAP = 500; // within which a click follows the finger that was lifted
  const AGAIN = 1000; // after one that brought nothing new
  const SHOWN = 1800; // how long a row that changed is marked, as tables.css has it
  const REST = 60_000; // a region that is live is polled this seldom, for the sake of words such as "5 min ago"
  const LOGS = ["events", "work"];
  const BUSY_HAND =
    ":is(input:not([type=hidden]), select, textarea):focus, " +
    "details[open] :is(input:not([type=hidden]), select, textarea), :active, [data-held]";
  const kept = new Map(); // by id: a region that swaps itself stays the same one

  const place = (text) => {
    const [generation, events, work] = text.split(":");
    return { generation, events: Number(events), work: Number(work) };
  };

  const page = document.querySelector("meta[name=live]")?.content;
  const made = place(page ?? "?:0:0");
  const regions = () => [...document.querySelectorAll("[data-live]")];

  /** Of a region: the place that it shows, the one that it should, whether it is due whatever it shows, and the ids of
   *  its parts that could not be swapped. */
  const of = (region) => {
    if (!kept.has(region.id)) {
      const due = { generation: made.generation, events: 0, work: 0 };
      kept.set(region.id, { shown: made, due, must: false, left: [], asking: false, asked: 0, took: 0, timer: 0 });
    }
    return kept.get(region.id);
  };

  const older = (one, than) => one.generation === than.generation && LOGS.some((log) => one[log] < than[log]);

  let pressed = null; // where a finger or a button is down: on touch screens :active comes late, and a tap would be lost

  const held = (element) => element.contains(pressed) || element.querySelector(BUSY_HAND) !== null;

  const behind = ({ must, due, shown, left }) =>
    must || older(shown, due) || left.some((id) => !held(document.getElementById(id)));

  const topicsOf = (region) => region.dataset.live.trim().split(/\s+/);

  const told = (region) => {
    const { connection, refused = "" } = document.documentElement.dataset;
    return connection === "connected" && !topicsOf(region).every((topic) => refused.split(" ").includes(topic));
  };

  const target = (region) => document.querySelector(region.getAttribute("hx-target") ?? `#${region.id}`) ?? region;

  const concerns = (frame, region) => {
    const names = topicsOf(region);
    const topics = [frame.topic, ...(frame.also ?? [])];
    return topics.some((topic) => names.includes(topic) || names.includes(`${topic.split(":")[0]}:*`));
  };

  const ready = (region) =>
    told(region) && !document.hidden && !of(region).asking && behind(of(region)) && !held(target(region));

  const ask = (region, gap = Number(region.dataset.gap ?? GAP)) => {
    const one = of(region);
    if (one.timer || !ready(region)) return;
    const next = one.asked + Math.max(gap, 2 * one.took); // a server that is slow is asked less often
    const pause = Math.max(0, next - performance.now()) + 20 + Math.random() * 40;
    one.timer = setTimeout(() => {
      one.timer = 0;
      const now = document.getElementById(region.id);
      if (now && ready(now)) htmx.trigger(now, "live");
    }, pause);
  };

  const catchUp = () => regions().forEach((region) => ask(region));

  document.addEventListener("live:frame", ({ detail: frame }) => {
    for (const region of regions().filter((one) => concerns(frame, one))) {
      const { due } = of(region);
      if (due.generation !== frame.generation) Object.assign(due, { generation: frame.generation, events: 0, work: 0 });
      due[frame.log] = Math.max(due[frame.log], frame.position);
      ask(region);
    }
  });

  document.addEventListener("live:reset", () => {
    regions().forEach((region) => { of(region).must = true; });
    catchUp();
  });

  document.addEventListener("live:state", catchUp);
  const lifted = () => {
    pressed = null;
    catchUp();
  };
  document.addEventListener("pointerdown", ({ target }) => { pressed = target; }, true);
  document.addEventListener("pointerup", () => setTimeout(lifted, TAP), true);
  for (const end of ["pointercancel", "click"]) document.addEventListener(end, () => setTimeout(lifted), true);
  for (const end of ["visibilitychange", "focusout", "toggle", "keyup", "released"]) {
    document.addEventListener(end, () => setTimeout(catchUp), true);
  }

  // A request of a region, from its start to its end.

  const regionOf = ({ detail }) => detail.requestConfig.elt.closest("[data-live]");

  document.addEventListener("htmx:beforeRequest", (event) => {
    const region = regionOf(event);
    const poll = event.detail.requestConfig.triggeringEvent === undefined;
    if (!region || !poll || region.dataset.poll === "always") return;
    const rested = performance.now() - of(region).asked > REST;
    if (told(region) && !rested) event.preventDefault();
  });

  document.addEventListener("htmx:beforeSend", (event) => {
    const region = regionOf(event);
    if (!region) return;
    const one = of(region);
    Object.assign(one, { asking: true, must: false, asked: performance.now(), before: one.shown });
  });

  document.addEventListener("htmx:afterRequest", (event) => {
    const region = regionOf(event);
    if (!region) return;
    const one = of(region);
    one.asking = false;
    one.took = performance.now() - one.asked;
    if (!event.detail.successful) one.must = true;
    ask(region, one.before === one.shown ? AGAIN : undefined);
  });

  let leaving = false; // a form was sent that leads to another page; after the questions, which are asked on document
  window.addEventListener("submit", (event) => (leaving = !event.defaultPrevented));
  window.addEventListener("pageshow", () => (leaving = false));

  document.addEventListener("htmx:responseError", (event) => {
    const gone = [403, 404, 410].includes(event.detail.xhr.status);
    // It was deleted, or is not ours to see any more; whoever deletes it here is on the way elsewhere.
    if (gone && !leaving && regionOf(event)) location.reload();
  });

  // Swaps.

  let swapped = null; // the region that is being swapped
  let folds = []; // its <details> that somebody reads: they stay open
  let rows = new Map(); // its rows before, by what they lead to, with their states
  const changed = new Map(); // when which row changed: the next swap goes on with its animation

  const rowsOf = (region) =>
    new Map([...region.querySelectorAll("tbody a.title[id]")].map((link) => {
      const row = link.closest("tr");
      return [link.id, { row, state: row.querySelector(".pill")?.dataset.state }];
    }));

  document.addEventListener("htmx:beforeSwap", (event) => {
    const region = regionOf(event);
    if (!region || !event.detail.shouldSwap) return;
    const one = of(region);
    const position = event.detail.xhr.getResponseHeader("Live-Position");
    const answer = position ? place(position) : { ...one.due };
    const late = older(answer, one.shown);
    const hand = held(target(region));
    one.must ||= hand;
    event.detail.shouldSwap = !late && !hand;
    if (late || hand) return;
    Object.assign(one, { shown: answer, left: [] });
    swapped = one;
    folds = [...target(region).querySelectorAll("details[id][open]")].map(({ id }) => id);
    rows = rowsOf(region);
  });

  document.addEventListener("htmx:oobBeforeSwap", (event) => {
    if (!held(event.target)) return;
    event.detail.shouldSwap = false;
    swapped.left.push(event.target.id);
  });

  document.addEventListener("htmx:afterSwap", (event) => {
    const region = document.getElementById(event.detail.requestConfig.elt.id);
    if (!region?.matches("[data-live]")) return;
    folds.splice(0).forEach((id) => document.getElementById(id)?.setAttribute("open", ""));
    if (!rows.size) return;
    const now = performance.now();
    for (const [id, { row, state }] of rowsOf(region)) {
      if (rows.get(id)?.state !== state) changed.set(id, now);
      const since = now - (changed.get(id) ?? -Infinity);
      if (since >= SHOWN) continue;
      row.classList.add("changed");
      row.style.animationDelay = `-${since}ms`;
    }
    rows = new Map();
  });
})();
