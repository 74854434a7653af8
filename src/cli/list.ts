/** `gatehouse list …`: the lists of plates and cards. */
import type { Command } from 'commander';
import { exitsText } from './settings.ts';
import { addListExport } from './list-export.ts';
import { addListFind } from './list-find.ts';
import { addListImport } from './list-import.ts';
import { addListVersions } from './list-versions.ts';

export function addList(program: Command): void {
  const list = program
    .command('list')
    .description('lists of plates and cards / 车牌与卡名单')
    .addHelpText('after', `\n${exitsText(['fine', 'error'])}`);
  for (const add of [addListImport, addListExport, addListFind, addListVersions]) add(list);
}
