/** What the bench prints: one table of latencies, one of faults, one of the processes, the stages, and the import. */
import { median, medianSpread, ms, ratio, type Spread, table } from './figures.ts';
import type { ImportRound, Round, SystemName } from './measure.ts';
import { type Stage, stageNames, stageTexts } from './stages.ts';

export interface WireResult {
  readonly wire: string;
  readonly rounds: readonly Round[];
}

/** Beyond these a ratio is pointed at; a shared machine may well be the reason, so it fails nothing. */
const SANE = { p50: 3, p99: 3 } as const;
const IMPORT_P99_MS = 50;

const of = (result: WireResult, system: SystemName): readonly Round[] =>
  result.rounds.filter((round) => round.system === system);
const latency = (rounds: readonly Round[]): Spread => medianSpread(rounds.map((round) => round.latency));

export function latencyTable(results: readonly WireResult[]): string {
  const rows = results.flatMap((result) => {
    const ours = latency(of(result, 'gatehouse'));
    const floor = latency(of(result, 'floor'));
    const flag = (mine: number, theirs: number, sane: number): string =>
      `${ratio(mine, theirs)}${mine / theirs > sane ? ' !' : ''}`;
    return [
      [result.wire, 'gatehouse', String(ours.count), ms(ours.p50), ms(ours.p90), ms(ours.p99), ms(ours.max)],
      ['', 'floor', String(floor.count), ms(floor.p50), ms(floor.p90), ms(floor.p99), ms(floor.max)],
      [
        '',
        'ratio',
        '',
        flag(ours.p50, floor.p50, SANE.p50),
        ratio(ours.p90, floor.p90),
        flag(ours.p99, floor.p99, SANE.p99),
        ratio(ours.max, floor.max),
      ],
    ];
  });
  return table(['event → open frame, ms', 'system', 'events', 'p50', 'p90', 'p99', 'max'], rows);
}

export function faultTable(results: readonly WireResult[]): string {
  const sum = (rounds: readonly Round[], pick: (round: Round) => number): string =>
    String(rounds.reduce((total, round) => total + pick(round), 0));
  const rows = results.flatMap((result) =>
    (['gatehouse', 'floor'] as const).map((system) => {
      const rounds = of(result, system);
      return [
        result.wire,
        system,
        sum(rounds, (round) => round.missed),
        sum(rounds, (round) => round.wrong),
        sum(rounds, (round) => round.device.repeats),
        sum(rounds, (round) => round.device.breaches),
        sum(rounds, (round) => round.device.collisions),
        sum(rounds, (round) => round.device.badFrames),
        sum(rounds, (round) => round.device.late),
        median(rounds.map((round) => round.pollHz)).toFixed(1),
        ms(median(rounds.map((round) => round.device.longestPollGapMs))),
      ];
    }),
  );
  const head = [
    'counted by the device',
    'system',
    'missed',
    'wrong',
    'repeats',
    'silence',
    'collisions',
    'bad frames',
    'device late',
  ];
  return table([...head, 'polls/s', 'longest gap ms'], rows);
}

export function processTable(results: readonly WireResult[]): string {
  const rows = results.flatMap((result) =>
    (['gatehouse', 'floor'] as const).map((system) => {
      const rounds = of(result, system);
      const middle = (pick: (round: Round) => number): number => median(rounds.map(pick));
      const parts = (rounds.at(-1)?.residentMb ?? []).map(({ what, mb }) => `${what} ${mb.toFixed(0)}`).join(' + ');
      return [
        result.wire,
        system,
        `${middle((round) => round.residentMb.reduce((total, { mb }) => total + mb, 0)).toFixed(0)} (${parts})`,
        `${(middle((round) => round.idleCpuShare) * 100).toFixed(1)} %`,
        middle((round) => round.coldPollMs).toFixed(0),
        middle((round) => round.coldOpenMs).toFixed(0),
      ];
    }),
  );
  return table(['process', 'system', 'RSS MB', 'idle CPU', 'start → first poll ms', 'start → first opening ms'], rows);
}

export function stageTable(results: readonly WireResult[]): string {
  const cell = (result: WireResult, stage: Stage): string => {
    const rounds = of(result, 'gatehouse').flatMap((round) => round.stages ?? []);
    const spread = medianSpread(rounds.map((stages) => stages[stage]));
    return `${ms(spread.p50)} / ${ms(spread.p99)}`;
  };
  const rows = stageNames.map((stage) => [stageTexts[stage], ...results.map((result) => cell(result, stage))]);
  return table(['stage of the gateway, p50 / p99 ms', ...results.map((result) => result.wire)], rows);
}

export function importText(rounds: readonly ImportRound[], rows: number): string {
  const spread = medianSpread(rounds.map((round) => round.latency));
  const seconds = median(rounds.map((round) => round.seconds));
  const total = (pick: (round: ImportRound) => number): number => rounds.reduce((sum, round) => sum + pick(round), 0);
  return [
    `import of ${rows} rows by another process while cars come, Modbus TCP: ${seconds.toFixed(1)} s,`,
    `${spread.count} events, p50 ${ms(spread.p50)}, p99 ${ms(spread.p99)}, max ${ms(spread.max)} ms`,
    `(${spread.p99 <= IMPORT_P99_MS ? 'within' : 'BEYOND'} ${IMPORT_P99_MS} ms at p99),`,
    `missed ${total((round) => round.missed)}, wrong ${total((round) => round.wrong)}`,
  ].join(' ');
}

/** What no busy machine excuses: cars left standing, booms opened for strangers, a bus misused, events refused. */
export function broken(results: readonly WireResult[], imports: readonly ImportRound[]): readonly string[] {
  const found: string[] = [];
  for (const { wire, rounds } of results) {
    for (const { system, missed, wrong, refused, device } of rounds) {
      if (system !== 'gatehouse') continue;
      const { repeats, breaches, collisions, badFrames } = device;
      const all = { missed, wrong, refused, repeats, breaches, collisions, badFrames };
      for (const [what, count] of Object.entries(all)) if (count > 0) found.push(`${wire}: ${count} ${what}`);
    }
  }
  for (const { missed, wrong } of imports)
    if (missed + wrong > 0) found.push(`during the import: ${missed} missed, ${wrong} wrong`);
  return found;
}
