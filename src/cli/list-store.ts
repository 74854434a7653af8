/** The lists on the disk as the command line sees them: which is in force, where, and how the daemon hears of a change. */
import { existsSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { ask, NotRunning } from '../runtime/control-client.ts';
import { databasePath } from '../store/durable-writer.ts';
import { type ListVersion, listPath, listVersions } from '../store/list-adopt.ts';
import { ListFile } from '../store/list-file.ts';
import { exitCodes } from './exit-codes.ts';
import { errorCode } from '../store/sqlite.ts';
import { type Failure, refuseUnreadable, said } from './failure.ts';
import { remark, type Settings } from './settings.ts';

/** Newest adoption first. @throws Failure where this user may not look, or there is no database. */
export function needVersions(settings: Settings): readonly ListVersion[] {
  refuseUnreadable(settings.stateDir);
  if (!existsSync(databasePath(settings.stateDir))) throw noList(settings.stateDir);
  return keptVersions(settings);
}

/** Newest adoption first; empty while there is no database yet. @throws Failure where this user may not look. */
export function keptVersions({ stateDir }: Settings): readonly ListVersion[] {
  refuseUnreadable(stateDir);
  return existsSync(databasePath(stateDir)) ? listVersions(stateDir) : [];
}

export function versionInForce(settings: Settings): ListVersion | null {
  return keptVersions(settings).find((version) => version.inForce) ?? null;
}

/**
 * Gives the list in force to `use` and closes it. @throws Failure where none is in force, or its file is missing or damaged,
 * also when that shows while it is read.
 */
export function withListInForce<T>(settings: Settings, use: (version: ListVersion, file: ListFile) => T): T {
  const version = versionInForce(settings);
  if (version === null) throw noList(settings.stateDir);
  let file: ListFile | null = null;
  try {
    file = new ListFile(listPath(settings.stateDir, version.file));
    return use(version, file);
  } catch (error) {
    throw errorCode(error).startsWith('SQLITE_') ? listUnreadable(version.file) : error;
  } finally {
    file?.close();
  }
}

function noList(stateDir: string): Failure {
  if (existsSync(databasePath(stateDir)))
    return said(
      exitCodes.error,
      '还没有名单；用 gatehouse list import 导入',
      'there is no list yet; import one with "gatehouse list import"',
    );
  return said(
    exitCodes.error,
    `还没有名单：${stateDir} 中没有数据库。目录不对请用 --state 指定，否则用 gatehouse list import 导入`,
    `there is no list yet: ${stateDir} holds no database. Name another folder with --state, or import one with "gatehouse list import"`,
  );
}

function listUnreadable(name: string): Failure {
  return said(
    exitCodes.error,
    `现有名单的文件 lists/${name} 缺失或损坏。网关会改用保留的上一份；请重新导入，或用 gatehouse list versions 与 list rollback 恢复`,
    `the file of the list in force, lists/${name}, is missing or damaged. The gateway serves from the one kept before it; import it again, or go back with "gatehouse list versions" and "list rollback"`,
  );
}

/** Tells the daemon at once; it would notice by itself within two seconds. */
export async function announce(settings: Settings): Promise<'inUse' | 'notRunning' | 'later'> {
  try {
    await ask(settings.stateDir, { method: 'refreshLists' });
    return 'inUse';
  } catch (error) {
    if (error instanceof NotRunning) return 'notRunning';
    remark(
      settings.say('网关暂未应答，几秒内会自行采用', 'the gateway did not answer; it takes the list up within seconds'),
    );
    return 'later';
  }
}

export function announced(result: Awaited<ReturnType<typeof announce>>, { say }: Settings): string {
  return {
    inUse: say('网关已采用', 'the gateway uses it now'),
    notRunning: say('网关未运行，下次启动时采用', 'no gateway runs; it is used from its next start'),
    later: say('网关几秒内采用', 'the gateway takes it up within seconds'),
  }[result];
}

/** What imports that were killed left behind. */
export function dropAbandonedBuilds(dir: string): void {
  const folder = join(dir, 'lists');
  if (!existsSync(folder)) return;
  for (const name of readdirSync(folder)) {
    const pid = /^building-import-(\d+)\.db(-journal)?$/.exec(name)?.[1];
    if (pid !== undefined && !isAlive(Number(pid))) rmSync(join(folder, name), { force: true });
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}
