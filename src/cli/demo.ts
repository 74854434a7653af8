/** `gatehouse demo`: a whole site with nothing to install or connect. */
import { setTimeout as pause } from 'node:timers/promises';
import { type Command, InvalidArgumentError, Option } from 'commander';
import { brokerOf, type DemoBroker } from '../runtime/demo/broker.ts';
import { type Demo, type DemoHappening, startDemo } from '../runtime/demo/demo.ts';
import { adoptDemoList } from '../runtime/demo/list.ts';
import { supervise, type Supervisor } from '../runtime/guard/supervisor.ts';
import type { Arrival, CarKind } from '../sim/traffic.ts';
import { openJournalReader, type StoredRecord } from '../store/journal-read.ts';
import { followJournal } from './journal-follow.ts';
import { whatHappened } from './record-line.ts';
import { exitsText, languageOf, openSettings, print, printJson, remark, type Say, type Settings } from './settings.ts';
import { padTo } from './text-layout.ts';

interface DemoCommandOptions {
  readonly seed: number;
  readonly minutes: number;
  readonly cars: number;
  readonly from: number;
  readonly dir?: string;
  readonly broker?: DemoBroker;
  readonly lang?: 'zh' | 'en';
  readonly json?: boolean;
}

const MAIN = new URL('./main.ts', import.meta.url).pathname;
const READY_MS = 30_000;

export function addDemo(program: Command): void {
  program
    .command('demo')
    .description('four lanes on simulated gate hardware, a day in ten minutes / 四条车道的模拟现场，十分钟演示一天')
    .option('--seed <n>', 'same seed, same cars / 随机种子', whole(0, 2 ** 32 - 1), 20261123)
    .option('--minutes <n>', 'how long the day takes / 一天演示多少分钟', number(0.1, 1440), 10)
    .option('--cars <n>', 'cars in that day / 车辆数', whole(1, 5000), 130)
    .option('--from <hour>', 'hour at which it begins / 从几点开始', whole(0, 23), 7)
    .option(
      '--dir <folder>',
      'work here and keep it / 使用并保留此目录 (default: a temporary folder, removed at the end)',
    )
    .addOption(
      new Option(
        '--broker <url>',
        'send the events there too: mqtt[s]://[user[:password]@]host[:port] / 同时把事件发到此 MQTT 服务器',
      )
        .env('GATEHOUSE_DEMO_BROKER')
        .argParser(broker),
    )
    .addOption(new Option('--lang <language>', 'zh | en').choices(['zh', 'en']))
    .option('--json', 'one JSON object a record / 每条记录一行 JSON')
    .addHelpText('after', `\n${exitsText(['fine', 'notRunning'])}`)
    .action(async (options: DemoCommandOptions) => {
      process.exitCode = await demo(options);
    });
}

function number(from: number, to: number) {
  return (text: string): number => {
    const value = Number(text);
    if (text.trim() === '' || !(value >= from && value <= to)) throw new InvalidArgumentError(`${from} … ${to}`);
    return value;
  };
}

function whole(from: number, to: number) {
  const read = number(from, to);
  return (text: string): number => {
    const value = read(text);
    if (!Number.isInteger(value)) throw new InvalidArgumentError(`${from} … ${to}`);
    return value;
  };
}

function broker(text: string): DemoBroker {
  const found = brokerOf(text);
  if (found === null) throw new InvalidArgumentError('mqtt://[user[:password]@]host[:port], mqtts://…');
  return found;
}

async function demo(options: DemoCommandOptions): Promise<number> {
  const language = languageOf(options.lang, process.env);
  const say: Say = (zh, en) => (language === 'zh' ? zh : en);
  const quiet = options.json === true;
  const site = await startDemo({
    seed: options.seed,
    dayMs: options.minutes * 60_000,
    cars: options.cars,
    fromHour: options.from,
    dir: options.dir ?? null,
    broker: options.broker ?? null,
    arrived: (arrival, time) =>
      quiet || print(`${time}  ${padTo(arrival.lane, 9)} ${say('来车：', 'arrives: ')}${carWords(arrival, say)}`),
    happened: (what, lane, time) => quiet || print(`${time}  ${padTo(lane, 9)} ${happeningWords(what, say)}`),
  });
  const over = new AbortController();
  const daemon = startDaemon(site, say);
  const ended = endOnSignal(site, daemon, over);
  let followed: Promise<void> | null = null;
  try {
    await site.ready(READY_MS);
    const shared = { config: site.paths.config, state: site.paths.state, lang: language };
    const [settings] = await Promise.all([openSettings(shared), adoptDemoList(site.paths, Date.now())]);
    if (!quiet) print(introduction(site, say, options));
    followed = follow(site, settings, quiet, over.signal);
    await Promise.race([site.run(), ended]);
  } finally {
    over.abort();
    daemon.stop('SIGTERM');
    await daemon.done;
    await followed;
    await site.stop();
  }
  return 0;
}

function startDaemon(site: Demo, say: Say): Supervisor {
  const paths = ['--config', site.paths.config, '--state', site.paths.state];
  return supervise({
    program: process.execPath,
    args: [MAIN, 'run', '--while-stdin', ...paths, '--clock-mark', site.clockMark, '--log', 'silent'],
    // Closed by the kernel when this process is gone, however it ended: no gateway is left behind.
    stdin: 'pipe',
    say: (line) => remark(restartWords(line, say)),
  });
}

/** The supervisor's line, `the daemon ended (how); starting it again in n ms`, in the demo's language. */
export function restartWords(line: string, say: Say): string {
  const parts = /\((.*)\); starting it again in (\d+) ms/.exec(line);
  if (parts === null) return line;
  const [, how = '', ms = ''] = parts;
  return say(
    `! 网关进程已结束（${how}），${ms} 毫秒后自动重启`,
    `! the gateway's process ended (${how}); it is started again in ${ms} ms`,
  );
}

function endOnSignal(site: Demo, daemon: Supervisor, over: AbortController): Promise<void> {
  return new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) {
      process.on(signal, () => {
        over.abort();
        daemon.stop('SIGTERM');
        void site.stop().then(resolve);
      });
    }
  });
}

const RECONNECT_MS = 200;

/** Records as they become durable, in plain words, through restarts of the daemon until the demo is over. */
async function follow(site: Demo, settings: Settings, json: boolean, over: AbortSignal): Promise<void> {
  let from: number | null = null;
  let boots = 0;
  const show = (record: StoredRecord): void => {
    from = record.seq;
    if (json) printJson(record);
    else if (record.kind === 'started' && boots > 0)
      print(
        `${site.time()}  ${padTo('–', 9)} #${record.seq} ${settings.say('网关已重新启动', 'the gateway runs again')}`,
      );
    else if (isTold(record))
      print(`${site.time()}  ${padTo(record.lane ?? '–', 9)} #${record.seq} ${whatHappened(record, settings)}`);
  };
  while (!over.aborted) {
    try {
      const reader = openJournalReader(site.paths.state);
      try {
        from = Math.min(from ?? Number.MAX_SAFE_INTEGER, reader.lastSeq());
        await followJournal(settings, reader, from, show, () => {
          boots += 1;
        });
      } finally {
        reader.close();
      }
    } catch {
      // Between two daemons nobody listens; the supervisor's line has told of the end.
    }
    if (!over.aborted) await pause(RECONNECT_MS);
  }
}

const untold = new Set([
  'plateRead',
  'outcome',
  'committed',
  'alreadyOpen',
  'presentationEnded',
  'started',
  'stopping',
  'listSwapped',
]);

/** Reads of a car are left out: its arrival has been told. */
function isTold(record: StoredRecord): boolean {
  return !untold.has(record.kind) && !isPassing(record);
}

/** Between two rests of a boom: the end of the travel is told, its beginning is not. */
function isPassing(record: StoredRecord): boolean {
  return (
    record.kind === 'position' &&
    (record.body.to === 'opening' || record.body.to === 'closing') &&
    record.body.mover === 'us'
  );
}

function introduction(site: Demo, say: Say, options: DemoCommandOptions): string {
  const { config, state } = site.paths;
  const command = (rest: string): string => `  scripts/gatehouse ${rest} --config ${config} --state ${state}`;
  return [
    say(
      `演示：四条车道，${options.cars} 辆车，${options.minutes} 分钟过完一天。道闸、相机和读卡器是模拟的，走真实的 Modbus TCP、HTTP、ONVIF 和 TCP。Ctrl-C 结束。`,
      `Demo: four lanes, ${options.cars} cars, a day in ${options.minutes} minutes. Barriers, cameras and a card reader are simulated behind real Modbus TCP, HTTP, ONVIF and TCP. Ctrl-C ends it.`,
    ),
    say('在另一个终端里看更多：', 'To look further, from another terminal:'),
    command('watch'),
    command('lanes'),
    command('journal tail -n 20'),
    command('journal tail --kind decision -n 5'),
    command(`explain ${say('流水号', 'NUMBER')}`) +
      say('   # 上一条命令或下面的 #号', '   # one of the numbers above, or a # below'),
    command(`simulate plate ${site.residentPlate} --lane east-in`) + say('   # 一位业主', '   # a resident'),
    command('learn east-in-reader') + say('   # 等下一张卡', '   # waits for the next card'),
    command('journal verify'),
    ...(options.broker === undefined ? [] : [mqttWords(options.broker, say, process.env)]),
    clockWords(options, say),
    '',
  ].join('\n');
}

/** The demo's day and the real one would seem to contradict each other, in two terminals side by side. */
export function clockWords({ from, minutes }: Pick<DemoCommandOptions, 'from' | 'minutes'>, say: Say): string {
  const begin = `${String(from).padStart(2, '0')}:00`;
  return say(
    `下面左边的时刻是演示的一天（从 ${begin} 起，${minutes} 分钟一天）；watch、journal 和 explain 里是真实时间。`,
    `The times on the left below are those of the demo's day (from ${begin}, a day in ${minutes} minutes); watch, journal and explain show real time.`,
  );
}

/** What to call to see the same events. The password is not repeated; without a CA `mosquitto_sub` would speak no TLS. */
export function mqttWords(
  { host, port, tls, user, password }: DemoBroker,
  say: Say,
  env: Readonly<Record<string, string | undefined>>,
): string {
  const extra = env.NODE_EXTRA_CA_CERTS;
  const words = [
    `-h ${host} -p ${port ?? (tls ? 8883 : 1883)}`,
    ...(tls ? [extra ? `--cafile ${quoted(extra)}` : '--capath /etc/ssl/certs'] : []),
    ...(user === null ? [] : [`-u ${quoted(user)}`]),
    ...(password === null ? [] : [`-P ${say('密码', 'PASSWORD')}`]),
  ];
  return `  mosquitto_sub ${words.join(' ')} -t 'gatehouse/demo/#' -v${say('   # 平台看到的', '   # what the platform sees')}`;
}

function quoted(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}

function carWords(arrival: Arrival, say: Say): string {
  const kinds: Readonly<Record<CarKind, string>> = {
    resident: say('业主', 'resident'),
    visitor: say('访客', 'visitor'),
    courier: say('快递', 'courier'),
    blocked: say('黑名单车辆', 'blocked car'),
    misread: say('相机会读错的业主车', 'resident that the camera misreads'),
    noPlate: say('无牌车', 'car without a readable plate'),
    stranger: say('外来车', 'stranger'),
    tailgater: say('业主，后面有车尾随', 'resident with a tailgater behind'),
    turnsBack: say('开到杆前又倒走的车', 'car that turns back at the boom'),
    emergency: say('应急救援车', 'emergency vehicle'),
    plateAndCard: say('要刷卡的业主', 'resident whose permit asks for plate and card'),
    cardOnly: say('只有卡的快递', 'courier with a card only'),
    cardTrier: say('拿着一叠陌生卡的人', 'somebody with a stack of unknown cards'),
  };
  const way = arrival.direction === 'in' ? say('进', 'in') : say('出', 'out');
  return `${kinds[arrival.kind]} ${arrival.plate === '' ? '' : `${arrival.plate} `}(${way})`;
}

function happeningWords(what: DemoHappening, say: Say): string {
  switch (what) {
    case 'jammed':
      return say('【道闸电机故障开始】', '[the barrier’s motor fails]');
    case 'mended':
      return say('【道闸修好】', '[the barrier is mended]');
    case 'hit':
      return say('【撞杆！】', '[A BOOM CAME DOWN ON A CAR]');
    case 'dayOver':
      return say('一天结束。', 'The day is over.');
  }
}
