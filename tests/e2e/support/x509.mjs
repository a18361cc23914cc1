// A self-signed certificate (RFC 5280 §4.1), which node:crypto can read but not write.

import { sign } from "node:crypto";

/** DER: tag, length, value. */
function der(tag, ...parts) {
  const value = Buffer.concat(parts);
  const size = value.length;
  const length = size < 128 ? [size] : [0x82, size >> 8, size & 255];
  return Buffer.concat([Buffer.from([tag, ...length]), value]);
}

const hex = (digits) => Buffer.from(digits, "hex");
const sequence = (...parts) => der(0x30, ...parts);

// sha256WithRSAEncryption, and commonName.
const algorithm = sequence(der(0x06, hex("2a864886f70d01010b")), der(0x05));
const commonName = der(0x06, hex("550403"));

// subjectAltName, RFC 5280 §4.2.1.6: names of hosts and IPv4 addresses.
const subjectAltName = der(0x06, hex("551d11"));
const isAddress = (host) => /^[\d.]+$/.test(host);
const altName = (host) =>
  isAddress(host)
    ? der(0x87, Buffer.from(host.split(".").map(Number)))
    : der(0x82, Buffer.from(host));

/** What version 3 adds: the hosts that the certificate is for. */
function extensions(hosts) {
  if (hosts.length === 0) return [];
  const names = der(0x04, sequence(...hosts.map(altName)));
  return [der(0xa3, sequence(sequence(subjectAltName, names)))];
}

/** The certificate of an RSA key, in DER; `hosts` are those that it is for. */
export function selfSigned({ privateKey, publicKey }, name, hosts = []) {
  const called = sequence(der(0x31, sequence(commonName, der(0x0c, Buffer.from(name)))));
  const time = (text) => der(0x17, Buffer.from(text));
  const facts = sequence(
    // Version 3, serial number 1.
    der(0xa0, der(0x02, hex("02"))),
    der(0x02, hex("01")),
    algorithm,
    called,
    sequence(time("200101000000Z"), time("491231235959Z")),
    called,
    publicKey.export({ type: "spki", format: "der" }),
    ...extensions(hosts),
  );
  const signature = sign("sha256", facts, privateKey);
  return sequence(facts, algorithm, der(0x03, hex("00"), signature));
}
