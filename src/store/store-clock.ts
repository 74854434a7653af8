/** What this room needs of the contract's `Clock`, stated here because store imports core only. */
export interface StoreClock {
  mono(): number;
  wall(): number;
  after(name: string, ms: number, action: () => void): () => void;
}
