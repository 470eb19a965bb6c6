// Which captions are new, which have been seen, and how many are missing: by the numbers that the service gives them.

const REMEMBERED = 500;

/** Numbers are counted for each language apart: after a change of language, nothing is missing. */
export class Sequence {
  #languages = new Map();

  /** Takes a number in: {isNew, isLate, missing}; `missing` counts the numbers skipped since the newest before. */
  take(language, number) {
    if (!Number.isInteger(number)) return { isNew: true, isLate: false, missing: 0 };
    const known = this.#languages.get(language) ?? { newest: 0, seen: new Set() };
    this.#languages.set(language, known);
    if (known.seen.has(number)) return { isNew: false, isLate: false, missing: 0 };
    known.seen.add(number);
    if (known.seen.size > REMEMBERED) known.seen.delete(known.seen.values().next().value);
    if (number < known.newest) return { isNew: true, isLate: true, missing: 0 };
    const missing = known.newest ? number - known.newest - 1 : 0;
    known.newest = number;
    return { isNew: true, isLate: false, missing };
  }

  /** Forgets a language that will not be heard for a while: what is said meanwhile is not missed but unwanted. */
  leave(language) {
    this.#languages.delete(language);
  }
}
