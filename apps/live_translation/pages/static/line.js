// One socket to the service: gives signs of life, and notices when it is dead without having said so.

const HEARTBEAT_EVERY = 30_000;
const ANSWER_WITHIN = 10_000;
const QUIET_FOR = 20_000;
// What a socket is closed with that is given up for dead: should it be alive after all, this is no goodbye.
const GIVEN_UP = 4_000;

/**
 * Opens at once; `entrance` is what the address asks for. `heard` is told {welcomed(message), message(message),
 * fell(refusal)}: `welcomed` once, when the message of type `welcome` comes; `fell` once, when the line is gone, with
 * the `error` message if the service did not let us in.
 */
export class Line {
  #socket;
  #welcome;
  #heard;
  #isIn = false;
  #beat = 0;
  #deadline = 0;
  #beaten = false;
  #lastHeard = 0;

  constructor(entrance, welcome, heard) {
    const scheme = location.protocol === "https:" ? "wss:" : "ws:";
    this.#socket = new WebSocket(`${scheme}//${location.host}/ws?${new URLSearchParams(entrance)}`);
    this.#welcome = welcome;
    this.#heard = heard;
    this.#socket.onmessage = (event) => this.#hear(JSON.parse(event.data));
    this.#socket.onclose = () => this.#fell(null);
    this.#expectAnswer();
  }

  /** Bytes that have been sent but are still in this browser. */
  get waiting() {
    return this.#socket.bufferedAmount;
  }

  send(message) {
    this.#socket.send(JSON.stringify(message));
  }

  /** Asks for a sign of life if there has been none for a while: after a sleep, that is the only way to know. */
  probe() {
    if (this.#isIn && !this.#deadline && Date.now() - this.#lastHeard > QUIET_FOR) this.#giveSign();
  }

  /** Lets go without a word to the page. */
  drop(code = 1_000) {
    clearInterval(this.#beat);
    this.#answered();
    this.#socket.onmessage = this.#socket.onclose = null;
    this.#socket.close(code);
  }

  #hear(message) {
    const asked = this.#beaten;
    this.#answered();
    this.#lastHeard = Date.now();
    if (message.type === "heartbeatAck") return;
    // A beat too many is refused; it was an answer all the same, and nothing a person should read.
    if (asked && message.code === "RATE_LIMIT_EXCEEDED") return;
    if (!this.#isIn && message.type === "error") this.#fell(message);
    else if (!this.#isIn && message.type === this.#welcome) this.#enter(message);
    else this.#heard.message(message);
  }

  #enter(message) {
    this.#isIn = true;
    this.#beat = setInterval(() => this.#giveSign(), HEARTBEAT_EVERY);
    this.#heard.welcomed(message);
  }

  #giveSign() {
    this.send({ action: "heartbeat" });
    this.#beaten = true;
    this.#expectAnswer();
  }

  // A connection can be dead without a word (a train in a tunnel): silence after a question is the only sign.
  #expectAnswer() {
    clearTimeout(this.#deadline);
    this.#deadline = setTimeout(() => this.#fell(null, GIVEN_UP), ANSWER_WITHIN);
  }

  #answered() {
    clearTimeout(this.#deadline);
    this.#deadline = 0;
    this.#beaten = false;
  }

  #fell(refusal, code) {
    this.drop(code);
    this.#heard.fell(refusal);
  }
}
