import { describe, expect, it } from 'vitest';
import { answerOf } from './byte-port.ts';
import { inputsOf, rig } from './rig.ts';

const board = (request: Uint8Array) => [{ afterMs: 15, bytes: answerOf(request) }];

describe('when a line has come up', () => {
  it('a safety input that was never read goes before every status that was never read', async () => {
    const { clock, line, port } = await rig(board);
    for (const unit of [1, 2, 3, 4])
      line.poll('outputs', { fc: 1, unit, address: 0, count: 8 }, 2000, 'status', () => {});
    line.poll('inputs', inputsOf(5), 100, 'safetyInputs', () => {});
    await clock.pass(200);
    expect(port.sent.slice(0, 3).map(({ hex }) => hex.slice(0, 5))).toEqual(['01 01', '05 02', '02 01']);
  });

  it('equals that were never read go in the order in which they were asked for', async () => {
    const { clock, line, port } = await rig(board);
    for (const unit of [3, 1, 2]) line.poll('inputs', inputsOf(unit), 500, 'safetyInputs', () => {});
    await clock.pass(150);
    expect(port.sent.slice(0, 3).map(({ hex }) => hex.slice(0, 2))).toEqual(['03', '01', '02']);
  });
});
