// Calls of the API: who is signed in, versions, keys that make a repeated creation harmless, and problems as errors.

let csrf = "";

export class Problem extends Error {
  constructor(status, said) {
    super(said.detail ?? `The service answered ${status}.`);
    this.status = status;
    this.code = said.code ?? "";
    this.errors = said.errors ?? [];
    this.said = said;
  }
}

/** Asks for something; gives what was answered. `etag` names the version that a change is meant for. */
export async function call(method, path, body, options) {
  const answer = await send(method, path, body, options);
  return answer.status === 204 ? null : answer.json();
}

/** Asks for something that is answered line by line. */
export async function* lines(path, body) {
  const answer = await send("POST", path, body);
  const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  for (;;) {
    const { value, done } = await reader.read();
    if (done) return;
    const whole = (rest + value).split("\n");
    rest = whole.pop();
    for (const line of whole) yield JSON.parse(line);
  }
}

async function send(method, path, body, { etag, key } = {}) {
  const headers = { accept: "application/json" };
  if (method !== "GET") headers["x-csrf-token"] = csrf;
  if (body !== undefined) headers["content-type"] = "application/json";
  if (etag) headers["if-match"] = etag;
  if (key) headers["idempotency-key"] = key;
  let answer;
  try {
    answer = await fetch(`/api/${path}`, { method, headers, body: body === undefined ? undefined : JSON.stringify(body) });
  } catch {
    throw new Problem(0, { code: "unreachable", detail: "The service does not answer. Nothing was lost; try again." });
  }
  if (!answer.ok) {
    const said = await answer.json().catch(() => ({}));
    if (said.code === "signed-out" && location.pathname !== "/sign-in") location.assign("/sign-in");
    throw new Problem(answer.status, said);
  }
  return answer;
}

export const get = (path) => call("GET", path);
export const at = (...parts) => parts.map(encodeURIComponent).join("/");

/** Creates something, once, however often the button is pressed until it has worked. */
export function creator(path) {
  let key = newKey();
  return async (body) => {
    const made = await call("POST", path, body, { key });
    key = newKey();
    return made;
  };
}

function newKey() {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** Who is signed in; throws a `Problem` with what the door needs if nobody is. */
export async function session() {
  const found = await call("GET", "session");
  csrf = found.csrf;
  return found;
}
