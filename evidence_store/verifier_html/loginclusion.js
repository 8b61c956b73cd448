// Checks 14, 15 and 21: the seal is in the log, the log signed its head, and the head fits the one a witness saw.

const [LEAF_FILE, PROOF_FILE, CHECKPOINT_FILE] = TABLES.LOG_FILES;
const forked = () => new Problem('同一长度的两个日志根不同（日志分叉）', 'two roots for one size: the log has forked');

// Note a root of a size; two roots of one size are a fork.
function noteHead(one, size, root) {
  if (!one.checkpoints.has(size)) one.checkpoints.set(size, root);
  if (!same(one.checkpoints.get(size), root)) throw forked();
}

function noteGrowth(one, old, size) {
  if (!one.grown.has(old)) one.grown.set(old, new Set());
  one.grown.get(old).add(size);
}

// Check that a leaf is in the tree of a proof's checkpoint; return that checkpoint.
function checkIncluded(one, leaf, proof) {
  const checkpoint = new Checkpoint(proof.checkpointBytes);
  const root = inclusionRoot(leafHash(leaf), proof.index, checkpoint.size, proof.hashes);
  if (root === null || !same(root, checkpoint.root)) throw new Problem('日志收录证明不成立', 'the inclusion proof does not hold');
  const before = earlierRoot(proof.index, checkpoint.size, proof.hashes);
  noteHead(one, checkpoint.size, checkpoint.root);
  if (before !== null) {
    noteHead(one, proof.index, before);
    noteGrowth(one, proof.index, checkpoint.size);
  }
  return checkpoint;
}

// Whether a key of the trusted log signed a checkpoint; each signature by such a key must hold.
async function logSignatureHolds(one, checkpoint) {
  let found = false;
  for (const key of one.trust?.logKeys ?? []) {
    if (!one.trust.maySign(key, checkpoint.size)) continue;
    if (key.name === checkpoint.origin && (await one.signed(checkpoint.note, key))) found = true;
  }
  return found;
}

async function notLogged(one) {
  const named = (await one.seal()).logOrigin;
  if (named !== null && one.trust?.logKeys.length) {
    throw new Problem(`封存时指明日志 ${named}，但包内没有收录证明`, `sealed for log ${named}, but no proof is here`);
  }
  one.warn(14, '没有日志收录证明', 'no proof of inclusion in a log');
}

// Check 14: the leaf is this seal's and the proof leads to the checkpoint.
async function checkLog(one) {
  if (!TABLES.LOG_FILES.some((path) => one.source.sizes.has(path))) {
    await notLogged(one);
    return;
  }
  const seal = await one.seal();
  const expected = new Map(Object.entries({
    at: seal.sealedAt, h256: hex(digest('sha256', await one.small('seal.sha256'))),
    hsm3: hex(digest('sm3', await one.small('seal.sm3'))), ref: seal.sealId, t: 'seal', v: 1,
  }));
  const leaf = await one.small(LEAF_FILE, 4096);
  if (!same(leaf, canonicalJson(expected))) throw new Problem('日志条目不是本包的', 'the log entry is not about this package');
  const proof = new InclusionFile(await one.small(PROOF_FILE));
  if (!same(proof.checkpointBytes, await one.small(CHECKPOINT_FILE))) {
    throw new Problem('checkpoint 与证明内的不同', 'checkpoint differs from the one in the proof');
  }
  const head = checkIncluded(one, leaf, proof);
  const [size, index] = [Number(head.size), Number(proof.index)];
  one.facts.checkpoint = { origin: head.origin, size, root: hex(head.root), index };
  one.passed(14, `第 ${proof.index} 条，共 ${head.size} 条`, `entry ${proof.index} of ${head.size}`);
}

// Check 15: the trusted log signed the checkpoint, and enough witnesses cosigned it.
async function checkHead(one) {
  if (!one.source.sizes.has(CHECKPOINT_FILE)) return;
  const head = new Checkpoint(await one.small(CHECKPOINT_FILE));
  const { logOrigin } = await one.seal();
  if (logOrigin !== null && logOrigin !== head.origin) {
    throw new Problem('日志名称与封存记录不符', 'the log is not the one named in the record');
  }
  if (one.trust === null) {
    one.warn(15, `日志 ${head.origin} 的签名未经核实`, `signature of log ${head.origin} not checked`);
    return;
  }
  if (!one.trust.logKeys.length) {
    one.warn(15, '信任文件没有列出日志公钥', 'the trust file lists no log key');
    return;
  }
  if (!(await logSignatureHolds(one, head))) {
    throw new Problem('检查点没有可信日志密钥的签名', 'no trusted log key signed the checkpoint');
  }
  let seen = 0;
  for (const key of one.trust.witnesses) if (await one.signed(head.note, key)) seen += 1;
  const { quorum } = one.trust;
  if (seen < quorum) throw new Problem(`见证不足：${seen}，要求 ${quorum}`, `too few witnesses: ${seen} of ${quorum}`);
  one.passed(15, `${head.origin} 已签名，见证 ${seen} 个`, `signed by ${head.origin}, ${seen} witnesses`);
}

// Check 21: a head somebody saw elsewhere and the heads of this package belong to one log that only grew.
async function checkAgainst(one) {
  if (one.against === null) return;
  const mine = new Checkpoint(await one.small(CHECKPOINT_FILE));
  const growth = same(one.against.subarray(0, 4), utf8('old ')) ? new GrowthFile(one.against) : null;
  const theirs = new Checkpoint(growth ? growth.checkpointBytes : one.against);
  if (theirs.origin !== mine.origin) {
    throw new Problem('外部检查点属于另一个日志', 'the witnessed head belongs to another log');
  }
  const checked = Boolean(one.trust?.logKeys.length);
  if (checked && !(await logSignatureHolds(one, theirs))) {
    throw new Problem('外部检查点没有可信日志密钥的签名', 'no trusted log key signed the witnessed head');
  }
  noteHead(one, mine.size, mine.root);
  meet(one, theirs, growth, mine.size);
  tellMeeting(one, mine.size, theirs.size, checked);
}

// Find the witnessed head among the heads this package proves, or reach it by the growth proof beside it.
function meet(one, theirs, growth, mine) {
  const known = one.checkpoints.get(theirs.size);
  if (known && !same(known, theirs.root)) {
    throw new Problem('长度相同而根不同：日志被改写或分叉', 'same size, another root: the log was rewritten or forked');
  }
  if (growth && one.checkpoints.has(growth.oldSize)) {
    const old = { size: growth.oldSize, root: one.checkpoints.get(growth.oldSize) };
    if (!growthHolds(old, theirs, growth.hashes)) {
      throw new Problem('增长证明不成立：日志被改写、删减或分叉', 'growth proof fails: the log was rewritten, cut or forked');
    }
    noteGrowth(one, growth.oldSize, theirs.size);
  } else if (!known) {
    throw new Problem(
      `长度不同（${mine} 与 ${theirs.size}）且没有增长证明：既未证实也未否定；请向日志索取从 ${mine} 起的证明`,
      `sizes differ (${mine}, ${theirs.size}) and no growth proof: neither shown nor refuted; ask the log for one from ${mine}`,
    );
  }
}

// Whether the proofs at hand show, step by step, that the log grew from one size to the other.
function leads(one, old, young) {
  const reached = new Set([old]);
  for (const size of reached) for (const next of one.grown.get(size) ?? []) reached.add(next);
  return reached.has(young);
}

// Say exactly what the comparison shows.
function tellMeeting(one, mine, theirs, checked) {
  let shown = true;
  let zh = `与本包收录时的检查点相同（长度 ${mine}）`;
  let en = `the very head this package was logged under (size ${mine})`;
  if (mine !== theirs && leads(one, mine, theirs)) {
    zh = `本包收录（长度 ${mine}）之后，日志到外部检查点（长度 ${theirs}）为止只增不改`;
    en = `from this package's head (size ${mine}) to the witnessed one (size ${theirs}) the log only grew`;
  } else if (mine !== theirs && leads(one, theirs, mine)) {
    zh = `外部检查点（长度 ${theirs}）较早，到本包收录（长度 ${mine}）为止日志只增不改`;
    en = `the witnessed head (size ${theirs}) is older; up to this package's (size ${mine}) the log only grew`;
  } else if (mine !== theirs) {
    shown = false;
    zh = `与包内证明中长度 ${theirs} 的日志相同；它与本包收录时（长度 ${mine}）是否相连，包内证明不足以说明`;
    en = `agrees with a proof in here at size ${theirs}; whether it joins this package's head (${mine}) is not shown`;
  }
  const more = checked ? ['', ''] : ['；该检查点的签名未经核实', '; the signature of that head was not checked'];
  one.add(21, shown && checked ? 'PASS' : 'WARN', zh + more[0], en + more[1]);
}
