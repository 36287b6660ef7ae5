// What the page asks of the studio's server.

/** An answer that says why something did not work, in one sentence. */
export class Refusal extends Error {
  constructor(message, status) {
    super(message);
    this.status = status;
  }
}

async function answered(path, options) {
  let answer;
  try {
    answer = await fetch(path, { credentials: "same-origin", cache: "no-store", ...options });
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new Refusal("the studio does not answer", 0);
  }
  if (!answer.ok) {
    const said = await answer.text();
    let reason = said;
    try {
      reason = JSON.parse(said).error ?? said;
    } catch {
      // plain text is what it is
    }
    throw new Refusal(reason, answer.status);
  }
  return answer;
}

export async function ask(path, options = {}) {
  return (await answered(path, options)).json();
}

export async function tell(path, body = {}, method = "POST") {
  const answer = await answered(path, {
    method,
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(body),
  });
  return answer.json();
}

/** Send a file or other bytes; returns the whole answer. */
export function send(path, bytes, type = "application/octet-stream", options = {}) {
  return answered(path, { method: "POST", headers: { "Content-Type": type }, body: bytes, ...options });
}

/** Fetch a picture; returns its bitmap and what the answer's headers tell of it. */
export async function picture(path, options = {}) {
  const answer = await answered(path, options);
  const bitmap = await createImageBitmap(await answer.blob());
  return { bitmap, headers: answer.headers };
}

/** Why the server refuses a path that a media element could not play; null where it does not. */
export async function refusalOf(path) {
  const aborter = new AbortController();
  try {
    await answered(path, { signal: aborter.signal });
    return null;
  } catch (error) {
    return error;
  } finally {
    aborter.abort();
  }
}

/** An address with its parameters; those that are null or undefined are left out. */
export function address(path, parameters = {}) {
  const given = Object.entries(parameters).filter(([, value]) => value !== null && value !== undefined);
  const query = new URLSearchParams(given.map(([name, value]) => [name, String(value)])).toString();
  return query ? `${path}?${query}` : path;
}

/** Names this window, so that it knows its own changes among those that all are told of. */
export const windowName = crypto.randomUUID?.() ?? String(Math.random()).slice(2);
