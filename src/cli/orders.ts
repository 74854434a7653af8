/** `gatehouse release` and `gatehouse reload`: what a technician asks of the running gateway. */
import type { Command } from 'commander';
import { ask } from '../runtime/control-client.ts';
import { exitCodes } from './exit-codes.ts';
import { said } from './failure.ts';
import { openSettings, print, printJson, share, type SharedOptions } from './settings.ts';
import { readStatus } from './status.ts';

export function addRelease(program: Command): void {
  share(
    program
      .command('release')
      .description('end a claim on a lane, by a named person / 由具名人员解除车道的占用')
      .argument('<lane>', 'lane id / 车道')
      .argument('<key>', 'key of the claim, see "gatehouse lanes" / 占用的键')
      .requiredOption('--by <name>', 'who releases it; recorded / 解除人姓名，记入流水'),
    ['fine', 'error', 'notRunning'],
  ).action(async (lane: string, key: string, options: SharedOptions & { readonly by: string }) => {
    const settings = await openSettings(options, exitCodes.notRunning);
    const { say } = settings;
    const before = (await readStatus(settings)).lanes.find((candidate) => candidate.id === lane);
    if (before === undefined) throw said(exitCodes.error, `没有车道 ${lane}`, `there is no lane ${lane}`);
    if (!before.claims.some((claim) => claim.key === key))
      throw said(
        exitCodes.error,
        `车道 ${lane} 没有占用 ${key}；现有：${before.claims.map((claim) => claim.key).join(' ') || '无'}`,
        `lane ${lane} has no claim ${key}; it has: ${before.claims.map((claim) => claim.key).join(' ') || 'none'}`,
      );
    const left = (await ask(settings.stateDir, { method: 'release', lane, key, by: options.by })) as readonly string[];
    const released = !left.includes(key);
    if (settings.json) printJson({ released, claims: left });
    else
      print(
        released
          ? say(`✓ 已解除 ${key}`, `✓ ${key} is released`)
          : say(
              `✕ ${key} 未解除：触点仍在报警，或需要现场确认；原因见 gatehouse journal tail`,
              `✕ ${key} was not released: its contact is still active, or it ends on the spot only; see "gatehouse journal tail"`,
            ),
      );
    process.exitCode = released ? exitCodes.fine : exitCodes.error;
  });
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
