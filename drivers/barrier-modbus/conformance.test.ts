import { describe, it } from 'vitest';
import { conformance } from '../../src/contract/conformance/conformance.ts';
import type { AnyDriver } from '../../src/contract/driver.ts';
import { examples, makeRig } from '../../test/field/barrier-rig.ts';
import driver from './index.ts';

describe('barrier-modbus conforms', () => {
  const checks = conformance({
    driver: driver as AnyDriver,
    examples: examples(),
    command: 'pulseOpen',
    noticeMs: 4000,
    // Also the board's control modes are read within this.
    returnMs: 62_000,
    make: () => makeRig(),
  });
  for (const { name, run } of checks) it(name, run);
});
