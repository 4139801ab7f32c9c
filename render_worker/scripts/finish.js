/**
 * Puts the animations of style sheets that have an end there. Endless ones stand where page time has brought them.
 *
 * @param {{animations: number}} options most animations finished.
 * @returns {number} how many were.
 */
export default function finish(options) {
  let finished = 0;
  for (const animation of document.getAnimations().slice(0, options.animations)) {
    try {
      const end = animation.effect?.getComputedTiming().endTime;
      if (typeof end !== "number" || !Number.isFinite(end) || animation.playState === "finished") continue;
      animation.finish();
      finished += 1;
    } catch {
      // An animation bound to scrolling cannot be finished; it stands where it stands.
    }
  }
  return finished;
}
