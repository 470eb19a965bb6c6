// The speaker's page: start a session, say things, see who hears them and how each sentence fared.

import { Outbox, sentences } from "./sentences.js";
import { Player } from "./talk.js";
import { Wire } from "./wire.js";
import {
  byId, byName, count, errorWords, languageName, listed, loadLanguages, ownName, showProblem, showState, UNREACHABLE,
} from "./words.js";

const SHOWN_AT_MOST = 300;
const STATES = { connecting: ["Connecting…", "wait"], open: ["Live", "good"] };

let sources = {};
let session = null;
let listeners = 0;
let said = 0;
let player = null;
let rounds = 0;
const rows = new Map();

const wire = () => session?.wire;
const outbox = new Outbox((segment) => wire()?.send({ action: "sendText", isPartial: false, ...segment }));

// Starting

async function prepare() {
  try {
    sources = await loadLanguages();
  } catch {
    return showProblem(UNREACHABLE);
  }
  const preferred = "es" in sources ? "es" : Object.keys(sources)[0];
  for (const code of byName(Object.keys(sources))) {
    byId("source").append(new Option(named(code), code, false, code === preferred));
  }
  byId("source").disabled = byId("start-button").disabled = false;
  showTargets();
}

function named(code) {
  const [own, english] = [ownName(code), languageName(code)];
  return own === english ? own : `${own} · ${english}`;
}

function showTargets() {
  const targets = byName(sources[byId("source").value] ?? []).map(languageName);
  byId("targets").textContent = targets.length ? `Listeners can read ${listed(targets)}.` : "";
}

function start(event) {
  event.preventDefault();
  showProblem();
  byId("start-button").disabled = true;
  const sourceLanguage = byId("source").value;
  const opened = new Wire({
    parameters: () => ({ action: "createSession", sourceLanguage }),
    welcome: "sessionCreated",
    comesBack: false, // a session ends with its speaker's connection
    onMessage: hear,
    onState: (state, detail) => showConnection(state, detail),
  });
  session = { wire: opened, id: null, sourceLanguage };
  opened.open();
}

function showConnection(state, { error }) {
  showState(...(STATES[state] ?? ["", ""]));
  if (state === "refused") return backToStart(errorWords(error));
  if (state !== "lost") return undefined;
  if (!session.id) return backToStart(UNREACHABLE);
  return finish("The connection was lost, and the session ended with it.");
}

function backToStart(words) {
  session = null;
  byId("start-button").disabled = false;
  showProblem(words);
}

// What the service says

const ON = {
  sessionCreated: showSession,
  sessionStatus: showAudience,
  segmentProcessed: showResult,
  sessionEnded: () => finish(""),
  error: showError,
};

function hear(message) {
  ON[message.type]?.(message);
}

function showSession(message) {
  session.id = message.sessionId;
  byId("session").textContent = message.sessionId;
  const link = new URL(`/listener?session=${message.sessionId}`, location.href).href;
  byId("link").href = link;
  byId("link").textContent = link.replace(/^https?:\/\//, "");
  byId("text").lang = message.sourceLanguage;
  byId("by").textContent = `Translated by ${message.engine}.`;
  document.body.classList.add("busy");
  show("live");
  byId("end").hidden = false;
  byId("text").focus();
  window.addEventListener("beforeunload", warn);
  prepareTalk(message.sourceLanguage);
}

function showAudience({ listenerCount, languageDistribution }) {
  listeners = listenerCount;
  byId("count").textContent = listenerCount;
  byId("count-word").textContent = listenerCount === 1 ? "listener" : "listeners";
  byId("nobody").hidden = listenerCount > 0;
  const most = Math.max(1, ...Object.values(languageDistribution));
  const languages = byName(Object.keys(languageDistribution)).filter((code) => languageDistribution[code] > 0);
  byId("distribution").replaceChildren(
    ...languages.map((code) => bar(languageName(code), languageDistribution[code], most)),
  );
}

function bar(name, number, most) {
  const row = document.createElement("li");
  const fill = element("span", "fill");
  fill.style.setProperty("--share", number / most);
  row.append(element("span", "name", name), fill, element("span", "number", number));
  return row;
}

function showResult(message) {
  const result = rows.get(message.segmentId);
  rows.delete(message.segmentId);
  outbox.answered(message.segmentId);
  if (!result) return;
  result.textContent = outcome(message);
  result.dataset.mood = message.failedLanguages.length ? "bad" : "good";
}

function outcome({ languages, failedLanguages, fromCache, durationMs, duplicate }) {
  if (duplicate) return "Already sent";
  const parts = [];
  if (languages.length) {
    parts.push(byName(languages).map(languageName).join(", "));
    parts.push(fromCache ? `${fromCache} of ${languages.length} from cache` : "newly translated");
    parts.push(`${Math.round(durationMs)} ms`);
  }
  if (failedLanguages.length) parts.push(`no translation into ${listed(byName(failedLanguages).map(languageName))}`);
  return parts.join(" · ") || "Nobody was listening";
}

function showError(error) {
  const words = errorWords(error);
  showProblem(words);
  const segmentId = error.details?.segmentId ?? outbox.current;
  const result = rows.get(segmentId);
  if (!result) return;
  rows.delete(segmentId);
  result.textContent = `Not sent: ${words}`;
  result.dataset.mood = "bad";
  outbox.answered(segmentId);
}

// What the speaker says

function say(segmentId, text) {
  said += 1;
  byId("nothing").hidden = true;
  const row = document.createElement("li");
  const words = element("p", "words", text);
  words.lang = session.sourceLanguage;
  const result = element("p", "result", "Sending…");
  row.append(words, result);
  byId("sent").prepend(row);
  while (byId("sent").children.length > SHOWN_AT_MOST) byId("sent").lastChild.remove();
  rows.set(segmentId, result);
  outbox.add({ segmentId, text });
}

function sendTyped(event) {
  event?.preventDefault();
  showProblem();
  const box = byId("text");
  for (const sentence of sentences(box.value, session.sourceLanguage)) say(`typed-${said + 1}`, sentence);
  box.value = "";
  box.focus();
}

async function prepareTalk(language) {
  const answer = await fetch("/talk").catch(() => null);
  if (!answer?.ok) return;
  const talk = await answer.json();
  byId("talk").hidden = talk.language !== language;
  byId("talk-title").textContent = talk.title;
  byId("talk-title").lang = talk.language;
  byId("heard").lang = talk.language;
  player = new Player(talk.sentences, { heard: sayHeard, changed: showPlayer });
  player.speed = Number(byId("speed").value);
}

function sayHeard({ id, text, isPartial, stability }) {
  const segmentId = `talk-${rounds}-${id}`;
  byId("heard").textContent = isPartial ? `${text} …` : text;
  if (isPartial) wire()?.send({ action: "sendText", segmentId, text, isPartial, stability });
  else say(segmentId, text);
}

function toggleTalk() {
  if (!player) return;
  if (player.playing) return player.pause();
  if (player.said === 0 || player.said === player.length) rounds += 1;
  return player.play();
}

function showPlayer() {
  const begun = player.playing || player.said > 0;
  byId("play").textContent = player.playing ? "Pause" : begun && player.said < player.length ? "Continue" : "Play the talk";
  byId("heard").hidden = !begun;
  byId("progress").textContent = begun ? `· ${player.said} of ${player.length}` : "";
}

// Ending

function askToEnd() {
  byId("confirm-text").textContent = listeners
    ? `${count(listeners, "person is", "people are")} listening. Their captions stop here.`
    : "Nobody is listening right now.";
  byId("confirm").showModal();
}

function confirmed() {
  if (byId("confirm").returnValue === "end") wire()?.send({ action: "endSession" });
}

function finish(why) {
  player?.pause();
  byId("confirm").close("stay");
  window.removeEventListener("beforeunload", warn);
  byId("end").hidden = true;
  document.body.classList.remove("busy");
  showProblem();
  const total = said ? count(said, "sentence was", "sentences were") : "Nothing was";
  byId("summary").textContent = `${why} ${total} said in ${session.id}.`.trim();
  show("over");
  byId("again").focus();
}

function warn(event) {
  event.preventDefault();
}

// Small things

function show(id) {
  for (const part of ["setup", "live", "over"]) byId(part).hidden = part !== id;
}

function element(tag, className, text = "") {
  const made = document.createElement(tag);
  made.className = className;
  made.textContent = text;
  return made;
}

async function copyLink() {
  try {
    await navigator.clipboard.writeText(byId("link").href);
    byId("copy").textContent = "Copied";
  } catch {
    // Without a secure context there is no clipboard: mark the link so that the keyboard can copy it.
    getSelection().selectAllChildren(byId("link"));
    byId("copy").textContent = "Press Ctrl+C";
  }
  setTimeout(() => (byId("copy").textContent = "Copy link"), 2000);
}

byId("source").addEventListener("change", showTargets);
byId("start").addEventListener("submit", start);
byId("copy").addEventListener("click", copyLink);
byId("say").addEventListener("submit", sendTyped);
byId("text").addEventListener("keydown", (event) => {
  if (event.key === "Enter" && !event.shiftKey && !event.isComposing) sendTyped(event);
});
byId("play").addEventListener("click", toggleTalk);
byId("speed").addEventListener("change", () => player && (player.speed = Number(byId("speed").value)));
byId("end").addEventListener("click", askToEnd);
byId("confirm").addEventListener("close", confirmed);
byId("again").addEventListener("click", () => location.reload());
prepare();
