/** `gatehouse run`: the daemon. */
import { type Command, Option } from 'commander';
import { prepareCameras } from '../runtime/camera-start.ts';
import { surveyStore } from '../runtime/store-ahead.ts';
import { superviseUntilSignal } from '../runtime/guard/supervisor.ts';
import { logLevels } from '../runtime/log.ts';
import type { RunOptions } from './daemon.ts';
import { exitsText } from './settings.ts';
import { timesyncdMark } from '../runtime/wall-trust.ts';

export function addRun(program: Command): void {
  program
    .command('run')
    .description('run the gateway in the foreground / 在前台运行网关')
    .addOption(
      new Option('--config <dir>', 'folder of the YAML files / 配置目录')
        .env('GATEHOUSE_CONFIG')
        .default('/etc/gatehouse'),
    )
    .addOption(
      new Option(
        '--state <dir>',
        'folder of the database and state files / 数据目录 (default: $STATE_DIRECTORY, then store.dir)',
      ).env('GATEHOUSE_STATE'),
    )
    .option(
      '--clock-mark <file>',
      'file whose age shows that the clock is synchronised / 时钟同步标志文件',
      timesyncdMark,
    )
    .option('--supervise', 'restart the daemon when it ends; where no systemd runs / 无 systemd 时自动重启守护进程')
    .option('--while-stdin', 'end when standard input is closed / 标准输入关闭时结束')
    .addOption(new Option('--log <level>', 'what is logged to stdout / 日志级别').choices(logLevels).default('info'))
    .addHelpText('after', `\n${exitsText(['fine'])}`)
    .action(async (options: RunOptions & { readonly supervise?: boolean }) => {
      if (options.supervise) process.exit(await superviseDaemon());
      // Most of a start is loading and reading: the cameras' process and a thread do theirs while this one does its own.
      const cameras = prepareCameras();
      const store = surveyStore(options.state, process.env);
      const { runDaemon } = await import('./daemon.ts');
      await runDaemon(options, { cameras, store });
    });
}

/** Runs this same command line, less `--supervise`, in a child; for ever, until a signal ends it. */
function superviseDaemon(): Promise<number> {
  const args = process.argv.slice(1).filter((word) => word !== '--supervise');
  return superviseUntilSignal({
    program: process.execPath,
    args: [...process.execArgv, ...args],
    say: (line) => process.stderr.write(`${line}\n`),
  });
}
