// Both digests of a file in one pass, in pieces, so that memory stays the same for any size. Large files are hashed by
// two workers side by side, made from the very functions of this page; where a browser allows none, by the page itself.

const pause = () => new Promise((resolve) => setTimeout(resolve));
const LONG = 8 << 20;
const AHEAD = 6; // pieces under way at a time

// What runs in a worker: null begins a file, bytes are hashed and handed back, true asks for the digest.
function hashAlone(create) {
  let running = null;
  globalThis.onmessage = ({ data }) => {
    if (data === null) running = create();
    else if (data !== true) running.update(data);
    const bytes = data instanceof Uint8Array;
    globalThis.postMessage(data === true ? running.hexdigest() : data, bytes ? [data.buffer] : []);
  };
}

// The buffers a file is read into, over and over: whoever takes one waits until another has come back.
class Buffers {
  #free = Array.from({ length: AHEAD }, () => new ArrayBuffer(PIECE));
  #waiting = [];
  #error = null;

  async take() {
    if (this.#error) throw this.#error;
    return this.#free.pop() ?? new Promise((resolve, reject) => this.#waiting.push({ resolve, reject }));
  }

  give(buffer) {
    if (this.#waiting.length) this.#waiting.shift().resolve(buffer);
    else this.#free.push(buffer);
  }

  fail(error) {
    this.#error = error;
    this.#waiting.splice(0).forEach(({ reject }) => reject(error));
  }
}

function workerSource(kind) {
  const numbers = (name, values) => `const ${name} = Int32Array.from(${JSON.stringify([...values])});`;
  const shared = [RunningHash, wordsOut, Sha256, sha256Block, Sm3, sm3Expand, sm3Compress, hashAlone].map(String);
  return [
    "'use strict';",
    numbers('SHA256_IV', SHA256_IV), numbers('SHA256_K', SHA256_K), numbers('SM3_IV', SM3_IV), numbers('SM3_T', SM3_T),
    `const HEX_PAIRS = ${JSON.stringify(HEX_PAIRS)}; const hex = ${hex}; const unhex = ${unhex}; ${bigToBytes}`,
    ...shared,
    `hashAlone(() => new ${kind}());`,
  ].join('\n');
}

class WorkerError extends Error {}

// A digest running in a worker; every message is answered once.
class HashWorker {
  #worker;
  #waiting = [];

  constructor(kind) {
    const url = URL.createObjectURL(new Blob([workerSource(kind)], { type: 'text/javascript' }));
    this.#worker = new Worker(url);
    this.#worker.onmessage = ({ data }) => this.#waiting.shift().resolve(data);
    this.#worker.onerror = () => this.#waiting.splice(0).forEach(({ reject }) => reject(new WorkerError()));
  }

  // Bytes go over to the worker and come back with the answer: nothing is copied.
  ask(data) {
    const answer = new Promise((resolve, reject) => this.#waiting.push({ resolve, reject }));
    this.#worker.postMessage(data, data instanceof Uint8Array ? [data.buffer] : []);
    return answer;
  }
}

let workers = null; // not tried yet; an empty list where the browser allows none

async function hashWorkers() {
  if (workers === null) {
    try {
      const made = ['Sha256', 'Sm3'].map((kind) => new HashWorker(kind));
      const late = new Promise((_, reject) => setTimeout(() => reject(new WorkerError()), 3000));
      await Promise.race([Promise.all(made.map((one) => one.ask(null))), late]);
      workers = made;
    } catch {
      workers = [];
    }
  }
  return workers;
}

// Read one file once and return its [SHA-256, SM3].
async function hashFile(one, path) {
  const large = one.source.sizes.get(path) > LONG;
  const beside = large ? await hashWorkers() : [];
  try {
    if (beside.length) return await hashBeside(one, path, beside);
  } catch (error) {
    if (!(error instanceof WorkerError)) throw error;
    workers = []; // a worker died: this file and all others by the page itself
  }
  const [sha256, sm3] = [newHash('sha256'), newHash('sm3')];
  let at = 0;
  for await (const piece of one.source.pieces(path)) {
    sha256.update(piece);
    sm3.update(piece);
    at += piece.length;
    await one.told?.bytes(piece.length);
    if (large && at % LONG === 0) await pause(); // the page stays alive meanwhile
  }
  return [sha256.hexdigest(), sm3.hexdigest()];
}

// Each piece goes through the first worker, then through the second, while others follow behind it.
async function hashBeside(one, path, [first, second]) {
  await Promise.all([first.ask(null), second.ask(null)]);
  const buffers = new Buffers();
  let last = null;
  for await (const piece of one.source.pieces(path, buffers)) {
    const { length } = piece;
    last = first.ask(piece).then((back) => second.ask(back)).then((back) => buffers.give(back.buffer));
    last.catch((error) => buffers.fail(error));
    await one.told?.bytes(length);
  }
  await last;
  return Promise.all([first.ask(true), second.ask(true)]);
}
