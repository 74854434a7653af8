import { describe, it } from 'vitest';
import { conformance } from '../../src/contract/conformance/conformance.ts';
import type { AnyDriver } from '../../src/contract/driver.ts';
import { examples, makeReader } from '../../test/field/reader-rig.ts';
import driver from './index.ts';

// One of each way of framing; a text without end mark or checksum has nothing by which garbage could be known.
describe.each(['em4100', 'em18', 's4a-ethernet', 'binary-02', 'uhf-r2000'])(
  'reader-serial conforms with %s',
  (name) => {
    const checks = conformance({
      driver: driver as AnyDriver,
      examples: examples(),
      noticeMs: 8000,
      // A line of bytes is tried again after at most 30 s.
      returnMs: 31_000,
      make: () => makeReader(name),
    });
    for (const check of checks) it(check.name, check.run);
  },
);
