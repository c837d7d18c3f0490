/** A day, as people everywhere can read it. */
export function day(time: number): string {
  return new Date(time).toISOString().slice(0, 10);
}
