// The page itself: runs the checks, tells how far they are, and answers its buttons.

class StoppedError extends Error {}

let run = 0;

// Tells the page how far a run is, and ends it when a newer one has begun or Stop was pressed.
class Told {
  constructor(mine, total) {
    Object.assign(this, { mine, total, read: 0, started: performance.now(), shown: 0, number: 0 });
  }

  async check(number) {
    this.number = number;
    await this.show(true);
  }

  async file() {
    await this.show(false);
  }

  async bytes(count) {
    this.read += count;
    await this.show(false);
  }

  async show(now) {
    if (this.mine !== run) throw new StoppedError();
    if (!now && performance.now() - this.shown < 200) return;
    this.shown = performance.now();
    const place = CHECKS.findIndex(([number]) => number === this.number) + 1;
    const words = [say('step', place, CHECKS.length), pick(CHECK_NAMES[this.number])];
    if (this.read) words.push(say('read', showSize(this.read), showSize(this.total)), ...this.remaining());
    $('step').textContent = words.join(' · ');
    $('bar').value = Math.min(1, this.read / Math.max(1, this.total));
    await pause();
  }

  remaining() {
    const spent = (performance.now() - this.started) / 1000;
    const left = Math.ceil((spent / this.read) * Math.max(0, this.total - this.read));
    if (spent < 3 || left < 2) return [];
    return [say('left', left < 90 ? say('seconds', left) : say('minutes', Math.round(left / 60)))];
  }
}

function totalSize(what) {
  return what instanceof Blob ? what.size : what.reduce((sum, [, file]) => sum + file.size, 0);
}

function busy(on) {
  $('progress').hidden = !on;
  $('intake').hidden = on;
  document.body.toggleAttribute('data-busy', on);
}

// Run every check over what was handed in, and show the report.
async function begin() {
  showChosen();
  run += 1;
  const mine = run;
  if (!given.package) return;
  busy(true);
  $('result').hidden = true;
  try {
    const told = new Told(mine, totalSize(given.package));
    const report = await runChecks(given.package, given.trust, given.against, told);
    Object.assign(state, { report, problem: null, lead: plainText(chosen.package), tally: { ...signatures.tally } });
  } catch (error) {
    if (mine !== run) return;
    Object.assign(state, { report: null, problem: asProblem(error) });
  }
  busy(false);
  showReport();
  document.body.dataset.done = state.report?.verdict ?? 'UNUSABLE';
  $('headline').focus();
}

function asProblem(error) {
  if (error instanceof Problem) return error;
  const [zh, en] = error instanceof StoppedError ? WORDS.stopped : ['本页内部错误', 'an error inside this page'];
  return { zh: error instanceof StoppedError ? zh : `${zh}：${error.message}`, en: error instanceof StoppedError ? en : `${en}: ${error.message}` };
}

function saveReport() {
  const text = JSON.stringify(state.report.toJson(), null, 1) + '\n';
  const link = make('a', '');
  link.href = URL.createObjectURL(new Blob([text], { type: 'application/json' }));
  link.download = `bianwu-report-${state.report.facts.seal_id ?? 'package'}.json`;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60000);
}

function listenToButtons() {
  const inputs = { zip: 'package', folder: 'folder', trust: 'trust', against: 'against' };
  for (const [name, kind] of Object.entries(inputs)) {
    $(`pick-${name}`).addEventListener('click', () => $(`file-${name}`).click());
    $(`file-${name}`).addEventListener('change', () => {
      takePicked(kind, $(`file-${name}`));
      begin();
    });
  }
  for (const kind of ['trust', 'against']) {
    $(`drop-${kind}`).addEventListener('click', () => {
      take(kind, null, '');
      begin();
    });
  }
  $('language').addEventListener('click', () => {
    state.lang = 1 - state.lang;
    translate();
    showChosen();
    showReport();
  });
  $('save').addEventListener('click', saveReport);
  $('print').addEventListener('click', () => window.print());
  $('stop').addEventListener('click', stopRun);
}

function stopRun() {
  run += 1;
  Object.assign(state, { report: null, problem: { zh: WORDS.stopped[0], en: WORDS.stopped[1] } });
  busy(false);
  showReport();
  $('headline').focus();
}

function listenToDrops() {
  let depth = 0;
  const veil = (on) => {
    depth = on ? depth : 0;
    $('veil').hidden = !on;
  };
  window.addEventListener('dragenter', (event) => {
    event.preventDefault();
    depth += 1;
    veil(true);
  });
  window.addEventListener('dragleave', () => {
    depth -= 1;
    if (depth <= 0) veil(false);
  });
  window.addEventListener('dragover', (event) => event.preventDefault());
  window.addEventListener('drop', async (event) => {
    event.preventDefault();
    veil(false);
    await takeDropped(event.dataTransfer);
    begin();
  });
}

const able = () => ''.isWellFormed && Object.hasOwn && globalThis.DecompressionStream && [].at;

translate();
showChosen();
if (able()) {
  listenToButtons();
  listenToDrops();
} else {
  Object.assign(state, { problem: { zh: WORDS.old[0], en: WORDS.old[1] } });
  $('intake').hidden = true;
  showReport();
}

// For programs: await bianwu.verify(blobOrPairs, {trust, against}) gives what verify.py --json writes.
globalThis.bianwu = Object.freeze({
  verify: async (what, { trust = null, against = null } = {}) => (await runChecks(what, trust, against)).toJson(),
});
