/** Patterns of Chinese plates (protocols.md §7), as data: first match wins, text already upper-case and without separators. */

export type PlateKind =
  | 'ordinary'
  /** Ordinary text on a yellow plate: coach, lorry. Text alone cannot tell; only `classifyPlate` gives it. */
  | 'large'
  | 'newEnergySmall'
  | 'newEnergyLarge'
  | 'trailer'
  | 'learner'
  | 'police'
  | 'emergencyRescue'
  | 'hongKongMacau'
  | 'embassy'
  | 'consulate'
  | 'armedPolice'
  | 'military'
  | 'civilAviation'
  | 'temporary'
  | 'foreign'
  | 'none';

export const provinces = '京津冀晋蒙辽吉黑沪苏浙皖闽赣鲁豫鄂湘粤桂琼渝川贵云藏陕甘青宁新';

interface PlatePattern {
  readonly kind: PlateKind;
  readonly pattern: RegExp;
  /** I and O are read as 1 and 0 from this position on; null where the pattern is plain ASCII that a foreign plate may share. */
  readonly foldFrom: number | null;
}

const province = `[${provinces}]`;
const serial = '[A-HJ-NP-Z0-9]';
const row = (kind: PlateKind, source: string, foldFrom: number | null): PlatePattern => ({
  kind,
  pattern: new RegExp(`^${source}$`, 'u'),
  foldFrom,
});

/**
 * Two letters, then five signs with one letter at most: with more of them it is a foreign plate as often (EL123AB), and
 * nothing is decided by this kind.
 */
export const militarySource = `[VKHBSLJNGCE][A-Z](?=[0-9]*[A-Z]?[0-9]*$)${serial}{5}`;

export const platePatterns: readonly PlatePattern[] = [
  row('ordinary', `${province}[A-Z]${serial}{5}`, 2),
  row('newEnergySmall', `${province}[A-Z][A-HJK]${serial}[0-9]{4}`, 2),
  row('newEnergyLarge', `${province}[A-Z][0-9]{5}[A-HJK]`, 2),
  row('hongKongMacau', `粤Z${serial}{4}[港澳]`, 2),
  row('trailer', `${province}[A-Z]${serial}{4}挂`, 2),
  row('learner', `${province}[A-Z]${serial}{4}学`, 2),
  row('police', `${province}[A-Z]${serial}{4}警`, 2),
  // The office letter is missing in some readings of this class; a fire engine must not fail on that.
  row('emergencyRescue', `${province}[A-Z]?[XS][0-9]{3,4}应急`, 2),
  row('consulate', `${province}[A-Z]${serial}{4}领`, 2),
  row('embassy', '使[0-9]{6}', 1),
  row('embassy', `${province}?[0-9]{6}使`, 0),
  row('embassy', `${province}[A-Z]${serial}{4}使`, 2),
  row('armedPolice', `WJ${province}[0-9]{4}${serial}`, 3),
  row('civilAviation', `民航${serial}{5}`, 2),
  row('temporary', `${province}[A-Z]${serial}{5}[临超]`, 2),
  row('armedPolice', `WJ[0-9]{4}${serial}`, null),
  row('military', militarySource, null),
];

export interface PatternMatch {
  readonly kind: PlateKind;
  readonly text: string;
}

/** The Chinese kind of `text` and its text with illegal serial letters folded; null where no pattern fits. */
export function matchPattern(text: string): PatternMatch | null {
  for (const { kind, pattern, foldFrom } of platePatterns) {
    const folded = foldFrom === null ? text : text.slice(0, foldFrom) + foldSerial(text.slice(foldFrom));
    if (pattern.test(folded)) return { kind, text: folded };
  }
  return null;
}

function foldSerial(serialPart: string): string {
  return serialPart.replaceAll('I', '1').replaceAll('O', '0');
}
