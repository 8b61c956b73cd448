// Both digests of a file in one pass, in pieces, so that memory stays the same for any size. Large files are hashed by
// two workers side by side, made from the very functions of this page; where a browser allows none, by the page itself.

const pause = () => new Promise((resolve) => setTimeout(resolve));
const LONG = 8 << 20;
const AHEAD = 4; // pieces that may wait in a worker

// What runs in a worker: null begins a file, bytes are hashed, true asks for the digest.
function hashAlone(create) {
  let running = null;
  globalThis.onmessage = ({ data }) => {
    if (data === null) running = create();
    else if (data !== true) running.update(data);
    globalThis.postMessage(data === true ? running.hexdigest() : '');
  };
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

  ask(data) {
    const answer = new Promise((resolve, reject) => this.#waiting.push({ resolve, reject }));
    this.#worker.postMessage(data);
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

async function hashBeside(one, path, beside) {
  await Promise.all(beside.map((each) => each.ask(null)));
  const running = [];
  for await (const piece of one.source.pieces(path)) {
    running.push(Promise.all(beside.map((each) => each.ask(piece))));
    if (running.length >= AHEAD) await running.shift();
    await one.told?.bytes(piece.length);
  }
  await Promise.all(running);
  return Promise.all(beside.map((each) => each.ask(true)));
}
