/** `gatehouse release` and `gatehouse reload`: what a technician asks of the running gateway. */
import type { Command } from 'commander';
import { ask } from '../runtime/control-client.ts';
import type { EmergencyView } from '../runtime/emergency-view.ts';
import { exitCodes } from './exit-codes.ts';
import { said } from './failure.ts';
import { openSettings, print, printJson, share, type SharedOptions } from './settings.ts';
import { readStatus } from './status.ts';

export function addRelease(program: Command): void {
  share(
    program
      .command('release')
      .description('end a claim on a lane, by a named person / 由具名人员解除车道的占用')
      .argument('<lane>', 'lane where you are; an emergency ends over all its lanes / 所在车道；应急在其全部车道解除')
      .argument('<key>', 'key of the claim, see "gatehouse lanes" / 占用的键')
      .requiredOption('--by <name>', 'who releases it; recorded / 解除人姓名，记入流水'),
    ['fine', 'error', 'notRunning'],
  ).action(async (lane: string, key: string, options: SharedOptions & { readonly by: string }) => {
    const settings = await openSettings(options, exitCodes.notRunning);
    const { say } = settings;
    const status = await readStatus(settings);
    const before = status.lanes.find((candidate) => candidate.id === lane);
    if (before === undefined) throw said(exitCodes.error, `没有车道 ${lane}`, `there is no lane ${lane}`);
    const cause = status.emergencies.find((one) => one.key === key);
    const claims = [...new Set([...before.claims, ...status.emergencies].map((claim) => claim.key))];
    if (!claims.includes(key))
      throw said(
        exitCodes.error,
        `车道 ${lane} 没有占用 ${key}；现有：${claims.join(' ') || '无'}`,
        `lane ${lane} has no claim ${key}; it has: ${claims.join(' ') || 'none'}`,
      );
    const left = (await ask(settings.stateDir, { method: 'release', lane, key, by: options.by })) as readonly string[];
    const released = !left.includes(key);
    if (settings.json) printJson({ released, claims: left });
    else
      print(
        released
          ? say(`✓ 已解除 ${key}${lanesOf(cause, '：')}`, `✓ ${key} is released${lanesOf(cause, ': ')}`)
          : say(
              `✕ ${key} 未解除：触点仍在报警，或需要现场确认；原因见 gatehouse journal tail`,
              `✕ ${key} was not released: its contact is still active, or it ends on the spot only; see "gatehouse journal tail"`,
            ),
      );
    process.exitCode = released ? exitCodes.fine : exitCodes.error;
  });
}

/** The lanes over which a cause of emergency ended; nothing for a claim of one lane. */
function lanesOf(cause: EmergencyView | undefined, before: string): string {
  return cause === undefined ? '' : `${before}${cause.lanes.map(({ lane }) => lane).join(' ')}`;
}

/** Ends by a person's word what no reading ends: see core/lane/acknowledging.ts. */
export function addAcknowledge(program: Command): void {
  share(
    program
      .command('acknowledge')
      .description(
        'end a fault that only a person ends, after looking: obstructionHunting, obstructionSilent, failedTries, heldBetween, latchUnreadable / 查看现场后确认故障',
      )
      .argument('<lane>', 'lane id / 车道')
      .argument('<fault>', 'code of the fault, see "gatehouse faults" / 故障代码')
      .requiredOption('--by <name>', 'who has looked; recorded / 确认人姓名，记入流水')
      .requiredOption('--reason <text>', 'what was found or done; recorded / 查明的原因或处理，记入流水'),
    ['fine', 'error', 'notRunning'],
  ).action(async (lane: string, fault: string, options: AcknowledgeOptions) => {
    const settings = await openSettings(options, exitCodes.notRunning);
    const { say } = settings;
    const status = await readStatus(settings);
    const view = status.lanes.find((one) => one.id === lane);
    if (view === undefined && !status.faults.some(({ subject }) => subject === lane))
      throw said(exitCodes.error, `没有车道 ${lane}`, `there is no lane ${lane}`);
    // A lane's own faults, and those of what is built into it: tries are counted at its reader too.
    const own = view?.faults ?? [];
    const before = [...status.faults.filter((standing) => standing.subject === lane), ...own];
    const codes = [...new Set(before.map((standing) => standing.code))];
    if (!codes.includes(fault))
      throw said(
        exitCodes.error,
        `车道 ${lane} 没有故障 ${fault}；现有：${codes.join(' ') || '无'}`,
        `lane ${lane} has no fault ${fault}; it has: ${codes.join(' ') || 'none'}`,
      );
    const { by, reason } = options;
    const left = (await ask(settings.stateDir, {
      method: 'acknowledge',
      lane,
      fault,
      by,
      reason,
    })) as readonly string[];
    const acknowledged = !left.includes(fault);
    if (settings.json) printJson({ acknowledged, faults: left });
    else
      print(
        acknowledged
          ? fault === 'failedTries'
            ? say(`✓ ${fault} 已确认；重新计数`, `✓ ${fault} is acknowledged; counting begins anew`)
            : say(
                `✓ ${fault} 已确认；落杆前会重新判断并预告`,
                `✓ ${fault} is acknowledged; a close is decided anew and announced first`,
              )
          : say(
              `✕ ${fault} 不能由人确认：原因消除后自行解除`,
              `✕ ${fault} is not ended by a person: it clears when its cause is gone`,
            ),
      );
    process.exitCode = acknowledged ? exitCodes.fine : exitCodes.error;
  });
}

interface AcknowledgeOptions extends SharedOptions {
  readonly by: string;
  readonly reason: string;
}

export function addReload(program: Command): void {
  share(
    program
      .command('reload')
      .description(
        'let the running gateway read its configuration again; no boom moves / 让网关重新读取配置，不动闸杆',
      ),
    ['fine', 'error', 'notRunning'],
  ).action(async (options: SharedOptions) => {
    const settings = await openSettings(options, exitCodes.notRunning);
    const result = (await ask(settings.stateDir, { method: 'reload' })) as ReloadResult;
    const behind = result.sections.filter((section) => section.state !== 'current');
    if (settings.json) printJson(result);
    else {
      const { say } = settings;
      print(say(`已读取，配置 ${result.hash.slice(0, 12)}`, `read; configuration ${result.hash.slice(0, 12)}`));
      for (const { ref, state } of behind)
        print(
          state === 'off'
            ? say(`! ${ref.kind} ${ref.id} 不运行`, `! ${ref.kind} ${ref.id} stays off`)
            : state === 'partial'
              ? say(`! ${ref.kind} ${ref.id} 部分未生效`, `! ${ref.kind} ${ref.id} runs without a part in error`)
              : say(`! ${ref.kind} ${ref.id} 沿用上次有效配置`, `! ${ref.kind} ${ref.id} runs on its last known good`),
        );
      if (result.problems > 0) print(say('详见 gatehouse check', 'see "gatehouse check"'));
    }
    process.exitCode = behind.length === 0 ? exitCodes.fine : exitCodes.error;
  });
}

interface ReloadResult {
  readonly hash: string;
  readonly problems: number;
  readonly sections: readonly {
    readonly ref: { readonly kind: string; readonly id: string };
    readonly state: string;
  }[];
}
