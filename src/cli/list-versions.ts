/** `gatehouse list versions` and `list rollback`: the lists that are kept, and the way back to one (I7). */
import type { Command } from 'commander';
import { runChore } from '../store/chores.ts';
import type { ListVersion } from '../store/list-adopt.ts';
import { exitCodes } from './exit-codes.ts';
import { said } from './failure.ts';
import { announce, announced, needVersions } from './list-store.ts';
import { wallText } from './local-time.ts';
import { openSettings, print, printJson, type Settings, share, type SharedOptions } from './settings.ts';
import { table } from './text-layout.ts';

export function addListVersions(list: Command): void {
  share(
    list.command('versions').description('the list in force and those kept for going back / 现有与保留的名单版本'),
    ['fine', 'error'],
  ).action(async (options: SharedOptions) => {
    const settings = await openSettings(options);
    const versions = needVersions(settings);
    if (settings.json) printJson({ versions });
    else
      print(
        versions.length === 0 ? settings.say('还没有名单', 'there is no list yet') : versionsTable(versions, settings),
      );
  });
  share(
    list
      .command('rollback')
      .description('put a kept list in force again / 恢复使用保留的名单')
      .argument('<version>', 'see "list versions"; its first characters are enough / 版本号，前几位即可'),
    ['fine', 'error'],
  ).action(async (asked: string, options: SharedOptions) => {
    const settings = await openSettings(options);
    const { say, stateDir } = settings;
    const target = chosen(needVersions(settings), asked);
    const version = await runChore({ kind: 'rollBack', dir: stateDir, version: target.version, atWall: Date.now() });
    const heard = await announce(settings);
    if (settings.json) printJson({ version, gateway: heard });
    else
      print(
        say(
          `✓ 名单 ${version.version} (${version.rows} 行) 重新有效；${announced(heard, settings)}`,
          `✓ list ${version.version} (${version.rows} rows) is in force again; ${announced(heard, settings)}`,
        ),
      );
  });
}

function chosen(versions: readonly ListVersion[], asked: string): ListVersion {
  const found = versions.filter((version) => version.version.startsWith(asked));
  const [only] = found;
  if (only === undefined || found.length > 1)
    throw said(
      exitCodes.error,
      only === undefined ? `没有保留版本 ${asked}；见 gatehouse list versions` : `${asked} 对应多个版本，请多写几位`,
      only === undefined
        ? `no version ${asked} is kept; see "gatehouse list versions"`
        : `${asked} stands for several versions; write more of it`,
    );
  return only;
}

function versionsTable(versions: readonly ListVersion[], { say, timezone }: Settings): string {
  const head = ['', say('版本', 'version'), say('行数', 'rows'), say('采用时间', 'adopted'), say('来源', 'source')];
  const rows = versions.map((version) => [
    version.inForce ? '✓' : '',
    version.version,
    String(version.rows),
    wallText(version.adoptedWall, timezone).slice(0, 19),
    version.source,
  ]);
  return table(head, rows);
}
