// Checks 12, 13 and 16: timestamps, and what time they prove.

const { TEST_POLICY, STAMP_KEYS } = TABLES;
const [TEST_ZH, TEST_EN] = ['测试时间戳，不能证明时间', 'test timestamp, worth nothing as evidence of time'];
const [EARLY, LATE, TOO_LATE] = [5n * MINUTE, 15n * MINUTE, 7n * DAY];

// One timestamp whose signature and chain hold.
class Stamp {
  constructor(one, label, token, chain) {
    const root = chain.at(-1);
    Object.assign(this, { label, token, chain, root });
    this.unlisted = chain.slice(0, -1).map((each) => each.name);
    this.trusted = one.trust !== null && one.trust.roots.has(root.sha256);
    this.test = token.policy === TEST_POLICY || (this.trusted && one.trust.roots.get(root.sha256)[1]);
  }

  // What the token says, in Chinese and English.
  describe() {
    const [when, who, { sha256 }] = [showTime(this.token.genTime), this.token.signer.name, this.root];
    const zh = `${this.label}：${when}，签发者 ${who}，根证书 SHA-256 ${sha256}`;
    return [zh, `${this.label}: ${when}, by ${who}, root SHA-256 ${sha256}`];
  }
}

// Check one timestamp response over `stamped`. Roots found in the package help to build the chain; they are never a
// reason to believe.
async function judgeToken(one, label, response, stamped, packaged) {
  const token = new Token(response);
  const anchors = one.trust !== null ? new Set(one.trust.roots.keys()) : new Set(packaged.map((each) => each.sha256));
  if (!same(token.imprint[1], digest(token.imprint[0], stamped))) {
    throw new Problem('时间戳不是给本包的', 'the timestamp is about other bytes');
  }
  const chain = await token.chain(packaged, anchors);
  if (chain === null) {
    throw new Problem(
      '证书链不通向可信的根证书（可能是自制的时间戳机构）',
      'its chain does not lead to a trusted root (a self-made authority?)',
    );
  }
  return new Stamp(one, label, token, chain);
}

// The request and the two PEM files beside a token agree with it.
async function checkCompanions(one, stem, { token, root }, roots) {
  const base = 'seal/tsa/' + stem;
  const query = new Query(await one.small(base + '.tsq'));
  const imprint = query.imprint[0] === token.imprint[0] && same(query.imprint[1], token.imprint[1]);
  const policy = (query.policy || token.policy) === token.policy;
  if (!imprint || query.nonce !== token.nonce || !policy || !query.wantsCertificate) {
    throw new Problem('请求与回应不符（摘要、随机数或策略）', 'request and response differ (imprint, nonce or policy)');
  }
  if (!same(await one.small(base + '-chain.pem'), writeCertificates(token.certificates))) {
    throw new Problem('-chain.pem 与时间戳内的证书不符', '-chain.pem is not what the token carries');
  }
  if (!roots.length || !same(await one.small(base + '-roots.pem'), writeCertificates(roots))) {
    throw new Problem('-roots.pem 含证书以外的内容', '-roots.pem holds something besides certificates');
  }
  if (!roots.some((each) => each.sha256 === root.sha256)) {
    throw new Problem('-roots.pem 不含这个时间戳的根证书', '-roots.pem lacks the root of this timestamp');
  }
}

async function judgeGroup(one, stem) {
  const base = 'seal/tsa/' + stem;
  const roots = readCertificates(await one.small(base + '-roots.pem'));
  const response = await one.small(base + '.tsr', MAX_TOKEN);
  const stamp = await judgeToken(one, stem, response, await one.small('seal.sha256'), roots);
  await checkCompanions(one, stem, stamp, roots);
  if (one.source.sizes.has(base + '.crl')) {
    const lists = readLists(await one.small(base + '.crl', MAX_LISTS));
    stamp.unlisted = await checkRevocation(stamp.chain, lists, stamp.token.genTime);
  }
  return stamp;
}

function tellLists(one, { label, chain, unlisted, test }) {
  if (test) return; // worth nothing, revoked or not
  const names = unlisted.join('; ');
  if (names) {
    one.warn(
      12,
      `${label}：没有随附当时有效的吊销清单，未核对是否已吊销：${names}`,
      `${label}: no current revocation list is here, so revocation was not checked: ${names}`,
    );
  } else if (chain.length > 1) {
    one.passed(12, `${label}：吊销清单中没有其证书`, `${label}: its certificates are not revoked`);
  }
}

// The nonce index.json states in lower-case hex, null for "".
function readNonce(text) {
  if (!/^[0-9a-f]{0,64}$/.test(text)) throw new Problem('index.json 的随机数写法不合规', 'bad nonce in index.json');
  return text ? BigInt('0x' + text) : null;
}

// The table of contents lists the stamps that are there, and says what the tokens say.
async function checkIndex(one, stems, stamps) {
  const top = new Shape(parseCanonical(await one.small('seal/tsa/index.json')), 'index.json', ['schema', 'stamps']);
  const lines = new Map();
  for (const value of top.array('stamps', 99)) {
    const each = new Shape(value, 'stamp', STAMP_KEYS);
    const key = `${String(each.number('n', 1, 99)).padStart(2, '0')}-${each.text('name')}`;
    const texts = ['gen_time', 'policy', 'serial', 'stamped'].map((name) => each.text(name));
    lines.set(key, [...texts, each.flag('test'), readNonce(each.text('nonce'))]);
  }
  if (sorted(lines.keys()).join('\n') !== stems.join('\n')) {
    throw new Problem('index.json 与现有时间戳文件不一致', 'index.json does not list the timestamps that are here');
  }
  for (const { label, token } of stamps) {
    const when = showTime(token.genTime - (token.genTime % SECOND));
    const said = [when, token.policy, String(token.serial), 'seal.sha256', token.policy === TEST_POLICY, token.nonce];
    if (!said.every((value, at) => value === lines.get(label)[at])) {
      throw new Problem(`index.json 与时间戳 ${label} 不符`, `index.json does not match ${label}`);
    }
  }
}

// Checks 12 and 13: judge every timestamp, then say what time is proven.
async function checkTimestamps(one) {
  const inside = [...one.source.sizes.keys()].filter((path) => path === 'seal/tsa/index.json' || stampStem(path));
  const stems = sorted(new Set(inside.map(stampStem).filter(Boolean)));
  const stamps = [];
  for (const stem of stems) {
    try {
      stamps.push(await judgeGroup(one, stem));
      tellStamp(one, 12, stamps.at(-1));
      tellLists(one, stamps.at(-1));
    } catch (problem) {
      if (!(problem instanceof Problem)) throw problem;
      one.fail(12, `${stem}：${problem.zh}`, `${stem}: ${problem.en}`);
    }
  }
  if (inside.length) await one.attempt(12, () => checkIndex(one, stems, stamps));
  one.facts.timestamps = stamps.map((each) => ({
    name: each.label, gen_time: showTime(each.token.genTime), authority: each.token.signer.name,
    root_sha256: each.root.sha256, trusted: each.trusted, test: each.test,
    revocation: !each.unlisted.length,
  }));
  await one.attempt(13, () => concludeTime(one, stamps));
}

function tellStamp(one, number, stamp) {
  const [zh, en] = stamp.describe();
  if (stamp.test) one.warn(number, `${TEST_ZH}。${zh}`, `${TEST_EN}. ${en}`);
  else if (!stamp.trusted) one.warn(number, `签名成立，根证书未经核实。${zh}`, `signature holds, root not checked. ${en}`);
  else one.passed(number, zh, en);
}

// Check 13: enough timestamps, in order with the sealing time, and what they prove together.
async function concludeTime(one, stamps) {
  const { trust } = one;
  const seal = await one.seal();
  const counted = trust !== null ? stamps.filter((each) => each.trusted) : stamps;
  const authorities = new Set(counted.map((each) => each.root.sha256));
  const need = trust === null ? seal.tsaK : trust.minTokens(seal.sealedMicros);
  if (trust !== null && authorities.size < need) {
    const have = authorities.size;
    one.fail(13, `可信时间戳不足：${have} 个，信任文件要求 ${need} 个`, `too few trusted timestamps: ${have} of ${need}`);
  }
  const all = stamps.length >= Math.max(seal.tsaN, 1);
  one.facts.state = !stamps.length ? 'self-timed' : all ? 'complete' : 'stamped';
  if (!counted.length) {
    one.warn(13, `仅为自述时间 ${seal.sealedAt}，没有第三方证明`, `self-timed ${seal.sealedAt}: no third party vouches`);
    return;
  }
  const real = counted.filter((each) => !each.test);
  const times = (real.length ? real : counted).map((each) => each.token.genTime);
  const first = times.reduce((least, time) => (time < least ? time : least));
  const shown = showTime(first);
  checkOrder(one, seal, first, need);
  one.provenTime = first;
  tellTime(one, { seal, stamps, real, first, shown });
}

function checkOrder(one, seal, first, need) {
  const shown = showTime(first);
  if (first < seal.sealedMicros - EARLY) {
    throw new Problem(`时间戳 ${shown} 早于封存时间`, `timestamp ${shown} lies before the sealing time`);
  }
  // A seal that needs no stamp is not worse for a late one.
  if (need && first > seal.sealedMicros + TOO_LATE) {
    throw new Problem(
      `时间戳 ${shown} 晚于自述时间七日以上，自述时间不可信`,
      `timestamp ${shown} is more than 7 days after the stated time, which is not credible`,
    );
  }
  // A seal by a retired key must have been stamped while the key was valid, or it could be back-dated.
  const mine = one.trust === null ? [] : one.trust.sealers.filter((each) => each.key.text === seal.signerVkey);
  if (mine.length && mine.every((each) => each.notAfter !== null && first > each.notAfter + LATE)) {
    throw new Problem('时间戳晚于签名密钥的失效时间', "the timestamp is later than the end of the key's validity");
  }
}

function tellTime(one, { seal, stamps, real, first, shown }) {
  if (!real.length) one.warn(13, `${TEST_ZH}（${shown}）`, `${TEST_EN} (${shown})`);
  else if (one.trust === null) {
    one.warn(13, `如果根证书可信，则至迟 ${shown} 已封存`, `sealed no later than ${shown}, if the root is trusted`);
  } else if (first > seal.sealedMicros + LATE || stamps.length < seal.tsaK) {
    one.warn(
      13,
      `至迟 ${shown} 已封存；更早的自述时间未获证明，或时间戳少于封存时的计划`,
      `sealed no later than ${shown}; the earlier stated time is not proven, or fewer stamps than planned`,
    );
  } else one.passed(13, `至迟 ${shown} 已封存`, `sealed no later than ${shown}`);
}

// Check 16: the optional timestamp over the log's checkpoint.
async function checkCheckpointStamp(one) {
  const path = 'seal/log/checkpoint.tsr';
  if (!one.source.sizes.has(path)) return;
  const roots = [];
  for (const name of one.source.sizes.keys()) {
    if (name.startsWith('seal/tsa/') && name.endsWith('-roots.pem')) roots.push(...readCertificates(await one.small(name)));
  }
  const response = await one.small(path, MAX_TOKEN);
  tellStamp(one, 16, await judgeToken(one, 'checkpoint', response, await one.small('seal/log/checkpoint'), roots));
}
