// What each check proves, and what stays unproven: for a reader who has never seen such a report.

const MEANING = {
  1: ['以谁为可信，由您在包外取得的信任文件决定，不由证据包自己说。', 'Whom to believe is for your trust file to say, never for the package itself.'],
  2: ['包里只有格式允许的文件，文件名不会误导，必需的文件都在。', 'Only files the format allows, no misleading names, nothing required is missing.'],
  3: ['这是一个标准的 BagIt 包，说明文字没有被改过。', 'A standard BagIt package whose declarations were not altered.'],
  4: ['封存清单与它所列的五个文件逐字节一致；清单的摘要就是证据包编号。', "The seal's lists match the five files they name; the list's digest is the package id."],
  5: ['封存时写下的记录没有被改过，并锁定了全部内容的清单。', 'The record written at sealing is unaltered and pins the list of all contents.'],
  6: ['每个内容文件的 SHA-256 都与封存时相同：一个字节也没有变。', 'Every content file still has its SHA-256: not one byte changed.'],
  7: ['用国家密码算法 SM3 再核一遍，互相印证。', 'The same again with SM3, the Chinese national digest.'],
  8: ['内容没有少一个文件，也没有多一个文件。', 'No content file is missing and none was added.'],
  9: ['网页存档里的每个网络回应都在它自己的清单上，清单又被封存锁定。', 'Every response in the web archive is on its own list, and the seal pins that list.'],
  10: ['封存清单由记录所称的密钥签过名。', "The key the record names did sign the seal's lists."],
  11: ['签名的密钥是您信任的，并且封存时在有效期内。', 'The signing key is one you trust, valid when it sealed.'],
  12: ['独立的时间戳机构签字确认：在这个时刻，这份封存清单已经存在。', 'An independent authority signed that this seal existed at that moment.'],
  13: ['综合各时间戳，内容最迟在何时已经固定。', 'Taken together: the latest moment by which the contents were fixed.'],
  14: ['本次封存已写进只增不改的日志，位置可查。', 'The seal was entered in an append-only log, at a place that can be looked up.'],
  15: ['日志方对当时的日志全貌签过字，见证人也联署过。', 'The log signed for its whole state at that time, and witnesses cosigned.'],
  16: ['日志当时的状态本身也有时间戳。', 'The state of the log was timestamped too.'],
  17: ['谁在何时接触过它，逐条首尾相连，中间没有抽掉或改写。', 'Who handled it and when: linked entry by entry, none removed or rewritten.'],
  18: ['保管记录也写进了日志，事后补写会被发现。', 'The custody entries are in the log too, so that later rewriting shows.'],
  19: ['内容之外的附属文件与清单一致（附属文件不受封印保护）。', 'The files beside the contents match their list (the seal does not protect them).'],
  20: ['列出格式之外的文件；它们不受封印保护，不得采信。', 'Lists files the format does not know; nothing vouches for them.'],
  21: ['您手中的检查点与包里的日志属于同一个只增不改的日志。', 'The checkpoint you hold and the log in here are one log that only grew.'],
  23: ['包里有访问开始前取得的时间戳，所以它不可能在那一刻之前做成。', 'It holds a timestamp taken before the visit began, so it cannot have been made before that moment.'],
};

const UNPROVEN = {
  always: [
    '“通过”不说明网页内容属实，也不说明发布者是谁；那要靠采集时的相互印证与其他证据。',
    '"Pass" does not mean that the page told the truth, nor who published it; that takes corroboration at capture and other evidence.',
  ],
  untrusted: [
    '没有信任文件：是谁封存的、时间戳机构与日志是否真实，都没有核对。任何人都能做出一份内容完整的包。',
    'No trust file: who sealed this, and whether the authorities and the log are genuine, was not checked. Anybody can make a package whose contents are intact.',
  ],
  selfTimed: [
    '没有可信的第三方时间戳：封存时间只是出具方电脑的自述时间。',
    "No timestamp by a trusted third party: the sealing time is what the issuer's computer said.",
  ],
  test: ['含测试时间戳，它不能证明任何时间。', 'Contains a test timestamp, which proves no time at all.'],
  unlogged: ['没有日志收录证明：不能排除封存方事后另做一份相互矛盾的包。', 'Not in a log: the sealer could have made another, contradicting package.'],
  compared: [
    '没有提供外部检查点：日志是否对不同的人出示过不同的版本，这里没有核对。',
    'No witnessed checkpoint was given: whether the log showed different people different histories was not checked.',
  ],
  custody: ['保管记录由记录者自己书写：它证明事后没有改写，不证明当时写得属实。', 'Custody entries are written by those who keep them: not rewritten since, but not proven true when written.'],
};
