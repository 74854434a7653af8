/** What Linux tells of a process and its children: memory, processor time. */
import { readdirSync, readFileSync } from 'node:fs';

/** Linux counts processor time in ticks of 10 ms for every program. */
const TICK_MS = 10;

export interface ProcessFacts {
  readonly pid: number;
  readonly parent: number;
  readonly residentMb: number;
  readonly cpuMs: number;
  /** The script that Node runs, for telling the daemon from its camera host. */
  readonly command: string;
}

/** The process and all below it, itself first. Those that end meanwhile are left out. */
export function familyOf(pid: number): readonly ProcessFacts[] {
  const all = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => factsOf(Number(name)) ?? []);
  const family = all.filter((facts) => facts.pid === pid);
  for (let at = 0; at < family.length; at += 1) family.push(...all.filter((facts) => facts.parent === family[at]?.pid));
  return family;
}

function factsOf(pid: number): ProcessFacts | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    const status = readFileSync(`/proc/${pid}/status`, 'latin1');
    const residentKb = Number(/^VmRSS:\s+(\d+)/m.exec(status)?.[1] ?? 0);
    const command = readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ');
    const cpuMs = (Number(fields[11]) + Number(fields[12])) * TICK_MS;
    return { pid, parent: Number(fields[1]), residentMb: residentKb / 1024, cpuMs, command };
  } catch {
    return null;
  }
}

export function cpuOf(pid: number): number {
  return familyOf(pid).reduce((sum, facts) => sum + facts.cpuMs, 0);
}
