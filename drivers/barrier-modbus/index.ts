/** Barriers and doors on Modbus relay boards: dry contacts are the common interface of all makes (protocols.md §3). */
import { type DeviceTraits, defineDriver } from '../../src/contract/driver.ts';
import { readBytes } from './codec.ts';
import { boardOf } from './board.ts';
import { type BarrierConfig, configSchema, inputsOf, relaysOf } from './config.ts';
import { modesPeriodMs, portal, readBackPeriodMs } from './portal.ts';
import { profileSchema } from './profile.ts';

export type { BarrierConfig } from './config.ts';

export default defineDriver<'modbus', BarrierConfig>({
  name: 'barrier-modbus',
  contract: 1,
  line: 'modbus',
  host: 'main',
  specs: [
    'Modbus Application Protocol V1.1b3 §6',
    'Modbus over Serial Line V1.02 §2.5',
    'Waveshare Modbus RTU Relay protocol manual',
    'JY-DAM DAM0808 manual',
    'Eletechsup R421A08 command list',
  ],
  config: configSchema,
  capabilities: ['barrier', 'door', 'inputs'],
  profiles: { folder: new URL('./profiles/', import.meta.url), schema: profileSchema },
  faults: {
    boardRefuses: {
      zh: '继电器板拒绝读取：型号（profile）或站号不对，读数不可用',
      en: 'The board refuses to be read: wrong profile or unit; its readings are unknown',
    },
    boardLinked: {
      zh: '继电器板处于联动模式：输入会自行驱动继电器，请把控制模式改回 0',
      en: 'The board is in a linkage mode: inputs move relays by themselves; set its control modes to 0',
    },
    outputStuckOn: {
      zh: '脉冲结束后继电器仍吸合：检查触点与接线',
      en: 'A relay is still on after its pulse: check the contact and the line',
    },
  },
  traits,
  create: portal,
});

function traits(config: BarrierConfig): DeviceTraits {
  const { profile, unit } = config;
  const relays = relaysOf(config);
  const manualLift = config.manualLift ?? config.profile.manualLift;
  const inputs = inputsOf(config);
  const polls: DeviceTraits['polls'][number][] = [];
  if (inputs.some(({ bands }) => bands === null) && profile.inputs !== null) {
    const { inputs: block } = profile;
    polls.push({ what: 'inputs', ...blockOf(block), ...readBytes(block), periodMs: config.poll, safety: true });
  }
  if (inputs.some(({ bands }) => bands !== null) && profile.analog !== undefined) {
    const { analog: block } = profile;
    const replyBytes = 5 + 2 * block.count;
    polls.push({ what: 'analog', ...blockOf(block), requestBytes: 8, replyBytes, periodMs: config.poll, safety: true });
  }
  if (profile.readBack !== null) {
    const { readBack: block } = profile;
    polls.push({ what: 'outputs', ...blockOf(block), ...readBytes(block), periodMs: readBackPeriodMs, safety: false });
  }
  if (profile.mustBeZero !== undefined) {
    const { mustBeZero: block } = profile;
    const replyBytes = 5 + 2 * block.count;
    polls.push({
      what: 'modes',
      ...blockOf(block),
      requestBytes: 8,
      replyBytes,
      periodMs: modesPeriodMs,
      safety: false,
    });
  }
  return {
    inputs: inputs.map(({ name, role, energisedClear, bands, written }) => ({
      ...{ id: name, role, failsActive: energisedClear || bands !== null },
      ...{ direction: written?.direction, detects: written?.detects },
      ...(written?.feedback === undefined ? {} : ({ feedback: name === 'fire2' ? 'feedback2' : 'feedback' } as const)),
      ...{ supervision: written?.supervision, onBroken: written?.onBroken, reach: written?.reach },
    })),
    portal:
      config.portal === 'none'
        ? null
        : config.portal === 'door'
          ? // A strike that a pulse releases stays released by nothing: for whoever must get out it is a bolt.
            {
              kind: 'door',
              ...(config.lock === 'pulseReleases' ? { fail: 'secure', pulsed: true } : { fail: config.fail }),
            }
          : {
              ...{
                kind: 'barrier',
                open: config.open,
                openInput: config.openInput,
                hold: config.hold,
                stop: config.stop,
              },
              close: relays.close === undefined ? 'none' : 'pulse',
              announce: config.announce,
              travelMs: config.travel,
              ...(manualLift === undefined ? {} : { manualLift }),
            },
    outputs: Object.values(relays).map((relay) => `${unit}/${profile.write.by}/${profile.write.base + relay - 1}`),
    unit,
    board: boardOf(config),
    polls,
  };
}

function blockOf({ fc, address, count }: { fc: number; address: number; count: number }): { readonly block: string } {
  return { block: `${fc}/${address}/${count}` };
}
