/** Follows the journal live: the daemon says that something happened, the journal says what, once it is durable. */
import { followRecords } from '../runtime/control-client.ts';
import type { JournalReader, StoredRecord } from '../store/journal-read.ts';
import { remark, type Settings } from './settings.ts';

const PIECE = 1000;
/** Long enough for a group commit, short enough to feel live. */
const SETTLE_MS = 50;
const LATE_MS = 2000;

/** Returns when the daemon ends or the user interrupts. @throws NotRunning */
export async function followJournal(
  settings: Settings,
  reader: JournalReader,
  from: number,
  show: (record: StoredRecord) => void,
  ended: () => void = () => remark(settings.say('网关已结束', 'the gateway has ended')),
): Promise<void> {
  let seq = from;
  let newest = 0;
  let shownRef = 0;
  let timer: NodeJS.Timeout | null = null;
  let waitingSince: number | null = null;
  let told = false;
  let failure: unknown = null;
  const stop = new AbortController();
  const readOn = (): void => {
    for (let piece = reader.readFrom(seq, PIECE); piece.length > 0; piece = reader.readFrom(seq, PIECE)) {
      for (const record of piece) {
        show(record);
        seq = record.seq;
        shownRef = record.ref ?? shownRef;
      }
    }
  };
  const catchUp = (): void => {
    timer = null;
    try {
      readOn();
    } catch (error) {
      // Thrown in a timer it would end the process with a stack; a damaged file ends the command with a sentence.
      failure = error;
      stop.abort();
      return;
    }
    if (shownRef >= newest) {
      waitingSince = null;
      told = false;
      return;
    }
    const now = performance.now();
    waitingSince ??= now;
    if (now - waitingSince > LATE_MS && !told) {
      told = true;
      remark(
        settings.say(
          '! 有记录尚未写入磁盘，写入后显示',
          '! records wait for the disk; they are shown once they are written',
        ),
      );
    }
    timer = setTimeout(catchUp, SETTLE_MS * 4);
  };
  const wake = (): void => {
    timer ??= setTimeout(catchUp, SETTLE_MS);
  };
  const interrupt = (): void => stop.abort();
  process.once('SIGINT', interrupt);
  process.once('SIGTERM', interrupt);
  try {
    await followRecords(
      settings.stateDir,
      (record) => {
        newest = record.ref;
        wake();
      },
      stop.signal,
      wake,
    );
    if (failure !== null) throw failure;
    if (stop.signal.aborted) return;
    readOn();
    ended();
  } finally {
    if (timer !== null) clearTimeout(timer);
    process.off('SIGINT', interrupt);
    process.off('SIGTERM', interrupt);
  }
}
