// What the pages say: names of languages, errors in words, and the engine that translates.

const inEnglish = new Intl.DisplayNames(["en"], { type: "language" });

export const byId = (id) => document.getElementById(id);

/** The name in English, such as "Catalan". */
export function languageName(code) {
  try {
    return inEnglish.of(code);
  } catch {
    return code;
  }
}

/** The name its own speakers use, such as "Català". */
export function ownName(code) {
  try {
    const name = new Intl.DisplayNames([code], { type: "language", fallback: "none" }).of(code) ?? languageName(code);
    return name.charAt(0).toLocaleUpperCase(code) + name.slice(1);
  } catch {
    return languageName(code);
  }
}

export function byName(codes) {
  return [...codes].sort((one, other) => languageName(one).localeCompare(languageName(other)));
}

export function count(number, one, many = `${one}s`) {
  return `${number} ${number === 1 ? one : many}`;
}

export function listed(words) {
  return new Intl.ListFormat("en", { type: "conjunction" }).format(words);
}

/** Codes are typed by hand from a wall: blanks, capitals and odd dashes are forgiven. */
export function sessionCode(typed) {
  return typed.trim().toLowerCase().replace(/[\s_‐-―]+/g, "-");
}

const WORDS = {
  SESSION_NOT_FOUND: ({ sessionId }) =>
    `There is no session ${sessionId ? `“${sessionId}”` : "with this code"}. It may have ended; check the code with the speaker.`,
  INVALID_SESSION_ID: () => "That does not look like a session code. It is two words and a number, like quiet-harbour-417.",
  INVALID_LANGUAGE: ({ languageCode }) =>
    `Nothing here translates from ${languageCode ? languageName(languageCode) : "this language"}. Choose another.`,
  UNSUPPORTED_LANGUAGE: ({ languageCode }) =>
    `This session cannot be read in ${languageCode ? languageName(languageCode) : "this language"}. Choose another.`,
  SESSION_FULL: ({ maxListeners }) =>
    `The session is full${maxListeners ? ` (${maxListeners} listeners)` : ""}. Try again when someone has left.`,
  RATE_LIMIT_EXCEEDED: ({ retryAfter }) =>
    `Too many requests from here. Try again in ${count(retryAfter ?? 60, "second")}.`,
  SERVICE_UNAVAILABLE: () => "The service cannot do this right now. Try again in a moment.",
  INTERNAL_ERROR: () => "The service made a mistake. Try again in a moment.",
  MESSAGE_TOO_LARGE: () => "That is too much text at once. Send it in smaller parts.",
  UNAUTHORIZED_ACTION: () => "Only the speaker of this session may do that.",
};

/** What to tell a person about an `error` message; the service's own words where we have none. */
export function errorWords(error) {
  return WORDS[error.code]?.(error.details ?? {}) ?? error.message ?? "Something went wrong.";
}

export const UNREACHABLE = "The service cannot be reached. Check the connection and try again.";

/** Shows who translates in the footer and gives the languages: {source: [targets]}. */
export async function loadLanguages() {
  const answer = await fetch("/languages");
  if (!answer.ok) throw new Error(`languages: ${answer.status}`);
  const { note, sources } = await answer.json();
  byId("engine").textContent = note;
  return sources;
}

/** Fills the status in the header; `mood` is good, wait or bad. */
export function showState(words, mood) {
  const element = byId("state");
  element.textContent = words;
  element.dataset.mood = mood;
}

/** Shows a problem across the page, or takes it away when there are no words. */
export function showProblem(words = "") {
  const element = byId("problem");
  element.textContent = words;
  element.hidden = !words;
}
