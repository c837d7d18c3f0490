import { crc32, deflateSync, inflateSync } from 'node:zlib';

/** Most colours of a picture. */
const most = 64;

/**
 * A PNG as Chromium makes it (8 bits, RGB or RGBA, not interlaced), with a palette instead: smaller, for what is
 * mostly flat areas and text. More than 64 colours become the 64 that are used most, each other the nearest one.
 */
export function smallPng(png: Buffer): Buffer {
  const { width, height, pixels } = decode(png);
  const counts = new Map<number, number>();
  for (const colour of pixels) counts.set(colour, (counts.get(colour) ?? 0) + 1);
  const palette = [...counts].sort(([, one], [, other]) => other - one).slice(0, most).map(([colour]) => colour);
  const places = new Map(palette.map((colour, place) => [colour, place]));
  const indexed = Buffer.alloc((width + 1) * height);
  for (let y = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1) {
      const colour = pixels[y * width + x];
      let place = places.get(colour);
      if (place === undefined) places.set(colour, place = nearest(palette, colour));
      indexed[y * (width + 1) + x + 1] = place;
    }
  }
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([8, 3, 0, 0, 0], 8);
  const table = Buffer.from(palette.flatMap((colour) => [colour >> 16, colour >> 8 & 255, colour & 255]));
  return Buffer.concat([
    signature, chunk('IHDR', header), chunk('PLTE', table), chunk('IDAT', deflateSync(indexed, { level: 9 })),
    chunk('IEND', Buffer.alloc(0)),
  ]);
}

const signature = Buffer.from([137, 80, 78, 71, 13, 10, 26, 10]);

/** The pixels as 0xRRGGBB, row by row (PNG, third edition, sections 5 and 9). */
function decode(png: Buffer): { width: number; height: number; pixels: Uint32Array } {
  let [width, height, bytes] = [0, 0, 3];
  const parts: Buffer[] = [];
  for (let at = 8; at < png.length;) {
    const length = png.readUInt32BE(at);
    const type = png.toString('latin1', at + 4, at + 8);
    const data = png.subarray(at + 8, at + 8 + length);
    if (type === 'IHDR') {
      [width, height, bytes] = [data.readUInt32BE(0), data.readUInt32BE(4), data[9] === 6 ? 4 : 3];
    }
    if (type === 'IDAT') parts.push(data);
    at += length + 12;
  }
  const lines = unfilter(inflateSync(Buffer.concat(parts)), width * bytes, height, bytes);
  const pixels = new Uint32Array(width * height);
  for (let i = 0; i < pixels.length; i += 1) {
    pixels[i] = lines[i * bytes] << 16 | lines[i * bytes + 1] << 8 | lines[i * bytes + 2];
  }
  return { width, height, pixels };
}

/** Takes back what each line was filtered with (section 9.2). `bytes`: of a pixel. */
function unfilter(filtered: Buffer, lineLength: number, height: number, bytes: number): Buffer {
  const lines = Buffer.alloc(lineLength * height);
  for (let y = 0; y < height; y += 1) {
    const filter = filtered[y * (lineLength + 1)];
    for (let x = 0; x < lineLength; x += 1) {
      const at = y * lineLength + x;
      const left = x < bytes ? 0 : lines[at - bytes];
      const above = y === 0 ? 0 : lines[at - lineLength];
      const corner = x < bytes || y === 0 ? 0 : lines[at - lineLength - bytes];
      const guess = [0, left, above, (left + above) >> 1, paeth(left, above, corner)][filter];
      lines[at] = filtered[y * (lineLength + 1) + x + 1] + guess;
    }
  }
  return lines;
}

function paeth(left: number, above: number, corner: number): number {
  const [a, b, c] = [Math.abs(above - corner), Math.abs(left - corner), Math.abs(left + above - 2 * corner)];
  if (a <= b && a <= c) return left;
  return b <= c ? above : corner;
}

function nearest(palette: readonly number[], colour: number): number {
  let [best, least] = [0, Infinity];
  for (const [place, other] of palette.entries()) {
    const distance = [16, 8, 0]
      .reduce((sum, shift) => sum + ((colour >> shift & 255) - (other >> shift & 255)) ** 2, 0);
    if (distance < least) [best, least] = [place, distance];
  }
  return best;
}

function chunk(type: string, data: Buffer): Buffer {
  const named = Buffer.concat([Buffer.from(type, 'latin1'), data]);
  const whole = Buffer.alloc(data.length + 12);
  whole.writeUInt32BE(data.length, 0);
  named.copy(whole, 4);
  whole.writeUInt32BE(crc32(named), data.length + 8);
  return whole;
}
