// Checks 1, 10 and 11: who sealed this, and does the reader trust that key.

// Check 1: say which trust file is used, or that there is none.
async function checkTrust(one) {
  if (one.trust === null) {
    one.warn(
      1,
      '未提供信任文件：只能核对内容是否完整，不能核对来源（用 --trust trust.json）',
      'no trust file: contents can be checked, the origin cannot (use --trust trust.json)',
    );
    return;
  }
  const { fingerprint } = one.trust;
  one.facts.trust_fingerprint = fingerprint;
  one.passed(
    1,
    `指纹 ${fingerprint}（请与另行取得的指纹核对）`,
    `fingerprint ${fingerprint} (compare it by another way)`,
  );
}

async function claimedKey(one) {
  const seal = await one.seal();
  const key = new VerifierKey(seal.signerVkey);
  if (key.kind !== ED25519 || key.name !== seal.signerName) {
    throw new Problem('封存记录中的签名者自相矛盾', 'the signer in the record contradicts itself');
  }
  return key;
}

// Check 10: seal.note is a note over both digest lists, signed by the key the record names.
async function checkSignature(one) {
  const note = new Note(await one.small('seal/seal.note'));
  const sm3 = hex(digest('sm3', await one.small('seal.sm3')));
  if (!same(note.text, join(await one.small('seal.sha256'), utf8(`sm3 ${sm3}\n`)))) {
    throw new Problem(
      'seal.note 签的不是本包的封印清单',
      'seal.note is not about the digest lists of this package',
    );
  }
  const key = await claimedKey(one);
  if (!(await one.signed(note, key))) {
    throw new Problem('没有封存记录所称签名者的签名', 'no signature by the signer the record names');
  }
  one.passed(10, `Ed25519 签名成立：${key.name}`, `Ed25519 signature holds: ${key.name}`);
}

// Check 11: the signer is listed in the trust file and was valid at the sealing time.
async function checkSigner(one) {
  const key = await claimedKey(one);
  if (one.trust === null) {
    one.warn(11, `${key.text} 未经核实`, `${key.text} has not been checked`);
    return;
  }
  const known = one.trust.sealers.filter((each) => each.key.name === key.name && same(each.key.public, key.public));
  if (!known.length) throw new Problem(`签名者不在信任文件中：${key.text}`, `signer is not in the trust file: ${key.text}`);
  const { sealedMicros } = await one.seal();
  const valid = known.filter((each) => each.covers(sealedMicros));
  if (!valid.length) {
    throw new Problem('封存时间不在该密钥的有效期内', 'the sealing time lies outside the validity of this key');
  }
  const holder = valid[0].holder || key.name;
  one.passed(11, `${holder}，密钥在有效期内`, `${holder}, key valid at the sealing time`);
}
