/** The schema of everything that is not a driver's own: site, lines, lanes, receiver, store. Descriptions are the reference. */
import { z } from 'zod';
import { address, bindAddress } from '../contract/address.ts';
import { days, duration } from '../contract/duration.ts';
import { unfit } from '../contract/unfit.ts';
import { parseCron } from '../core/calendar/cron.ts';
import { provinces } from '../core/plate/patterns.ts';
import { unfitProvince } from './province.ts';

const reference = z.string().min(1).max(40);
const text = (max: number) => z.string().min(1).max(max);
const timeOfDay = z
  .string()
  .regex(/^([01]\d|2[0-3]):[0-5]\d$|^24:00$/)
  .meta({ expectedZh: '例如 "07:30"', expectedEn: 'for example "07:30"' });
const dayNames = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun', 'off', 'work'] as const;

const weeklyWindow = z.strictObject({
  days: z.array(z.enum(dayNames)).min(1).max(9).describe('Days of the week; `off` and `work` follow the calendar.'),
  from: timeOfDay.describe('Start, local time of the site, "HH:MM".'),
  to: timeOfDay.describe('End, "HH:MM"; at or before `from` it runs past midnight into the next day.'),
});

const calendar = z.strictObject({
  years: z.array(z.number().int().min(2000).max(2200)).max(50).default([]).describe('Years that `days` covers.'),
  days: z
    .record(
      z
        .string()
        .regex(/^\d{4}-\d{2}-\d{2}$/)
        .meta({ expectedZh: '日期，例如 "2026-10-01"', expectedEn: 'a date, e.g. "2026-10-01"' }),
      z.enum(['off', 'work']),
    )
    .default({})
    .describe('Days that differ from the plain week (调休), "YYYY-MM-DD": off | work.'),
  windows: z
    .record(
      z
        .string()
        .regex(/^[\p{L}\d-]{1,40}$/u)
        .meta({ expectedZh: '字母、汉字、数字和 -，最多 40 个', expectedEn: 'letters, digits and "-", at most 40' }),
      z.array(weeklyWindow).min(1).max(20),
    )
    .default({})
    .describe('Named weekly windows that permits refer to.'),
});

const homeProvince = z
  .string()
  .superRefine((value, context) => {
    const found = unfitProvince(value);
    if (found !== null) unfit(context, [], found.why, found.advice);
  })
  .meta({
    pattern: `^[${provinces}]$`,
    expectedZh: '省份简称，一个汉字，如 京',
    expectedEn: 'the character of a province, e.g. 京',
  });

const cronMoment = z
  .string()
  .min(9)
  .max(60)
  .superRefine((value, context) => {
    if (parseCron(value) !== null) return;
    const zh = '写成 "分 时 日 月 星期"，分和时是一个数，日和星期至少一个是 *，例如 "0 10 * * 1"（星期一 10:00）';
    const en =
      'write "minute hour day-of-month month day-of-week" with one minute and one hour, and * for the day of month or of week, e.g. "0 10 * * 1" (Mondays at 10:00)';
    unfit(
      context,
      [],
      { zh: '不是一天至多一次的 cron 表达式', en: 'no cron expression of one moment a day at most' },
      { zh, en },
    );
  })
  .meta({ expectedZh: 'cron 表达式，例如 "0 10 * * 1"', expectedEn: 'a cron expression, e.g. "0 10 * * 1"' });

const drills = z.strictObject({
  every: days({ min: 7, max: 366 })
    .prefault('30d')
    .describe('Longest time between two drills of one reach, 7d to 366d.'),
  at: cronMoment
    .default('0 10 * * *')
    .describe(
      'When a drill that is due is asked for: "minute hour day-of-month month day-of-week" in the time zone of the site, one moment a day at most.',
    ),
  reach: z
    .union([z.literal('site'), z.array(reference).min(1).max(16)])
    .optional()
    .describe('Names of routes, each drilled by itself, or site. Default: every route; site where there is none.'),
  holdOpenFor: duration({ min: '5s', max: '30s' })
    .prefault('30s')
    .describe(
      'How long the lanes are held once all of them are open, 5s to 30s; a drill is over after 60 s in any case.',
    ),
  grace: days({ min: 1, max: 60 }).prefault('7d').describe('A drill asked for so long in vain is missed, 1d to 60d.'),
});

export const siteSchema = z.strictObject({
  id: z
    .string()
    .regex(/^[a-z0-9][a-z0-9-]{0,39}$/)
    .meta({
      expectedZh: '小写字母、数字和 -，最多 40 个，例如 lanxiu',
      expectedEn: 'lower-case letters, digits and "-", at most 40, e.g. lanxiu',
    })
    .describe('Short name of the site in records and upstream topics.'),
  name: text(80).describe('Name that people read.'),
  timezone: text(60).describe('IANA time zone, e.g. Asia/Shanghai.'),
  homeProvince: homeProvince
    .optional()
    .describe(
      'Province character of most local plates, e.g. 京: the key that comes first where a guard types a plate. It decides nothing, and no plate is completed with it.',
    ),
  language: z.enum(['zh', 'en']).default('zh').describe('Language of the booth.'),
  calendar: calendar.default({ years: [], days: {}, windows: {} }).describe('Holidays and weekly windows.'),
  emergencyPlates: z
    .array(text(20))
    .max(500)
    .default([])
    .describe('Emergency vehicles known by plate alone (ambulances).'),
  drills: drills
    .optional()
    .describe(
      'Emergency drills to be asked for; a person starts each one with `gatehouse drill start`. None unless given.',
    ),
  nearPlates: z
    .enum(['suggest', 'off'])
    .default('suggest')
    .describe('Suggest the one nearest plate of the list to the guard; it never opens.'),
});

const serialPort = {
  port: text(200).describe('Path of the serial port, best below /dev/serial/by-id/.'),
  baud: z
    .union([
      z.literal(1200),
      z.literal(2400),
      z.literal(4800),
      z.literal(9600),
      z.literal(19200),
      z.literal(38400),
      z.literal(57600),
      z.literal(115200),
    ])
    .default(9600)
    .describe('Bits a second.'),
  dataBits: z
    .union([z.literal(7), z.literal(8)])
    .default(8)
    .describe('Data bits.'),
  parity: z.enum(['none', 'even', 'odd']).default('none').describe('Parity.'),
  stopBits: z
    .union([z.literal(1), z.literal(2)])
    .default(1)
    .describe('Stop bits.'),
};
const host = address().describe('IP address or host name.');
const tcpPort = z.number().int().min(1).max(65535);

export const lineSchema = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('modbus-rtu').describe('Modbus RTU on a serial port.'), ...serialPort }),
  z.strictObject({
    type: z.literal('modbus-rtu-tcp').describe('Modbus RTU through a serial server.'),
    host,
    port: tcpPort.describe('TCP port of the serial server.'),
    baud: z
      .number()
      .int()
      .min(1200)
      .max(1_000_000)
      .default(9600)
      .describe('Baud rate behind the serial server; the budget is computed from it.'),
  }),
  z.strictObject({
    type: z.literal('modbus-tcp').describe('Modbus TCP.'),
    host,
    port: tcpPort.default(502).describe('TCP port.'),
  }),
  z.strictObject({ type: z.literal('serial').describe('Bytes on a serial port.'), ...serialPort }),
  z.strictObject({
    type: z.literal('tcp').describe('Bytes on a TCP connection.'),
    host,
    port: tcpPort.describe('TCP port.'),
  }),
]);

const direction = z.enum(['in', 'out']);
const camera = z.union([
  reference,
  z.strictObject({
    device: reference.describe('Id of the camera.'),
    direction: direction.optional().describe('Needed in a two-way lane.'),
    channel: z
      .number()
      .int()
      .min(0)
      .max(999)
      .optional()
      .describe("The camera's own lane or channel number, where it serves several lanes."),
  }),
]);
const reader = z.union([
  reference,
  z.strictObject({
    device: reference.describe('Id of the reader.'),
    direction: direction.optional().describe('Needed in a two-way lane.'),
  }),
]);

export const laneSchema = z.strictObject({
  name: text(80).describe('Name that the guard reads.'),
  direction: z.union([z.enum(['in', 'out', 'both']), z.array(direction).min(1).max(2)]).describe('in | out | both.'),
  barrier: reference.optional().describe('Device that moves the boom. A lane without portal only records.'),
  turnstile: reference.optional().describe('Device that moves the turnstile.'),
  door: reference.optional().describe('Device that locks the door.'),
  cameras: z.array(camera).max(8).default([]).describe('Cameras that read plates for this lane.'),
  readers: z.array(reader).max(8).default([]).describe('Card and tag readers of this lane.'),
  sensors: z.array(reference).max(8).default([]).describe('Further devices whose inputs belong to this lane.'),
  groups: z.array(text(40)).max(20).default([]).describe('Names by which permits may mean this lane.'),
  commissioned: z
    .boolean()
    .default(false)
    .describe(
      'True asserts the sign-off: with the daemon stopped, button and fire contact opened the boom, an obstruction in mid-close reversed it, and a power cycle with a vehicle on the sensor did not lower it. Until then the lane is manual only.',
    ),
  boardProtection: z
    .strictObject({
      provedBy: text(80).describe('Who proved it at sign-off, on the spot.'),
      on: z
        .string()
        .regex(/^\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])$/)
        .meta({ expectedZh: '例如 2026-03-01', expectedEn: 'for example 2026-03-01' })
        .describe('When, YYYY-MM-DD.'),
    })
    .optional()
    .describe(
      'Proof that the barrier’s own controller reverses on an obstruction, hard-wired and with the daemon stopped. Needed for onObstructionUnknown: yieldToBoard, and before a technician may bypass a sensor.',
    ),
  exitPolicy: z.enum(['free', 'known', 'paid']).default('free').describe('Who may leave.'),
  blindExit: z
    .strictObject({
      after: duration({ min: '10s', max: '60s' }).describe('How long the vehicle must have stood there, 10s to 60s.'),
    })
    .optional()
    .describe(
      '`{ after: 10s }`: let out a vehicle that nothing has read, once it has stood on the arming sensor this long, 10s to 60s. Free exits only; off unless given.',
    ),
  autoClose: z
    .enum(['board', 'gateway'])
    .default('board')
    .describe("Who closes behind a vehicle: the barrier's own board, or this gateway (needs an obstruction input)."),
  onObstructionUnknown: z
    .enum(['stayOpen', 'yieldToBoard'])
    .default('stayOpen')
    .describe(
      'What a silent obstruction sensor means; yieldToBoard gives our close up and leaves closing to the board (a held OPEN stays on: letting it go would be a close), and needs boardProtection.',
    ),
  longVehicles: z
    .boolean()
    .default(false)
    .describe('Trailers pass here: clearFor is 3 s by default, and a shorter gap belongs to one vehicle.'),
  buttonCloses: z
    .boolean()
    .default(false)
    .describe(
      "The guard has one button only: pressed when the boom has been measured open for 3 s, nothing stands under it and no permit's car is awaited, it closes, announced; at every other time it opens.",
    ),
  emergencyRoute: z.boolean().default(false).describe('Fire engines come this way: the boom must be holdable open.'),
  escapeRoute: z.boolean().default(false).describe('People escape through this door: the lock must be fail-safe.'),
  presenceFromCamera: z
    .boolean()
    .default(false)
    .describe("Take the camera's own trigger for presence where there is no arming sensor."),
  minConfidence: z
    .number()
    .min(0)
    .max(1)
    .default(0.8)
    .describe('Below this camera confidence, 0 to 1, a read is referred to the guard.'),
  armWindow: duration({ min: '1s', max: '30s' })
    .prefault('5s')
    .describe('How long a plate read waits for the vehicle to reach the sensor, 1s to 30s.'),
  clearFor: duration({ min: '500ms', max: '30s' })
    .optional()
    .describe('Clear without a break before a close, 500ms to 30s; 1s, with longVehicles 3s.'),
  closeAfterClear: duration({ min: '0s', max: '60s' })
    .prefault('1s')
    .describe('From clear to the close by the gateway, 0s to 60s.'),
  notTakenAfter: duration({ min: '5s', max: '5m' })
    .prefault('20s')
    .describe('A grant that nobody drove through by then is not taken, 5s to 5m.'),
  heldOpenAlarmAfter: duration({ min: '10s', max: '1h' })
    .prefault('60s')
    .describe('A boom open without a reason, 10s to 1h.'),
  announce: duration({ min: '3s', max: '30s' })
    .prefault('3s')
    .describe('Warning before a close not directly behind a vehicle, 3s to 30s.'),
  secondFactorWindow: duration({ min: '5s', max: '60s' })
    .prefault('15s')
    .describe('Plate and card must come within this, 5s to 60s.'),
  secondFactorFallback: z
    .enum(['refer', 'singleFactor'])
    .default('refer')
    .describe(
      'A permit for plate + card while every reader, or every camera, of the lane is down (its fault standing, never merely slow): refer = a person decides; singleFactor = the half that can be read is enough, and the record names the fault.',
    ),
  doorRelease: duration({ min: '1s', max: '60s' })
    .prefault('5s')
    .describe('How long a door stays released, 1s to 60s.'),
  doorHeldOpenAfter: duration({ min: '5s', max: '1h' })
    .prefault('30s')
    .describe('A door open longer alarms, 5s to 1h.'),
});

export const routeSchema = z.strictObject({
  name: text(80).describe('Name that the guard reads, e.g. 北门消防通道.'),
  lanes: z
    .array(reference)
    .min(1)
    .max(32)
    .describe(
      'Its lanes from the gate to the fire ground, neighbours next to each other: one that fails names the nearest.',
    ),
  direction: direction.describe(
    'in | out: the way the fire engines go. Entries against it are refused in an emergency.',
  ),
});

export const receiverSchema = z.strictObject({
  bind: bindAddress().describe("Address of this PC on the cameras' network."),
  port: tcpPort.describe('TCP port to which cameras push.'),
});

export const storeSchema = z.strictObject({
  dir: z
    .string()
    .min(1)
    .max(400)
    .describe('Folder of the database and its state files; relative to the configuration folder.'),
});

const topicPrefix = z
  .string()
  .regex(/^(?![$/])[^+#\p{C}]{1,120}(?<!\/)$/u)
  .meta({
    expectedZh: '最多 120 个字符，不含 + 和 #，不以 / 或 $ 开头，不以 / 结尾，例如 gatehouse/lanxiu',
    expectedEn:
      'at most 120 characters without + and #, not beginning with / or $, nor ending with /, e.g. gatehouse/lanxiu',
  });
const secretFile = (what: string) => text(400).meta({ secret: true }).describe(what);

export const upstreamSchema = z.strictObject({
  host: address().describe("Address or host name of the property company's MQTT broker."),
  port: tcpPort.optional().describe('TCP port; 8883, without TLS 1883.'),
  tls: z
    .boolean()
    .default(true)
    .describe('TLS 1.2 or later. False: everything, the password too, is readable on the way.'),
  protocol: z
    .union([z.literal(5), z.literal('3.1.1')])
    .default(5)
    .describe('MQTT version that the broker speaks: 5 | 3.1.1.'),
  clientId: z
    .string()
    .regex(/^[\w.-]{1,64}$/)
    .meta({ expectedZh: '字母、数字和 - . _，最多 64 个', expectedEn: 'letters, digits and - . _, at most 64' })
    .optional()
    .describe('Name of this gateway at the broker, no two alike; `gatehouse-<site id>`.'),
  user: text(200).optional().describe('User name at the broker.'),
  passwordFile: secretFile('File with the password, relative to the configuration folder.').optional(),
  passwordEnv: text(80).meta({ secret: true }).optional().describe('Or the environment variable that holds it.'),
  caFile: text(400)
    .optional()
    .describe(
      "PEM file of the authorities that may have signed the broker's certificate; the system's own where none is named.",
    ),
  certFile: text(400).optional().describe("PEM file of this gateway's certificate, where the broker asks for one."),
  keyFile: secretFile('PEM file of the private key that belongs to `certFile`.').optional(),
  prefix: topicPrefix.optional().describe('First levels of every topic; `gatehouse/<site id>`.'),
  personal: z
    .enum(['full', 'masked', 'none'])
    .default('full')
    .describe('Plates, cards and names in events: full | masked | none. What the broker retains never holds any.'),
  keepalive: duration({ min: '10s', max: '5m' })
    .prefault('20s')
    .describe('How often a silent connection is tried, 10s to 5m; one that is dead is noticed within twice that.'),
});

export type SiteSection = z.output<typeof siteSchema>;
export type LineSection = z.output<typeof lineSchema>;
export type LaneSection = z.output<typeof laneSchema>;
export type RouteSection = z.output<typeof routeSchema>;
export type ReceiverSection = z.output<typeof receiverSchema>;
export type StoreSection = z.output<typeof storeSchema>;
export type UpstreamSection = z.output<typeof upstreamSchema>;
