// The connection to the service as a person knows it: it comes back when it breaks, and changes sockets when asked to.

import { Line } from "./line.js";

const FIRST_WAIT = 500;
const LONGEST_WAIT = 15_000;
const REFRESH_FIRST_WAIT = 30_000;
const REFRESH_LONGEST_WAIT = 300_000;
const REFRESH_TRIES = 5;
const OLD_SOCKET_STAYS = 2_000;
const WORTH_RETRYING = new Set(["RATE_LIMIT_EXCEEDED", "SERVICE_UNAVAILABLE", "INTERNAL_ERROR"]);

/**
 * `enter` and `comeBack` give {entrance, welcome}: what the address asks for and the type of the message that means "you
 * are in". `comeBack` is how a broken connection returns, `refresh` how a new socket takes over from an open one, given
 * the `connectionRefreshRequired` message; both may be promises.
 * `onState(state, detail)` hears: connecting, open, waiting ({seconds}), refused ({error}), lost, closed.
 * Only a connection that has been open comes back; before, it is left to the person.
 */
export class Wire {
  #options;
  #line = null;
  #next = null;
  #state = "closed";
  #hasBeenOpen = false;
  #finished = false;
  #attempts = 0;
  #retry = 0;
  #refreshing = 0;

  constructor(options) {
    this.#options = options;
    window.addEventListener("online", this.#lookAgain);
    document.addEventListener("visibilitychange", this.#lookAgain);
  }

  get isOpen() {
    return this.#state === "open";
  }

  /** Bytes that have been sent but have not left this browser. */
  get waiting() {
    return this.#line?.waiting ?? 0;
  }

  async open() {
    this.#become("connecting");
    const way = await this.#wayOf(this.#hasBeenOpen ? this.#options.comeBack : this.#options.enter);
    if (this.#finished) return;
    if (!way) {
      this.#fell(null);
      return;
    }
    const line = new Line(way.entrance, way.welcome, {
      welcomed: (message) => this.#welcomed(message),
      message: (message) => this.#hear(message, line),
      fell: (refusal) => line === this.#line && this.#fell(refusal),
    });
    this.#line = line;
  }

  /** Sends a message; false if there is no open connection to send it on. */
  send(message) {
    if (!this.isOpen) return false;
    this.#line.send(message);
    return true;
  }

  /** Ends for good: nothing is heard and nothing comes back after this. */
  close() {
    this.#finish("closed");
  }

  // A way that needs a fresh token has to ask the service for it, and that may fail as a connection may.
  async #wayOf(asked, notice) {
    try {
      return await asked(notice);
    } catch {
      return null;
    }
  }

  #welcomed(message) {
    this.#attempts = 0;
    this.#hasBeenOpen = true;
    this.#become("open");
    this.#options.onMessage(message);
  }

  #hear(message, line) {
    // What was on its way over the old socket still counts; only the end of that socket does not.
    const isOld = line !== this.#line;
    if (message.type === "connectionRefreshRequired") {
      if (!isOld && !this.#next && !this.#refreshing) this.#renew(message, 0);
    } else if (message.type === "sessionEnded") {
      if (isOld) return;
      this.#options.onMessage(message);
      this.#finish("closed");
    } else this.#options.onMessage(message);
  }

  // The old socket stays until the new one has taken over, so nothing is missed between them.
  async #renew(notice, tries) {
    this.#refreshing = 0;
    const way = await this.#wayOf(this.#options.refresh, notice);
    if (!this.isOpen) return;
    if (!way) {
      this.#renewLater(notice, tries + 1);
      return;
    }
    const line = new Line(way.entrance, way.welcome, {
      welcomed: (message) => this.#changeTo(line, message),
      message: (message) => this.#hear(message, line),
      fell: () => (line === this.#line ? this.#fell(null) : this.#renewLater(notice, tries + 1)),
    });
    this.#next = line;
  }

  #renewLater(notice, tries) {
    this.#next = null;
    if (tries >= REFRESH_TRIES || !this.isOpen) return;
    const wait = Math.min(REFRESH_LONGEST_WAIT, REFRESH_FIRST_WAIT * 2 ** (tries - 1));
    this.#refreshing = setTimeout(() => this.#renew(notice, tries), wait);
  }

  #changeTo(line, message) {
    const old = this.#line;
    setTimeout(() => old.drop(), OLD_SOCKET_STAYS);
    this.#line = line;
    this.#next = null;
    this.#options.onMessage(message);
  }

  #fell(refusal) {
    this.#drop();
    if (refusal && !(this.#hasBeenOpen && WORTH_RETRYING.has(refusal.code))) {
      return this.#finish("refused", { error: refusal });
    }
    if (!this.#hasBeenOpen || !this.#options.comeBack) return this.#finish("lost");
    const asked = 1000 * (refusal?.details?.retryAfter ?? 0);
    // Half of the wait is by chance: five hundred who lost one server together do not come back together.
    const wait = asked + Math.min(LONGEST_WAIT, FIRST_WAIT * 2 ** this.#attempts) * (0.5 + Math.random());
    this.#attempts += 1;
    this.#retry = setTimeout(() => this.open(), wait);
    return this.#become("waiting", { seconds: Math.ceil(wait / 1000) });
  }

  // A field, not a method: the listener has to be the same function when it is taken away again.
  #lookAgain = ({ type }) => {
    if (type !== "online" && document.visibilityState !== "visible") return;
    if (this.#state === "waiting") {
      clearTimeout(this.#retry);
      this.open();
    } else if (this.isOpen) this.#line.probe();
  };

  #finish(state, detail) {
    if (this.#finished) return;
    this.#finished = true;
    this.#drop();
    window.removeEventListener("online", this.#lookAgain);
    document.removeEventListener("visibilitychange", this.#lookAgain);
    this.#become(state, detail);
  }

  #drop() {
    clearTimeout(this.#retry);
    clearTimeout(this.#refreshing);
    this.#refreshing = 0;
    this.#line?.drop();
    this.#next?.drop();
    this.#line = this.#next = null;
  }

  #become(state, detail = {}) {
    this.#state = state;
    this.#options.onState(state, detail);
  }
}
