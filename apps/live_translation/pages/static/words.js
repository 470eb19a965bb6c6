// What the pages say: names of languages, numbers in sentences, and errors in words.

const inEnglish = new Intl.DisplayNames(["en"], { type: "language" });

const SESSION_CODE = /^[a-z]+-[a-z]+-[1-9][0-9]{2}$/;

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

/** Codes are typed by hand from a wall, or pasted as the whole link: blanks, capitals and odd dashes are forgiven. */
export function sessionCode(typed) {
  const link = /[?&]session=([^&#\s]+)/.exec(typed);
  return (link ? link[1] : typed).trim().toLowerCase().replace(/[\s_‐-―]+/g, "-");
}

export function isSessionCode(code) {
  return SESSION_CODE.test(code);
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
  UNAUTHORIZED: () => "The service did not accept this sign-in. Sign in again.",
  UNAUTHORIZED_ACTION: () => "Only the speaker of this session may do that.",
  INVALID_AUDIO_FORMAT: () => "The service cannot use the sound of this microphone. Choose another.",
};

/** What to tell a person about an `error` message; the service's own words where we have none. */
export function errorWords(error) {
  return WORDS[error.code]?.(error.details ?? {}) ?? error.message ?? "Something went wrong.";
}

export const UNREACHABLE = "The service cannot be reached. Check the connection and try again.";

/** The engine's own note on itself and the languages: {note, sources: {source: [targets]}, ...}. */
export async function loadLanguages() {
  const answer = await fetch("/languages");
  if (!answer.ok) throw new Error(`languages: ${answer.status}`);
  return answer.json();
}
