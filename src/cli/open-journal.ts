/** The journal of a state folder as the commands open it: a folder without one is told in a sentence, with its path. */
import { existsSync } from 'node:fs';
import { nearest } from '../config/suggest.ts';
import { databasePath } from '../store/durable-writer.ts';
import { type JournalReader, openJournalReader } from '../store/journal-read.ts';
import { exitCodes } from './exit-codes.ts';
import { type Failure, refuseUnreadable, said } from './failure.ts';
import { recordKinds } from './record-words.ts';
import type { Settings } from './settings.ts';

/** @throws Failure where this user may not look, or no journal is there. */
export function needJournal({ stateDir }: Settings): void {
  refuseUnreadable(stateDir);
  if (existsSync(databasePath(stateDir))) return;
  throw said(
    exitCodes.error,
    `${stateDir} 中没有流水：目录不对请用 --state 指定，或网关从未运行过`,
    `there is no journal in ${stateDir}: name another folder with --state, or the gateway has never run`,
  );
}

export function openJournal(settings: Settings): JournalReader {
  needJournal(settings);
  return openJournalReader(settings.stateDir);
}

/**
 * Why a filter that matched no record never will: a kind that nothing writes, a lane that is neither configured nor on record.
 * Null where records of it may come.
 */
export function neverMatches(
  { lane, kind }: { readonly lane?: string | undefined; readonly kind?: string | undefined },
  reader: JournalReader,
  settings: Settings,
): Failure | null {
  const unknownKind = kind !== undefined && !recordKinds.includes(kind) && reader.tail(1, { kind }).length === 0;
  if (unknownKind) return unknown('kind', kind, recordKinds);
  const { site } = settings.configuration.running;
  if (lane === undefined || site === null) return null;
  const lanes = site.lanes.map((one) => one.id);
  return lanes.includes(lane) || reader.tail(1, { lane }).length > 0 ? null : unknown('lane', lane, lanes);
}

function unknown(what: 'kind' | 'lane', name: string, known: readonly string[]): Failure {
  const near = nearest(name, known);
  const list = known.join(', ');
  const [noneZh, noneEn] = what === 'kind' ? ['类记录', 'record of kind'] : ['车道的记录', 'record of a lane'];
  return said(
    exitCodes.usage,
    `没有 "${name}" ${noneZh}；${near === null ? `可用：${list}` : `是否想写 "${near}"？`}`,
    `there is no ${noneEn} "${name}"; ${near === null ? `known: ${list}` : `did you mean "${near}"?`}`,
  );
}
