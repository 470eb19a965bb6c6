// The order in which sound is played: by number, each piece once, and never more than ten seconds waiting.

export const LONGEST_SECONDS = 10;

/** Pieces are {sequenceNumber, chunkIndex, seconds, ...}; `next()` gives them in order, oldest first. */
export class SoundQueue {
  #waiting = [];
  #last = null;
  #seconds = 0;
  dropped = 0;

  /** Seconds of sound that wait. */
  get seconds() {
    return this.#seconds;
  }

  /** Takes a piece in; false for one that has been here, or whose turn is over. */
  push(piece) {
    if (this.#last && order(piece, this.#last) <= 0) return false;
    let place = this.#waiting.length;
    while (place > 0 && order(this.#waiting[place - 1], piece) > 0) place -= 1;
    if (place > 0 && order(this.#waiting[place - 1], piece) === 0) return false;
    this.#waiting.splice(place, 0, piece);
    this.#seconds += piece.seconds;
    while (this.#seconds > LONGEST_SECONDS && this.#waiting.length > 1) {
      this.next();
      this.dropped += 1;
    }
    return true;
  }

  next() {
    const piece = this.#waiting.shift();
    if (!piece) return null;
    this.#seconds = this.#waiting.length ? this.#seconds - piece.seconds : 0;
    this.#last = piece;
    return piece;
  }

  /** Forgets all: another language has its own numbers. */
  clear() {
    this.#waiting = [];
    this.#last = null;
    this.#seconds = 0;
  }
}

function order(one, other) {
  return one.sequenceNumber - other.sequenceNumber || one.chunkIndex - other.chunkIndex;
}
