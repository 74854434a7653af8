/** What ends a command with a sentence and an exit code instead of a stack trace. */
import { accessSync, constants } from 'node:fs';
import type { Text } from '../core/values.ts';
import { NotRunning } from '../runtime/control-client.ts';
import { StoreError } from '../store/sqlite.ts';
import { exitCodes } from './exit-codes.ts';

export class Failure extends Error {
  readonly exit: number;
  readonly text: Text;
  constructor(exit: number, text: Text) {
    super(text.en);
    this.exit = exit;
    this.text = text;
  }
}

/** The world's failure in words that say what to do; null for a defect of ours, which is shown whole. */
export function failureOf(error: unknown): Failure | null {
  if (error instanceof Failure) return error;
  if (error instanceof NotRunning)
    return isDenied(error.message) ? noPermission(pathIn(error.message), exitCodes.notRunning) : notRunning;
  if (!(error instanceof Error)) return null;
  const code = 'code' in error && typeof error.code === 'string' ? error.code : null;
  if (code !== null && isDenied(code)) return noPermission(pathIn(error.message), exitCodes.error);
  if (error instanceof StoreError) return storeFailure(error);
  if (code === 'noSuchLane')
    return said(
      exitCodes.error,
      `没有这条车道，或车道没有相应设备：${error.message}`,
      `no such lane or device: ${error.message}`,
    );
  if (code === 'directionNeeded')
    return said(
      exitCodes.usage,
      '这是双向车道，真实识别必须用 --direction in 或 out 指明方向',
      'this lane has two directions: a live read needs --direction in or out',
    );
  if (code === 'badRequest') return badRequest(error.message);
  if (code === 'failed')
    return said(exitCodes.error, `网关拒绝：${error.message}`, `the gateway refused: ${error.message}`);
  const words = code === null ? null : databaseWords(code);
  if (words !== null) return new Failure(exitCodes.error, words);
  if (code !== null && /^E[A-Z0-9]+$/.test(code))
    return said(exitCodes.error, `系统错误：${error.message}`, `the system says: ${error.message}`);
  return null;
}

interface Issue {
  readonly code?: unknown;
  readonly path?: unknown;
  readonly maximum?: unknown;
}

/** What the gateway's schema says of a request, by the options it was made of. */
function badRequest(message: string): Failure {
  const issues = issuesOf(message);
  const words = issues.map(({ code, path, maximum }): Text => {
    const name = Array.isArray(path) ? String(path.at(-1)) : '?';
    const option = optionNames[name] ?? name;
    if (code === 'too_small') return { zh: `${option} 不能为空`, en: `${option} must not be empty` };
    if (code !== 'too_big') return { zh: `${option} 不被接受`, en: `${option} is not accepted` };
    return { zh: `${option} 太长，最多 ${String(maximum)}`, en: `${option} is too long, ${String(maximum)} at most` };
  });
  const [zh, en] = words.length === 0 ? [message, message] : [join(words, 'zh', '；'), join(words, 'en', '; ')];
  return said(exitCodes.usage, `参数不被接受：${zh}`, `not accepted: ${en}`);
}

const optionNames: Readonly<Record<string, string>> = {
  by: '--by',
  reason: '--reason',
  note: '--note',
  forMs: '--for',
};

function join(words: readonly Text[], language: keyof Text, mark: string): string {
  return words.map((one) => one[language]).join(mark);
}

function issuesOf(message: string): readonly Issue[] {
  try {
    const found: unknown = JSON.parse(message);
    return Array.isArray(found) ? found.filter((one): one is Issue => typeof one === 'object' && one !== null) : [];
  } catch {
    return [];
  }
}

export function said(exit: number, zh: string, en: string): Failure {
  return new Failure(exit, { zh, en });
}

/** Whoever may not look must not be told that nothing is there: configuration and data belong to the service's user. */
export function noPermission(path: string | null, exit: number): Failure {
  const what = path === null ? '' : ` ${path}`;
  return said(
    exit,
    `没有权限访问${what}。请以服务用户运行：sudo -u gatehouse gatehouse …`,
    `no permission for${what === '' ? ' this' : what}. Run it as the service's user: sudo -u gatehouse gatehouse …`,
  );
}

/** @throws Failure where the path is there, or may be, and this user may not look into it. */
export function refuseUnreadable(path: string, exit: number = exitCodes.error): void {
  const code = accessCode(path);
  if (code !== null && isDenied(code)) throw noPermission(path, exit);
}

/** ENOENT, EACCES …; null for what can be read. */
export function accessCode(path: string): string | null {
  try {
    accessSync(path, constants.R_OK);
    return null;
  } catch (error) {
    return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : 'EIO';
  }
}

function isDenied(text: string): boolean {
  return /\b(EACCES|EPERM)\b/.test(text);
}

function pathIn(message: string): string | null {
  return (
    /'([^']+)'|(\/\S+)/
      .exec(message)
      ?.slice(1)
      .find((found) => found !== undefined) ?? null
  );
}

const notRunning = said(
  exitCodes.notRunning,
  '这个数据目录上没有正在运行的网关。启动：systemctl start gatehouse，或 gatehouse run；若目录不同，用 --state 指定。',
  'no gateway runs on this state folder. Start it with "systemctl start gatehouse" or "gatehouse run"; another folder is named with --state.',
);

function storeFailure(error: StoreError): Failure {
  const database = databaseWords(error.code);
  if (database !== null) return new Failure(exitCodes.error, database);
  const text = refusalWords(error.code);
  if (text !== null) return said(exitCodes.error, `${text.zh}（${error.message}）`, `${text.en} (${error.message})`);
  // The system's own messages begin with their code.
  const message = error.message.startsWith(`${error.code}:`)
    ? error.message.slice(error.code.length + 1).trim()
    : error.message;
  return said(exitCodes.error, `${error.code}：${message}`, `${error.code}: ${message}`);
}

/** Why a list was not adopted; null for a code that is none of these. */
export function refusalWords(code: string): Text | null {
  return storeWords[code] ?? null;
}

/** What SQLite met, in words that say what to do; its own text helps nobody at a gate. Null for what is not SQLite's. */
function databaseWords(code: string): Text | null {
  if (!code.startsWith('SQLITE_')) return null;
  const found = sqliteWords.find(([start]) => code.startsWith(start));
  return found?.[1] ?? sqliteOther;
}

const sqliteWords: readonly (readonly [string, Text])[] = [
  [
    'SQLITE_CANTOPEN',
    {
      zh: '打不开数据库：数据目录不对、网关从未运行过，或没有权限（用 sudo -u gatehouse gatehouse … 再试，或用 --state 指定目录）',
      en: 'the database does not open: wrong state folder, the gateway has never run, or no permission (try "sudo -u gatehouse gatehouse …", or --state)',
    },
  ],
  ['SQLITE_CORRUPT', damagedDatabase()],
  ['SQLITE_NOTADB', damagedDatabase()],
  [
    'SQLITE_BUSY',
    {
      zh: '数据库正忙：另一个进程正在写入，请稍后再试',
      en: 'the database is busy: another process is writing; try again in a moment',
    },
  ],
  [
    'SQLITE_FULL',
    {
      zh: '磁盘已满，什么也没有写入；请清理磁盘后再试',
      en: 'the disk is full and nothing was written; make room and try again',
    },
  ],
  [
    'SQLITE_IOERR',
    {
      zh: '磁盘读写出错：请检查磁盘；记录仍在内存中的网关请不要停止',
      en: 'the disk fails: see to it, and do not stop a running gateway, which holds its records in memory',
    },
  ],
  [
    'SQLITE_READONLY',
    {
      zh: '数据库不可写：请以服务用户运行（sudo -u gatehouse gatehouse …），或磁盘已转为只读',
      en: "the database cannot be written: run it as the service's user (sudo -u gatehouse gatehouse …), or the disk has become read-only",
    },
  ],
];

function damagedDatabase(): Text {
  return {
    zh: '数据库文件损坏，读不出来。不要删除它：网关启动时（运行中则在几秒内）会把它移到一旁，并恢复最近的完好备份',
    en: 'the database file is damaged and cannot be read. Do not delete it: a gateway that starts (or, if it runs, within seconds) sets it aside and restores the last good backup',
  };
}

const sqliteOther: Text = {
  zh: '数据库无法使用：文件可能不是本程序的数据库，或版本不同；请核对 --state，并先启动一次网关',
  en: 'the database cannot be used: the file may be none of Gatehouse, or of another version; check --state, and start the gateway once',
};

const storeWords: Readonly<Record<string, Text>> = {
  listShrunk: {
    zh: '名单未采用：新名单不到现有名单的一半，可能导出不完整；旧名单继续有效。确实如此时加 --force',
    en: 'the list was not adopted: it has less than half the rows of the one in force, as a cut-off export would; the old list stays in force. If it is meant, add --force',
  },
  listEmpty: {
    zh: '名单未采用：新名单是空的，采用后谁也进不来；旧名单继续有效。确实如此时加 --force',
    en: 'the list was not adopted: it is empty and would let nobody in; the old list stays in force. If it is meant, add --force',
  },
  listDamaged: {
    zh: '名单文件不完整或已被改动，未采用；旧名单继续有效',
    en: 'the list file is damaged or was changed and was not adopted; the old list stays in force',
  },
  listUnknownVersion: {
    zh: '没有保留这个版本；可用版本见 gatehouse list versions',
    en: 'this version is not kept; see "gatehouse list versions"',
  },
};
