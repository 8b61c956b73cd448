// Runs the numbered checks over one package, in the order of verify.py. Check 22 needs a second engine: library only.

const CHECKS = [
  [1, checkTrust],
  [2, checkStructure],
  [3, checkDeclaration],
  [4, checkSealLists],
  [5, checkRecord],
  [8, checkPayload],
  [9, checkWebArchive],
  [10, checkSignature],
  [11, checkSigner],
  [12, checkTimestamps],
  [14, checkLog],
  [15, checkHead],
  [16, checkCheckpointStamp],
  [23, checkStart],
  [17, checkCustody],
  [19, checkTagFiles],
  [20, checkForeign],
  [21, checkAgainst],
];
const MOST_EXTRA = 1 << 20;

async function readExtra(file, zh, en) {
  if (file.size > MOST_EXTRA) throw new Unusable(`${zh}过大`, `the ${en} is too large`);
  try {
    return new Uint8Array(await file.arrayBuffer());
  } catch (error) {
    throw new Unusable(`无法读取${zh}：${error.name}`, `cannot read the ${en}: ${error.name}`);
  }
}

async function readTrust(file) {
  const data = await readExtra(file, '信任文件', 'trust file');
  try {
    return new TrustFile(data);
  } catch (problem) {
    if (!(problem instanceof Problem)) throw problem;
    throw new Unusable(
      `信任文件不能使用（${problem.zh}）。请向出具方另行索取 trust.json`,
      `the trust file cannot be used (${problem.en}). Ask the issuer for trust.json`,
    );
  }
}

// Verify a package and report everything that is wrong with it.
//   given    a ZIP (File or Blob), or a folder as [path below it, File] pairs
//   trust    trust.json, or null: without it the verdict is never PASS
//   against  a witnessed checkpoint or an add-checkpoint body, or null
//   told     {check(number), file(path, size), bytes(count)}: hears of progress, or null
// Throws Unusable when trust or against cannot be read.
async function runChecks(given, trust = null, against = null, told = null) {
  const believed = trust === null ? null : await readTrust(trust);
  const head = against === null ? null : await readExtra(against, '检查点', 'checkpoint');
  signatures.tally = { browser: 0, own: 0 };
  let source;
  try {
    source = await openSource(given);
  } catch (problem) {
    if (problem instanceof Problem) return new Report([new Check(2, 'FAIL', problem.zh, problem.en)], believed !== null, {});
    const name = problem?.name ?? 'Error';
    throw new Unusable(`无法读取：${name}。文件可能已移动或正被占用`, `cannot read: ${name}. Was the file moved, or is it in use?`);
  }
  const one = new Case(source, believed, head, told);
  for (const [number, check] of CHECKS) {
    await told?.check(number);
    await one.attempt(number, check);
  }
  const rows = one.rows.map((row, at) => [row, at]).sort(([a, m], [b, n]) => a.number - b.number || m - n);
  return new Report(rows.map(([row]) => row), believed !== null, one.facts);
}
