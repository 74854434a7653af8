/** `gatehouse list export`: the list in force as a CSV that imports to the same list. */
import { closeSync, fsyncSync, openSync, renameSync, rmSync, writeSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Command } from 'commander';
import { exportCsv } from '../store/list-csv.ts';
import { decodeGbk, encodeGbk } from '../wire/gbk.ts';
import { withListInForce } from './list-store.ts';
import { offsetMinutes } from './local-time.ts';
import { openSettings, printJson, remark, type Settings, share, type SharedOptions } from './settings.ts';

interface ExportOptions extends SharedOptions {
  readonly gbk?: boolean;
}

const FLUSH_BYTES = 1 << 16;
const STDOUT = 1;

export function addListExport(list: Command): void {
  share(
    list
      .command('export')
      .description('write the list in force as CSV / 导出现有名单为 CSV')
      .argument('[file]', '- or none: standard output; a file appears whole or not at all / 不写或 - 为标准输出')
      .option('--gbk', 'in GBK, for old spreadsheets (default: UTF-8 with BOM) / 用 GBK 编码'),
    ['fine', 'error'],
  ).action(async (named: string | undefined, options: ExportOptions) => {
    const settings = await openSettings(options);
    const file = named === '-' ? undefined : named;
    const written =
      file === undefined ? write(settings, STDOUT, options.gbk === true) : save(settings, resolve(file), options);
    const { say } = settings;
    if (written.lossy > 0)
      remark(
        say(
          `! ${written.lossy} 行含 GBK 没有的字，已写成 ?`,
          `! ${written.lossy} lines hold characters that GBK lacks, written as ?`,
        ),
      );
    if (file !== undefined && settings.json) printJson({ file: resolve(file), ...written });
    else if (file !== undefined) remark(say(`✓ 已导出 ${written.lines} 行`, `✓ ${written.lines} lines are exported`));
  });
}

interface Written {
  readonly lines: number;
  readonly lossy: number;
  readonly version: string;
}

/** Names and rooms stand in it, so nobody else may read it. */
function save(settings: Settings, path: string, options: ExportOptions): Written {
  const part = `${path}.part`;
  const fd = openSync(part, 'w', 0o600);
  try {
    const written = write(settings, fd, options.gbk === true);
    fsyncSync(fd);
    closeSync(fd);
    renameSync(part, path);
    return written;
  } catch (error) {
    rmSync(part, { force: true });
    throw error;
  }
}

function write(settings: Settings, fd: number, gbk: boolean): Written {
  const encode = gbk ? encodeGbk : (line: string) => Buffer.from(line, 'utf8');
  let lines = -1;
  let lossy = 0;
  let pending: Uint8Array[] = [];
  let bytes = 0;
  const flush = (): void => {
    writeAll(fd, Buffer.concat(pending));
    pending = [];
    bytes = 0;
  };
  return withListInForce(settings, ({ version }, file) => {
    for (const line of exportCsv(file, offsetMinutes(Date.now(), settings.timezone))) {
      if (line === '\ufeff' && gbk) continue;
      const encoded = encode(line);
      if (gbk && decodeGbk(encoded) !== line) lossy += 1;
      if (line !== '\ufeff') lines += 1;
      pending.push(encoded);
      bytes += encoded.length;
      if (bytes >= FLUSH_BYTES) flush();
    }
    flush();
    return { lines, lossy, version };
  });
}

function writeAll(fd: number, bytes: Uint8Array): void {
  for (let at = 0; at < bytes.length; ) at += writeSync(fd, bytes, at);
}
