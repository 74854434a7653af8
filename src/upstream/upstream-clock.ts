/** What this room needs of the contract's `Clock`, stated here because upstream imports core only. */
export interface UpstreamClock {
  /** Monotonic milliseconds. */
  mono(): number;
  wall(): number;
  after(name: string, ms: number, action: () => void): () => void;
}
