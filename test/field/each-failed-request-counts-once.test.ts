/** What a line's figures count: a request that got no usable answer is in one of them, and a late answer is no second failure. */
import { expect, it } from 'vitest';
import type { ModbusRequest } from '../../src/contract/line.ts';
import { UnitHealth } from '../../src/field/unit-health.ts';

const request: ModbusRequest = { fc: 1, unit: 1, address: 0, count: 8 };
/** Unit 1, read coils, one byte; a checksum that the line has checked already. */
const reply = Uint8Array.of(1, 1, 1, 0, 0, 0);

it('an answer in whose place an earlier one’s repeat came is misled, and not late as well', () => {
  const unit = new UnitHealth(1, false);
  unit.forestalled(request, 0, 10);
  expect(unit.counts).toMatchObject({ misled: 1, late: 0, timeouts: 0 });
});

it('two answers that differ are one misled request, and no late one', () => {
  const unit = new UnitHealth(1, false);
  unit.unclear(reply, 10);
  expect(unit.counts).toMatchObject({ misled: 1, late: 0, timeouts: 0 });
});

it('an answer that comes after its time is counted as late beside the request that ran out of time', () => {
  const unit = new UnitHealth(1, false);
  unit.unanswered(request, 0, 100);
  expect(unit.late(reply, 150)).toBe(true);
  expect(unit.counts).toMatchObject({ misled: 0, late: 1, timeouts: 1 });
});
