/** Tells what of the configuration does not run as written: as standing faults, and in the log; one for each cause. */
import type { ConfigFault } from '../config/last-known-good.ts';
import { sectionKey } from '../config/problem.ts';
import type { JsonObject } from '../core/values.ts';
import type { Configuration } from './configuration.ts';
import type { Log } from './log.ts';

export type TellFault = (code: string, subject: string, raised: boolean, detail: JsonObject) => void;

/** Sections named in a fault's detail; the others are counted. */
const SECTIONS_SHOWN = 50;

export class ConfigurationFaults {
  readonly #fault: TellFault;
  readonly #log: Log;
  /** Detail of each standing fault, so that one that stands unchanged keeps its age over a reload. */
  readonly #standing = new Map<string, string>();

  constructor(fault: TellFault, log: Log) {
    this.#fault = fault;
    this.#log = log;
  }

  tell({ running, lkgProblem }: Configuration): void {
    const subjects = new Set(running.faults.map((fault) => fault.subject));
    for (const gone of [...this.#standing.keys()].filter((subject) => !subjects.has(subject))) {
      this.#standing.delete(gone);
      this.#fault('configRejected', gone, false, {});
    }
    for (const fault of running.faults) {
      const detail = detailOf(fault);
      const text = JSON.stringify(detail);
      if (this.#standing.get(fault.subject) === text) continue;
      if (this.#standing.has(fault.subject)) this.#fault('configRejected', fault.subject, false, {});
      this.#standing.set(fault.subject, text);
      this.#fault('configRejected', fault.subject, true, detail);
      this.#log.warn('configuration rejected', { subject: fault.subject, ...detail });
    }
    this.#fault('lastKnownGoodUnreadable', 'site', lkgProblem !== null, { why: lkgProblem });
  }
}

/** `where` is file:line:col; `message` and `effect` are {zh, en}; `sections` says `key=state` of each. */
function detailOf({ state, since, problem, more, sections, effect }: ConfigFault): JsonObject {
  const names = sections.slice(0, SECTIONS_SHOWN).map((one) => `${sectionKey(one.ref)}=${one.state}`);
  const unnamed = sections.length - names.length;
  return {
    state,
    since,
    where: problem === null ? null : `${problem.file}:${problem.line}:${problem.col}`,
    code: problem?.code ?? null,
    message: problem === null ? null : { zh: problem.message.zh, en: problem.message.en },
    more: more === 0 ? null : more,
    sections: names.length === 0 ? null : `${names.join(', ')}${unnamed === 0 ? '' : ` +${unnamed}`}`,
    effect: { zh: effect.zh, en: effect.en },
  };
}
