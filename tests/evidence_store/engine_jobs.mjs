// Runs the verifying parts of verify.html without a browser: jobs as JSON on stdin, results as JSON on stdout.

import { readFileSync } from 'node:fs';

const [enginePath] = process.argv.slice(2);
const names = ['digest', 'newHash', 'hex', 'unhex', 'folded', 'checkPath', 'parseJson', 'canonicalJson', 'crc32', 'signatures',
  'verifyEd25519', 'verifyEcdsa', 'verifySm2', 'verifyPkcs1', 'verifyPss', 'P256', 'P384', 'Problem', 'runChecks', 'showAscii', 'TrustFile'];
const engine = new Function(`${readFileSync(enginePath, 'utf8')}\nreturn {${names.join(',')}};`)();
const { unhex, hex } = engine;

function inPieces(name, data, size) {
  const running = engine.newHash(name);
  for (let at = 0; at < data.length; at += size) running.update(data.subarray(at, at + size));
  return running.hexdigest();
}

const blob = (text) => new Blob([Buffer.from(text, 'base64')]);

const jobs = {
  digest: ({ name, data, size }) => inPieces(name, unhex(data), size),
  crc: ({ data }) => engine.crc32(unhex(data), 0),
  fold: ({ texts }) => texts.map(engine.folded),
  path: ({ text }) => engine.checkPath(text) ?? null,
  json: ({ data, fractions }) => hex(engine.canonicalJson(engine.parseJson(unhex(data), { fractions }))),
  ascii: ({ text }) => engine.showAscii(text),
  ed25519: ({ key, signature, message }) => engine.verifyEd25519(unhex(key), unhex(signature), unhex(message)),
  ecdsa: ({ curve, key, signature, message, name }) =>
    engine.verifyEcdsa(engine[curve], unhex(key), unhex(signature), unhex(message), name),
  sm2: ({ key, signature, message, identity }) =>
    engine.verifySm2(unhex(key), unhex(signature), unhex(message), ...(identity ? [unhex(identity)] : [])),
  pkcs1: ({ key, signature, message, name }) => engine.verifyPkcs1(unhex(key), unhex(signature), unhex(message), name),
  pss: ({ key, signature, message, name, salt }) =>
    engine.verifyPss(unhex(key), unhex(signature), unhex(message), name, salt),
  trust: ({ data }) => new engine.TrustFile(unhex(data)).fingerprint,
  verify: async ({ what, trust }) => (await engine.runChecks(blob(what), trust ? blob(trust) : null)).toJson(),
};

const results = [];
for (const [kind, own, job] of JSON.parse(readFileSync(0, 'utf8'))) {
  engine.signatures.own = own;
  try {
    results.push(await jobs[kind](job));
  } catch (error) {
    results.push(error instanceof engine.Problem ? { refused: error.en } : { crashed: String(error.stack) });
  }
}
process.stdout.write(JSON.stringify(results));
