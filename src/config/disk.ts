/** The configuration folder on the disk, read only: nothing here creates, changes or touches a file. */
import { closeSync, fstatSync, openSync, readdirSync, readFileSync, readSync, statSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { AnyDriver } from '../contract/driver.ts';
import { causeWords } from './cause-words.ts';
import type { ConfigFile } from './gather.ts';
import { pemShape } from './pem.ts';
import type { ProfileShelf } from './sections.ts';
import type { ProbeSecret, SecretRef, SecretState } from './secrets.ts';
import { bytesMax } from './source.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

export interface ConfigDisk extends ProfileShelf {
  /** The folder as a technician would name it: where a finding points that belongs to no file. */
  readonly folder: string;
  /** One entry for the folder itself where it cannot be read. */
  files(): readonly ConfigFile[];
  readonly probeSecret: ProbeSecret;
}

const filesMax = 200;
/** The authorities of a whole system are the longest that anything names by file; the uplink takes no more either. */
const secretBytesMax = 256 * 1024;
const yamlName = /^[^.].*\.ya?ml$/;

function reason(cause: unknown): string {
  const code = cause instanceof Error && 'code' in cause ? cause.code : null;
  return typeof code === 'string' ? code : 'unreadable';
}

/** Reads at most a little over the limit, so that a wrong file of gigabytes is refused and not loaded. */
function readCapped(path: string, shown: string): ConfigFile {
  try {
    const handle = openSync(path, 'r');
    try {
      if (!fstatSync(handle).isFile()) return { file: shown, bytes: null, why: 'notAFile' };
      const buffer = new Uint8Array(bytesMax + 1);
      let length = 0;
      for (;;) {
        const read = readSync(handle, buffer, length, buffer.length - length, null);
        length += read;
        if (read === 0 || length === buffer.length) return { file: shown, bytes: buffer.slice(0, length) };
      }
    } finally {
      closeSync(handle);
    }
  } catch (cause) {
    return { file: shown, bytes: null, why: reason(cause) };
  }
}

function unreadable(folder: string): string | null {
  try {
    readdirSync(folder);
    return null;
  } catch (cause) {
    return reason(cause);
  }
}

function names(folder: string): readonly string[] {
  try {
    return readdirSync(folder)
      .filter((name) => yamlName.test(name))
      .sort();
  } catch {
    return [];
  }
}

/** @param folder of the YAML files; one file's path is taken as a folder with that file alone. */
export function diskOf(folder: string, env: Environment): ConfigDisk {
  const single = yamlName.test(basename(folder)) && !isFolder(folder);
  const root = single ? resolve(folder, '..') : resolve(folder);
  const shelves = (driver: AnyDriver) => [
    { at: join(root, 'profiles'), shown: 'profiles' },
    ...(driver.profiles === undefined
      ? []
      : [{ at: fileURLToPath(driver.profiles.folder), shown: `drivers/${driver.name}/profiles` }]),
  ];
  return {
    folder: root,
    files() {
      if (single) return [readCapped(folder, basename(folder))];
      const why = unreadable(root);
      if (why !== null) return [{ file: root, bytes: null, why, folder: true }];
      return names(root)
        .slice(0, filesMax)
        .map((name) => readCapped(join(root, name), name));
    },
    profile(driver, name) {
      // Only what a shelf lists is given: a name can never lead out of it.
      for (const shelf of shelves(driver)) {
        const found = names(shelf.at).find((file) => file === `${name}.yaml` || file === `${name}.yml`);
        if (found !== undefined) return readCapped(join(shelf.at, found), `${shelf.shown}/${found}`);
      }
      return null;
    },
    profileNames: (driver) => [
      ...new Set(shelves(driver).flatMap((shelf) => names(shelf.at).map((file) => file.replace(/\.ya?ml$/, '')))),
    ],
    probeSecret: (ref, look) => probe(root, env, ref, look),
  };
}

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
}

function probe(root: string, env: Environment, ref: SecretRef, look?: 'pem'): SecretState {
  if (ref.from === 'env') {
    const value = env[ref.name] ?? '';
    return value === '' ? { ok: false, why: 'notSet' } : { ok: true, worldReadable: false, ...shapeOf(value) };
  }
  try {
    const path = resolve(root, ref.name);
    const found = statSync(path);
    if (!found.isFile()) return { ok: false, why: 'notAFile' };
    if (found.size > secretBytesMax) return { ok: false, why: 'tooLarge' };
    const bytes = readFileSync(path);
    const value = withoutEnd(bytes.toString('utf8'));
    if (value.trim() === '') return { ok: false, why: 'empty' };
    const pem = look === 'pem' ? pemShape(bytes) : undefined;
    return { ok: true, worldReadable: (found.mode & 0o004) !== 0, ...shapeOf(value), pem };
  } catch (cause) {
    return { ok: false, why: reason(cause) };
  }
}

/** One newline at the end of a secret's file is no part of it. */
function withoutEnd(text: string): string {
  return text.replace(/\r?\n$/, '');
}

/** What the check needs to know of a secret; the value itself stays here. */
function shapeOf(value: string): { readonly length: number; readonly lines: number; readonly fitsUrl: boolean } {
  return { length: value.length, lines: value.split(/\r?\n|\r/).length, fitsUrl: /^[\w.~-]{1,200}$/.test(value) };
}

/** What relative paths in the YAML start from. @param folder of the YAML files, or one file. */
export function configRoot(folder: string): string {
  return isFolder(folder) ? resolve(folder) : resolve(folder, '..');
}

/**
 * The value of a secret, for the driver alone; one newline at the end is no part of it.
 * @throws where it cannot be read; the message holds the name and never the value.
 */
export function readSecret(folder: string, env: Environment, ref: SecretRef): string {
  const root = configRoot(folder);
  const state = probe(root, env, ref);
  if (!state.ok) throw new Error(`secret ${ref.name}: ${causeWords(state.why).en}`);
  if (ref.from === 'env') return env[ref.name] ?? '';
  return withoutEnd(readFileSync(resolve(root, ref.name), 'utf8'));
}
