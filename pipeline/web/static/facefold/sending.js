// Sends files in pieces, three at a time, and goes on where the server says that it stands.
import { Refused, change, csrf } from "./api.js";

const PIECE = 4 * 2 ** 20;
const AT_ONCE = 3;
const MOST = 10000;
const LONGEST = 30000; // milliseconds between two tries

const wait = (milliseconds) => new Promise((done) => setTimeout(done, milliseconds));

/** Announces files, in batches of 10,000 at most, and sends what is missing; `told` hears of what was sent. */
export class Sending {
  constructor(told) {
    this.told = told;
    this.queue = [];
    this.paused = false;
    this.running = 0;
    this.sent = 0;
    this.total = 0;
    this.bytes = 0;
    this.failed = [];
    this.full = ""; // what the server says while its disk has no room; files wait and are tried again
    this.held = new Map(); // batch: its files, as long as the page is open
  }

  /** Adds files that were picked. */
  async add(files) {
    for (let start = 0; start < files.length; start += MOST) {
      const part = files.slice(start, start + MOST);
      const items = part.map(({ name, size, mtime }) => ({ name, size, mtime }));
      const { batch, missing } = await change("POST", "batches", { source: "browser", items });
      this.held.set(batch, part);
      this.put(batch, missing);
    }
    this.told(this);
    this.run();
  }

  /** Sends files of a batch once more; false if the page no longer has them. */
  again(batch, missing) {
    if (!this.held.has(batch)) return false;
    this.put(batch, missing);
    this.told(this);
    this.run();
    return true;
  }

  put(batch, missing) {
    const files = this.held.get(batch);
    for (const { number, offset } of missing) this.queue.push({ ...files[number], batch, number, offset });
    this.total += missing.length;
  }

  /** Whether something is on its way. */
  get busy() {
    return this.running > 0 || this.queue.length > 0;
  }

  /** Stops after the pieces that are on their way, or goes on. */
  pause(paused) {
    this.paused = paused;
    this.run();
  }

  run() {
    while (!this.paused && this.running < AT_ONCE && this.queue.length) this.one(this.queue.shift());
  }

  async one(item) {
    this.running += 1;
    try {
      if (await this.send(item)) this.sent += 1;
      else this.queue.unshift(item);
    } catch (error) {
      this.failed.push({ name: item.name, reason: error.message });
    }
    this.running -= 1;
    this.told(this);
    this.run();
  }

  /** Sends one file; false if it was stopped on the way. Raises Refused where the server does not want it. */
  async send(item) {
    let tries = 0;
    while (item.offset < item.size) {
      if (this.paused) return false;
      const end = Math.min(item.size, item.offset + PIECE);
      try {
        const piece = item.file.slice(item.offset, end);
        item.offset = await put(item, piece, end);
        this.full = "";
        this.bytes += piece.size;
        tries = 0;
      } catch (error) {
        if (error instanceof Refused && error.status < 500 && ![408, 409, 429].includes(error.status)) throw error;
        if (error instanceof DOMException && error.name === "NotReadableError") throw error;
        tries += 1;
        if (error instanceof Refused && error.status === 507) {
          this.full = error.message;
          this.told(this);
        }
        await wait(Math.min(LONGEST, 500 * 2 ** tries) * (0.7 + 0.6 * Math.random()));
        item.offset = (await offset(item)) ?? item.offset;
      }
    }
    return true;
  }
}

const address = (item) => `/api/batches/${item.batch}/items/${item.number}`;

async function put(item, piece, end) {
  const range = `bytes ${item.offset}-${end - 1}/${item.size}`;
  const headers = { ...csrf(), "Content-Type": "application/octet-stream", "Content-Range": range };
  const response = await fetch(address(item), { method: "PUT", headers, body: piece });
  const told = await response.json().catch(() => ({}));
  if (response.ok) return told.state === "waiting" ? told.offset : item.size; // what is settled is not sent on
  throw new Refused(response.status, String(told.detail ?? response.statusText));
}

/** How far the server is with a file; null while it can't be asked. */
async function offset(item) {
  try {
    const response = await fetch(address(item), { method: "HEAD" });
    return response.ok ? Number(response.headers.get("Upload-Offset")) : null;
  } catch {
    return null;
  }
}
