// The speaker's token: asked for where the service gives tokens, with a passcode where it wants one.

const EARLY = 60_000;

export class PasscodeWanted extends Error {}

export class SignIn {
  #token = null;
  #until = 0;
  #passcode = "";

  set passcode(passcode) {
    this.#passcode = passcode;
    this.#token = null;
  }

  /** {token} for a connection, {} where the service gives none; throws `PasscodeWanted`. */
  async credentials() {
    if (this.#token && Date.now() < this.#until - EARLY) return { token: this.#token };
    const wish = { name: "Speaker", ...(this.#passcode && { passcode: this.#passcode }) };
    const headers = { "content-type": "application/json" };
    // By the old token, the new one stands for the same person: the session is theirs.
    // A token that is over proves nothing any more, and would be refused.
    if (this.#token && Date.now() < this.#until) headers.authorization = `Bearer ${this.#token}`;
    const answer = await fetch("/auth/token", { method: "POST", headers, body: JSON.stringify(wish) });
    if (answer.status === 404 || answer.status === 405) return {};
    const said = await answer.json().catch(() => ({}));
    if (answer.status === 401) throw new PasscodeWanted(this.#passcode ? "wrong" : "missing");
    if (!answer.ok) throw Object.assign(new Error(said.message), { answer: said });
    this.#token = said.token;
    // Seconds or milliseconds: a time in seconds stays below this for thousands of years.
    this.#until = said.expiresAt < 1e11 ? 1000 * said.expiresAt : said.expiresAt;
    return { token: this.#token };
  }
}
