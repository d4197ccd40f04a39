// Requests to the application's own API.
import { say } from "./say.js";
import { word } from "./words.js";

const token = document.querySelector("meta[name=csrf]").content;
const wait = (milliseconds) => new Promise((done) => setTimeout(done, milliseconds));

/** Edits made by this page, so that it does not hear of them as news. */
export const made = new Set();

/** The API said no; `message` is its reason. */
export class Refused extends Error {
  constructor(status, message) {
    super(message);
    this.status = status;
  }
}

/** A name that nobody else has; crypto.randomUUID is not there where a page comes by plain http. */
export function newKey() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** What a path of the API answers; raises Refused. */
export async function get(path) {
  return answered(await fetch(`/api/${path}`, { headers: { Accept: "application/json" } }));
}

/** Asks for a change; the same key goes with each try, so that it is made once. */
export async function change(method, path, body = undefined) {
  const form = body instanceof FormData;
  const headers = { "X-CSRFToken": token, "Idempotency-Key": newKey(), Accept: "application/json" };
  if (body !== undefined && !form) headers["Content-Type"] = "application/json";
  const asked = { method, headers, body: form || body === undefined ? body : JSON.stringify(body) };
  for (let tries = 0; ; tries += 1) {
    try {
      const answer = await answered(await fetch(`/api/${path}`, asked));
      if (answer?.edit) made.add(answer.edit);
      return answer;
    } catch (error) {
      if (error instanceof Refused || tries === 3) throw error;
      await wait(400 * 2 ** tries);
    }
  }
}

/** Says why something did not go through. */
export function wrong(error) {
  say(error instanceof Refused ? error.message : word("offline"), true);
}

/** The job's result when it is done; `told` hears of how far it is. Raises Refused with the reason it failed for. */
export async function finished(job, told = () => {}) {
  const name = typeof job === "string" ? job : job.id ?? job.job;
  for (let pause = 250; ; pause = Math.min(2000, pause * 1.4)) {
    const state = await get(`jobs/${name}`);
    if (state.state === "done") return state.result ?? {};
    if (state.state === "failed") throw new Refused(500, state.error);
    told(state);
    await wait(pause);
  }
}

/** The header that makes a request one of this page's own. */
export const csrf = () => ({ "X-CSRFToken": token });

async function answered(response) {
  if (response.status === 401 || response.redirected) location.assign(`/login?next=${encodeURIComponent(location.pathname)}`);
  const text = await response.text();
  let told = null;
  try {
    told = text ? JSON.parse(text) : null;
  } catch {
    told = null;
  }
  if (response.ok) return told;
  const detail = told?.detail;
  throw new Refused(response.status, typeof detail === "string" ? detail : word("refused", { n: response.status }));
}
