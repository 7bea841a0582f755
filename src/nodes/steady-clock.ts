/** The host's steady clock, for ages and time-outs. @returns seconds since the process began; never steps back */
export function seconds(): number {
  return performance.now() / 1000;
}
