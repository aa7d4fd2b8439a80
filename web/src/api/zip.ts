// The parts of a Shapefile as one archive, stored without compression. Pure.

export interface Part {
  readonly name: string;
  readonly data: Uint8Array<ArrayBuffer>;
}

const localHeader = 0x04034b50;
const centralHeader = 0x02014b50;
const endOfDirectory = 0x06054b50;
const version = 20;
const utf8Names = 0x0800;

/** A ZIP archive (APPNOTE 6.3: local headers, central directory, end record) of files that are together below 4 GB. */
export function zip(parts: readonly Part[]): Blob {
  const bodies: BlobPart[] = [];
  const directory: BlobPart[] = [];
  let offset = 0;
  let directorySize = 0;
  for (const { name, data } of parts) {
    const label = new TextEncoder().encode(name);
    const shared = [u16(version), u16(utf8Names), u16(0), u32(0), u32(crc32(data)), u32(data.length), u32(data.length), u16(label.length), u16(0)];
    const local = join([u32(localHeader), ...shared, label]);
    const central = join([u32(centralHeader), u16(version), ...shared, u16(0), u16(0), u16(0), u32(0), u32(offset), label]);
    bodies.push(local, data);
    directory.push(central);
    offset += local.length + data.length;
    directorySize += central.length;
  }
  const count = u16(parts.length);
  const end = join([u32(endOfDirectory), u16(0), u16(0), count, count, u32(directorySize), u32(offset), u16(0)]);
  return new Blob([...bodies, ...directory, end], { type: "application/zip" });
}

/** CRC-32 of ISO 3309, as ZIP has it. */
export function crc32(data: Uint8Array): number {
  let sum = 0xffffffff;
  for (const byte of data) sum = table[(sum ^ byte) & 0xff]! ^ (sum >>> 8);
  return (sum ^ 0xffffffff) >>> 0;
}

const table = Uint32Array.from({ length: 256 }, (_, start) => {
  let value = start;
  for (let bit = 0; bit < 8; bit++) value = value & 1 ? 0xedb88320 ^ (value >>> 1) : value >>> 1;
  return value >>> 0;
});

function u16(value: number): Uint8Array<ArrayBuffer> {
  return Uint8Array.of(value & 0xff, (value >>> 8) & 0xff);
}

function u32(value: number): Uint8Array<ArrayBuffer> {
  return Uint8Array.of(value & 0xff, (value >>> 8) & 0xff, (value >>> 16) & 0xff, (value >>> 24) & 0xff);
}

function join(pieces: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(pieces.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const piece of pieces) {
    whole.set(piece, at);
    at += piece.length;
  }
  return whole;
}
