/** What a technician writes for one barrier or door on a relay board. */
import { z } from '../../src/contract/driver.ts';
import { duration } from '../../src/contract/duration.ts';
import type { InputRole } from '../../src/core/site-model.ts';
import { profileSchema } from './profile.ts';

const number = z.number().int().min(1).max(64);
const relay = number.describe('Relay number as printed on the board, from 1.');

const inputSchema = z.union([
  number.describe('Input number as printed on the board, from 1.'),
  z.strictObject({
    at: number.describe('Input number as printed on the board, from 1.'),
    detects: z.enum(['vehicle', 'person', 'both']).optional().describe('What this sensor sees.'),
    direction: z.enum(['in', 'out']).optional().describe('Direction it belongs to, in a two-way lane.'),
    wiring: z
      .enum(['energisedActive', 'energisedClear'])
      .optional()
      .describe(
        'energisedClear: current flows while all is well, so that a cut cable reads occupied or in alarm. Default for obstruction, fire and doorContact; the others default to energisedActive.',
      ),
    supervision: z
      .enum(['none', 'pair'])
      .optional()
      .describe('pair: an N.C. contact here and its N.O. half as fireNo.'),
    onBroken: z.enum(['open', 'alarm']).optional().describe('What a broken fire pair does. Default open.'),
  }),
]);

export type InputConfig = z.infer<typeof inputSchema>;

/** Names an input may have, and what it is. More of a kind are numbered; `In` and `Out` tell directions. */
const roles: Readonly<Record<InputRole, readonly string[]>> = {
  openLimit: [''],
  closedLimit: [''],
  obstruction: ['', '2', '3', '4', 'In', 'Out'],
  arming: ['', '2', 'In', 'Out'],
  departure: ['', '2', 'In', 'Out'],
  button: ['', '2'],
  closeButton: [''],
  fire: ['', '2'],
  fireNo: ['', '2'],
  rex: ['', '2'],
  doorContact: [''],
  tamper: [''],
  mains: [''],
};

export const roleOf: ReadonlyMap<string, InputRole> = new Map(
  Object.entries(roles).flatMap(([role, suffixes]) =>
    suffixes.map((suffix): [string, InputRole] => [`${role}${suffix}`, role as InputRole]),
  ),
);

const clearByDefault: ReadonlySet<InputRole> = new Set(['obstruction', 'fire', 'doorContact']);

const inputShape = Object.fromEntries(
  [...roleOf.keys()].map((name) => [
    name,
    inputSchema.optional().describe(`Input of the ${roleOf.get(name)} contact.`),
  ]),
);

export const configSchema = z
  .strictObject({
    unit: z.number().int().min(1).max(247).describe('Modbus unit id of the board, 1..247.'),
    profile: profileSchema,
    portal: z.enum(['barrier', 'door']).default('barrier').describe('What the relays move.'),
    travel: duration({ min: '300ms', max: '30s' }).prefault('3s').describe('Time of one full travel, 0.3..30 s.'),
    open: z
      .enum(['pulse', 'maintained'])
      .default('pulse')
      .describe('How OPEN is given: a pulse, or a contact that stays on.'),
    openInput: z
      .enum(['dedicated', 'step'])
      .default('dedicated')
      .describe('dedicated: the controller’s own OPEN input; step: one input that toggles, never re-sent.'),
    hold: z
      .enum(['maintained', 'holdInput', 'none'])
      .default('none')
      .describe('How the boom is held open: OPEN kept on, a relay of its own, or not at all.'),
    stop: z.enum(['wired', 'none']).default('none').describe('Is the controller’s STOP wired to a relay?'),
    relays: z
      .strictObject({
        open: relay.optional(),
        close: relay.optional(),
        stop: relay.optional(),
        hold: relay.optional(),
        lock: relay.optional(),
      })
      .optional()
      .describe(
        'Relay of each order. Default: barrier open 1, close 2, stop 3, hold 4 as far as declared; door lock 1.',
      ),
    fail: z
      .enum(['safe', 'secure'])
      .default('safe')
      .describe('Door: is it free (safe) or bolted (secure) without power?'),
    lock: z
      .enum(['energisedReleases', 'energisedLocks', 'pulseReleases'])
      .default('energisedReleases')
      .describe('Door: what the lock relay does; pulseReleases: a strike that bolts again by itself.'),
    pulse: duration({ min: '100ms', max: '10s' }).prefault('500ms').describe('Length of a pulse, 0.1..10 s.'),
    poll: duration({ min: '20ms', max: '5s' })
      .prefault('100ms')
      .describe('Period at which inputs are read, 20 ms..5 s.'),
    inputs: z
      .strictObject(inputShape)
      .default({})
      .describe('Input numbers by name; more of a kind: obstruction2, armingOut …'),
  })
  .superRefine((config, context) => {
    const complain = (path: (string | number)[], message: string) =>
      context.addIssue({ code: 'custom', path, message });
    const relays = relaysOf(config);
    for (const [name, at] of Object.entries(relays)) {
      if (at > config.profile.relays) complain(['relays', name], `the board has ${config.profile.relays} relays`);
      const other = Object.entries(relays).find(([each, theirs]) => each !== name && theirs === at);
      if (other !== undefined && other[0] < name) complain(['relays', name], `relay ${at} is also ${other[0]}`);
    }
    const taken = new Map<number, string>();
    for (const [name, input] of Object.entries(config.inputs)) {
      if (input === undefined) continue;
      const at = numberOf(input);
      const block = config.profile.inputs;
      if (block === null) complain(['inputs', name], 'this board has no inputs');
      else if (at > block.count) complain(['inputs', name], `the board has ${block.count} inputs`);
      const before = taken.get(at);
      if (before !== undefined) complain(['inputs', name], `input ${at} is also ${before}`);
      taken.set(at, name);
    }
    if (config.inputs.fireNo !== undefined && config.inputs.fire === undefined) {
      complain(['inputs', 'fireNo'], 'fireNo is the N.O. half of fire, which is missing');
    }
    if (config.portal === 'barrier' && config.open === 'maintained' && config.openInput === 'step') {
      complain(['openInput'], 'a step input cannot be held; open must be pulse');
    }
  });

export type BarrierConfig = z.infer<typeof configSchema>;
type RelayNames = 'open' | 'close' | 'stop' | 'hold' | 'lock';

/** Relay number of each order that this device can give. */
export function relaysOf(
  config: Pick<BarrierConfig, 'portal' | 'hold' | 'stop' | 'relays'>,
): Partial<Record<RelayNames, number>> {
  const written = config.relays;
  if (config.portal === 'door') return { lock: written?.lock ?? 1 };
  const close = written === undefined ? 2 : written.close;
  return {
    open: written?.open ?? 1,
    ...(close === undefined ? {} : { close }),
    ...(config.stop === 'wired' ? { stop: written?.stop ?? 3 } : {}),
    ...(config.hold === 'holdInput' ? { hold: written?.hold ?? 4 } : {}),
  };
}

export function numberOf(input: InputConfig): number {
  return typeof input === 'number' ? input : input.at;
}

export interface BoardInput {
  readonly name: string;
  readonly role: InputRole;
  /** From 1. */
  readonly at: number;
  readonly energisedClear: boolean;
  readonly written: Exclude<InputConfig, number> | null;
}

export function inputsOf(config: BarrierConfig): readonly BoardInput[] {
  return Object.entries(config.inputs).flatMap(([name, input]) => {
    const role = roleOf.get(name);
    if (input === undefined || role === undefined) return [];
    const written = typeof input === 'number' ? null : input;
    const wiring = written?.wiring ?? (clearByDefault.has(role) ? 'energisedClear' : 'energisedActive');
    return [{ name, role, at: numberOf(input), energisedClear: wiring === 'energisedClear', written }];
  });
}
