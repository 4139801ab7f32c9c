/**
 * Puts animations that have an end there. Endless ones stand where page time has brought them, or with `hold` are
 * paused there for good, so that it does not matter how many frames of one instant are drawn.
 *
 * @param {{animations: number, hold: boolean}} options most animations finished or held.
 * @returns {number} how many were.
 */
export default function finish(options) {
  let finished = 0;
  for (const animation of document.getAnimations().slice(0, options.animations)) {
    try {
      const end = animation.effect?.getComputedTiming().endTime;
      if (typeof end !== "number" || animation.playState === "finished") continue;
      if (Number.isFinite(end)) animation.finish();
      else if (options.hold) animation.pause();
      else continue;
      finished += 1;
    } catch {
      // An animation bound to scrolling cannot be finished; it stands where it stands.
    }
  }
  if (options.hold) for (const image of document.querySelectorAll("svg")) image.pauseAnimations();
  return finished;
}
