/** `gatehouse schema`: the JSON schema of the configuration, drivers included, for editors. */
import type { Command } from 'commander';
import { jsonSchema } from '../config/json-schema.ts';
import { openSettings, printJson, share, type SharedOptions } from './settings.ts';

export function addSchema(program: Command): void {
  share(
    program
      .command('schema')
      .description('print the JSON schema of the configuration for editors / 输出配置的 JSON Schema，供编辑器使用'),
    ['fine'],
  ).action(async (options: SharedOptions) => {
    const { drivers } = await openSettings(options);
    printJson(jsonSchema(drivers.map((found) => found.driver)));
  });
}
