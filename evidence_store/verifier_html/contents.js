// Checks 2 to 8, 19 and 20: the files are those that were sealed, all of them and no others.

const { SEALED, ALWAYS, VERIFY_FILES, LOG_FILES, TSA_ENDS } = TABLES;
const BAGIT = 'BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n';
const STAMP_STEM = /^(0[1-9]|[1-9][0-9])-[a-z0-9][a-z0-9-]{0,31}$/;
const TAG_MANIFEST = 'tagmanifest-sha256.txt';

// Paths for a message, shortened.
function listed(paths, most = 20) {
  const shown = paths.slice(0, most).map((path) => cut(path, 120)).join(', ');
  return shown + (paths.length > most ? ` … (+${paths.length - most})` : '');
}

// NN-name of a file of a timestamp group, or null when the path is not one.
function stampStem(path) {
  const end = path.startsWith('seal/tsa/') && TSA_ENDS.find((one) => path.endsWith(one));
  const stem = end ? path.slice('seal/tsa/'.length, -end.length) : '';
  return STAMP_STEM.test(stem) ? stem : null;
}

// Check 2: required files are there and the top folder carries the seal's name.
async function checkStructure(one) {
  const { sizes } = one.source;
  const missing = ALWAYS.filter((path) => !sizes.has(path));
  const some = LOG_FILES.filter((path) => sizes.has(path));
  if (some.length && some.length < LOG_FILES.length) missing.push(...LOG_FILES.filter((path) => !sizes.has(path)));
  if (![...sizes.keys()].some((path) => path.startsWith('data/'))) missing.push('data/');
  if (missing.length) {
    one.fail(2, `缺少文件：${listed(missing)}`, `files missing: ${listed(missing)}`);
    return;
  }
  const expected = `bianwu-${(await one.seal()).sealId}`;
  if (one.source.folder !== '' && one.source.folder !== expected) {
    one.fail(2, `顶层文件夹应为 ${expected}`, `the top folder should be ${expected}`);
    return;
  }
  one.passed(2, `共 ${sizes.size} 个文件，名称安全，必需文件齐全`, `${sizes.size} files, names safe, none missing`);
}

// Check 3: bagit.txt and bag-info.txt are exactly what the seal record makes them.
async function checkDeclaration(one) {
  const wrong = [];
  for (const [name, text] of [['bagit.txt', utf8(BAGIT)], ['bag-info.txt', (await one.seal()).bagInfo]]) {
    if (!same(await one.small(name), text)) wrong.push(name);
  }
  if (wrong.length) one.fail(3, `内容与格式规定不符：${listed(wrong)}`, `not as the format says: ${listed(wrong)}`);
  else one.passed(3, 'BagIt 1.0，声明与封存记录一致', 'BagIt 1.0, agrees with the seal record');
}

// Check 4: seal.sha256 and seal.sm3 hold the digests of the five sealed files.
async function checkSealLists(one) {
  const wrong = [];
  for (const algorithm of ['sha256', 'sm3']) {
    const path = 'seal.' + algorithm;
    const actual = new Map();
    for (const name of SEALED) actual.set(name, hex(digest(algorithm, await one.small(name, MAX_LIST))));
    const stated = readSums(await one.small(path), path);
    if ([...stated.keys()].join('\n') !== SEALED.join('\n')) {
      throw new Problem(`${path} 应恰列五个文件`, `${path} must list exactly the five sealed files`);
    }
    wrong.push(...SEALED.filter((name) => stated.get(name) !== actual.get(name)).map((name) => `${path}: ${name}`));
  }
  if (wrong.length) {
    one.fail(4, `摘要不符：${listed(wrong)}`, `digests differ: ${listed(wrong)}`);
    return;
  }
  const id = hex(digest('sha256', await one.small('seal.sha256')));
  one.facts.package_id = id;
  one.passed(4, `五个封存文件的双摘要均一致；证据包编号 ${id}`, `all five agree; package id ${id}`);
}

// Check 5: seal.json is well formed and agrees with the manifests.
async function checkRecord(one) {
  const seal = await one.seal();
  Object.assign(one.facts, { seal_id: seal.sealId, sealed_at: seal.sealedAt, case_ref: seal.caseRef, url: seal.url });
  const wrong = [];
  for (const [path, algorithm] of [['manifest-sha256.txt', 'sha256'], ['manifest-sm3.txt', 'sm3']]) {
    if (hex(digest(algorithm, await one.small(path, MAX_LIST))) !== seal.payload[algorithm]) wrong.push(path);
  }
  if (wrong.length) {
    one.fail(5, `封存记录与 ${listed(wrong)} 不符`, `the record does not match ${listed(wrong)}`);
    return;
  }
  one.passed(
    5,
    `封存编号 ${seal.sealId}，自述时间 ${seal.sealedAt}`,
    `seal ${seal.sealId}, own clock ${seal.sealedAt}`,
  );
}

// Checks 6, 7 and 8: every payload file has both its digests; none is missing, none is extra.
async function checkPayload(one) {
  const present = sorted([...one.source.sizes.keys()].filter((path) => path.startsWith('data/')));
  const actual = new Map();
  for (const path of present) {
    await one.told?.file(path, one.source.sizes.get(path));
    try {
      actual.set(path, await hashFile(one, path));
    } catch (problem) {
      if (!(problem instanceof Problem)) throw problem;
      one.fail(8, problem.zh, problem.en);
    }
  }
  for (const [number, manifest] of [[6, 'manifest-sha256.txt'], [7, 'manifest-sm3.txt']]) {
    await one.attempt(number, async () => {
      const stated = await one.sums(manifest);
      const wrong = [...actual].filter(([path, pair]) => stated.has(path) && stated.get(path) !== pair[number - 6]);
      const shown = listed(wrong.map(([path]) => path));
      if (wrong.length) one.fail(number, `内容被改动：${shown}`, `contents changed: ${shown}`);
      else one.passed(number, `${actual.size} 个文件一致`, `${actual.size} files agree`);
    });
  }
  await one.attempt(8, () => checkComplete(one, present));
}

async function checkComplete(one, present) {
  const first = await one.sums('manifest-sha256.txt');
  const second = await one.sums('manifest-sm3.txt');
  const here = new Set(present);
  const lone = [...first.keys()].filter((path) => !second.has(path));
  const other = [...second.keys()].filter((path) => !first.has(path));
  const problems = [
    ['缺少文件', 'missing', sorted(new Set([...first.keys(), ...second.keys()])).filter((path) => !here.has(path))],
    ['未列入清单的文件', 'not listed', present.filter((path) => !first.has(path))],
    ['两份清单不一致', 'the two manifests differ', sorted([...lone, ...other])],
    ['清单列出 data/ 之外的文件', 'listed outside data/', [...first.keys()].filter((path) => !path.startsWith('data/'))],
  ];
  const found = problems.filter(([, , paths]) => paths.length);
  for (const [zh, en, paths] of found) one.fail(8, `${zh}：${listed(paths)}`, `${en}: ${listed(paths)}`);
  const size = present.reduce((sum, path) => sum + one.source.sizes.get(path), 0);
  const { payload } = await one.seal();
  if (size !== payload.bytes || present.length !== payload.files) {
    one.fail(8, '文件数或总字节数与封存记录不符', 'number of files or bytes differs from the seal record');
  } else if (!found.length) {
    const count = present.length;
    one.passed(8, `${count} 个文件，${size} 字节，无缺无多`, `${count} files, ${size} bytes, none missing or extra`);
  }
}

// Check 19: tagmanifest-sha256.txt lists every file outside data/ with its digest.
async function checkTagFiles(one) {
  const outside = sorted([...one.source.sizes.keys()].filter((path) => !path.startsWith('data/')));
  const actual = new Map();
  for (const path of outside) if (path !== TAG_MANIFEST) actual.set(path, await one.sha256(path));
  const stated = await one.sums(TAG_MANIFEST);
  const all = sorted(new Set([...actual.keys(), ...stated.keys()]));
  const wrong = all.filter((path) => actual.get(path) !== stated.get(path));
  if (wrong.length || !same(await one.small(TAG_MANIFEST), writeSums(actual))) {
    one.fail(19, `不符：${listed(wrong)}`, `differ: ${listed(wrong)}`);
  } else one.passed(19, `${actual.size} 个附属文件一致`, `${actual.size} tag files agree`);
}

// Check 20: list what the format does not know, and say that nothing vouches for it.
async function checkForeign(one) {
  const known = new Set([...ALWAYS, ...LOG_FILES, ...VERIFY_FILES, ...TABLES.OPTIONAL]);
  const proof = (path) => path.startsWith('custody/proofs/') && path.endsWith('.tlog-proof');
  const foreign = sorted(one.source.sizes.keys()).filter(
    (path) => !path.startsWith('data/') && !known.has(path) && stampStem(path) === null && !proof(path),
  );
  if (foreign.length) {
    const shown = listed(foreign);
    one.warn(20, `封印不覆盖，不得采信：${shown}`, `not covered by the seal, do not rely on: ${shown}`);
    return;
  }
  one.passed(
    20,
    '没有格式之外的文件（verify/ 内的说明与程序不受封印保护，请从可信来源取得验证程序）',
    'none (what lies in verify/ is not vouched for: take the verifier from a source you trust)',
  );
}
