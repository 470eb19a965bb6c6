// The speaker's page: start a session, speak in one of three ways, see who listens and what became of it.

import { showAudience } from "./audience.js";
import { byId, keepAwake, showOnly, showProblem, showState } from "./page.js";
import { Outbox } from "./sentences.js";
import { showInvitation } from "./share.js";
import { PasscodeWanted, SignIn } from "./signin.js";
import { Speaking } from "./speaking.js";
import { Transcript } from "./transcript.js";
import { Wire } from "./wire.js";
import { byName, count, errorWords, languageName, listed, loadLanguages, ownName, UNREACHABLE } from "./words.js";

const FIVE_SECONDS_OF_SOUND = 220_000;
const SOUND = { format: "pcm", encoding: "s16le", sampleRate: 16_000, channels: 1 };
const NOTICE_STAYS = 60_000;

const DEAF = new Set(["INVALID_ACTION", "UNSUPPORTED_LANGUAGE"]);

let languages = null;
let session = null;
let listeners = 0;
let broadcast = { isPaused: false, isMuted: false, volume: 1 };
let rest = null;
let noticeTimer = 0;
let chunk = 0;

const signIn = new SignIn();
const transcript = new Transcript();
const send = (message) => session?.wire.send(message) ?? false;
const outbox = new Outbox((segment) => send({ action: "sendText", isPartial: false, ...segment }));
const speaking = new Speaking({ partial: sayPartial, final: sayFinal, sound: saySound, opening: openSound });

// Starting

async function prepare() {
  try {
    languages = await loadLanguages();
  } catch {
    return showProblem(UNREACHABLE);
  }
  byId("engine").textContent = languages.note;
  const sources = Object.keys(languages.sources);
  const preferred = sources.includes("es") ? "es" : sources[0];
  for (const code of byName(sources)) byId("source").append(new Option(named(code), code, false, code === preferred));
  byId("source").disabled = byId("start-button").disabled = false;
  return showTargets();
}

function named(code) {
  const [own, english] = [ownName(code), languageName(code)];
  return own === english ? own : `${own} · ${english}`;
}

function showTargets() {
  const targets = byName(languages.sources[byId("source").value] ?? []).map(languageName);
  byId("targets").textContent = targets.length ? `Listeners can read ${listed(targets)}.` : "";
}

async function start(event) {
  event.preventDefault();
  showProblem();
  byId("passcode-problem").textContent = "";
  byId("start-button").disabled = true;
  if (byId("passcode").value) signIn.passcode = byId("passcode").value;
  try {
    await signIn.credentials();
  } catch (error) {
    return cannotSignIn(error);
  }
  const sourceLanguage = byId("source").value;
  session = { id: null, sourceLanguage, wire: null };
  session.wire = new Wire({
    enter: () => way("createSession", "sessionCreated", { sourceLanguage }),
    // A speaker who comes back in time takes the session up again; one whom the service has let go is told so.
    comeBack: takeOver,
    refresh: takeOver,
    onMessage: hear,
    onState: showConnection,
  });
  return session.wire.open();
}

async function way(action, welcome, parameters) {
  return { entrance: { action, ...parameters, ...(await signIn.credentials()) }, welcome };
}

function takeOver() {
  return way("refreshConnection", "connectionRefreshComplete", { role: "speaker", sessionId: session.id });
}

function cannotSignIn(error) {
  byId("start-button").disabled = false;
  if (!(error instanceof PasscodeWanted)) return showProblem(error.answer ? errorWords(error.answer) : UNREACHABLE);
  byId("passcode-part").hidden = false;
  byId("passcode-problem").textContent =
    error.message === "wrong" ? "This is not the passcode. Try again." : "Speakers need a passcode here. Ask who runs the service.";
  return byId("passcode").focus();
}

function showConnection(state, { seconds, error }) {
  if (state === "connecting") showState(session.id ? "Reconnecting…" : "Connecting…", "wait");
  if (state === "open") showLive();
  if (state === "waiting") showState(`Connection lost · trying again in ${seconds} s`, "bad");
  if (state === "closed") showState("");
  if (state === "refused") refused(error);
  if (state === "lost") backToStart(UNREACHABLE);
}

function refused(error) {
  showState("");
  if (session.id) return finish("The connection was lost, and the session ended with it.");
  return backToStart(errorWords(error));
}

function backToStart(words) {
  session = null;
  showState("");
  byId("start-button").disabled = false;
  showProblem(words);
}

// What the service says

const ON = {
  sessionCreated: showSession,
  connectionRefreshComplete: tookOver,
  sessionStatus: showStatus,
  segmentProcessed: showResult,
  transcript: ({ segmentId, text, isPartial }) => transcript.hear(segmentId, text, isPartial, false),
  audioStarted: ({ engine }) => (speaking.engine = engine),
  sessionEnded: () => finish(""),
  connectionWarning: ({ remainingMinutes }) =>
    notice(`This connection will be closed in ${count(remainingMinutes, "minute")}. Reload the page for a new session if it does not renew itself.`),
  rateLimitWarning: () => notice("Too much sound is sent at once; some of it is dropped."),
  transcriptionError: ({ willRetry }) =>
    willRetry ? notice("The service has trouble with the sound and tries again.") : soundFailed(),
  systemRecovered: () => notice(""),
  audio_quality_warning: ({ issue }) => speaking.meter.warn(issue),
  error: showError,
};

function hear(message) {
  if (message.broadcastState) showBroadcast(message.broadcastState);
  ON[message.type]?.(message);
}

function showSession(message) {
  session.id = message.sessionId;
  showInvitation(message.sessionId);
  transcript.language = message.sourceLanguage;
  byId("by").textContent = `Translated by ${message.engine}.`;
  document.body.classList.add("busy");
  showOnly("live", "setup", "over");
  byId("actions").hidden = false;
  rest = keepAwake();
  window.addEventListener("beforeunload", warn);
  speaking.begin(message.sourceLanguage, canRecognise(message.sourceLanguage));
}

function canRecognise(language) {
  return languages.recognition?.languages?.includes(language) ?? true;
}

function tookOver() {
  showProblem();
  outbox.resume();
}

function showStatus(message) {
  listeners = message.listenerCount;
  showAudience(message);
}

function showResult(message) {
  transcript.processed(message);
  outbox.answered(message.segmentId);
}

function showError(error) {
  if (DEAF.has(error.code) && speaking.isListening) {
    speaking.serviceIsDeaf();
    return showProblem("The service does not understand speech in this language. Type what is said instead.");
  }
  const words = errorWords(error);
  showProblem(words);
  const segmentId = error.details?.segmentId ?? outbox.current;
  if (!segmentId) return undefined;
  transcript.failed(segmentId, words);
  return outbox.answered(segmentId);
}

function showBroadcast(change) {
  broadcast = { ...broadcast, ...change };
  const { isPaused, isMuted, volume } = broadcast;
  toggled("pause", isPaused, "Resume", "Pause");
  toggled("mute", isMuted, "Unmute", "Mute");
  byId("volume").value = Math.round(100 * volume);
  byId("volume-value").textContent = `${byId("volume").value} %`;
  speaking.hold(isPaused || isMuted);
  byId("held").textContent = held();
  byId("held").hidden = !held();
  if (session?.wire.isOpen) showLive();
}

function toggled(id, isOn, on, off) {
  byId(id).textContent = isOn ? on : off;
  byId(id).classList.toggle("primary", isOn);
}

function held() {
  if (broadcast.isPaused) return "Paused. Nothing goes out until you resume.";
  if (broadcast.isMuted) return "Muted. Nothing you say goes out.";
  return broadcast.volume === 0 ? "The volume is at zero: listeners hear nothing from the microphone." : "";
}

function showLive() {
  const { isPaused, isMuted } = broadcast;
  showState(isPaused ? "Paused" : isMuted ? "Muted" : "Live", isPaused || isMuted ? "wait" : "good");
}

function notice(words) {
  clearTimeout(noticeTimer);
  byId("notice").textContent = words;
  byId("notice").hidden = !words;
  if (words) noticeTimer = setTimeout(() => notice(""), NOTICE_STAYS);
}

// What the speaker says

function sayPartial(segmentId, text, stability) {
  transcript.hear(segmentId, text, true);
  send({ action: "sendText", segmentId, text, isPartial: true, ...(stability !== null && { stability }) });
}

function sayFinal(segmentId, text) {
  transcript.hear(segmentId, text, false);
  outbox.add({ segmentId, text });
}

function soundFailed() {
  speaking.stopListening();
  showProblem("The service cannot turn the sound into text any more. Turn the microphone on again, or type what is said.");
}

function openSound() {
  send({ action: "startAudio", ...SOUND });
}

function saySound(audioData) {
  if (session.wire.waiting > FIVE_SECONDS_OF_SOUND) return notice("The network is slow: some of the sound is lost.");
  chunk += 1;
  return send({ action: "sendAudio", ...SOUND, audioData, sequenceNumber: chunk, timestamp: Date.now() });
}

function togglePause() {
  const isPaused = !broadcast.isPaused;
  send({ action: isPaused ? "pauseBroadcast" : "resumeBroadcast" });
  // Shown at once; what the service says of it comes after and has the last word.
  showBroadcast({ isPaused });
}

function toggleMute() {
  const isMuted = !broadcast.isMuted;
  send({ action: isMuted ? "muteBroadcast" : "unmuteBroadcast" });
  showBroadcast({ isMuted });
}

function changeVolume() {
  send({ action: "setVolume", volumeLevel: Number(byId("volume").value) / 100 });
}

// Ending

function askToEnd() {
  byId("confirm-text").textContent = listeners
    ? `${count(listeners, "person is", "people are")} listening. Their captions stop here.`
    : "Nobody is listening right now.";
  byId("confirm").showModal();
}

function confirmed() {
  if (byId("confirm").returnValue === "end") send({ action: "endSession" });
  byId("confirm").returnValue = "";
}

function finish(why) {
  speaking.end();
  rest?.();
  byId("confirm").close("stay");
  byId("big").close();
  window.removeEventListener("beforeunload", warn);
  byId("actions").hidden = true;
  document.body.classList.remove("busy");
  showProblem();
  notice("");
  byId("held").hidden = true;
  const total = transcript.said ? count(transcript.said, "sentence was", "sentences were") : "Nothing was";
  byId("summary").textContent = `${why} ${total} said in ${session.id}.`.trim();
  showOnly("over", "setup", "live");
  byId("again").focus();
}

function warn(event) {
  event.preventDefault();
}

byId("source").addEventListener("change", showTargets);
byId("start").addEventListener("submit", start);
byId("pause").addEventListener("click", togglePause);
byId("mute").addEventListener("click", toggleMute);
byId("volume").addEventListener("change", changeVolume);
byId("end").addEventListener("click", askToEnd);
byId("confirm").addEventListener("close", confirmed);
byId("again").addEventListener("click", () => location.reload());
prepare();
