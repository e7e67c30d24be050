/**
 * Writes the parts of ASN.1 that a certificate needs, in DER. Loading a library for all of X.509 would take a third of the local
 * Azure's starting time.
 * https://www.itu.int/rec/T-REC-X.690
 */
export const der = {
  sequence: (...content: Uint8Array[]): Buffer => element(0x30, ...content),
  set: (...content: Uint8Array[]): Buffer => element(0x31, ...content),
  /** @param bytes a positive number, the most significant byte first */
  integer: (bytes: Uint8Array): Buffer => element(0x02, bytes),
  boolean: (value: boolean): Buffer => element(0x01, Buffer.from([value ? 0xff : 0])),
  null: (): Buffer => element(0x05),
  utf8: (text: string): Buffer => element(0x0c, Buffer.from(text)),
  octets: (content: Uint8Array): Buffer => element(0x04, content),
  /** @param unused how many bits of the last byte are unused */
  bits: (content: Uint8Array, unused = 0): Buffer => element(0x03, Buffer.from([unused]), content),
  /** @param dotted for example `2.5.4.3` */
  identifier: (dotted: string): Buffer => element(0x06, identifierBytes(dotted)),
  /** A time up to the year 2049, to the second. */
  time: (date: Date): Buffer => {
    const digits = date.toISOString().replace(/\D/g, "");
    return element(0x17, Buffer.from(`${digits.slice(2, 14)}Z`));
  },
  /** An element with an explicit tag: `[number]`. */
  explicit: (number: number, content: Uint8Array): Buffer => element(0xa0 + number, content),
  implicit: (number: number, content: Uint8Array): Buffer => element(0x80 + number, content),
} as const;

function element(tag: number, ...content: readonly Uint8Array[]): Buffer {
  const length = content.reduce((sum, { byteLength }) => sum + byteLength, 0);
  return Buffer.concat([Buffer.from([tag, ...lengthBytes(length)]), ...content]);
}

function lengthBytes(length: number): number[] {
  if (length < 0x80) return [length];
  const bytes = base(256, length);
  return [0x80 + bytes.length, ...bytes];
}

function identifierBytes(dotted: string): Buffer {
  const [first = 0, second = 0, ...others] = dotted.split(".").map(Number);
  // Each number is split into groups of seven bits. All but the last group have the high bit set.
  const marked = (value: number) => base(128, value).map((group, i, { length }) => group + (i < length - 1 ? 0x80 : 0));
  return Buffer.from([first * 40 + second, ...others].flatMap(marked));
}

/** The digits of a number, the most significant first. */
function base(radix: number, value: number): number[] {
  return value < radix ? [value] : [...base(radix, Math.floor(value / radix)), value % radix];
}
