// The report on the page: the verdict in words first, then check by check, then facts, then what stays unproven.

function showVerdict(verdict, headline, lead) {
  $('verdict').dataset.tone = verdict;
  delete $('headline').dataset.say;
  delete $('lead').dataset.say;
  $('headline').textContent = headline;
  $('lead').textContent = lead;
}

function showTally(report) {
  const count = (status) => report.checks.filter((check) => check.status === status).length;
  const chips = ['PASS', 'WARN', 'FAIL'].map((status) => [status, count(status)]).filter(([, number]) => number);
  $('tally').replaceChildren(
    make('span', 'mono', report.verdict),
    make('span', '', say('tally', report.checks.length)),
    ...chips.map(([status, number]) => chip(status, `${say(status)} ${number}`)),
  );
  $('tally').hidden = false;
}

function showNext(report) {
  const failed = report.checks.filter((check) => check.status === 'FAIL');
  $('next').hidden = report.verdict === 'PASS';
  if (report.verdict === 'UNTRUSTED-KEYS') {
    const button = make('button', 'first', say('pick-trust'));
    button.type = 'button';
    button.addEventListener('click', () => $('file-trust').click());
    $('next').replaceChildren(make('p', '', say('next-trust')), button);
  } else if (failed.length) {
    const lines = [...new Set(failed.map((check) => check.number))].map((number) => {
      const link = make('a', '', `${number} ${pick(CHECK_NAMES[number])}`);
      link.href = `#check-${number}`;
      return make('li', '', link);
    });
    $('next').replaceChildren(make('p', '', say('next-fail')), make('ul', '', ...lines));
  }
}

function worst(checks) {
  return ['FAIL', 'WARN', 'PASS'].find((status) => checks.some((check) => check.status === status));
}

// One numbered check; a check on several objects has several findings.
function showCheck(number, checks) {
  const detail = (check) => check[['detail_zh', 'detail_en'][state.lang]];
  const findings = checks.map((check) => {
    const mark = checks.length > 1 ? chip(check.status) : null;
    return make('li', '', mark, make('span', '', detail(check)));
  });
  const item = make(
    'li', '', make('span', 'n', String(number)), make('h3', '', pick(CHECK_NAMES[number])), chip(worst(checks)),
    make('ul', 'found', ...findings), make('p', 'means', pick(MEANING[number])),
  );
  item.id = `check-${number}`;
  item.tabIndex = -1;
  return item;
}

function showChecks(report) {
  const groups = Map.groupBy ? Map.groupBy(report.checks, (check) => check.number) : groupChecks(report.checks);
  $('checks').replaceChildren(...[...groups].map(([number, checks]) => showCheck(number, checks)));
}

function groupChecks(checks) {
  const groups = new Map();
  for (const check of checks) groups.set(check.number, [...(groups.get(check.number) ?? []), check]);
  return groups;
}

const mono = (text) => [make('span', 'mono', plainText(String(text)))];

function stampFacts(stamp) {
  const kind = stamp.test ? ['测试机构', 'test authority'] : stamp.trusted ? ['可信', 'trusted'] : ['未核实', 'not checked'];
  const text = `${stamp.authority} · ${pick(kind)}`;
  return [make('div', '', text), make('div', '', ...showMoment(stamp.gen_time)),
    make('small', 'mono', `${stamp.name} · SHA-256 ${stamp.root_sha256}`)];
}

const STATES = {
  'self-timed': ['自述时间，没有时间戳', 'self-timed, no timestamp'],
  stamped: ['已加戳，尚未齐全', 'stamped, not yet by all'],
  complete: ['时间戳齐全', 'all timestamps present'],
};

// [heading, contents] of every fact there is: when, where, by whom, where it is logged, under which numbers.
function factRows(report) {
  const { facts } = report;
  const rows = [[['自述封存时间', 'Sealed at, by its own clock'], facts.sealed_at && showMoment(facts.sealed_at)]];
  for (const check of report.checks) {
    if (check.number === 13) rows.push([['时间结论', 'What time is proven'], [check[['detail_zh', 'detail_en'][state.lang]]]]);
  }
  rows.push([['取证网址', 'Captured address'], facts.url && mono(facts.url)]);
  (facts.timestamps ?? []).forEach((stamp) => rows.push([['时间戳机构', 'Timestamp authority'], stampFacts(stamp)]));
  rows.push([['时间戳状态', 'Timestamps'], facts.state && [pick(STATES[facts.state])]]);
  const head = facts.checkpoint;
  const place = head && [`第 ${head.index} 条，当时共 ${head.size} 条`, `entry ${head.index} of ${head.size} at that time`];
  rows.push([['日志', 'Log'], head && [...mono(head.origin), make('small', '', pick(place)), make('small', 'mono', head.root)]]);
  rows.push([['证据包编号', 'Package id'], facts.package_id && mono(facts.package_id)]);
  rows.push([['封存编号', 'Seal id'], facts.seal_id && mono(facts.seal_id)]);
  rows.push([['案件引用', 'Case reference'], facts.case_ref && mono(facts.case_ref)]);
  rows.push([['信任文件指纹', 'Fingerprint of the trust file'], facts.trust_fingerprint && mono(facts.trust_fingerprint)]);
  return rows.filter(([, inside]) => inside);
}

function showFacts(report) {
  const rows = factRows(report);
  $('facts').parentElement.hidden = !rows.length;
  $('facts').replaceChildren(...rows.map(([name, inside]) => make('div', '', make('dt', '', pick(name)), make('dd', '', ...inside))));
}

function showLimits(report) {
  const has = (number, status) => report.checks.some((check) => check.number === number && check.status === status);
  const { timestamps = [], state: timed } = report.facts;
  const lines = [LIMITS, UNPROVEN.always];
  if (!report.trusted) lines.push(UNPROVEN.untrusted);
  if (timed === 'self-timed') lines.push(UNPROVEN.selfTimed);
  if (timestamps.some((stamp) => stamp.test)) lines.push(UNPROVEN.test);
  if (has(14, 'WARN')) lines.push(UNPROVEN.unlogged);
  if (!report.checks.some((check) => check.number === 21)) lines.push(UNPROVEN.compared);
  if (has(17, 'PASS')) lines.push(UNPROVEN.custody);
  $('limits').replaceChildren(...lines.map((pair) => make('li', '', pick(pair))));
}

function showReport() {
  const { report, problem } = state;
  $('result').hidden = !report;
  $('tally').hidden = $('next').hidden = true;
  if (problem) showVerdict('UNUSABLE', say('unusable'), problem[['zh', 'en'][state.lang]]);
  if (!report) return;
  showVerdict(report.verdict, pick(VERDICTS[report.verdict]).replace(/^UNTRUSTED-KEYS[：:] ?/, ''), state.lead);
  $('about').before($('intake')); // what was found comes first now
  $('pick-zip').className = '';
  $('intake-title').dataset.say = 'again';
  $('intake-title').textContent = say('again');
  showTally(report);
  showNext(report);
  showChecks(report);
  showFacts(report);
  showLimits(report);
  $('engine').hidden = false;
  $('engine').textContent = say('engine', state.tally.browser, state.tally.own);
}
