// What has been heard, newest first: a line grows while it is partial, and later tells whom it reached.

import { byId, element } from "./page.js";
import { byName, languageName, listed } from "./words.js";

const SHOWN_AT_MOST = 300;

export class Transcript {
  #rows = new Map();
  #language = "";
  said = 0;

  set language(code) {
    this.#language = code;
  }

  /** A segment as it is heard; its last text comes with `isPartial` false, and waits for what became of it if `isSent`. */
  hear(segmentId, text, isPartial, isSent = true) {
    if (!text) {
      this.#forget(segmentId);
      return;
    }
    const row = this.#rows.get(segmentId) ?? this.#begin(segmentId);
    if (row.isFinal) return;
    row.words.textContent = text;
    row.line.classList.toggle("partial", isPartial);
    if (isPartial) return;
    row.isFinal = true;
    if (isSent) row.result.textContent = "Sending…";
    this.said += 1;
  }

  /** A `segmentProcessed` message. */
  processed(message) {
    const isBad = message.held || message.failedLanguages.length > 0;
    this.#settle(message.segmentId, outcome(message), isBad ? "bad" : "good");
  }

  /** A segment did not go out. */
  failed(segmentId, words) {
    this.#settle(segmentId, `Not sent: ${words}`, "bad");
  }

  #begin(segmentId) {
    const line = element("li", "partial");
    const words = element("p", "words");
    words.lang = this.#language;
    words.dir = "auto";
    const result = element("p", "result");
    line.append(words, result);
    const row = { line, words, result, isFinal: false };
    this.#rows.set(segmentId, row);
    byId("nothing").hidden = true;
    byId("sent").prepend(line);
    if (this.#rows.size > SHOWN_AT_MOST) this.#forget(this.#rows.keys().next().value);
    return row;
  }

  #forget(segmentId) {
    this.#rows.get(segmentId)?.line.remove();
    this.#rows.delete(segmentId);
  }

  #settle(segmentId, words, mood) {
    const row = this.#rows.get(segmentId);
    if (!row) return;
    row.line.classList.remove("partial");
    row.result.textContent = words;
    row.result.dataset.mood = mood;
  }
}

function outcome({ languages, failedLanguages, fromCache, durationMs, duplicate, held }) {
  if (held) return "Held back: the session was paused or muted";
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
