/** What a technician writes for a camera that pushes JSON or forms: where its fields are, as data. */
import { address } from '../../src/contract/address.ts';
import { checkPush, pushKeys } from '../../src/contract/camera-push.ts';
import { duration } from '../../src/contract/duration.ts';
import { z } from '../../src/contract/driver.ts';

const path = z
  .string()
  .regex(/^[^\s.[\]]+(?:\[\d{1,3}\]|\.[^\s.[\]]+)*$/)
  .max(200)
  .meta({
    expectedZh: '报文中的位置，用点分开，数组写下标，例如 result.plates[0].license',
    expectedEn: 'a place in the message: names with dots, array places in brackets, e.g. result.plates[0].license',
  })
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
    .optional()
    .describe('How sure the camera is of the plate.'),
  color: z
    .strictObject({
      at: path,
      map: z.record(z.string(), z.enum(colors)).describe("The camera's values, and the colour that each means."),
    })
    .optional()
    .describe('Colour of the plate.'),
  heading: z
    .strictObject({
      at: path,
      map: z.record(z.string(), z.enum(headings)).describe("The camera's values, and the direction that each means."),
    })
    .optional()
    .describe('Which way the vehicle goes.'),
  channel: path.optional().describe('Lane or channel number.'),
  eventId: path.optional().describe("The camera's id of the event, equal when it is sent again."),
  time: z
    .strictObject({
      at: path,
      unit: z.enum(['s', 'ms', 'iso']).describe('Seconds or milliseconds since 1970, or text as of ISO 8601.'),
    })
    .optional()
    .describe("The camera's clock; recorded only."),
  replayed: flag.optional().describe('Set when the camera sends an old event again: recorded, moves nothing.'),
  historical: flag
    .optional()
    .describe('Set when the event happened while the camera was offline: recorded, moves nothing.'),
});

export const httpCameraConfig = z
  .strictObject({
    address: address().describe("The camera's address, e.g. 192.168.1.31."),
    ...pushKeys,
    fields: fields.describe('Where in the message each value stands.'),
    only: z
      .strictObject({ at: path, oneOf: z.array(scalar).min(1).max(16).describe('Values of it that mean a plate.') })
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
      .record(
        z
          .string()
          .regex(/^[A-Za-z][A-Za-z0-9]{0,31}$/)
          .meta({
            expectedZh: '字母开头，字母和数字，最多 32 个',
            expectedEn: 'letters and digits, a letter first, at most 32',
          }),
        path,
      )
      .default({})
      .describe('More fields to keep in the record.'),
    reply: z
      .strictObject({
        contentType: z.string().max(100).default('application/json').describe('Content type of the answer.'),
        body: z
          .string()
          .max(4000)
          .describe('Sent once the read is recorded. {{place}} puts in a field of the message.'),
      })
      .optional()
      .describe('What the camera is answered, where it wants more than a status.'),
    silentAfter: duration({ min: '5s', max: '24h' })
      .optional()
      .describe('No message for this long is a fault. Default: never.'),
  })
  .superRefine((config, context) => {
    checkPush(config, true, context);
  });

export type HttpCameraConfig = z.output<typeof httpCameraConfig>;
