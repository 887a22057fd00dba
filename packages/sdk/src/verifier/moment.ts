/**
 * A point in time by two clocks, in milliseconds. The steady clock never jumps but may stand still while the
 * machine sleeps; the wall clock goes on then but may be set back. A time is over if either clock says so.
 */
export interface Moment {
  readonly steady: number;
  readonly wall: number;
}

export function now(): Moment {
  return { steady: performance.now(), wall: Date.now() };
}

export function isWithin(ms: number, since: Moment, at: Moment): boolean {
  return at.steady - since.steady < ms && at.wall - since.wall < ms;
}
