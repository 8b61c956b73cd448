// One verification in progress: the package, what the reader trusts, and the lines found so far.

const SMALL = 1 << 20;

class Case {
  #seal = null;
  #small = new Map();
  #sums = new Map();

  constructor(source, trust, against, told) {
    Object.assign(this, { source, trust, against, told, rows: [], facts: {}, provenTime: null });
    this.checkpoints = new Map(); // tree size -> root of every checkpoint seen or implied by a proof
    this.grown = new Map(); // tree size -> larger sizes to which a proof shows that the log grew
  }

  add(number, status, zh, en) {
    this.rows.push(new Check(number, status, zh, en));
  }

  passed(number, zh, en) {
    this.add(number, 'PASS', zh, en);
  }

  warn(number, zh, en) {
    this.add(number, 'WARN', zh, en);
  }

  fail(number, zh, en) {
    this.add(number, 'FAIL', zh, en);
  }

  // Run one check; whatever stops it becomes a FAIL line, so that the other checks still run.
  async attempt(number, step) {
    try {
      await step(this);
    } catch (error) {
      if (error instanceof Problem) this.fail(number, error.zh, error.en);
      else if (globalThis.DOMException && error instanceof DOMException) {
        this.fail(number, `读取失败：${error.name}`, `reading failed: ${error.name}`);
      } else {
        // Last line of defence: hostile bytes must end as FAIL, never as a stack trace and never as PASS.
        const kind = error?.name ?? 'Error';
        this.fail(number, `数据无法解析（${kind}）`, `data cannot be parsed (${kind})`);
      }
    }
  }

  // A file of the package outside data/, read once.
  async small(path, limit = SMALL) {
    if (!this.#small.has(path)) this.#small.set(path, await this.source.read(path, limit));
    return this.#small.get(path);
  }

  // The SHA-256 of a file outside data/ without keeping it in memory.
  async sha256(path) {
    if (this.#small.has(path)) return hex(digest('sha256', this.#small.get(path)));
    const running = newHash('sha256');
    for await (const piece of this.source.pieces(path)) running.update(piece);
    return running.hexdigest();
  }

  // A digest list of the package, read once.
  async sums(path) {
    if (!this.#sums.has(path)) this.#sums.set(path, readSums(await this.small(path, MAX_LIST), path));
    return this.#sums.get(path);
  }

  // The seal record; the same refusal each time it cannot be read.
  async seal() {
    if (this.#seal === null) {
      try {
        this.#seal = new SealRecord(await this.small('seal/seal.json'));
      } catch (problem) {
        if (!(problem instanceof Problem)) throw problem;
        this.#seal = problem;
      }
    }
    if (this.#seal instanceof Problem) throw this.#seal;
    return this.#seal;
  }

  // Whether `key` signed a note; a signature that claims to be by `key` and does not hold is an error.
  async signed(note, key) {
    const pairs = note.signedBy(key);
    for (const [message, signature] of pairs) {
      if (!(await verifyEd25519(key.public, signature, message))) {
        throw new Problem(`${key.name} 的签名无效`, `signature by ${key.name} does not verify`);
      }
    }
    return pairs.length > 0;
  }
}
