/** A part or a reversal of a card's number in words. */
import type { EveryReading } from '../core/credential/card-readings.ts';
import type { Settings } from './settings.ts';

export function takenWords(taken: EveryReading['taken'], { say }: Settings): string {
  switch (taken) {
    case 'whole':
      return say('原样', 'as it is');
    case 'low32':
      return say('低 32 位', 'low 32 bits');
    case 'low24':
      return say('低 24 位', 'low 24 bits');
    default:
      return taken;
  }
}

export function orderWords(byteOrder: EveryReading['byteOrder'], { say }: Settings): string {
  return byteOrder === 'asSent' ? say('原序', 'as sent') : say('反序', 'reversed');
}
