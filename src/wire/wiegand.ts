/** Wiegand frames between the forms in which converters send them: bits as text, as hexadecimal, as bytes (protocols.md §5.2). */
export { reversedBytes } from '../core/credential/card-readings.ts';
export { readWiegand, wiegandFrame, type WiegandReading, wiegandFormats } from '../core/credential/wiegand-formats.ts';

/** Longest frame that is taken; the longest format has 66 bits. */
const frameBitsMax = 128;

/**
 * The frame as '0' and '1', the first sent bit first, out of hexadecimal that holds it; null where it does not hold so many bits.
 * @param align `left`: the first bit is the highest of the first digit (OSDP RAW); `right`: the last bit is the lowest of the last
 */
export function bitsOfHex(hex: string, bits: number, align: 'left' | 'right'): string | null {
  if (!/^[0-9a-f]{1,64}$/iu.test(hex) || !Number.isInteger(bits) || bits < 1 || bits > frameBitsMax) return null;
  const all = [...hex].map((digit) => Number.parseInt(digit, 16).toString(2).padStart(4, '0')).join('');
  if (all.length < bits) return align === 'right' ? all.padStart(bits, '0') : null;
  const [frame, rest] =
    align === 'left' ? [all.slice(0, bits), all.slice(bits)] : [all.slice(-bits), all.slice(0, -bits)];
  // Ones beyond the frame mean that it is longer than was said.
  return rest.includes('1') ? null : frame;
}
