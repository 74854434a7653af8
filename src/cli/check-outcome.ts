/** What would become of the lanes: on this machine, and where the configuration has never run before. */
import { type ConfigFault, type LaneOutcome, laneOutcomes, type Running } from '../config/last-known-good.ts';
import { sectionKey } from '../config/problem.ts';
import type { Text } from '../core/values.ts';
import { wallText } from './local-time.ts';
import type { Settings } from './settings.ts';
import { plain } from './text-layout.ts';

/** Lines shown of each list; the others are counted. */
const SHOWN = 50;

/** Empty where every lane would run as written, here and anywhere. */
export function outcomeText(settings: Settings, here: Running, firstStart: Running): readonly string[] {
  const { say } = settings;
  const now = dimmed(settings, here);
  const first = dimmed(settings, firstStart);
  if (now.length === 0 && first.length === 0) return [];
  const onFirst = say('首次启动（没有上次有效配置）时：', 'at a first start, without a last known good:');
  if (now.join('\n') === first.join('\n')) return ['', onFirst, ...first];
  const fine = say('  ✓ 所有车道照常运行', '  ✓ all lanes run');
  const orFine = (lines: readonly string[]) => (lines.length === 0 ? [fine] : lines);
  const onNow = say('在这台机器上启动或重载后：', 'after a start or reload on this machine:');
  return ['', onNow, ...orFine(now), onFirst, ...orFine(first)];
}

/** A line for each lane that would not run as written, and for each file that may hold some. */
function dimmed(settings: Settings, running: Running): readonly string[] {
  const lanes = laneOutcomes(running).flatMap((lane) => (lane.state === 'current' ? [] : [laneLine(settings, lane)]));
  const files = running.faults.flatMap((fault) => (hides(fault) ? [hiddenLine(settings, fault)] : []));
  const all = [...lanes, ...files];
  const more = all.length - SHOWN;
  return more <= 0 ? all : [...all.slice(0, SHOWN), settings.say(`  另有 ${more} 项`, `  ${more} more`)];
}

function laneLine({ say, timezone }: Settings, { id, state, since, fault }: LaneOutcome): string {
  const former = since === null ? '' : ` (${wallText(since, timezone).slice(0, 16)})`;
  const what =
    state === 'off'
      ? say(`车道 ${id} 不运行`, `lane ${id} would stay off`)
      : say(`车道 ${id} 沿用上次有效配置${former}`, `lane ${id} would run on its last known good${former}`);
  return `  ! ${plain(what)}${placeOf(fault)}`;
}

/** Nobody can say which lanes stood there. */
function hides({ state, sections, problem }: ConfigFault): boolean {
  return state === 'off' && sections.length === 0 && problem !== null;
}

function hiddenLine({ language }: Settings, fault: ConfigFault): string {
  return `  ! ${plain(`${fault.subject}: ${fault.effect[language]}`)}${placeOf(fault)}`;
}

function placeOf(fault: ConfigFault | null): string {
  const problem = fault?.problem ?? null;
  return problem === null ? '' : `  ${plain(`${problem.file}:${problem.line}:${problem.col}`)}  [${problem.code}]`;
}

export interface OutcomeJson {
  /** False where no lane runs because there is no usable site section. */
  readonly site: boolean;
  readonly lanes: readonly {
    readonly id: string;
    readonly state: LaneOutcome['state'];
    readonly where: string | null;
  }[];
  readonly faults: readonly {
    readonly subject: string;
    readonly state: ConfigFault['state'];
    readonly where: string | null;
    readonly code: string | null;
    readonly sections: readonly string[];
    readonly effect: Text;
  }[];
}

/** Shape of `outcome.now` and `outcome.firstStart` in `gatehouse check --json`. */
export function outcomeJson(running: Running): OutcomeJson {
  const where = (fault: ConfigFault | null) => {
    const problem = fault?.problem ?? null;
    return problem === null ? null : `${problem.file}:${problem.line}:${problem.col}`;
  };
  return {
    site: running.site !== null,
    lanes: laneOutcomes(running).map(({ id, state, fault }) => ({ id, state, where: where(fault) })),
    faults: running.faults.map((fault) => ({
      subject: fault.subject,
      state: fault.state,
      where: where(fault),
      code: fault.problem?.code ?? null,
      sections: fault.sections.map(({ ref }) => sectionKey(ref)),
      effect: fault.effect,
    })),
  };
}
