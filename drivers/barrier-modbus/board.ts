/** What a barrier takes of its board, so that several can hang on one. Pure. */
import type { BoardTraits } from '../../src/contract/driver.ts';
import { type BarrierConfig, inputsOf, pathOf, relaysOf } from './config.ts';

export function boardOf(config: BarrierConfig): BoardTraits {
  const { title, source: _source, manualLift: _manualLift, ...numbers } = config.profile;
  return {
    title,
    model: JSON.stringify(numbers),
    channels: [
      ...Object.entries(relaysOf(config)).map(([name, relay]) => ({
        name: { zh: `继电器 ${relay}`, en: `relay ${relay}` },
        path: [...pathOf(name)],
      })),
      ...inputsOf(config).map(({ name, at, bands }) => ({
        name:
          bands === null
            ? { zh: `输入 ${at}`, en: `input ${at}` }
            : { zh: `模拟量输入 ${at}`, en: `analog input ${at}` },
        path: ['inputs', name],
      })),
    ],
  };
}
