// What a verification found: numbered checks, a verdict, and the same plain values verify.py writes with --json.

const { CHECK_NAMES, VERDICTS, LIMITS } = TABLES;

class Check {
  constructor(number, status, zh, en) {
    this.number = number;
    this.status = status;
    [this.name_zh, this.name_en] = CHECK_NAMES[number];
    this.detail_zh = plainText(zh);
    this.detail_en = plainText(en);
  }
}

class Report {
  constructor(checks, trusted, facts) {
    this.checks = checks;
    this.trusted = trusted;
    this.facts = facts;
  }

  // PASS, FAIL or UNTRUSTED-KEYS. Without a trust file it is never PASS.
  get verdict() {
    if (!this.checks.length || this.checks.some((check) => check.status === 'FAIL')) return 'FAIL';
    return this.trusted ? 'PASS' : 'UNTRUSTED-KEYS';
  }

  toJson() {
    const [zh, en] = VERDICTS[this.verdict];
    return {
      schema: 'bianwu/report/1', verdict: this.verdict, verdict_zh: zh, verdict_en: en,
      limits_zh: LIMITS[0], limits_en: LIMITS[1], ...this.facts, checks: this.checks.map((check) => ({ ...check })),
    };
  }
}
