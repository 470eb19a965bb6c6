// The listener's page: a code and a language in, captions out.

import { Wire } from "./wire.js";
import {
  byId, byName, errorWords, languageName, loadLanguages, ownName, sessionCode, showProblem, showState, UNREACHABLE,
} from "./words.js";

const KEPT = 200;
const UNSURE_BELOW = 0.75;
const SIZES = [1.25, 1.6, 2, 2.6, 3.3, 4.2, 5.4, 7];
const calm = matchMedia("(prefers-reduced-motion: reduce)");
const CODE = /^[a-z]+-[a-z]+-[1-9][0-9]{2}$/;

let sources = {};
let wire = null;
let session = "";
let language = "";
let size = Number(remembered("size") ?? (innerWidth < 900 ? 2 : 3));
let latest = 0;
let away = false;
let follow = true;
let lastTop = 0;

// Joining

async function prepare() {
  byId("code").value = new URLSearchParams(location.search).get("session") ?? "";
  resize(0);
  try {
    sources = await loadLanguages();
  } catch {
    return showProblem(UNREACHABLE);
  }
  // A session can also be read in the language that is spoken.
  const all = new Set([...Object.keys(sources), ...Object.values(sources).flat()]);
  byId("languages").replaceChildren(...byName(all).map(languageButton));
  (byId("code").value ? usual(all) : byId("code")).focus();
}

function languageButton(code) {
  const button = document.createElement("button");
  button.type = "button";
  button.value = code;
  button.append(own(code));
  if (ownName(code) !== languageName(code)) {
    const english = document.createElement("small");
    english.textContent = languageName(code);
    button.append(english);
  }
  button.addEventListener("click", () => join(code));
  return button;
}

function own(code) {
  const name = document.createElement("span");
  name.lang = code;
  name.textContent = ownName(code);
  return name;
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
  if (!CODE.test(session)) return complain(errorWords({ code: "INVALID_SESSION_ID" }));
  byId("code-problem").textContent = "";
  language = code;
  busy(true);
  wire = new Wire({
    parameters: () => ({ action: "joinSession", sessionId: session, targetLanguage: language }),
    welcome: "sessionJoined",
    comesBack: true,
    onMessage: hear,
    onState: showConnection,
  });
  return wire.open();
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
    showState(`Connection lost · retry in ${seconds} s`, "bad");
  }
  if (state === "refused") refused(error);
  if (state === "lost") backToEntrance(UNREACHABLE);
  if (state === "closed") showState("", "");
}

function refused(error) {
  showState("", "");
  if (error.code === "SESSION_NOT_FOUND" && away) return ended("The session has ended.");
  return backToEntrance(errorWords(error));
}

function backToEntrance(words) {
  showState("", "");
  showRoom(false);
  busy(false);
  complain(words);
}

// What the service says

const ON = {
  sessionJoined: joined,
  caption: showCaption,
  languageChanged: changed,
  sessionEnded: () => ended("The speaker ended the session."),
  error: (error) => {
    showProblem(errorWords(error));
    byId("language").value = language;
  },
};

function hear(message) {
  ON[message.type]?.(message);
}

function joined({ sourceLanguage }) {
  remember("language", language);
  history.replaceState(null, "", `/listener?session=${encodeURIComponent(session)}`);
  document.title = `${session} · Live translation`;
  const choices = byName(new Set([...(sources[sourceLanguage] ?? []), sourceLanguage, language]));
  byId("language").replaceChildren(...choices.map((code) => new Option(ownName(code), code, false, code === language)));
  const name = document.createElement("b");
  name.textContent = session;
  byId("waiting").replaceChildren("You are in ", name, ". Captions appear here as the speaker talks.");
  byId("waiting").hidden = byId("captions").children.length > 0;
  showProblem();
  showRoom(true);
}

function changed({ targetLanguage }) {
  language = targetLanguage;
  remember("language", language);
  byId("language").value = language;
  showProblem();
}

function showCaption({ text, targetLanguage, confidence, sequenceNumber }) {
  byId("waiting").hidden = true;
  if (away && sequenceNumber > latest + 1) addLine("missed", "The connection was away. Some captions are missing here.");
  away = false;
  latest = sequenceNumber;
  const caption = addLine("caption", text);
  caption.lang = targetLanguage;
  if (confidence !== null && confidence < UNSURE_BELOW) {
    const hint = document.createElement("small");
    hint.lang = "en";
    hint.textContent = "Some words may be wrong";
    caption.append(hint);
  }
  if (follow) toNewest(calm.matches ? "instant" : "smooth");
}

function addLine(className, text) {
  const line = document.createElement("li");
  const words = document.createElement("span");
  line.className = className;
  words.textContent = text;
  line.append(words);
  const captions = byId("captions");
  captions.append(line);
  while (captions.children.length > KEPT) captions.firstChild.remove();
  return line;
}

function ended(words) {
  byId("waiting").hidden = true;
  byId("language").disabled = true;
  byId("leave").hidden = true;
  byId("newest").hidden = true;
  byId("ended-text").textContent = words;
  byId("ended").hidden = false;
  showProblem();
  byId("ended").scrollIntoView({ block: "end" });
}

// Reading

function showRoom(isIn) {
  byId("entrance").hidden = isIn;
  byId("room").hidden = byId("tools").hidden = !isIn;
  document.body.classList.toggle("reading", isIn);
  if (isIn) byId("scroll").focus({ preventScroll: true });
}

function toNewest(behavior = "instant") {
  const scroll = byId("scroll");
  scroll.scrollTo({ top: scroll.scrollHeight, behavior });
}

function scrolled() {
  const { scrollTop, scrollHeight, clientHeight } = byId("scroll");
  const atEnd = scrollHeight - scrollTop - clientHeight < 80;
  // On the way to the newest caption one is not there yet either; only going up means wanting to stay.
  if (atEnd || scrollTop < lastTop) follow = atEnd;
  lastTop = scrollTop;
  byId("newest").hidden = follow || !byId("ended").hidden;
}

function resize(by) {
  size = Math.min(SIZES.length - 1, Math.max(0, size + by));
  document.documentElement.style.setProperty("--caption", `${SIZES[size]}rem`);
  byId("smaller").disabled = size === 0;
  byId("larger").disabled = size === SIZES.length - 1;
  remember("size", size);
  if (follow) toNewest();
}

function leave() {
  wire.close();
  location.assign("/listener");
}

function remember(key, value) {
  try {
    localStorage.setItem(`live-translation.${key}`, value);
  } catch {
    // A browser that keeps nothing is fine: the page only forgets a preference.
  }
}

function remembered(key) {
  try {
    return localStorage.getItem(`live-translation.${key}`);
  } catch {
    return null;
  }
}

byId("join").addEventListener("submit", (event) => {
  event.preventDefault();
  byId("languages").querySelector("button.usual, button")?.focus();
});
byId("code").addEventListener("input", () => (byId("code-problem").textContent = ""));
byId("language").addEventListener("change", () => {
  if (!wire.send({ action: "changeLanguage", targetLanguage: byId("language").value })) language = byId("language").value;
});
byId("smaller").addEventListener("click", () => resize(-1));
byId("larger").addEventListener("click", () => resize(1));
byId("leave").addEventListener("click", leave);
byId("again").addEventListener("click", () => location.assign("/listener"));
byId("newest").addEventListener("click", () => {
  follow = true;
  toNewest();
});
byId("scroll").addEventListener("scroll", scrolled, { passive: true });
window.addEventListener("resize", () => follow && toNewest());
prepare();
