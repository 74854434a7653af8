/** What one record says of the machines of a lane: which edge of which was taken, in words that `scripts/sim/edges.ts` lists. */
import type { JournalRecord } from '../../core/io.ts';

const LIFTS: readonly string[] = ['pulseOpen', 'holdOn'];
const LOWERS: readonly string[] = ['pulseClose', 'holdOff'];

export function marksOf({ kind, body }: JournalRecord): readonly string[] {
  const said = (key: string): string => String(body[key] ?? 'none');
  switch (kind) {
    case 'decision':
      return [`reason ${said('outcome')} ${said('code')}`];
    case 'position':
      return [
        `boom ${said('from')} → ${said('to')}`,
        `move ${said('from')} → ${said('to')} ${said('basis')} by ${said('mover')}`,
      ];
    case 'passage':
      return [`passage ${said('outcome')} ${said('basis')}`];
    case 'announced':
      return [`close announced ${said('why')}`];
    case 'closeLetGo':
      return [`close let go ${said('why')}`];
    case 'commanded':
      return [`command ${said('action')} for ${said('why')}`, ...endsOf(said('action'), said('why'))];
    case 'claim':
      return [`claim ${said('purpose')} begun`];
    case 'claimRefused':
      return [`claim ${said('purpose')} refused`];
    case 'claimRecalled':
      return [`claim ${said('purpose')} recalled`];
    case 'claimEnded':
      return [`claim ${said('purpose')} ended by ${endedBy(said('via'))}`];
    case 'releaseRefused':
      return [`release refused ${said('refused')}`];
    case 'emergencyOpened':
    case 'emergencyRecalled':
      return [`emergency ${kind === 'emergencyOpened' ? 'opened' : 'recalled'}`];
    case 'bypassBegun':
    case 'bypassUsed':
      return [`bypass ${kind === 'bypassBegun' ? 'begun' : 'used'}`];
    case 'bypassEnded':
      return [`bypass ended by ${endedBy(said('via'))}`];
    case 'bypassRefused':
      return [`bypass refused ${said('refused')}`];
    default:
      return [];
  }
}

function endsOf(action: string, why: string): readonly string[] {
  if (LOWERS.includes(action)) return [`close ordered ${why}`];
  return LIFTS.includes(action) || action === 'stop' ? [`open ordered ${why}`] : [];
}

function endedBy(via: string): string {
  return ['expiry', 'count', 'gateway'].includes(via) ? via : 'person';
}
