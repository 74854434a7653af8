/** What differs between relay boards, as data: one YAML file a model in `profiles/`. */
import { z } from '../../src/contract/driver.ts';

const word = z.number().int().min(0).max(0xffff);

const relayWrite = z.discriminatedUnion('by', [
  z.strictObject({
    by: z.literal('coil').describe('FC05 with FF00 and 0000.'),
    base: word.describe('Coil address of relay 1.'),
  }),
  z.strictObject({
    by: z.literal('register').describe('FC06 with a code word.'),
    base: word.describe('Register address of relay 1.'),
    on: word.describe('Word that switches the relay on.'),
    off: word.describe('Word that switches the relay off.'),
  }),
]);

const pulse = z.discriminatedUnion('by', [
  z.strictObject({
    by: z.literal('coilValue').describe('FC05 whose value is the time; the board releases by itself.'),
    base: word.describe('Coil address of relay 1 in the range that flashes.'),
    stepMs: z.number().int().min(1).max(1000).describe('Milliseconds of one count.'),
    max: word.describe('Longest time, in counts.'),
  }),
  z.strictObject({
    by: z.literal('registers').describe('FC16 of a mode and a time; the board releases by itself.'),
    base: word.describe('Register address of relay 1.'),
    stride: z.number().int().min(1).max(100).describe('Registers from one relay to the next.'),
    mode: word.describe('Mode word of a flash that ends off.'),
    stepMs: z.number().int().min(1).max(1000).describe('Milliseconds of one count.'),
    max: word.describe('Longest time, in counts.'),
  }),
  z.strictObject({
    by: z.literal('register').describe('FC06 with a code word; the board releases by itself after whole seconds.'),
    base: word.describe('Register address of relay 1.'),
    momentary: word.describe('Word of the board’s own momentary pulse of 1 s.'),
    seconds: word.describe('High byte of the word whose low byte is the time in seconds.'),
    max: z.number().int().min(1).max(255).describe('Longest time, seconds.'),
  }),
  z.strictObject({
    by: z.literal('onOff').describe('No timer on the board: on, then off by the gateway until confirmed.'),
  }),
]);

const block = {
  address: word.describe('First address.'),
  count: z.number().int().min(1).max(64).describe('Relays or inputs read at once.'),
};

const readable = z.discriminatedUnion('layout', [
  z.strictObject({
    layout: z.literal('bits').describe('One bit each: FC01 or FC02.'),
    fc: z.union([z.literal(1), z.literal(2)]).describe('Modbus function.'),
    ...block,
  }),
  z.strictObject({
    layout: z.literal('packed').describe('Sixteen to a register, bit 0 first: FC03 or FC04.'),
    fc: z.union([z.literal(3), z.literal(4)]).describe('Modbus function.'),
    ...block,
  }),
  z.strictObject({
    layout: z.literal('words').describe('One register each, bit 0 counts: FC03 or FC04.'),
    fc: z.union([z.literal(3), z.literal(4)]).describe('Modbus function.'),
    ...block,
  }),
]);

/** How the boom is lifted by hand; a relay board's own documents never say it, the barrier's manual does. */
export const manualLiftSchema = z
  .strictObject({
    zh: z.string().min(1).max(400).describe('In Chinese.'),
    en: z.string().min(1).max(400).describe('In English.'),
  })
  .describe(
    'How the boom is lifted by hand with the mains off, from the manual of the barrier; printed beside a drill.',
  );

export const profileSchema = z
  .strictObject({
    title: z.string().min(1).max(120).describe('Maker and model, as printed.'),
    source: z.string().min(1).max(300).describe('Document that the numbers come from.'),
    relays: z.number().int().min(0).max(64).describe('Relays on the board; 0 where it only measures.'),
    write: relayWrite.describe('How a relay is switched and stays.'),
    writeMany: z
      .boolean()
      .default(false)
      .describe(
        'Does the board obey FC15 (write multiple coils)? In an emergency, lanes on it whose contacts lie side by side are then opened with one frame.',
      ),
    pulse: pulse.describe('How a relay is pulsed.'),
    readBack: readable.nullable().describe('Where relay states are read; null where the board has none.'),
    inputs: readable.nullable().describe('Where inputs are read; null where the board has none.'),
    analog: z
      .strictObject({
        fc: z.union([z.literal(3), z.literal(4)]).describe('Modbus function.'),
        address: word.describe('First register, one an input.'),
        count: z.number().int().min(1).max(64).describe('Inputs read at once.'),
        scale: z.number().positive().default(1).describe('Value of one count, in the unit below.'),
        unit: z.string().min(1).max(20).describe('What is measured, e.g. V, mA, counts.'),
        signed: z.boolean().default(false).describe('Two’s complement.'),
      })
      .optional()
      .describe('Where analog inputs are read, for supervision: analog.'),
    manualLift: manualLiftSchema.optional(),
    mustBeZero: z
      .strictObject({
        fc: z.literal(3).describe('Modbus function.'),
        address: word.describe('First register.'),
        count: z.number().int().min(1).max(64).describe('Registers read at once.'),
      })
      .optional()
      .describe('Registers that let inputs move relays by themselves; anything but 0 raises a fault.'),
  })
  .describe('Numbers of one relay board.');

export type Profile = z.infer<typeof profileSchema>;
export type Readable = z.infer<typeof readable>;
