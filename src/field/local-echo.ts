/** Two-wire adapters may return what they send. Without this an FC05 would confirm itself. */
import { type InFlight, isOwnFrame } from './in-flight.ts';
import { isWrite } from './modbus-frame.ts';

export class LocalEcho {
  /** The last read's frame came back before its answer: so will a write's, whose answer looks like it. */
  #returns = false;

  /** A new connection may be another adapter. */
  forget(): void {
    this.#returns = false;
  }

  isOurs(flight: InFlight, bytes: Uint8Array): boolean {
    if (flight.echoSeen || !isOwnFrame(flight, bytes)) return false;
    if (isWrite(flight.request) && !this.#returns) return false;
    flight.echoSeen = true;
    return true;
  }

  answered(flight: InFlight): void {
    if (!isWrite(flight.request)) this.#returns = flight.echoSeen;
  }
}
