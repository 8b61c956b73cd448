// The one exception the parts raise on purpose: something in the input is not what the format says.

class Problem extends Error {
  constructor(zh, en) {
    super(en);
    this.zh = zh;
    this.en = en;
  }
}

// There is nothing to judge: no file, not readable, a trust file that cannot be used.
class Unusable extends Problem {}
