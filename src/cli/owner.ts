/** What root writes into the state folder must stay readable for the service, which is another user. */
import { chownSync, existsSync, lstatSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

const ENTRIES_MAX = 10_000;

/** Gives what root owns below the folder to the folder's owner. Does nothing for anybody but root. */
export function handToOwner(dir: string): void {
  if (process.geteuid?.() !== 0 || !existsSync(dir)) return;
  const owner = lstatSync(dir);
  if (owner.uid === 0) return;
  for (const entry of readdirSync(dir, { recursive: true, withFileTypes: true }).slice(0, ENTRIES_MAX)) {
    // A link could point anywhere, and what it names is not ours to give.
    if (!entry.isFile() && !entry.isDirectory()) continue;
    const path = join(entry.parentPath, entry.name);
    if (lstatSync(path).uid === 0) chownSync(path, owner.uid, owner.gid);
  }
}
