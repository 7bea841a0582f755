/** Keeps transforms below a rate, as robot_state_publisher does: by the stamps of joint states, for each joint. */
export class TransformPacing {
  /** ns */
  readonly #period: bigint;
  /** stamp of the last joint states that were used, ns, by joint */
  readonly #used = new Map<string, bigint>();
  #newest = -1n;

  /** @param rate greatest number of transforms per second of a joint, Hz */
  constructor(rate: number) {
    this.#period = BigInt(Math.round(1e9 / rate));
  }

  /**
   * Whether joint states of these joints are to be used: some joint is due. Several publishers, each of its own joints, do
   * not hold each other up. A stamp that goes back, as after a simulator's restart, begins anew.
   * @param stamp ns
   */
  isDue(joints: readonly string[], stamp: bigint): boolean {
    if (stamp < this.#newest) this.#used.clear();
    this.#newest = stamp;
    const due = joints.some((joint) => {
      const last = this.#used.get(joint);
      return last === undefined || stamp >= last + this.#period;
    });
    if (due) for (const joint of joints) this.#used.set(joint, stamp);
    return due;
  }
}
