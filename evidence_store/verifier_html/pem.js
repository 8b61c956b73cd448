// Certificates in PEM files (RFC 7468), read and written.

const PEM_BEGIN = '-----BEGIN CERTIFICATE-----\n';
const PEM_END = '-----END CERTIFICATE-----\n';
const MOST_PEM = 32;

// Every certificate of a PEM file; text between the blocks is ignored.
function readCertificates(pem) {
  const text = Array.from(pem, (byte) => String.fromCharCode(byte)).join('').replaceAll('\r\n', '\n');
  const pieces = text.split(PEM_BEGIN).slice(1);
  if (pieces.length > MOST_PEM) throw new Problem('证书过多', 'too many certificates');
  return pieces.map((piece) => {
    const end = piece.indexOf(PEM_END.trimEnd());
    const raw = end < 0 ? new Uint8Array(0) : lenientBase64(piece.slice(0, end));
    if (raw === null) throw new Problem('PEM 证书损坏', 'damaged PEM certificate');
    return new Certificate(raw);
  });
}

// Certificates as PEM: base64 in lines of 64, nothing between the blocks.
function writeCertificates(certificates) {
  const blocks = certificates.map(({ raw }) => PEM_BEGIN + toBase64(raw).replace(/.{1,64}/g, '$&\n') + PEM_END);
  return utf8(blocks.join(''));
}
