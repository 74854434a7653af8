/** What `gatehouse learn` shows of one card: every reading, which of them the list has, and either that it is listed or a line for the list. */
import { cardLookupKeys, writtenCard } from '../core/credential/card.ts';
import { everyReading, type EveryReading } from '../core/credential/card-readings.ts';
import type { JournalRecord } from '../core/io.ts';
import { csvLine } from '../store/csv.ts';
import { allColumns, columnNames } from '../store/csv-columns.ts';
import type { NewListRow } from '../store/list-file.ts';
import { Failure } from './failure.ts';
import { withListInForce } from './list-store.ts';
import { orderWords, takenWords } from './reading-words.ts';
import { print, type Settings } from './settings.ts';
import { table } from './text-layout.ts';

/** Shape of a line of `--json`. */
interface LearntCard {
  readonly reader: string;
  readonly bits: number;
  readonly value: string;
  readonly format: string;
  readonly again: boolean;
  readonly readings: readonly ListedReading[];
  /** In the columns of an export; null where the list has this number already. */
  readonly csv: { readonly header: string; readonly line: string } | null;
}

interface ListedReading extends EveryReading {
  /** Rows of the list in force under this reading; null where no list can be read. */
  readonly listed: readonly ListedAs[] | null;
}

interface ListedAs extends Pick<NewListRow, 'line' | 'category' | 'requires'> {
  readonly usable: boolean;
}

/** Cards of one run that are remembered, so that the same one shown again is told in a line. */
const CARDS_MAX = 256;

export function showCard(record: JournalRecord, cards: Set<string>, settings: Settings): void {
  const { bits, format, device } = record.body;
  const value = record.personal?.card;
  if (typeof bits !== 'number' || typeof value !== 'string') return;
  const name = `${bits}:${value}`;
  const again = cards.has(name);
  if (cards.size < CARDS_MAX) cards.add(name);
  const written = writtenCard({ bits, value });
  if (again && !settings.json) {
    print(settings.say(`同一张卡：${written}`, `the same card again: ${written}`));
    return;
  }
  const readings = withList(everyReading(bits, value), settings);
  const card: LearntCard = {
    ...{ reader: String(device), bits, value, format: String(format), again, readings },
    csv: listedAs(value, readings).length > 0 ? null : csvOf(written),
  };
  if (settings.json) process.stdout.write(`${JSON.stringify(card)}\n`);
  else print(cardText(card, settings));
}

/** With every column of an export, so that the line fits below one. */
function csvOf(card: string): NonNullable<LearntCard['csv']> {
  const cells: Readonly<Record<string, string>> = { card, category: 'resident' };
  const lineOf = (fields: readonly string[]) => csvLine(fields).trimEnd();
  return {
    header: lineOf(allColumns.map((column) => columnNames[column][0] ?? column)),
    line: lineOf(allColumns.map((column) => cells[column] ?? '')),
  };
}

function withList(readings: readonly EveryReading[], settings: Settings): readonly ListedReading[] {
  try {
    return withListInForce(settings, (_, file) =>
      readings.map((reading) => ({
        ...reading,
        listed: cardLookupKeys(reading.bits, reading.value).flatMap((key) =>
          file.byKey(key).map(({ line, category, requires, enabled, blocked }) => ({
            ...{ line, category, requires },
            usable: enabled && !blocked,
          })),
        ),
      })),
    );
  } catch (error) {
    // No list yet is no reason not to learn the cards for it.
    if (error instanceof Failure) return readings.map((reading) => ({ ...reading, listed: null }));
    throw error;
  }
}

/** Rows of the number that the lane looks up, whatever its width. */
function listedAs(value: string, readings: readonly ListedReading[]): readonly ListedAs[] {
  const rows = readings.filter((one) => one.value === value).flatMap(({ listed }) => listed ?? []);
  return [...new Map(rows.map((row) => [row.line, row])).values()];
}

function cardText(card: LearntCard, settings: Settings): string {
  const { say } = settings;
  const head = [
    say('读作', 'taken as'),
    say('位', 'bits'),
    say('字节序', 'byte order'),
    say('校验', 'parity'),
    say('十六进制', 'hex'),
    say('十进制', 'decimal'),
    '3+5',
    say('区号/卡号', 'facility/card'),
    say('名单', 'list'),
  ];
  const rows = card.readings.map((reading) => readingCells(reading, settings));
  const title = say(
    `卡：${card.bits} 位，读卡器按 ${card.format} 读出`,
    `card: ${card.bits} bits, heard by the reader as ${card.format}`,
  );
  const advice = adviceOf(card, settings);
  const paste =
    card.csv === null
      ? [alreadyText(listedAs(card.value, card.readings), settings)]
      : [
          say(
            '名单 CSV 的表头和这张卡的一行（列与导出相同）：',
            'header and line for the CSV of the list, as it is exported:',
          ),
          card.csv.header,
          card.csv.line,
        ];
  return [`\n${title}`, table(head, rows), ...(advice === null ? [] : [advice]), ...paste].join('\n');
}

function readingCells(reading: ListedReading, settings: Settings): readonly string[] {
  const { say } = settings;
  const parity = { good: say('✓ 正确', '✓ good'), bad: say('✕ 不符', '✕ bad'), none: '–' };
  const listed =
    reading.listed === null
      ? '–'
      : reading.listed.map((row) => `${row.usable ? '✓' : '⛔'} ${rowText(row, settings)}`).join(', ') ||
        say('无', 'no');
  return [
    takenWords(reading.taken, settings),
    String(reading.bits),
    orderWords(reading.byteOrder, settings),
    parity[reading.parity],
    reading.hex,
    reading.decimal,
    reading.threeFive ?? '–',
    reading.facilityCard ?? '–',
    listed,
  ];
}

/** `resident (line 2, plate + card)`. */
function rowText({ line, category, requires }: ListedAs, { say }: Settings): string {
  const both = requires === 'plateAndCard' ? say('，车牌 + 卡', ', plate + card') : '';
  return say(`${category} (行 ${line}${both})`, `${category} (line ${line}${both})`);
}

function alreadyText(rows: readonly ListedAs[], settings: Settings): string {
  const as = rows.map((row) => rowText(row, settings)).join(', ');
  if (rows.some(({ requires }) => requires === 'plateAndCard'))
    return settings.say(
      `已在名单：${as}。要改就改那一行；另写一行会让这张卡不凭车牌单独放行。`,
      `already listed as ${as}: change it there; a line of its own would let this card open without the plate.`,
    );
  return settings.say(
    `已在名单：${as}。要改就改那一行，不要另写一行。`,
    `already listed as ${as}: change it there rather than by another line.`,
  );
}

/** The list knows this card by another number than the one that the lane looks up, whatever its width. */
function adviceOf({ reader, value, readings }: LearntCard, settings: Settings): string | null {
  const { say } = settings;
  const known = readings.filter((one) => (one.listed?.length ?? 0) > 0);
  if (known.length === 0 || listedAs(value, readings).length > 0) return null;
  const how = known.map(
    (one) => `${takenWords(one.taken, settings)}${say('，', ', ')}${orderWords(one.byteOrder, settings)}`,
  );
  const keys = known.flatMap((one) => keysFor(reader, one, settings) ?? []);
  const set = keys.join(say(' 或 ', ' or '));
  const inYaml = say(
    `在配置中给 ${reader} 设 ${set}（对它的所有卡生效），或用下面的写法重新登记`,
    `set ${set} at ${reader} in the configuration, which then holds for all its cards, or list the card anew as below`,
  );
  const onList = say('请用下面的写法重新登记', 'list it anew as below');
  return say(
    `! 名单里有这张卡，但是另一种号码（${how.join('；')}）：车道不认。${keys.length > 0 ? inYaml : onList}。`,
    `! the list has this card by another number (${how.join('; ')}), so the lane does not know it: ${keys.length > 0 ? inYaml : onList}.`,
  );
}

/** `bits: 32`, as the device's section is written; null where no key makes the reader give this number. */
function keysFor(reader: string, wanted: EveryReading, { configuration, drivers, say }: Settings): string | null {
  const device = configuration.running.field.devices.find(({ id }) => id === reader);
  const rules = drivers.find(({ driver }) => driver.name === device?.driver)?.driver.cards;
  // The configuration passed this driver's own schema.
  const fit = rules?.settings(device?.config as never, wanted) ?? null;
  if (fit === null) return null;
  const written = Object.entries(fit.set).map(([key, value]) => `${key}: ${value}`);
  return [...written, ...fit.without.map((key) => say(`去掉 ${key}`, `no ${key}`))].join(say('，', ', '));
}
