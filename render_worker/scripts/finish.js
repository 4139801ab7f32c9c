/**
 * Puts animations that have an end there. Endless ones stand where page time has brought them, or with `hold` are
 * paused there for good, so that it does not matter how many frames of one instant are drawn.
 *
 * @param {{animations: number, hold: boolean}} options most animations finished or held.
 * @returns {number} how many were.
 */
export default function finish(options) {
  paintAnew();
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

  /**
   * Has pictures painted once more, and what is behind them: what a picture hides is not painted, but the browser knows
   * that a picture hides it only once it has decoded it, which no page time says. No style sheet can begin a
   * transition of this property, and nothing else follows from it.
   */
  function paintAnew() {
    const sheet = new CSSStyleSheet();
    sheet.replaceSync("* { image-rendering: pixelated !important }");
    const own = [...document.adoptedStyleSheets];
    for (const sheets of [[...own, sheet], own]) {
      document.adoptedStyleSheets = sheets;
      void document.documentElement?.offsetHeight;
    }
  }
}
