/** What a technician writes for a camera that pushes JSON or forms: where its fields are, as data. */
import { duration } from '../../src/contract/duration.ts';
import { z } from '../../src/contract/driver.ts';

const secretName = (what: string) => z.string().min(1).max(200).meta({ secret: true }).describe(what);
const path = z
  .string()
  .regex(/^[^\s.[\]]+(?:\[\d{1,3}\]|\.[^\s.[\]]+)*$/)
  .max(200)
  .describe('Place in the message: names with dots, array places in brackets, e.g. result.plates[0].license.');
const scalar = z.union([z.string().max(200), z.number(), z.boolean()]);
const colors = ['blue', 'yellow', 'white', 'black', 'green', 'yellowGreen', 'other', 'unknown'] as const;
const headings = ['approaching', 'leaving', 'unknown'] as const;

const flag = z.strictObject({ at: path, equals: scalar.describe('The flag is set when the field has this value.') });

const fields = z.strictObject({
  plate: path.describe('The plate as text.'),
  confidence: z
    .strictObject({
      at: path,
      scale: z.number().positive().max(1000).describe('Value that means certain: 1, 100 or 255.'),
    })
    .optional(),
  color: z.strictObject({ at: path, map: z.record(z.string(), z.enum(colors)) }).optional(),
  heading: z.strictObject({ at: path, map: z.record(z.string(), z.enum(headings)) }).optional(),
  channel: path.optional().describe('Lane or channel number.'),
  eventId: path.optional().describe("The camera's id of the event, equal when it is sent again."),
  time: z
    .strictObject({ at: path, unit: z.enum(['s', 'ms', 'iso']) })
    .optional()
    .describe("The camera's clock; recorded only."),
  replayed: flag.optional().describe('Set when the camera sends an old event again: recorded, moves nothing.'),
  historical: flag
    .optional()
    .describe('Set when the event happened while the camera was offline: recorded, moves nothing.'),
});

export const httpCameraConfig = z
  .strictObject({
    address: z.string().min(2).max(253).describe("The camera's address, e.g. 192.168.1.31."),
    pushPathFile: secretName('File with the secret that ends the URL set in the camera: /c/<secret>.').optional(),
    pushPathEnv: secretName('Environment variable with that secret.').optional(),
    pushFrom: z
      .array(z.string().min(2).max(45))
      .min(1)
      .max(8)
      .optional()
      .describe('Addresses it pushes from. Default: address.'),
    pushUser: z.string().min(1).max(64).optional().describe('Digest user that the camera must prove when it pushes.'),
    pushPasswordFile: secretName('File with the password of that Digest user.').optional(),
    fields,
    only: z
      .strictObject({ at: path, oneOf: z.array(scalar).min(1).max(16) })
      .optional()
      .describe(
        'Messages are taken as plates only where this field has one of these values; others are signs of life.',
      ),
    heartbeat: path.optional().describe('A message with this field and without a plate is a sign of life.'),
    noPlate: z
      .array(z.string().max(32))
      .max(16)
      .default([])
      .describe('Texts that mean: a vehicle, its plate not read.'),
    facts: z
      .record(z.string().regex(/^[A-Za-z][A-Za-z0-9]{0,31}$/), path)
      .default({})
      .describe('More fields to keep in the record.'),
    reply: z
      .strictObject({
        contentType: z.string().max(100).default('application/json'),
        body: z
          .string()
          .max(4000)
          .describe('Sent once the read is recorded. {{place}} puts in a field of the message.'),
      })
      .optional(),
    silentAfter: duration({ min: '5s', max: '24h' })
      .optional()
      .describe('No message for this long is a fault. Default: never.'),
  })
  .superRefine((config, context) => {
    const need = (key: string, message: string): void => context.addIssue({ code: 'custom', path: [key], message });
    if (config.pushPathFile === undefined && config.pushPathEnv === undefined) need('pushPathFile', 'needed');
    if (config.pushFrom === undefined && !/^[\d.]+$|:/.test(config.address))
      need('pushFrom', 'needed where address is a name');
    if ((config.pushUser === undefined) !== (config.pushPasswordFile === undefined)) {
      need('pushPasswordFile', 'pushUser and pushPasswordFile belong together');
    }
  });

export type HttpCameraConfig = z.output<typeof httpCameraConfig>;
