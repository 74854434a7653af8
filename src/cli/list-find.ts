/** `gatehouse list find`: who is on the list, by a piece of a plate, a card in any notation or part, a name or a room. */
import { type Command, InvalidArgumentError } from 'commander';
import { type CardId, cardLookupKeys } from '../core/credential/card.ts';
import { type CardMatch, readSearchedCard, saysWholeCard, searchCards } from '../core/credential/card-search.ts';
import { plateKey } from '../core/credential/keys.ts';
import { writtenQrText } from '../core/credential/qr-text.ts';
import { normalisePlate } from '../core/plate/plate.ts';
import { terms } from '../core/words/terms.ts';
import type { ListFile, NewListRow } from '../store/list-file.ts';
import { exitCodes } from './exit-codes.ts';
import { impersonalRow } from './impersonal.ts';
import { withListInForce } from './list-store.ts';
import { wallText } from './local-time.ts';
import { orderWords, takenWords } from './reading-words.ts';
import { openSettings, print, printJson, type Settings, share, type SharedOptions } from './settings.ts';
import { plain, table } from './text-layout.ts';
import { cardsWritten, keyWritten, qrNotation } from './written-card.ts';

const LIMIT_MAX = 10_000;

interface FindOptions extends SharedOptions {
  readonly limit: number;
  readonly personal?: boolean;
}

export function addListFind(list: Command): void {
  share(
    list
      .command('find')
      .description('search the list in force / 在现有名单中查找')
      .argument('<text>', 'piece of a plate, card in any notation, name or room / 车牌片段、任意写法的卡号、姓名或房号')
      .option('--limit <n>', 'most rows shown / 最多显示行数', count, 50)
      .option('--personal', 'with --json: plate, card, name and room too / 与 --json 合用：包含车牌、卡号、姓名与房号')
      .addHelpText('after', `\n${qrNotation}`),
    ['fine', 'error'],
  ).action(async (text: string, options: FindOptions) => {
    const settings = await openSettings(options);
    withListInForce(settings, ({ version }, file) => {
      const found = findRows(file, text, options.limit);
      const { rows, total } = found;
      if (settings.json)
        printJson({ list: version, total, rows: options.personal === true ? rows : rows.map(impersonalRow) });
      else if (rows.length === 0) print(noneText(version, found, settings));
      else print(foundText(found, text, settings));
      process.exitCode = rows.length === 0 ? exitCodes.error : exitCodes.fine;
    });
  });
}

/** `matched`: by which of its numbers a card was found; null where the row was found by its text. */
interface FoundRow extends NewListRow {
  readonly matched: CardMatch | null;
}

interface Found {
  readonly rows: readonly FoundRow[];
  /** Rows there are, whatever the limit. */
  readonly total: number;
  /** The text may be a card's number. */
  readonly isCard: boolean;
}

function findRows(file: ListFile, text: string, limit: number): Found {
  const isQr = writtenQrText(text) !== null;
  const plate = isQr ? '' : normalisePlate(text).text;
  const asked = isQr || keyWritten(text) !== null ? cardsWritten(text) : readSearchedCard(text);
  const keys = isQr || !saysWholeCard(text) ? sameNumber(asked) : anyNumber(file, asked);
  const all = [...(plate === '' ? [] : [plateKey(plate)]), ...keys.keys()];
  const rows = file.find(text, all, limit).map((row) => ({ ...row, matched: keys.get(row.key) ?? null }));
  const total = rows.length < limit ? rows.length : file.count(text, all);
  return { rows, total, isCard: asked.length > 0 };
}

function sameNumber(asked: readonly CardId[]): ReadonlyMap<string, CardMatch> {
  const same = { taken: 'whole', byteOrder: 'asSent', of: 'listed' } as const;
  return new Map(asked.flatMap(({ bits, value }) => cardLookupKeys(bits, value).map((key) => [key, same] as const)));
}

/** What is printed on a card is often only a part of what the list has of it, or its bytes the other way round. */
function anyNumber(file: ListFile, asked: readonly CardId[]): ReadonlyMap<string, CardMatch> {
  const search = searchCards(asked);
  const keys = new Map(search.keys);
  if (asked.length > 0)
    for (const key of file.cardKeys()) {
      const card = keys.has(key) ? null : keyWritten(key);
      const match = card === null ? null : search.match(card);
      if (match !== null) keys.set(key, match);
    }
  return keys;
}

function noneText(version: string, { isCard }: Found, { say }: Settings): string {
  const none = say(`名单 ${version} 中没有`, `nothing on list ${version}`);
  if (!isCard) return none;
  return `${none}\n${say(
    '找卡：用 gatehouse learn <读卡器> 刷一次，它列出这张卡的所有号码，以及名单里有哪一个',
    'for a card: show it to "gatehouse learn <reader>", which tells every number of it, and which of them the list has',
  )}`;
}

function foundText({ rows, total }: Found, text: string, settings: Settings): string {
  const { say } = settings;
  const lines = [rowsTable(rows, text, settings)];
  if (rows.some(isByPart))
    lines.push(
      say(
        '! 号码只有一部分相同，或字节顺序相反：只供查找，车道只认完整的号码',
        '! a part of the number, or its bytes reversed, is for searching only: a lane opens for the whole number',
      ),
    );
  if (total > rows.length)
    lines.push(
      say(
        `… 共 ${total} 行，只显示 ${rows.length} 行；用 --limit 显示更多`,
        `… ${rows.length} of ${total} rows are shown; --limit shows more`,
      ),
    );
  return lines.join('\n');
}

const isByPart = ({ matched }: FoundRow): boolean => matched !== null && !isSame(matched);
const isSame = ({ taken, byteOrder }: CardMatch): boolean => taken === 'whole' && byteOrder === 'asSent';

function matchText(matched: CardMatch | null, text: string, settings: Settings): string {
  if (matched === null || isSame(matched)) return '–';
  const { taken, byteOrder, of } = matched;
  const order = byteOrder === 'asSent' ? '' : ` ${orderWords(byteOrder, settings)}`;
  const part = `${taken === 'whole' ? '' : takenWords(taken, settings)}${order}`.trim();
  const asked = plain(text.trim());
  return of === 'listed' ? `${part} = ${asked}` : settings.say(`= ${asked} 的${part}`, `= ${part} of ${asked}`);
}

function rowsTable(rows: readonly FoundRow[], text: string, settings: Settings): string {
  const { say, language, timezone } = settings;
  const byPart = rows.some(isByPart);
  const head = [
    say('凭证', 'credential'),
    ...(byPart ? [say('匹配', 'matched as')] : []),
    say('类别', 'category'),
    say('姓名', 'holder'),
    say('房号', 'room'),
    say('状态', 'state'),
    say('有效期', 'valid'),
    say('限制', 'limits'),
    say('文件行', 'line'),
  ];
  const day = (wall: number | null) => (wall === null ? '…' : wallText(wall, timezone).slice(0, 16));
  return table(
    head,
    rows.map((row) => [
      row.key,
      ...(byPart ? [matchText(row.matched, text, settings)] : []),
      row.category,
      row.holder ?? '–',
      row.room ?? '–',
      row.blocked
        ? say('⛔ 禁入', '⛔ blocked')
        : row.enabled
          ? say('✓ 启用', '✓ enabled')
          : say('✕ 停用', '✕ disabled'),
      row.validFrom === null && row.validTo === null ? '–' : `${day(row.validFrom)} – ${day(row.validTo)}`,
      [
        row.color ?? '',
        ...row.lanes,
        ...row.directions.map((direction) => terms[language].directions[direction]),
        ...row.windows,
        row.requires === 'plateAndCard' ? say('车牌+卡', 'plate + card') : '',
        row.uses === null ? '' : say(`${row.uses} 次`, `${row.uses} uses`),
      ]
        .filter((limit) => limit !== '')
        .join(' ') || '–',
      String(row.line),
    ]),
  );
}

export function count(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1 || value > LIMIT_MAX) throw new InvalidArgumentError(`1 … ${LIMIT_MAX}`);
  return value;
}
