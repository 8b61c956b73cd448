// What the reader hands in: a package, a trust file and a checkpoint, by drop or by picker.

const given = { package: null, trust: null, against: null };
const chosen = { package: '', trust: '', against: '' };

// What a dropped file is, by its first bytes: a ZIP, JSON, or else a checkpoint.
async function kindOf(file) {
  const first = await readBlob(file, 0, 4);
  if ((first[0] === 0x50 && first[1] === 0x4b) || /\.zip$/i.test(file.name)) return 'package';
  return /\.json$/i.test(file.name) || first[0] === 0x7b ? 'trust' : 'against';
}

// A folder as [path, File] pairs. When all of it lies in one folder (the unpacked ZIP inside another), that one is meant.
function asFolder(pairs) {
  const tops = new Set(pairs.map(([path]) => path.split('/', 1)[0]));
  const nested = tops.size === 1 && pairs.every(([path]) => path.includes('/'));
  return nested ? pairs.map(([path, file]) => [path.slice(path.indexOf('/') + 1), file]) : pairs;
}

async function entryFiles(entry, path, out) {
  if (entry.isFile) {
    out.push([path, await new Promise((resolve, reject) => entry.file(resolve, reject))]);
    return;
  }
  const reader = entry.createReader();
  for (;;) {
    const some = await new Promise((resolve, reject) => reader.readEntries(resolve, reject));
    if (!some.length) return;
    for (const one of some) await entryFiles(one, path ? `${path}/${one.name}` : one.name, out);
  }
}

function take(kind, value, name) {
  given[kind] = value;
  chosen[kind] = name;
}

function takeFolder(pairs, name) {
  const files = asFolder(pairs);
  const size = files.reduce((sum, [, file]) => sum + file.size, 0);
  take('package', files, `${name}/ · ${files.length} ${say('files')} · ${showSize(size)}`);
}

const takeFile = (kind, file) => take(kind, file, `${file.name} · ${showSize(file.size)}`);

// Take everything that was dropped, in one gesture or several.
async function takeDropped(transfer) {
  const entries = [...transfer.items].map((item) => item.webkitGetAsEntry?.()).filter(Boolean);
  const loose = entries.length ? [] : [...transfer.files];
  for (const entry of entries) {
    const out = [];
    await entryFiles(entry, '', out);
    if (entry.isDirectory) takeFolder(out, entry.name);
    else loose.push(out[0][1]);
  }
  for (const file of loose) takeFile(await kindOf(file), file);
}

function takePicked(kind, input) {
  const files = [...input.files];
  if (!files.length) return;
  if (kind === 'folder') {
    const top = files[0].webkitRelativePath.split('/', 1)[0];
    takeFolder(files.map((file) => [file.webkitRelativePath.slice(top.length + 1), file]), top);
  } else takeFile(kind, files[0]);
  input.value = '';
}

function showChosen() {
  for (const kind of ['package', 'trust', 'against']) {
    const place = $(`chosen-${kind}`);
    place.textContent = given[kind] ? plainText(chosen[kind]) : say('none');
    place.toggleAttribute('data-set', Boolean(given[kind]));
    const away = $(`drop-${kind}`);
    if (away) away.hidden = !given[kind];
  }
}
