// Check 9: the web archive data/capture.wacz lists all it contains, and the seal names its list (WACZ 1.1.1).

const WACZ = 'data/capture.wacz';
const WACZ_LIST = 'datapackage.json';
const WACZ_DIGEST = 'datapackage-digest.json';

async function smallEntry(blob, entries, name) {
  if (!entries.has(name) || entries.get(name).size > MAX_JSON) {
    throw new Problem(`网页存档缺少 ${name} 或其过大`, `the web archive lacks ${name}, or it is too large`);
  }
  const parts = [];
  for await (const piece of unpacked(blob, entries.get(name))) parts.push(piece);
  return join(...parts);
}

async function hashEntry(blob, entry) {
  const running = newHash('sha256');
  for await (const piece of unpacked(blob, entry)) running.update(piece);
  return [running.length, running.hexdigest()];
}

function readResources(data) {
  const value = parseJson(data, { fractions: true });
  const resources = value instanceof Map ? value.get('resources') : null;
  const found = new Map();
  for (const one of Array.isArray(resources) ? resources : []) {
    const path = one instanceof Map ? one.get('path') : null;
    if (typeof path !== 'string' || found.has(path)) {
      throw new Problem('网页存档清单不合规', 'the list of the web archive is malformed');
    }
    found.set(path, [one.get('bytes'), one.get('hash')]);
  }
  if (!found.size) throw new Problem('网页存档清单为空', 'the list of the web archive is empty');
  return found;
}

// Check the list of the web archive against the seal, and the files against the list.
async function checkWebArchive(one) {
  const stated = (await one.seal()).waczDigest;
  if (!one.source.sizes.has(WACZ)) {
    if (stated !== null) {
      throw new Problem('封存记录提到网页存档，但文件不在', 'the record names a web archive that is not there');
    }
    one.passed(9, '本包没有网页存档', 'this package has no web archive');
    return;
  }
  if (stated === null) throw new Problem('封存记录没有提到网页存档', 'the record does not name the web archive');
  const blob = one.source.open(WACZ);
  const inside = (await readEntries(blob))[0].filter((entry) => !entry.name.endsWith('/'));
  const entries = new Map(inside.map((entry) => [entry.name, entry]));
  if (!entries.has(WACZ_LIST) || (await hashEntry(blob, entries.get(WACZ_LIST)))[1] !== stated) {
    throw new Problem('datapackage.json 与封存记录不符', 'datapackage.json does not match the record');
  }
  const resources = readResources(await smallEntry(blob, entries, WACZ_LIST));
  await checkDigestFile(blob, entries, stated);
  const wrong = [];
  for (const [path, [size, value]] of resources) {
    const actual = entries.has(path) ? await hashEntry(blob, entries.get(path)) : null;
    if (actual === null || size !== actual[0] || value !== 'sha256:' + actual[1]) wrong.push(path);
  }
  const unlisted = [...entries.keys()].filter((path) => !resources.has(path) && ![WACZ_LIST, WACZ_DIGEST].includes(path));
  wrong.push(...sorted(unlisted));
  if (wrong.length) one.fail(9, `清单与内容不符或未列入：${listed(wrong)}`, `not as listed, or unlisted: ${listed(wrong)}`);
  else one.passed(9, `${resources.size} 个文件均与其清单一致`, `all ${resources.size} files agree with its list`);
}

async function checkDigestFile(blob, entries, stated) {
  if (!entries.has(WACZ_DIGEST)) return;
  const value = parseJson(await smallEntry(blob, entries, WACZ_DIGEST), { fractions: true });
  if (!(value instanceof Map) || value.get('path') !== WACZ_LIST || value.get('hash') !== 'sha256:' + stated) {
    throw new Problem('datapackage-digest.json 不符', 'datapackage-digest.json differs');
  }
}
