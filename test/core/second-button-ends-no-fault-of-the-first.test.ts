import { expect, it } from 'vitest';
import { fullInputs, gate, input } from './lane-fixtures.ts';
import type { World } from './lane-harness.ts';

const told = (world: World, kind: 'faultRaised' | 'faultCleared') =>
  world.ofKind(kind).filter(({ body }) => body.code === 'buttonStuck').length;

it('a stuck button is told once, though the lane has another that is free, and is over once it is let go', () => {
  const world = gate({ inputs: [...fullInputs, input('button', { id: 'button2' })] });
  world.set('button', true);
  world.run(70_000);
  expect(world.faults).toContain('buttonStuck');
  expect([told(world, 'faultRaised'), told(world, 'faultCleared')]).toEqual([1, 0]);
  world.set('button', false);
  world.run(300);
  expect(world.faults).not.toContain('buttonStuck');
});

it('a stuck button that is not read any more goes on being told', () => {
  const world = gate({ inputs: [...fullInputs, input('button', { id: 'button2' })] });
  world.set('button', true);
  world.run(70_000);
  world.silence();
  world.run(5000);
  expect(world.faults).toContain('buttonStuck');
});
