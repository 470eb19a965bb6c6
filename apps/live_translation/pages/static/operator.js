// The operator's page: what the service counts, now and over the last ten minutes, and which alarms are on.

import { Chart, clock } from "./chart.js";
import { byId, element, showOnly, showProblem, showState } from "./page.js";
import { count } from "./words.js";

const EVERY = 2_000;
const ANSWER_WITHIN = 5_000;
const BUCKET = 5_000;

const whole = (value) => Math.round(value).toLocaleString("en");
const rough = (value) => (value > 0 && value < 10 ? String(Number(value.toFixed(1))) : whole(value));
const percent = (value) => `${rough(value)}%`;
const time = (value) => (value >= 1_000 ? `${Number((value / 1_000).toFixed(1))} s` : `${rough(value)} ms`);
const megabytes = (value) => `${whole(value)} MB`;
const or = (value, format) => (value === null || value === undefined ? "—" : format(value));

const LATENCY = ["p50", "p95", "p99"].map((name) => ({ name, of: ({ latencyMs }) => latencyMs[name] }));
const FAILURES = [
  { name: "translation", of: ({ failures }) => failures.translate },
  { name: "voice", of: ({ failures }) => failures.synthesise },
  { name: "delivery", of: ({ failures }) => failures.broadcast },
  { name: "listener gone", of: ({ failures }) => failures.released },
];
const failed = ({ failures }) => failures.translate + failures.synthesise + failures.broadcast;

const CHARTS = [
  { title: "Listeners", series: [{ name: "now", of: (each) => each.listeners }], format: whole, most: 3 },
  { title: "From what is said to its caption", series: LATENCY, format: time, most: 30 },
  {
    title: "Each five seconds",
    series: [
      { name: "captions delivered", of: (each) => each.captions },
      { name: "translations made", of: (each) => each.translations },
    ],
    format: whole, most: 3,
  },
  { title: "Translations from the cache", series: [{ name: "hit rate", of: (each) => each.cacheHitRate }], format: percent, most: 100 },
  { title: "Failures", series: FAILURES, bars: true, format: whole, most: 3 },
  { title: "Sound dropped, having waited too long", series: [{ name: "of all", of: (each) => each.overflowRate }], format: percent, most: 6 },
  { title: "Sessions", series: [{ name: "now", of: (each) => each.sessions }], format: whole, most: 3 },
  { title: "Processor", series: [{ name: "of one core", of: (each) => each.cpu }], format: percent, most: 30 },
  { title: "Memory", series: [{ name: "in use", of: (each) => each.memoryMb }], format: megabytes, most: 90 },
];

const TILES = [
  ["Sessions", (now) => whole(now.sessions)],
  ["Listeners", (now) => whole(now.listeners)],
  ["Caption after, p95", (now) => or(now.latencyMs.p95, time)],
  ["From the cache", (now) => or(now.cacheHitRate, percent)],
  ["Failures", (now) => whole(failed(now))],
];

let lastAnswer = null;
let timer = 0;
const charts = CHARTS.map((options) => {
  const figure = element("section", "chart");
  byId("charts").append(figure);
  return new Chart(figure, options);
});

async function poll() {
  clearTimeout(timer);
  if (document.visibilityState !== "visible") return;
  try {
    const answer = await fetch("/operator/figures", { headers: credentials(), signal: AbortSignal.timeout(ANSWER_WITHIN) });
    if (answer.status === 401) return lock();
    if (answer.status === 403) return closed();
    if (!answer.ok) throw new Error(String(answer.status));
    show(await answer.json());
  } catch {
    missing();
  }
  timer = setTimeout(poll, EVERY);
}

function credentials() {
  const passcode = sessionStorage.getItem("live-translation.operator");
  return passcode ? { authorization: `Bearer ${passcode}` } : {};
}

function lock() {
  const wasTried = sessionStorage.getItem("live-translation.operator");
  sessionStorage.removeItem("live-translation.operator");
  byId("passcode-problem").textContent = wasTried ? "This is not the passcode. Try again." : "";
  showState("");
  showOnly("locked", "board");
  byId("passcode").focus();
}

function closed() {
  showState("Closed", "bad");
  showProblem(
    "The figures are shown on the service’s own machine only. Set OPERATOR_PASSCODE there to see them from elsewhere.",
  );
}

function missing() {
  document.body.classList.add("stale");
  showState(lastAnswer ? `No answer since ${clock(lastAnswer, true)} · trying again` : "No answer · trying again", "bad");
}

function show(now) {
  lastAnswer = now.at;
  document.body.classList.remove("stale");
  showProblem();
  showState("Live", "good");
  byId("clock").textContent = clock(now.at, true);
  showOnly("board", "locked");
  showAlarms(now.alarms ?? []);
  showTiles(now);
  for (const chart of charts) chart.show(now.history, BUCKET);
  showTable(now.history);
}

function showAlarms(alarms) {
  const place = byId("alarms");
  const words = alarms.join("\n");
  if (place.dataset.words === words) return;
  place.dataset.words = words;
  place.dataset.mood = alarms.length ? "bad" : "good";
  const title = alarms.length ? `${count(alarms.length, "alarm is", "alarms are")} on` : "All is well: no alarm is on";
  const list = element("ul");
  list.append(...alarms.map((alarm) => element("li", "", alarm)));
  place.replaceChildren(element("p", "alarms-title", title), ...(alarms.length ? [list] : []));
}

function showTiles(now) {
  byId("tiles").replaceChildren(...TILES.map(([name, of]) => {
    const tile = element("div", "tile");
    tile.append(element("dt", "", name), element("dd", "", of(now)));
    return tile;
  }));
}

const COLUMNS = [
  ["Time", (each) => clock(each.at, true)],
  ["Sessions", (each) => whole(each.sessions)],
  ["Listeners", (each) => whole(each.listeners)],
  ["Captions", (each) => whole(each.captions)],
  ["Translations", (each) => whole(each.translations)],
  ["p50", (each) => or(each.latencyMs.p50, time)],
  ["p95", (each) => or(each.latencyMs.p95, time)],
  ["p99", (each) => or(each.latencyMs.p99, time)],
  ["From cache", (each) => or(each.cacheHitRate, percent)],
  ["Failures", (each) => whole(failed(each))],
  ["Listeners gone", (each) => whole(each.failures.released)],
  ["Processor", (each) => percent(each.cpu)],
  ["Memory", (each) => megabytes(each.memoryMb)],
];

function showTable(history) {
  if (!document.querySelector(".table-part").open) return;
  byId("table-body").replaceChildren(...history.toReversed().map((bucket) => row(COLUMNS.map(([, of]) => of(bucket)), "td")));
}

function row(cells, tag) {
  const made = element("tr");
  made.append(...cells.map((cell) => element(tag, "", cell)));
  for (const cell of tag === "th" ? made.children : []) cell.scope = "col";
  return made;
}

byId("table-head").append(row(COLUMNS.map(([name]) => name), "th"));
document.querySelector(".table-part").addEventListener("toggle", poll);
document.addEventListener("visibilitychange", poll);
byId("unlock").addEventListener("submit", (event) => {
  event.preventDefault();
  sessionStorage.setItem("live-translation.operator", byId("passcode").value);
  byId("passcode").value = "";
  poll();
});
poll();
