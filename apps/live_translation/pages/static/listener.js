// The listener's page: a code and a language in, captions out, spoken aloud for those who want it.

import { Aloud } from "./aloud.js";
import { Captions } from "./captions.js";
import { byId, element, keepAwake, remember, remembered, showProblem, showState } from "./page.js";
import { Sequence } from "./sequence.js";
import { Wire } from "./wire.js";
import {
  byName, count, errorWords, isSessionCode, languageName, loadLanguages, ownName, sessionCode, UNREACHABLE,
} from "./words.js";

let sources = {};
let wire = null;
let session = "";
let language = "";
let connectionId = "";
let away = false;
let rest = null;
let speaker = { isPaused: false, isMuted: false, volume: 1 };
const sequence = new Sequence();
const captions = new Captions();
const aloud = new Aloud((enabled) => wire?.send({ action: "setAudio", enabled }));

// Joining

async function prepare() {
  byId("code").value = new URLSearchParams(location.search).get("session") ?? "";
  try {
    const answer = await loadLanguages();
    sources = answer.sources;
    byId("engine").textContent = answer.note;
  } catch {
    return showProblem(UNREACHABLE);
  }
  // A session can also be read in the language that is spoken.
  const all = new Set([...Object.keys(sources), ...Object.values(sources).flat()]);
  byId("languages").replaceChildren(...byName(all).map(languageButton));
  return (byId("code").value ? usual(all) : byId("code")).focus();
}

function languageButton(code) {
  const button = element("button");
  button.type = "button";
  button.value = code;
  const own = element("span", "", ownName(code));
  own.lang = code;
  own.dir = "auto";
  button.append(own);
  if (ownName(code) !== languageName(code)) button.append(element("small", "", languageName(code)));
  button.addEventListener("click", () => join(code));
  return button;
}

/** The button of the language this person most likely wants: the last one used, else the browser's first. */
function usual(available) {
  const wanted = [remembered("language"), ...navigator.languages.map((tag) => tag.slice(0, 2))];
  const code = wanted.find((candidate) => available.has(candidate)) ?? byName(available)[0];
  const button = byId("languages").querySelector(`[value="${code}"]`);
  button.classList.add("usual");
  return button;
}

function join(code) {
  session = sessionCode(byId("code").value);
  if (!isSessionCode(session)) return complain(errorWords({ code: "INVALID_SESSION_ID" }));
  byId("code-problem").textContent = "";
  language = code;
  busy(true);
  // This is a click, the one moment at which a page may begin to sound.
  if (Aloud.wanted) aloud.start();
  wire = new Wire({ enter, comeBack: enter, refresh, onMessage: hear, onState: showConnection });
  return wire.open();
}

function enter() {
  return { entrance: asking("joinSession"), welcome: "sessionJoined" };
}

function refresh() {
  const proof = { role: "listener", connectionId };
  return { entrance: { ...asking("refreshConnection"), ...proof }, welcome: "connectionRefreshComplete" };
}

function asking(action) {
  return { action, sessionId: session, targetLanguage: language, ...(aloud.isOn && { audio: true }) };
}

function complain(words) {
  byId("code-problem").textContent = words;
  byId("code").focus();
}

function busy(isBusy) {
  for (const button of byId("languages").children) button.disabled = isBusy;
}

function showConnection(state, { seconds, error }) {
  if (state === "connecting") showState(away ? "Reconnecting…" : "Connecting…", "wait");
  if (state === "open") showState("Live", "good");
  if (state === "waiting") {
    away = true;
    showState(navigator.onLine ? `Connection lost · trying again in ${seconds} s` : "You are offline · waiting for the network", "bad");
  }
  if (state === "refused") refused(error);
  if (state === "lost") backToEntrance(UNREACHABLE);
  if (state === "closed") showState("");
}

function refused(error) {
  showState("");
  if (error.code === "SESSION_NOT_FOUND" && away) return ended("The session has ended.");
  return backToEntrance(errorWords(error));
}

function backToEntrance(words) {
  showState("");
  showRoom(false);
  busy(false);
  aloud.end();
  complain(words);
}

// What the service says

const ON = {
  sessionJoined: joined,
  connectionRefreshComplete: (message) => (connectionId = message.connectionId ?? connectionId),
  caption: showCaption,
  audio: (message) => aloud.sound(message),
  languageChanged: changed,
  broadcastPaused: () => showSpeaker({ isPaused: true }),
  broadcastResumed: () => showSpeaker({ isPaused: false }),
  broadcastMuted: () => showSpeaker({ isMuted: true }),
  broadcastUnmuted: () => showSpeaker({ isMuted: false }),
  volumeChanged: ({ volumeLevel }) => showSpeaker({ volume: volumeLevel }),
  sessionEnded: () => ended("The speaker ended the session."),
  error: failed,
};

function hear(message) {
  aloud.offered(message);
  if (message.broadcastState) showSpeaker(message.broadcastState);
  ON[message.type]?.(message);
}

function joined(message) {
  connectionId = message.connectionId;
  remember("language", language);
  history.replaceState(null, "", `/listener?session=${encodeURIComponent(session)}`);
  document.title = `${session} · Live translation`;
  const choices = byName(new Set([...(sources[message.sourceLanguage] ?? []), message.sourceLanguage, language]));
  byId("language").replaceChildren(...choices.map((code) => new Option(ownName(code), code, false, code === language)));
  byId("room-name").textContent = session;
  byId("engine").textContent = `Translated by ${message.engine}.`;
  byId("waiting").hidden = !captions.isEmpty;
  aloud.speak(language);
  rest ??= keepAwake();
  showProblem();
  showRoom(true);
}

function changed({ targetLanguage }) {
  sequence.leave(language);
  language = targetLanguage;
  sequence.leave(language);
  remember("language", language);
  byId("language").value = language;
  aloud.speak(language);
  showProblem();
}

function showCaption(message) {
  const { isNew, isLate, missing } = sequence.take(message.targetLanguage, message.sequenceNumber);
  if (!isNew) return;
  byId("waiting").hidden = true;
  if (away && missing) captions.note(`The connection was away. ${count(missing, "caption is", "captions are")} missing here.`);
  away = false;
  captions.add(message, isLate);
  aloud.caption(message);
}

function failed(error) {
  // An older service gives no sound; the browser's own voice speaks then, and nobody needs to read about it.
  if (error.code === "INVALID_ACTION") return;
  showProblem(errorWords(error));
  byId("language").value = language;
}

function showSpeaker(change) {
  speaker = { ...speaker, ...change };
  const isMuted = speaker.isMuted || speaker.volume === 0;
  notice(speaker.isPaused ? "The speaker has paused." : isMuted ? "The speaker’s microphone is off." : "");
}

function notice(words) {
  byId("notice").textContent = words;
  byId("notice").hidden = !words;
}

function ended(words) {
  byId("waiting").hidden = true;
  byId("language").disabled = true;
  byId("leave").hidden = byId("aloud").hidden = byId("newest").hidden = true;
  byId("ended-text").textContent = words;
  byId("ended").hidden = false;
  aloud.end();
  rest?.();
  notice("");
  showProblem();
  captions.jump();
}

function showRoom(isIn) {
  const wasIn = !byId("room").hidden;
  byId("entrance").hidden = isIn;
  byId("room").hidden = byId("tools").hidden = byId("sound").hidden = !isIn;
  document.body.classList.toggle("reading", isIn);
  if (isIn && !wasIn) byId("scroll").focus({ preventScroll: true });
}

function leave() {
  wire.close();
  location.assign("/listener");
}

byId("join").addEventListener("submit", (event) => {
  event.preventDefault();
  byId("languages").querySelector("button.usual, button")?.focus();
});
byId("code").addEventListener("input", () => (byId("code-problem").textContent = ""));
byId("language").addEventListener("change", () => {
  const wanted = byId("language").value;
  if (!wire.send({ action: "changeLanguage", targetLanguage: wanted })) changed({ targetLanguage: wanted });
});
byId("leave").addEventListener("click", leave);
byId("again").addEventListener("click", () => location.assign("/listener"));
prepare();
