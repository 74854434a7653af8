/** Writes the generated files (JSON schema, reference, AsyncAPI document) from the schemas themselves; tests find drift. */
import { writeFileSync } from 'node:fs';
import { generate } from '../src/config/generate.ts';
import { findDrivers } from '../src/runtime/registry.ts';
import { asyncApiFile } from '../src/upstream/asyncapi.ts';

const found = await findDrivers((folder, error) => {
  console.error(`drivers/${folder} does not load: ${String(error)}`);
  process.exitCode = 1;
});
for (const { path, content } of [...generate(found.map(({ driver }) => driver)), asyncApiFile()]) {
  writeFileSync(new URL(`../${path}`, import.meta.url), content);
  console.log(`wrote ${path}`);
}
