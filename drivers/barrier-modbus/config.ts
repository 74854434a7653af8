/** What a technician writes for one barrier or door on a relay board. */
import { z } from '../../src/contract/driver.ts';
import { duration } from '../../src/contract/duration.ts';
import { reach, reachingRoles } from '../../src/contract/reach.ts';
import { unfit } from '../../src/contract/unfit.ts';
import type { FeedbackOutput, InputRole } from '../../src/core/site-model.ts';
import { type Bands, bandsSchema, refuseUnfitAnalog } from './analog.ts';
import { manualLiftSchema, profileSchema } from './profile.ts';

const number = z.number().int().min(1).max(64);
const relay = number.describe('Relay number as printed on the board, from 1.');

const place = number.describe('Input number as printed on the board, from 1.');
const written = {
  at: place,
  detects: z.enum(['vehicle', 'person', 'both']).optional().describe('What this sensor sees.'),
  direction: z.enum(['in', 'out']).optional().describe('Direction it belongs to, in a two-way lane.'),
  wiring: z
    .enum(['energisedActive', 'energisedClear'])
    .optional()
    .describe(
      'energisedClear: current flows while all is well, so that a cut cable reads occupied or in alarm. Default for obstruction, fire, doorContact, boomBroken, mainsLost and upsLow; the others default to energisedActive.',
    ),
  supervision: z
    .enum(['none', 'pair', 'analog'])
    .optional()
    .describe(
      'pair: an N.C. contact here and its N.O. half as fireNo. analog: a contact with end-of-line resistors on analog input number `at`.',
    ),
  onBroken: z
    .enum(['open', 'alarm'])
    .optional()
    .describe('What a broken fire pair or line does: open as in alarm, or raise a fault only. Default open.'),
  reach: reach()
    .optional()
    .describe(
      'Of fire, emergency and button (held for 5 s): what it opens and holds. lane | site | names of routes. Default: the routes that its lane is on, else its lane.',
    ),
};
const inputSchema = z.union([place, z.strictObject(written)]);
const fireSchema = z.union([
  place,
  z.strictObject({
    ...written,
    bands: bandsSchema.optional(),
    feedback: relay
      .optional()
      .describe(
        'Relay that tells the fire panel: closed while this contact’s emergency stands and all its booms are measured open.',
      ),
  }),
]);

export type InputConfig = z.infer<typeof fireSchema>;

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
  emergency: ['', '2'],
  rex: ['', '2'],
  doorContact: [''],
  boomBroken: [''],
  tamper: [''],
  mainsLost: [''],
  upsLow: [''],
};

export const roleOf: ReadonlyMap<string, InputRole> = new Map(
  Object.entries(roles).flatMap(([role, suffixes]) =>
    suffixes.map((suffix): [string, InputRole] => [`${role}${suffix}`, role as InputRole]),
  ),
);

const clearByDefault: ReadonlySet<InputRole> = new Set([
  ...(['obstruction', 'fire', 'doorContact', 'boomBroken', 'mainsLost', 'upsLow'] as const),
]);

const meanings: Readonly<Record<InputRole, string>> = {
  openLimit: 'Limit switch: the boom is fully open.',
  closedLimit: 'Limit switch: the boom is fully closed.',
  obstruction: 'Sensor under the boom (loop, radar, photocell): nothing closes while it is occupied or unknown.',
  arming: 'Sensor before the boom: a vehicle waits to be decided.',
  departure: 'Sensor behind the boom: the vehicle has gone through.',
  button: "The guard's opening button: a press always opens.",
  closeButton: "The guard's closing button: clear, announced, attended.",
  fire: 'Contact of the fire panel, N.C.: in alarm the lane opens and is held open.',
  fireNo: 'N.O. half of the fire contact, for supervision: pair.',
  emergency: 'Contact of a siren or remote control: it opens and holds as fire does.',
  rex: 'Request to exit: the button inside a door.',
  doorContact: 'Contact that says whether the door is closed.',
  boomBroken: 'Break-off contact of the arm: active when the arm is off its mount.',
  tamper: 'Contact of the cabinet.',
  mainsLost: 'Contact of a mains relay: active without mains power. A fault that pages; it moves nothing.',
  upsLow: 'Contact of the UPS: active while its battery is nearly empty. A fault that pages; it moves nothing.',
};

const inputShape = Object.fromEntries(
  [...roleOf].map(([name, role]) => {
    const schema = role === 'fire' ? fireSchema : (inputSchema as typeof fireSchema);
    return [name, schema.optional().describe(meanings[role])];
  }),
);

export const configSchema = z
  .strictObject({
    unit: z.number().int().min(1).max(247).describe('Modbus unit id of the board, 1..247.'),
    profile: profileSchema.describe('Model of the board: a name in profiles/, or its numbers written here.'),
    portal: z
      .enum(['barrier', 'door', 'none'])
      .default('barrier')
      .describe('What the relays move; none: a board of sensors and contacts alone, among the sensors of a lane.'),
    travel: duration({ min: '300ms', max: '30s' })
      .prefault('3s')
      .describe(
        'Time of one full travel, 0.3..30 s. Where both limits are wired it is learned from 20 travels on, and kept over restarts.',
      ),
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
    announce: z
      .enum(['wired', 'none'])
      .default('none')
      .describe('Is a lamp or buzzer wired to a relay, on from the announcement of a close until it is over?'),
    relays: z
      .strictObject({
        open: relay.optional(),
        close: relay.optional(),
        stop: relay.optional(),
        hold: relay.optional(),
        announce: relay.optional(),
        lock: relay.optional(),
      })
      .optional()
      .describe(
        'Relay of each order. Default: barrier open 1, close 2, stop 3, hold 4, announce 5 as far as declared; door lock 1.',
      ),
    fail: z
      .enum(['safe', 'secure'])
      .default('safe')
      .describe('Door: is it free (safe) or bolted (secure) without power?'),
    lock: z
      .enum(['energisedReleases', 'energisedLocks', 'pulseReleases'])
      .default('energisedReleases')
      .describe(
        'Door: what the lock relay does; pulseReleases: a strike that bolts again by itself, and is refused on escape and fire routes.',
      ),
    manualLift: manualLiftSchema.optional(),
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
    const relays = relaysOf(config);
    for (const [name, at] of Object.entries(relays)) {
      const { relays: count } = config.profile;
      if (at > count) {
        const text = { zh: `此板只有 ${count} 路继电器`, en: `the board has ${count} relays` };
        const only = { zh: '此板只测量，写 portal: none', en: 'it only measures: write portal: none' };
        const range = {
          zh: `写 relays: { ${name}: … }，1 到 ${count}`,
          en: `write relays: { ${name}: … }, 1 to ${count}`,
        };
        unfit(context, pathOf(name), text, count === 0 ? only : range);
      }
      const other = Object.entries(relays).find(([each, theirs]) => each !== name && theirs === at);
      // Told at a feedback output first: a portal's own relays may not be written at all.
      const isFirst =
        other !== undefined && isFeedback(other[0]) === isFeedback(name) ? other[0] < name : isFeedback(name);
      if (other !== undefined && isFirst) {
        const text = { zh: `继电器 ${at} 已用于 ${other[0]}`, en: `relay ${at} is also ${other[0]}` };
        unfit(context, pathOf(name), text, { zh: '改成另一路继电器', en: 'take another relay' });
      }
    }
    for (const name of Object.keys(relays)) {
      if (!isFeedback(name) || config.profile.readBack !== null) continue;
      const text = { zh: '此板的继电器读不回来', en: 'the relays of this board cannot be read back' };
      unfit(context, pathOf(name), text, {
        zh: '换能读回继电器的板：重启后须知道告诉了消防主机什么',
        en: 'take a board that shows them: after a restart it must be known what the panel is told',
      });
    }
    const taken = new Map<string, string>();
    for (const [name, input] of Object.entries(config.inputs)) {
      if (input === undefined) continue;
      const at = numberOf(input);
      const isAnalog = typeof input === 'object' && input.supervision === 'analog';
      if (typeof input === 'object') refuseUnfitAnalog(context, config.profile, name, roleOf.get(name), input);
      if (isAnalog && config.profile.analog === undefined) continue;
      const block = (isAnalog ? config.profile.analog : config.profile.inputs) ?? null;
      if (block === null) {
        const text = { zh: '此板没有输入', en: 'this board has no inputs' };
        unfit(context, ['inputs', name], text, {
          zh: '删掉，或换有输入的型号（profile）',
          en: 'delete it, or take a board that has some (profile)',
        });
      } else if (at > block.count) {
        const text = { zh: `此板只有 ${block.count} 路输入`, en: `the board has ${block.count} inputs` };
        unfit(context, ['inputs', name], text, { zh: `写 1 到 ${block.count}`, en: `write 1 to ${block.count}` });
      }
      const place = isAnalog ? `analog ${at}` : String(at);
      const before = taken.get(place);
      if (before !== undefined) {
        const text = { zh: `输入 ${at} 已用于 ${before}`, en: `input ${at} is also ${before}` };
        unfit(context, ['inputs', name], text, { zh: '按接线改其中一个', en: 'change one of them to how it is wired' });
      }
      taken.set(place, name);
      const role = roleOf.get(name);
      if (typeof input === 'object' && input.reach !== undefined && role !== undefined && !reachingRoles.has(role)) {
        const text = { zh: `${name} 不触发应急，没有 reach`, en: `${name} is no cause of emergency and has no reach` };
        unfit(context, ['inputs', name, 'reach'], text, {
          zh: '删掉；只有 fire、emergency、button 有 reach',
          en: 'delete it; fire, emergency and button have one',
        });
      }
    }
    if (config.inputs.fireNo !== undefined && config.inputs.fire === undefined) {
      const text = { zh: 'fireNo 是 fire 的常开半，缺 fire', en: 'fireNo is the N.O. half of fire, which is missing' };
      unfit(context, ['inputs', 'fireNo'], text, { zh: '加上 fire 输入', en: 'add the input fire' });
    }
    if (config.portal === 'barrier' && config.open === 'maintained' && config.openInput === 'step') {
      const text = { zh: 'step 输入不能保持，open 须是 pulse', en: 'a step input cannot be held; open must be pulse' };
      unfit(context, ['openInput'], text, {
        zh: '写 open: pulse，或接专用开闸端子并写 openInput: dedicated',
        en: 'write open: pulse, or wire the dedicated OPEN terminal and write openInput: dedicated',
      });
    }
  });

export type BarrierConfig = z.infer<typeof configSchema>;
export type RelayNames = FeedbackOutput | 'open' | 'close' | 'stop' | 'hold' | 'announce' | 'lock';

/** Relay number of each order that this device can give. */
export function relaysOf(
  config: Pick<BarrierConfig, 'portal' | 'hold' | 'stop' | 'announce' | 'relays' | 'inputs'>,
): Partial<Record<RelayNames, number>> {
  return { ...portalRelays(config), ...feedbackRelays(config) };
}

function feedbackRelays({ inputs }: Pick<BarrierConfig, 'inputs'>): Partial<Record<FeedbackOutput, number>> {
  const of = (input: InputConfig | undefined) => (typeof input === 'object' ? input.feedback : undefined);
  const [feedback, feedback2] = [of(inputs.fire), of(inputs.fire2)];
  return { ...(feedback === undefined ? {} : { feedback }), ...(feedback2 === undefined ? {} : { feedback2 }) };
}

const isFeedback = (name: string): boolean => name.startsWith('feedback');

/** Where a relay is written. */
export function pathOf(name: string): readonly string[] {
  return isFeedback(name) ? ['inputs', name.replace('feedback', 'fire'), 'feedback'] : ['relays', name];
}

function portalRelays(
  config: Pick<BarrierConfig, 'portal' | 'hold' | 'stop' | 'announce' | 'relays'>,
): Partial<Record<RelayNames, number>> {
  const written = config.relays;
  if (config.portal === 'none') return {};
  if (config.portal === 'door') return { lock: written?.lock ?? 1 };
  const close = written === undefined ? 2 : written.close;
  return {
    open: written?.open ?? 1,
    ...(close === undefined ? {} : { close }),
    ...(config.stop === 'wired' ? { stop: written?.stop ?? 3 } : {}),
    ...(config.hold === 'holdInput' ? { hold: written?.hold ?? 4 } : {}),
    ...(config.announce === 'wired' ? { announce: written?.announce ?? 5 } : {}),
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
  /** Of an analog input, whose `at` counts among those; else null. */
  readonly bands: Bands | null;
  readonly written: Exclude<InputConfig, number> | null;
}

export function inputsOf(config: BarrierConfig): readonly BoardInput[] {
  return Object.entries(config.inputs).flatMap(([name, input]) => {
    const role = roleOf.get(name);
    if (input === undefined || role === undefined) return [];
    const written = typeof input === 'number' ? null : input;
    const wiring = written?.wiring ?? (clearByDefault.has(role) ? 'energisedClear' : 'energisedActive');
    const bands = written?.supervision === 'analog' ? (written.bands ?? null) : null;
    return [{ name, role, at: numberOf(input), energisedClear: wiring === 'energisedClear', bands, written }];
  });
}
