/** The drivers there are: every folder below `drivers/` that has an `index.ts`. Adding one touches nothing else. */
import { existsSync, readdirSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import type { AnyDriver } from '../contract/driver.ts';

export interface FoundDriver {
  readonly driver: AnyDriver;
  /** URL of its module, for the camera host's process. */
  readonly module: string;
}

const root = new URL('../../drivers/', import.meta.url);

/** Loads every driver. A folder that does not load is told by `failed` and left out; the rest run (I12). */
export async function findDrivers(failed: (folder: string, error: unknown) => void): Promise<readonly FoundDriver[]> {
  const folders = readdirSync(root, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && existsSync(new URL(`${entry.name}/index.ts`, root)))
    .map((entry) => entry.name)
    .sort();
  const found = await Promise.all(
    folders.map(async (folder): Promise<FoundDriver | null> => {
      const url = new URL(`${folder}/index.ts`, root);
      try {
        const module: { default: AnyDriver } = await import(pathToFileURL(url.pathname).href);
        return { driver: module.default, module: url.href };
      } catch (error) {
        failed(folder, error);
        return null;
      }
    }),
  );
  return found.filter((entry) => entry !== null);
}
