/** Small writes waiting for the disk. A later word on the same thing takes the place of an earlier one, so that a device whose fault comes and goes through a day without a disk fills nothing (I15). */
import type { StoreOperation } from './operations.ts';

interface Waiting {
  readonly operation: StoreOperation;
  readonly done: readonly (() => void)[];
}

/** Distinct things; the next is refused. */
export const OPERATIONS_MAX = 1000;

export class WaitingOperations {
  #waiting: Waiting[] = [];
  #inFlight = 0;

  get count(): number {
    return this.#waiting.length;
  }

  /** False when there is no room. `done` is called once this one, or what took its place, is committed. */
  push(operation: StoreOperation, done: () => void): boolean {
    const isReplaced = (waiting: Waiting, at: number) => at >= this.#inFlight && replaces(operation, waiting.operation);
    const replaced = this.#waiting.filter(isReplaced);
    if (replaced.length === 0 && this.#waiting.length >= OPERATIONS_MAX) return false;
    const kept = this.#waiting.filter((waiting, at) => !isReplaced(waiting, at));
    this.#waiting = [...kept, { operation, done: [...replaced.flatMap((waiting) => waiting.done), done] }];
    return true;
  }

  /** All of them, for one commit; they stay until `settle`. */
  take(): readonly StoreOperation[] {
    this.#inFlight = this.#waiting.length;
    return this.#waiting.map(({ operation }) => operation);
  }

  /** Those in flight are committed; returns whom to tell. */
  settle(): readonly (() => void)[] {
    const settled = this.#waiting.splice(0, this.#inFlight);
    this.#inFlight = 0;
    return settled.flatMap(({ done }) => done);
  }

  release(): void {
    this.#inFlight = 0;
  }
}

function replaces(later: StoreOperation, earlier: StoreOperation): boolean {
  switch (later.kind) {
    case 'setValue':
    case 'deleteValue':
      return (earlier.kind === 'setValue' || earlier.kind === 'deleteValue') && earlier.key === later.key;
    case 'clearFault':
      return isFaultOf(earlier, later.code, later.subject);
    case 'raiseFault':
      // A fault that was cleared and rose again stands since now, so its clearing is written too.
      return earlier.kind === 'raiseFault' && isFaultOf(earlier, later.code, later.subject);
    case 'advanceCursor':
      return (
        earlier.kind === 'advanceCursor' &&
        earlier.consumer === later.consumer &&
        earlier.epoch === later.epoch &&
        earlier.seq <= later.seq
      );
    case 'deletePersonal':
      return false;
  }
}

function isFaultOf(operation: StoreOperation, code: string, subject: string): boolean {
  return (
    (operation.kind === 'raiseFault' || operation.kind === 'clearFault') &&
    operation.code === code &&
    operation.subject === subject
  );
}
