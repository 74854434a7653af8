/** The test's stand-in for core's rules, as the import thread loads it. */
import type { Normalise } from '../../src/store/csv-columns.ts';

export const normalise: Normalise = {
  plate: (raw) => (/^[\u4e00-\u9fff][A-Z][A-Z0-9]{5,6}$/.test(raw) ? `plate:${raw}` : null),
  card: () => null,
};
