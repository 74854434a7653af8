/** Keys by which the list is looked up. One credential, one stored key, whatever notation it came in. */

/** `plate:京A12345`, of a canonical text. The colour is kept beside the key, since one number may exist in two colours. */
export function plateKey(text: string): string {
  return `plate:${text}`;
}

/** `card:24:d507d0`: significant bits without parity, value in lower-case hexadecimal without leading zeros. */
export function cardKey(bits: number, value: string): string {
  return `card:${bits}:${value}`;
}
