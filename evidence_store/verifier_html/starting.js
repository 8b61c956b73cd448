// Check 23: timestamps taken before the visit, which show that the package was made after them.

const { START_FOLDER, START_KEYS } = TABLES;

// Judge every timestamp over the statement of the beginning; without a statement there is nothing to say.
async function checkStart(one) {
  const path = START_FOLDER + 'statement.json';
  if (!one.source.sizes.has(path)) return;
  const statement = await one.small(path);
  await checkStatement(one, statement);
  const stamps = [];
  for (const name of sorted(one.source.sizes.keys())) {
    if (!name.startsWith(START_FOLDER) || !name.endsWith('.tsr')) continue;
    const label = name.slice(START_FOLDER.length, -'.tsr'.length);
    try {
      stamps.push(await judgeStart(one, label, statement));
    } catch (problem) {
      if (!(problem instanceof Problem)) throw problem;
      one.fail(23, `${label}：${problem.zh}`, `${label}: ${problem.en}`);
    }
  }
  concludeStart(one, stamps);
}

// The statement is about this seal and this address.
async function checkStatement(one, statement) {
  const top = new Shape(parseCanonical(statement), 'statement.json', START_KEYS);
  if (top.text('schema') !== 'bianwu/start/1') {
    throw new Problem('不支持的开始声明版本', 'unsupported version of the statement of the beginning');
  }
  top.hexes('nonce');
  top.text('at');
  top.text('checkpoint');
  const seal = await one.seal();
  const aboutUrl = hex(digest('sha256', utf8(seal.address)));
  if (top.text('seal_id') !== seal.sealId || top.hexes('url_sha256') !== aboutUrl) {
    throw new Problem('开始声明不是为本次取证作的', 'the statement of the beginning is about another capture');
  }
}

async function judgeStart(one, label, statement) {
  const base = START_FOLDER + label;
  const listed = one.source.sizes.has(base + '-roots.pem');
  const packaged = listed ? readCertificates(await one.small(base + '-roots.pem')) : [];
  const stamp = await judgeToken(one, label, await one.small(base + '.tsr', MAX_TOKEN), statement, packaged);
  if (stamp.token.genTime > (await one.seal()).sealedMicros + 5n * MINUTE) {
    throw new Problem('开始时间戳晚于封存时间', 'the timestamp of the beginning is later than the sealing');
  }
  return stamp;
}

// Say after which moment the package was made: it holds that moment's timestamp, which nobody can foretell.
function concludeStart(one, stamps) {
  if (!stamps.length) {
    one.warn(23, '访问前没有可用的时间戳，不早于何时未获证明', 'no timestamp before the visit: no not-before proof');
    return;
  }
  const real = stamps.filter((each) => !each.test);
  const times = (real.length ? real : stamps).map((each) => each.token.genTime);
  const shown = showTime(times.reduce((most, time) => (time > most ? time : most)));
  if (!real.length) {
    one.warn(23, `测试时间戳，不能证明开始时间（${shown}）`, `test timestamp, proves no beginning (${shown})`);
  } else if (one.trust === null) {
    one.warn(23, `如果根证书可信，则本包不早于 ${shown}`, `made no earlier than ${shown}, if the root is trusted`);
  } else {
    one.facts.not_before = shown;
    one.passed(23, `本包不早于 ${shown}：内含此刻的时间戳`, `made no earlier than ${shown}: it holds that stamp`);
  }
}
