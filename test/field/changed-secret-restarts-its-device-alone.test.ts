import { expect, it } from 'vitest';
import { ManualClock } from '../../src/contract/conformance/manual-clock.ts';
import { type AnyDriver, defineDriver, z } from '../../src/contract/driver.ts';
import { Field, type FieldConfig } from '../../src/field/field.ts';

it('a device whose secret is another is created anew with it, and its neighbour runs on', async () => {
  const created: string[] = [];
  let secret = 'old';
  const driver = defineDriver<'none', object>({
    ...{ name: 'keyed', contract: 1, line: 'none', host: 'main', specs: ['none'], config: z.object({}), faults: {} },
    traits: () => ({ inputs: [], portal: null, outputs: [], unit: null, polls: [] }),
    create(ctx) {
      created.push(`${ctx.device} ${ctx.secret('key')}`);
      return { provides: ['reader'], start() {}, stop() {} };
    },
  }) as AnyDriver;
  const field = new Field({
    ...{ clock: new ManualClock(), random: () => 0.5, emit: async () => 'recorded' as const },
    ...{ secret: () => secret, log: { info() {}, warn() {} } },
  });
  const config = (east: number, west: number): FieldConfig => ({
    lines: [],
    devices: [
      { id: 'east', driver, config: {}, secrets: east },
      { id: 'west', driver, config: {}, secrets: west },
    ],
  });
  await field.apply(config(1, 2));
  secret = 'new';
  await field.apply(config(1, 2));
  expect(created).toEqual(['east old', 'west old']);
  await field.apply(config(3, 2));
  expect(created.slice(2)).toEqual(['east new']);
  await field.stop();
});
