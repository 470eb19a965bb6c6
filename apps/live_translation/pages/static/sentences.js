// Text into sentences, and sentences to the service one after another.

const LONGEST = 5000;

/** The sentences of a text, none longer than the service takes. */
export function sentences(text, language) {
  const flat = text.replace(/\s*\n\s*/g, "\n");
  const found = flat.split("\n").flatMap((paragraph) => inOrder(paragraph, language));
  return found.flatMap(inParts).filter((part) => /[\p{L}\p{N}]/u.test(part));
}

function inOrder(paragraph, language) {
  const segmenter = new Intl.Segmenter(language, { granularity: "sentence" });
  return Array.from(segmenter.segment(paragraph), ({ segment }) => segment.trim());
}

function inParts(sentence) {
  const parts = [];
  let rest = sentence;
  while (rest.length > LONGEST) {
    const space = rest.lastIndexOf(" ", LONGEST);
    const cut = space > 0 ? space : LONGEST;
    parts.push(rest.slice(0, cut));
    rest = rest.slice(cut).trim();
  }
  return [...parts, rest];
}

/** Sends one final at a time: the next goes out when the one before is answered, so none overtakes another. */
export class Outbox {
  #send;
  #waiting = [];
  #underWay = null;

  constructor(send) {
    this.#send = send;
  }

  add(segment) {
    this.#waiting.push(segment);
    this.#pump();
  }

  /** The segment with this id has its answer, good or bad. */
  answered(segmentId) {
    if (this.#underWay?.segmentId !== segmentId) return;
    this.#underWay = null;
    this.#pump();
  }

  /** The connection is back: what has no answer goes out again, under its old id, so that it is done once. */
  resume() {
    if (this.#underWay) this.#send(this.#underWay);
    else this.#pump();
  }

  get current() {
    return this.#underWay?.segmentId ?? null;
  }

  #pump() {
    if (this.#underWay || !this.#waiting.length) return;
    this.#underWay = this.#waiting.shift();
    // Without a connection it stays under way until `resume`.
    this.#send(this.#underWay);
  }
}
