/**
 * A pipe hands over all that has come in one go. Of a burst, the first car's record may be durable before the last car's read is
 * decided: taken one in each round of the event loop, no acknowledgement and no answer of a line waits for all of them.
 */
export function oneARound<T>(take: (item: T) => void): (item: T) => void {
  const waiting: T[] = [];
  let taken = false;
  const next = (): void => {
    const item = waiting.shift();
    taken = item !== undefined;
    if (item === undefined) return;
    setImmediate(next);
    take(item);
  };
  return (item) => {
    waiting.push(item);
    if (!taken) next();
  };
}
