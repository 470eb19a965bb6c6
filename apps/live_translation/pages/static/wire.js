// One connection to the service: opens it, keeps it alive, notices when it is gone and comes back where that makes sense.

const HEARTBEAT_EVERY = 30_000;
const ANSWER_WITHIN = 10_000;
const FIRST_WAIT = 500;
const LONGEST_WAIT = 15_000;
const WORTH_RETRYING = new Set(["RATE_LIMIT_EXCEEDED", "SERVICE_UNAVAILABLE", "INTERNAL_ERROR"]);

/**
 * `parameters()` gives the query of each attempt, `welcome` is the type of the message that means "you are in".
 * `onState(state, detail)` hears: connecting, open, waiting ({seconds}), refused ({error}), lost, closed.
 * Only a connection that has been open comes back, and only with `comesBack`; anything else is left to the person.
 */
export class Wire {
  #options;
  #socket = null;
  #state = "closed";
  #hasBeenOpen = false;
  #finished = false;
  #attempts = 0;
  #refusal = null;
  #beat = 0;
  #deadline = 0;
  #retry = 0;

  constructor(options) {
    this.#options = options;
    window.addEventListener("online", this.#cameOnline);
  }

  get isOpen() {
    return this.#state === "open";
  }

  open() {
    const scheme = location.protocol === "https:" ? "wss:" : "ws:";
    const query = new URLSearchParams(this.#options.parameters());
    const socket = new WebSocket(`${scheme}//${location.host}/ws?${query}`);
    this.#socket = socket;
    this.#refusal = null;
    this.#become("connecting");
    this.#expectAnswer();
    socket.onmessage = (event) => this.#hear(JSON.parse(event.data));
    socket.onclose = (event) => socket === this.#socket && this.#fell(event.code);
  }

  /** Sends a message; false if there is no open connection to send it on. */
  send(message) {
    if (!this.isOpen) return false;
    this.#socket.send(JSON.stringify(message));
    return true;
  }

  /** Ends for good: nothing is heard and nothing comes back after this. */
  close() {
    this.#finish("closed");
  }

  #hear(message) {
    clearTimeout(this.#deadline);
    if (message.type === "heartbeatAck") return;
    if (message.type === this.#options.welcome) this.#welcomed();
    if (message.type === "error" && !this.isOpen) {
      this.#refusal = message;
      return;
    }
    this.#options.onMessage(message);
    if (message.type === "sessionEnded") this.#finish("closed");
  }

  #welcomed() {
    this.#attempts = 0;
    this.#hasBeenOpen = true;
    this.#beat = setInterval(() => this.send({ action: "heartbeat" }) && this.#expectAnswer(), HEARTBEAT_EVERY);
    this.#become("open");
  }

  // A connection can be dead without a word (a train in a tunnel): silence after a question is the only sign.
  #expectAnswer() {
    clearTimeout(this.#deadline);
    this.#deadline = setTimeout(() => this.#fell(), ANSWER_WITHIN);
  }

  #fell() {
    this.#drop();
    const refusal = this.#refusal;
    const mayRetry = this.#options.comesBack && this.#hasBeenOpen;
    if (refusal && !(mayRetry && WORTH_RETRYING.has(refusal.code))) return this.#finish("refused", { error: refusal });
    if (!mayRetry) return this.#finish("lost");
    const asked = 1000 * (refusal?.details?.retryAfter ?? 0);
    const wait = Math.max(asked, Math.min(LONGEST_WAIT, FIRST_WAIT * 2 ** this.#attempts) * (0.75 + Math.random() / 2));
    this.#attempts += 1;
    this.#retry = setTimeout(() => this.open(), wait);
    this.#become("waiting", { seconds: Math.ceil(wait / 1000) });
  }

  // A field, not a method: the listener has to be the same function when it is taken away again.
  #cameOnline = () => {
    if (this.#state !== "waiting") return;
    clearTimeout(this.#retry);
    this.open();
  };

  #finish(state, detail) {
    if (this.#finished) return;
    this.#finished = true;
    this.#drop();
    window.removeEventListener("online", this.#cameOnline);
    this.#become(state, detail);
  }

  #drop() {
    clearInterval(this.#beat);
    clearTimeout(this.#deadline);
    clearTimeout(this.#retry);
    const socket = this.#socket;
    this.#socket = null;
    if (socket) {
      socket.onmessage = null;
      socket.close();
    }
  }

  #become(state, detail = {}) {
    this.#state = state;
    this.#options.onState(state, detail);
  }
}
