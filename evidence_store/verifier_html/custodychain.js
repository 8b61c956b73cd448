// Checks 17 and 18: the chain of custody holds together and its events are in the log.

const EVENTS_FILE = 'custody/events.jsonl';
const PROOFS = 'custody/proofs/';
const MAX_EVENTS = 64 << 20;
const { EVENT_KEYS, EVENT_TYPES } = TABLES;

// One custody event, strictly read; `line` is its bytes without the line feed.
class CustodyEvent {
  constructor(line, sealId, seq, before) {
    const shape = new Shape(parseCanonical(line), `event ${seq}`, EVENT_KEYS);
    this.line = line;
    this.seq = seq;
    this.id = checkUlid(shape.text('event_id'));
    this.kind = shape.text('type');
    this.at = shape.text('at');
    this.micros = checkWholeTime(this.at);
    shape.hexes('salt', 32);
    const agent = new Shape(shape.values.get('agent'), 'agent', ['id', 'role', 'auth']);
    this.role = agent.values.get('role');
    new Shape(shape.values.get('instrument'), 'instrument', ['tool', 'version', 'host']);
    for (const value of shape.array('object', 100000)) new Shape(value, 'object', ['path', 'sha256']);
    if (!EVENT_TYPES.includes(this.kind)) {
      throw new Problem(`保管事件 ${seq} 的类型不认识`, `custody event ${seq} has an unknown type`);
    }
    if (shape.number('seq') !== seq || shape.text('prev') !== before || shape.text('item') !== sealId) {
      throw new Problem(`保管链在第 ${seq} 条断开`, `the chain of custody breaks at event ${seq}`);
    }
  }
}

// Read a chain of custody, refusing any break in it.
function readEvents(data, sealId) {
  const lines = splitLines(data);
  if (lines.pop().length) throw new Problem('保管记录最后一行不完整', 'the last custody line is incomplete');
  let before = '0'.repeat(64);
  return lines.map((line, seq) => {
    const event = new CustodyEvent(line, sealId, seq, before);
    before = hex(digest('sha256', line));
    return event;
  });
}

async function checkCustody(one) {
  const inside = sorted([...one.source.sizes.keys()].filter((path) => path.startsWith(PROOFS)));
  if (!one.source.sizes.has(EVENTS_FILE)) {
    if (inside.length) throw new Problem('有保管记录的证明而没有记录', 'proofs of custody events, but no events');
    one.warn(17, '包内没有保管记录', 'no custody events in this package');
    return;
  }
  const data = await one.small(EVENTS_FILE, MAX_EVENTS);
  const events = readEvents(data, (await one.seal()).sealId);
  const back = events.filter((event, at) => events[at + 1]?.micros < event.micros).map((event) => String(event.seq));
  if (back.length) one.warn(17, `第 ${listed(back)} 条之后时间倒退`, `time runs backwards after event ${listed(back)}`);
  one.passed(17, `${events.length} 条记录首尾相连`, `${events.length} events, linked without a break`);
  await one.attempt(18, () => checkProofs(one, events, inside));
}

// Events without a proof could have been rewritten: in a logged package only views, logged hourly, may lack one.
function tellBare(one, bare) {
  if (!bare.length) return;
  const shown = listed(bare.map((event) => String(event.seq)));
  if (one.source.sizes.has('seal/log/checkpoint') && bare.some((event) => event.kind !== 'view')) {
    throw new Problem(`没有日志证明的保管记录：${shown}`, `custody events without a log proof: ${shown}`);
  }
  one.warn(18, `未入日志的记录：${shown}`, `events not in the log: ${shown}`);
}

function eventLeaf(event) {
  return canonicalJson(new Map(Object.entries({
    at: event.at, h256: hex(digest('sha256', event.line)), hsm3: hex(digest('sm3', event.line)),
    ref: event.id, t: 'custody', v: 1,
  })));
}

async function checkProofs(one, events, inside) {
  const path = (event) => `${PROOFS}${String(event.seq).padStart(6, '0')}-${event.id}.tlog-proof`;
  const named = new Map(events.map((event) => [path(event), event]));
  const strays = inside.filter((each) => !named.has(each));
  if (strays.length) {
    throw new Problem(`证明没有对应的保管记录：${listed(strays)}`, `proofs without an event: ${listed(strays)}`);
  }
  let signed = 0;
  for (const each of inside) {
    const event = named.get(each);
    try {
      const head = checkIncluded(one, eventLeaf(event), new InclusionFile(await one.small(each)));
      if (await logSignatureHolds(one, head)) signed += 1;
    } catch (problem) {
      if (!(problem instanceof Problem)) throw problem;
      one.fail(18, `第 ${event.seq} 条：${problem.zh}`, `event ${event.seq}: ${problem.en}`);
    }
  }
  if (one.trust?.logKeys.length && signed < inside.length) {
    throw new Problem('保管记录的证明没有可信日志的签名', 'a custody proof is not signed by the trusted log');
  }
  const bare = [...named].filter(([each]) => !inside.includes(each)).map(([, event]) => event);
  tellBare(one, bare);
  if (!bare.length) one.passed(18, `${inside.length} 条均在日志中`, `all ${inside.length} are in the log`);
}
