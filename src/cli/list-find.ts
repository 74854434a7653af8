/** `gatehouse list find`: who is on the list, by a piece of a plate, a card in any notation, a name or a room. */
import { type Command, InvalidArgumentError } from 'commander';
import { cardLookupKeys, readCardText } from '../core/credential/card.ts';
import { plateKey } from '../core/credential/keys.ts';
import { normalisePlate } from '../core/plate/plate.ts';
import { terms } from '../core/words/terms.ts';
import type { NewListRow } from '../store/list-file.ts';
import { exitCodes } from './exit-codes.ts';
import { withListInForce } from './list-store.ts';
import { wallText } from './local-time.ts';
import { openSettings, print, printJson, type Settings, share, type SharedOptions } from './settings.ts';
import { table } from './text-layout.ts';

const LIMIT_MAX = 10_000;

export function addListFind(list: Command): void {
  share(
    list
      .command('find')
      .description('search the list in force / 在现有名单中查找')
      .argument('<text>', 'piece of a plate, card in any notation, name or room / 车牌片段、任意写法的卡号、姓名或房号')
      .option('--limit <n>', 'most rows shown / 最多显示行数', count, 50),
    ['fine', 'error'],
  ).action(async (text: string, options: SharedOptions & { readonly limit: number }) => {
    const settings = await openSettings(options);
    withListInForce(settings, ({ version }, file) => {
      const rows = file.find(text, keysOf(text), options.limit);
      if (settings.json) printJson({ list: version, rows });
      else if (rows.length === 0) print(settings.say(`名单 ${version} 中没有`, `nothing on list ${version}`));
      else print(rowsTable(rows, settings));
      process.exitCode = rows.length === 0 ? exitCodes.error : exitCodes.fine;
    });
  });
}

/** The keys under which the list would hold what was typed, whichever way it is written. */
function keysOf(text: string): readonly string[] {
  const plate = normalisePlate(text).text;
  const cards = readCardText(text).flatMap((card) => cardLookupKeys(card.bits, card.value));
  return [...(plate === '' ? [] : [plateKey(plate)]), ...new Set(cards)];
}

function rowsTable(rows: readonly NewListRow[], { say, language, timezone }: Settings): string {
  const head = [
    say('凭证', 'credential'),
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
