/** Whoever may not look is told so, and by which user to look; not that nothing is there. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { restartWords } from '../../src/cli/demo.ts';
import { failureOf } from '../../src/cli/failure.ts';
import { NotRunning } from '../../src/runtime/control-client.ts';
import { StoreError } from '../../src/store/sqlite.ts';
import { gatehouse } from './site.ts';

describe('a refusal by the system', () => {
  it('at the control socket keeps the exit code of a gateway that is not reached, and names the user', () => {
    const failure = failureOf(new NotRunning('connect EACCES /var/lib/gatehouse/control.sock'));
    expect(failure?.exit).toBe(69);
    expect(failure?.text.en).toContain('no permission for /var/lib/gatehouse/control.sock');
    expect(failure?.text.en).toContain('sudo -u gatehouse');
    expect(failure?.text.zh).toContain('sudo -u gatehouse');
    expect(failureOf(new NotRunning('connect ENOENT /x'))?.text.en).toContain('no gateway runs');
  });

  it('at a file names the file, and its code once only', () => {
    const denied = Object.assign(new Error("EACCES: permission denied, open '/etc/gatehouse/site.yaml'"), {
      code: 'EACCES',
    });
    expect(failureOf(denied)).toMatchObject({ exit: 1 });
    expect(failureOf(denied)?.text.en).toContain('no permission for /etc/gatehouse/site.yaml');
    const full = failureOf(new StoreError('ENOSPC', 'ENOSPC: no space left on device'));
    expect(full?.text.en).toBe('ENOSPC: no space left on device');
  });
});

describe('a folder that is not there', () => {
  it('is what check complains of, not of its missing sections, and as JSON for programs', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'gatehouse-absent-'));
    try {
      const absent = join(folder, 'none');
      const plain = await gatehouse(['check', absent, '--lang', 'en']);
      expect([plain.code, plain.out]).toEqual([1, '']);
      expect(plain.err).toContain(`there is no configuration folder ${absent}`);
      const json = await gatehouse(['check', absent, '--json']);
      expect(json.code).toBe(1);
      expect(JSON.parse(json.out)).toMatchObject({ error: { code: 'error', en: expect.stringContaining(absent) } });
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
});

it('a restart of the demo’s gateway is told in the language of the demo', () => {
  const line = 'the daemon ended (SIGKILL); starting it again in 200 ms';
  expect(restartWords(line, (zh) => zh)).toBe('! 网关进程已结束（SIGKILL），200 毫秒后自动重启');
  expect(restartWords(line, (_, en) => en)).toContain('started again in 200 ms');
});
