/** Writes the generated files (JSON schema, configuration reference) from the drivers' own schemas; a test finds drift. */
import { writeFileSync } from 'node:fs';
import { generate } from '../src/config/generate.ts';
import { findDrivers } from '../src/runtime/registry.ts';

const found = await findDrivers((folder, error) => {
  console.error(`drivers/${folder} does not load: ${String(error)}`);
  process.exitCode = 1;
});
for (const { path, content } of generate(found.map(({ driver }) => driver))) {
  writeFileSync(new URL(`../${path}`, import.meta.url), content);
  console.log(`wrote ${path}`);
}
