// The page's line to the event log and the ledger, as docs/reference/live.md has it. It says on `document`:
//   live:frame  one entry of a log (detail: the frame), each once
//   live:reset  what happened meanwhile cannot be told: load anew
//   live:state  connected, connecting or stopped; also as data-connection on <html>, whose data-refused has the topics
//               that the server does not tell of
//
// Where it stands: all up to `sure` has come; of what came since, `seen` has the positions. A heartbeat whose count is
// ours moves `sure` on; after one whose count is not, and after every new connection, we ask for all after `sure`,
// and `seen` drops what comes twice. So neither a lost frame nor a lost connection leaves a hole.
(() => {
  "use strict";
  const LOGS = ["events", "work"];
  const MINUTE = 60_000;
  const followed = [...document.querySelectorAll("[data-live]")].flatMap((one) => one.dataset.live.trim().split(/\s+/));
  const topics = [...new Set(followed)].slice(0, 100);
  const made = document.querySelector("meta[name=live]")?.content.split(":") ?? [];
  if (!topics.length || made.length !== 3) return;

  let generation = made[0];
  const sure = { events: Number(made[1]), work: Number(made[2]) };
  const seen = { events: new Set(), work: new Set() };
  let socket = null; // the one that counts; what an older one still says is not heard
  let counted = 0; // frames that it has brought
  let tries = 0; // since the last heartbeat
  let interval = 10_000; // of heartbeats, as the server says
  let ended = false;
  let next = 0; // timers
  let silence = 0;

  const say = (what, detail) => document.dispatchEvent(new CustomEvent(`live:${what}`, { detail }));

  const state = (now) => {
    if (document.documentElement.dataset.connection === now) return;
    document.documentElement.dataset.connection = now;
    say("state", now);
  };

  const newest = (log) => Math.max(sure[log], ...seen[log]);

  const advance = (log, position) => {
    sure[log] = position;
    seen[log].forEach((one) => one <= position && seen[log].delete(one));
  };

  const where = () => ({ generation, positions: { ...sure } });

  // Connecting, and all the ways in which it ends.

  const leave = () => {
    const old = socket;
    socket = null;
    clearTimeout(next);
    clearTimeout(silence);
    old?.close(1000);
  };

  const backoff = () => Math.random() * Math.min(30_000, 1000 * 2 ** tries++);

  const again = (pause) => {
    leave();
    state("connecting");
    next = setTimeout(connect, pause);
  };

  const stop = () => {
    leave();
    ended = true;
    state("stopped");
  };

  const reload = () => {
    const before = Number(sessionStorage.getItem("live:reload"));
    sessionStorage.setItem("live:reload", Date.now());
    stop();
    if (Date.now() - before < 10_000) return; // it did not help a moment ago
    next = setTimeout(() => location.reload(), 1000); // unless this page goes already: it may be what signs out
  };

  const closings = {
    1000: stop,
    1001: () => again(Math.random() * 5000),
    4401: stop,
    4403: reload,
    4429: () => again(MINUTE + Math.random() * 5000),
  };

  const listen = () => {
    clearTimeout(silence);
    silence = setTimeout(() => again(backoff()), 2.5 * interval);
  };

  function connect() {
    leave();
    state("connecting");
    const query = new URLSearchParams({ topics: topics.join(","), generation, ...sure });
    const mine = new WebSocket(`${location.origin.replace(/^http/, "ws")}/ws/notifications/?${query}`);
    socket = mine;
    counted = 0;
    listen();
    mine.addEventListener("message", (event) => mine === socket && hear(JSON.parse(event.data)));
    mine.addEventListener("close", (event) => {
      if (mine === socket) (closings[event.code] ?? (() => again(backoff())))();
    });
  }

  // What the server says.

  const frame = (message) => {
    const { log, position } = message;
    counted += 1;
    if (message.generation !== generation || position <= sure[log] || seen[log].has(position)) return;
    seen[log].add(position);
    say("frame", message);
  };

  const told = {
    welcome: (message) => {
      interval = 1000 * message.heartbeat;
      document.documentElement.dataset.refused = message.refused.join(" ");
      state("connected");
    },
    reset: (message) => {
      const logs = message.generation === generation && message.log ? [message.log] : LOGS;
      generation = message.generation;
      logs.forEach((log) => {
        seen[log].clear();
        sure[log] = message.positions[log];
      });
      say("reset");
    },
    heartbeat: (message) => {
      tries = 0;
      const ahead = LOGS.every((log) => message.positions[log] >= newest(log));
      if (message.generation === generation && message.sent === counted && ahead) {
        LOGS.forEach((log) => advance(log, message.positions[log]));
        return;
      }
      counted = message.sent; // what was lost is not counted again when it comes once more
      socket.send(JSON.stringify({ type: "resume", ...where() }));
    },
    gone: () => say("reset"),
    unsubscribed: () => say("reset"),
  };

  const hear = (message) => {
    listen();
    if (message.position === undefined) told[message.type]?.(message);
    else frame(message);
  };

  // What the browser says.

  addEventListener("offline", () => ended || again(backoff()));
  addEventListener("online", () => {
    tries = 0;
    if (!ended) connect();
  });
  addEventListener("pagehide", leave);
  addEventListener("pageshow", (event) => {
    if (!event.persisted) return;
    if (!ended) connect();
    say("reset");
  });

  connect();
})();
